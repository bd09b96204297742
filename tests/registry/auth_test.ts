/**
 * Who we are is told to those who ask and have a right to know; to nobody else,
 * and never on a screen.
 *
 * @module
 */

import { digestOf } from "../../core/registry/digest.ts";
import { MANIFEST } from "../../core/registry/mod.ts";
import { assert, assertEquals, assertRejects } from "../support/assert.ts";
import { testClient } from "../support/registry/client.ts";
import {
  type FaultyOptions,
  FaultyRegistry,
} from "../support/registry/faulty_registry.ts";
import { TempFolder } from "../support/temp_folder.ts";

const SECRET = "s3cr3t-p4ssw0rd";
const CREDENTIALS = { user: "me", password: SECRET };

function addManifest(registry: FaultyRegistry): void {
  const digest = digestOf(new TextEncoder().encode("{}"));
  registry.addManifest("a/b", "1", {
    mediaType: MANIFEST,
    layers: [],
    config: { mediaType: "application/json", digest, size: 2 },
  } as never);
}

async function read(
  registry: FaultyRegistry,
  env: Record<string, string>,
  homeFolder = "/nowhere",
): Promise<void> {
  addManifest(registry);
  using test = await testClient({ env, homeFolder });
  const place = { registry: registry.host, repository: "a/b" };
  await test.client.manifest(place, "1");
}

const base64 = (text: string) => btoa(text);

Deno.test("credentials are found where people keep them", async (t) => {
  const auth = base64(`me:${SECRET}`);
  const cases: readonly [
    string,
    (host: string) => Record<string, string>,
    (host: string) => Record<string, unknown>,
  ][] = [
    [
      "DSTREAM_REGISTRY_TOKEN",
      (host) => ({
        DSTREAM_REGISTRY_TOKEN: `other.example=x, ${host}=${SECRET}`,
      }),
      () => ({}),
    ],
    ["~/.docker/config.json", () => ({}), (host) => ({
      ".docker/config.json": { auths: { [host]: { auth } } },
    })],
    ["an address instead of a name", () => ({}), (host) => ({
      ".docker/config.json": { auths: { [`https://${host}/v2/`]: { auth } } },
    })],
    ["the longest path wins", () => ({}), (host) => ({
      ".docker/config.json": {
        auths: {
          [host]: { auth: base64("me:wrong") },
          [`${host}/a/b`]: { auth },
          [`${host}/a`]: { auth: base64("me:wrong") },
        },
      },
    })],
    ["user name and password apart", () => ({}), (host) => ({
      ".docker/config.json": {
        auths: { [host]: { username: "me", password: SECRET } },
      },
    })],
    [
      "REGISTRY_AUTH_FILE",
      () => ({ REGISTRY_AUTH_FILE: "auth.json" }),
      (host) => ({ "auth.json": { auths: { [host]: { auth } } } }),
    ],
    [
      "DOCKER_CONFIG",
      () => ({ DOCKER_CONFIG: "elsewhere" }),
      (host) => ({ "elsewhere/config.json": { auths: { [host]: { auth } } } }),
    ],
  ];
  for (const kind of ["basic", "token"] as const) {
    for (const [name, env, files] of cases) {
      await t.step(`${kind}: ${name}`, async () => {
        const isToken = name === "DSTREAM_REGISTRY_TOKEN";
        const options: FaultyOptions = {
          auth: kind,
          ...CREDENTIALS,
          ...isToken && { user: "token" },
        };
        await using registry = new FaultyRegistry(options);
        await using folder = await TempFolder.make();
        for (const [path, value] of Object.entries(files(registry.host))) {
          await folder.write(path, JSON.stringify(value));
        }
        const named = Object.fromEntries(
          Object.entries(env(registry.host)).map(([key, value]) => [
            key,
            key === "DSTREAM_REGISTRY_TOKEN" ? value : folder.join(value),
          ]),
        );
        await read(registry, named, folder.path);
      });
    }
  }
});

Deno.test({
  name: "a credential helper is asked, and its token exchanged",
  ignore: Deno.build.os === "windows",
  fn: async (t) => {
    await using folder = await TempFolder.make();
    const path = Deno.env.get("PATH");
    const env = (host: string, name: string) =>
      folder.write(
        ".docker/config.json",
        JSON.stringify({ credHelpers: { [host]: name } }),
      );
    await folder.writeExecutable(
      "docker-credential-test",
      `#!/bin/sh\nread -r server\necho "{\\"Username\\":\\"me\\",\\"Secret\\":\\"${SECRET}\\"}"\n`,
    );
    await folder.writeExecutable(
      "docker-credential-empty",
      "#!/bin/sh\necho 'credentials not found in native keychain'; exit 1\n",
    );
    await folder.writeExecutable(
      "docker-credential-broken",
      `#!/bin/sh\necho 'so ${SECRET} it is'; exit 1\n`,
    );
    Deno.env.set("PATH", `${folder.path}:${path}`);
    try {
      await t.step("it knows", async () => {
        await using registry = new FaultyRegistry({
          auth: "basic",
          ...CREDENTIALS,
        });
        await env(registry.host, "test");
        await read(registry, {}, folder.path);
      });
      await t.step("it doesn't", async () => {
        await using registry = new FaultyRegistry({
          auth: "token",
          ...CREDENTIALS,
        });
        await env(registry.host, "empty");
        await assertRejects(
          () => read(registry, {}, folder.path),
          "registry.unauthorized",
        );
      });
      await t.step("it fails, and its words are not repeated", async () => {
        await using registry = new FaultyRegistry({ auth: "basic" });
        await env(registry.host, "broken");
        const error = await assertRejects(
          () => read(registry, {}, folder.path),
          "registry.credential_helper",
        );
        assert.ok(
          !JSON.stringify([error.message, error.hint]).includes(SECRET),
        );
      });
      await t.step("a name that would climb out of the folder", async () => {
        await using registry = new FaultyRegistry({ auth: "basic" });
        await env(registry.host, "../../evil");
        await assertRejects(
          () => read(registry, {}, folder.path),
          "registry.credential_helper",
        );
      });
    } finally {
      Deno.env.set("PATH", path ?? "");
    }
  },
});

Deno.test("an identity token is exchanged, and sent only to the token server", async () => {
  await using folder = await TempFolder.make();
  let form = "";
  await using registry = new FaultyRegistry({ auth: "token" });
  const bodies = new FormReader();
  await using tokens = bodies.listen((text) => form = text);
  const other = new FaultyRegistry({
    auth: "token",
    realm: `${tokens.origin}/token`,
  });
  await using _other = other;
  await folder.write(
    ".docker/config.json",
    JSON.stringify({ auths: { [other.host]: { identitytoken: SECRET } } }),
  );
  await read(other, {}, folder.path);
  const sent = new URLSearchParams(form);
  assertEquals(sent.get("grant_type"), "refresh_token");
  assertEquals(sent.get("refresh_token"), SECRET);
  assertEquals(sent.get("service"), "test");
  const seen = JSON.stringify([...other.requests, ...registry.requests]);
  assert.ok(!seen.includes(SECRET));
});

/** A token server that shows what it was posted. */
class FormReader {
  listen(onForm: (text: string) => void) {
    const server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      async (request) => {
        onForm(await request.text());
        return Response.json({ access_token: "a-token-for-this-scope" });
      },
    );
    return {
      origin: `http://127.0.0.1:${server.addr.port}`,
      [Symbol.asyncDispose]: () => server.shutdown(),
    };
  }
}

Deno.test("nobody else gets to see who we are", async (t) => {
  const env = (host: string) => ({
    DSTREAM_REGISTRY_TOKEN: `${host}=${SECRET}`,
  });
  const isSecret = (registry: FaultyRegistry) =>
    registry.requests.some(({ authorization }) => authorization !== null);

  await t.step("a host that a blob or manifest is redirected to", async () => {
    await using elsewhere = new FaultyRegistry();
    addManifest(elsewhere);
    await using registry = new FaultyRegistry({
      auth: "basic",
      user: "token",
      password: SECRET,
      fault: ({ authorization, path }) =>
        authorization === null ? undefined : new Response(null, {
          status: 307,
          headers: { location: `${elsewhere.origin}${path}` },
        }),
    });
    await read(registry, env(registry.host));
    assertEquals([isSecret(registry), isSecret(elsewhere)], [true, false]);
  });

  await t.step("a host that asks for it after a redirect", async () => {
    await using elsewhere = new FaultyRegistry({ auth: "basic" });
    await using registry = new FaultyRegistry({
      fault: ({ path }) =>
        new Response(null, {
          status: 307,
          headers: { location: `${elsewhere.origin}${path}` },
        }),
    });
    await assertRejects(
      () => read(registry, env(registry.host)),
      "registry.unauthorized",
    );
    assertEquals([isSecret(registry), isSecret(elsewhere)], [false, false]);
  });

  await t.step("a registry that doesn't ask", async () => {
    await using registry = new FaultyRegistry();
    await read(registry, env(registry.host));
    assertEquals(isSecret(registry), false);
  });

  await t.step("a registry that the token is not for", async () => {
    await using registry = new FaultyRegistry({ auth: "basic" });
    const error = await assertRejects(
      () => read(registry, env("other.example")),
      "registry.unauthorized",
    );
    assertEquals(isSecret(registry), false);
    assert.ok(!`${error.message} ${error.hint}`.includes(SECRET));
  });
});

Deno.test("a token that doesn't say what it is for is refused", async () => {
  await using registry = new FaultyRegistry({ auth: "basic" });
  const error = await assertRejects(
    () => read(registry, { DSTREAM_REGISTRY_TOKEN: SECRET }),
    "registry.credentials_invalid",
  );
  assert.ok(!`${error.message} ${error.hint}`.includes(SECRET));
});

Deno.test("a file that is no JSON is an error that doesn't quote it", async () => {
  await using folder = await TempFolder.make({
    ".docker/config.json": `{"auths": ${SECRET}`,
  });
  await using registry = new FaultyRegistry({ auth: "basic" });
  const error = await assertRejects(
    () => read(registry, {}, folder.path),
    "registry.credentials_invalid",
  );
  assert.ok(!`${error.message} ${error.hint}`.includes(SECRET));
});

Deno.test("a token is used again for as long as it lives", async () => {
  await using registry = new FaultyRegistry({ auth: "token" });
  addManifest(registry);
  using test = await testClient();
  const place = { registry: registry.host, repository: "a/b" };
  for (let i = 0; i < 3; i++) await test.client.manifest(place, "1");
  assertEquals(registry.count("GET", "/token"), 1);
});

Deno.test("a wrong password is told once, by whom and what to do", async () => {
  await using registry = new FaultyRegistry({ auth: "token", ...CREDENTIALS });
  const error = await assertRejects(
    () => read(registry, { DSTREAM_REGISTRY_TOKEN: `${registry.host}=wrong` }),
    "registry.unauthorized",
  );
  assert.ok(error.hint?.includes("dstream provider login"), error.hint);
  assertEquals(registry.count("GET", "/token"), 1);
});

Deno.test("a token server is not trusted blindly", async (t) => {
  const cases: readonly [string, () => Response][] = [
    ["no JSON", () => new Response("<html>")],
    ["no token", () => Response.json({})],
    ["a token with a line feed", () => Response.json({ token: "a\nb: c" })],
    ["2 MiB", () => new Response(new Uint8Array(2 * 1024 * 1024))],
  ];
  for (const [name, answer] of cases) {
    await t.step(name, async () => {
      await using registry = new FaultyRegistry({
        auth: "token",
        fault: ({ path }) => path.startsWith("/token") ? answer() : undefined,
      });
      await assertRejects(() => read(registry, {}), "registry.auth_invalid");
    });
  }
  await t.step("an address that is none", async () => {
    await using registry = new FaultyRegistry({
      auth: "token",
      realm: "file:///etc/passwd",
    });
    await assertRejects(() => read(registry, {}), "registry.auth_invalid");
  });
});
