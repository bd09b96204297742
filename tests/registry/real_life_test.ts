/**
 * What registries in use were seen to answer, and what people have in their files:
 * each of these once kept somebody from an artifact that was there.
 *
 * @module
 */

import { digestOf } from "../../core/registry/digest.ts";
import { downloadBlob, MANIFEST } from "../../core/registry/mod.ts";
import { assert, assertEquals, assertRejects } from "../support/assert.ts";
import { testClient } from "../support/registry/client.ts";
import { FaultyRegistry } from "../support/registry/faulty_registry.ts";
import { TempFolder } from "../support/temp_folder.ts";

const SECRET = "s3cr3t-p4ssw0rd";
const ME = { user: "me", password: SECRET };

function addManifest(registry: FaultyRegistry) {
  const digest = digestOf(new TextEncoder().encode("{}"));
  return registry.addManifest("a/b", "1", {
    mediaType: MANIFEST,
    layers: [],
    config: { mediaType: "application/json", digest, size: 2 },
  } as never);
}

function placeOf({ host }: FaultyRegistry) {
  return { registry: host, repository: "a/b" };
}

/** @param files In the home folder; absent: there is none. */
async function read(
  registry: FaultyRegistry,
  files: Record<string, unknown> = {},
  env: (home: string) => Record<string, string> = () => ({}),
): Promise<void> {
  addManifest(registry);
  const texts = Object.fromEntries(
    Object.entries(files).map(([path, value]) => [path, JSON.stringify(value)]),
  );
  await using home = await TempFolder.make(texts);
  using test = await testClient({
    homeFolder: home.path,
    env: env(home.path),
  });
  await test.client.manifest(placeOf(registry), "1");
}

Deno.test("of several challenges the one is answered that lets us in", async (t) => {
  const challenges = (realm: string): [string, string][] => [
    ["Basic before Bearer", `Basic realm="r", Bearer realm="${realm}"`],
    ["Bearer before Basic", `Bearer realm="${realm}", Basic realm="r"`],
    ["an unknown one first", `Negotiate, Bearer realm="${realm}"`],
    ["one without a realm", `Bearer service="x", Bearer realm="${realm}"`],
  ];
  for (const [index, [name]] of challenges("").entries()) {
    await t.step(name, async () => {
      await using registry: FaultyRegistry = new FaultyRegistry({
        auth: "token",
        fault: ({ path, authorization }) =>
          path.startsWith("/token") || authorization !== null
            ? undefined
            : new Response(null, {
              status: 401,
              headers: {
                "www-authenticate":
                  challenges(`${registry.origin}/token`)[index][1],
              },
            }),
      });
      await read(registry);
    });
  }
});

Deno.test("a file that says nothing of us is no obstacle, and another is looked into", async (t) => {
  const auth = btoa(`me:${SECRET}`);
  const config = ".docker/config.json";
  const cases: [string, (host: string) => Record<string, unknown>][] = [
    ["auths is null", () => ({ [config]: { auths: null } })],
    ["all is null", () => ({
      [config]: { auths: null, credHelpers: null, credsStore: null },
    })],
    ["entries are null", (host) => ({ [config]: { auths: { [host]: null } } })],
    ["auths is a list", () => ({ [config]: { auths: ["x"] } })],
    [
      "an entry is a text",
      (host) => ({ [config]: { auths: { [host]: "x" } } }),
    ],
    ["auth is a number", (host) => ({
      [config]: { auths: { [host]: { auth: 5 } } },
    })],
    ["the store has no name", () => ({ [config]: { credsStore: "" } })],
  ];
  for (const [name, files] of cases) {
    await t.step(`${name}: as anybody`, async () => {
      await using registry = new FaultyRegistry({ auth: "token" });
      await read(registry, files(registry.host));
    });
    await t.step(`${name}: Podman's file after it`, async () => {
      await using registry = new FaultyRegistry({ auth: "token", ...ME });
      await read(registry, {
        ...files(registry.host),
        ".config/containers/auth.json": {
          auths: { [registry.host]: { auth } },
        },
      });
    });
  }
  await t.step("Podman's file of the session", async () => {
    await using registry = new FaultyRegistry({ auth: "basic", ...ME });
    const file = { auths: { [`${registry.host}/a`]: { auth } } };
    await read(
      registry,
      { "run/containers/auth.json": file },
      (home) => ({ XDG_RUNTIME_DIR: `${home}/run` }),
    );
  });
  for (const empty of [{}, null, { auth: "" }, { auth: btoa(":") }]) {
    await t.step(`${JSON.stringify(empty)} before a wider entry`, async () => {
      await using registry = new FaultyRegistry({ auth: "basic", ...ME });
      const { host } = registry;
      await read(registry, {
        [config]: { auths: { [`${host}/a/b`]: empty, [host]: { auth } } },
      });
    });
  }
});

Deno.test("a keychain that is out of order is told to those who need it", async (t) => {
  const config = { ".docker/config.json": { credsStore: "is-not-installed" } };
  await t.step("not for what is for everybody", async () => {
    await using registry = new FaultyRegistry({ auth: "token" });
    await read(registry, config);
  });
  for (const auth of ["basic", "token"] as const) {
    await t.step(`for what is not: ${auth}`, async () => {
      await using registry = new FaultyRegistry({ auth, ...ME });
      await assertRejects(
        () => read(registry, config),
        "registry.credential_helper",
      );
    });
  }
  await t.step("where nobody in particular is denied", async () => {
    await using registry = new FaultyRegistry({
      auth: "token",
      fault: ({ authorization }) =>
        authorization === null ? undefined : new Response("", { status: 403 }),
    });
    await assertRejects(
      () => read(registry, config),
      "registry.credential_helper",
    );
  });
});

Deno.test("a tag is looked up also where HEAD is refused", async (t) => {
  for (const status of [400, 404, 405, 501]) {
    await t.step(`HTTP ${status}`, async () => {
      await using registry = new FaultyRegistry({
        fault: ({ method }) =>
          method === "HEAD" ? new Response(null, { status }) : undefined,
      });
      const digest = addManifest(registry);
      using test = await testClient();
      assertEquals(await test.client.resolve(placeOf(registry), "1"), digest);
      await assertRejects(
        () => test.client.resolve(placeOf(registry), "nothing"),
        "registry.not_found",
      );
    });
  }
});

Deno.test("the next page is asked of the registry that named it, as it is reached", async (t) => {
  const links: [string, (host: string) => string][] = [
    ["another scheme", (host) => `https://${host}`],
    ["another scheme, its own port", (host) => `https://${host.split(":")[0]}`],
    ["the same", (host) => `http://${host}`],
  ];
  for (const [name, base] of links) {
    await t.step(name, async () => {
      await using registry: FaultyRegistry = new FaultyRegistry({
        fault: ({ path }) => {
          if (!path.includes("/tags/")) return undefined;
          if (path.includes("last=")) return Response.json({ tags: ["b"] });
          const link = `<${base(registry.host)}/v2/a/b/tags/list?last=a>`;
          return Response.json({ tags: ["a"] }, {
            headers: { link: `${link}; rel="next"` },
          });
        },
      });
      using test = await testClient();
      assertEquals(await test.client.tags(placeOf(registry)), ["a", "b"]);
    });
  }
});

Deno.test("a message names the host that failed, not the one that sent us there", async (t) => {
  const digest = digestOf(new Uint8Array(5));
  const pull = async (location: string, code: string) => {
    await using registry = new FaultyRegistry({
      fault: () => new Response(null, { status: 307, headers: { location } }),
    });
    using test = await testClient();
    const target = {
      sizeBytes: 0,
      write() {},
      restart: () => Promise.resolve(),
    };
    const blob = { mediaType: "x", digest, size: 5 };
    return await assertRejects(
      () => downloadBlob(test.client, placeOf(registry), blob, target),
      code,
    );
  };
  await t.step("it does not answer", async () => {
    const error = await pull(
      "http://127.0.0.1:1/signed?signature=x",
      "registry.unreachable",
    );
    assert.match(error.message, /127\.0\.0\.1:1 does not answer/);
    assert.ok(!error.message.includes("signature"));
  });
  const codes: [number, string][] = [
    [401, "registry.unauthorized"],
    [403, "registry.denied"],
    [404, "registry.not_found"],
    [500, "registry.failed"],
  ];
  for (const [status, code] of codes) {
    await t.step(`it answers with ${status}`, async () => {
      await using store = new FaultyRegistry({
        fault: () => new Response("", { status }),
      });
      const error = await pull(`${store.origin}/signed?signature=x`, code);
      assert.ok(error.message.includes(`: ${store.host} `), error.message);
      assert.ok(!error.hint?.includes("login"), error.hint);
    });
  }
});

Deno.test("a body with a secret does not follow a redirect to another host", async (t) => {
  for (const status of [301, 302, 307, 308]) {
    await t.step(`HTTP ${status}`, async () => {
      const seen: string[] = [];
      await using other = Deno.serve(
        { hostname: "127.0.0.1", port: 0, onListen: () => {} },
        async (request) => {
          seen.push(await request.text());
          return Response.json({ token: "a-token-for-this-scope" });
        },
      );
      await using registry = new FaultyRegistry({
        auth: "token",
        fault: ({ path }) =>
          path.startsWith("/token")
            ? new Response(null, {
              status,
              headers: { location: `http://127.0.0.1:${other.addr.port}/t` },
            })
            : undefined,
      });
      const auths = { [registry.host]: { identitytoken: SECRET } };
      await assertRejects(
        () => read(registry, { ".docker/config.json": { auths } }),
        "registry.redirect_refused",
      );
      assertEquals(seen, []);
    });
  }
});
