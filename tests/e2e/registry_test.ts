/**
 * Providers from a registry, as users have them: the real registry of Docker, real
 * processes, real kills.
 *
 * @module
 */

import { assert, assertEquals } from "../support/assert.ts";
import {
  brokenAt,
  FaultyRegistry,
} from "../support/registry/faulty_registry.ts";
import {
  canRunRegistry,
  RealRegistry,
} from "../support/registry/real_registry.ts";
import { needs } from "../support/needs.ts";
import { TempFolder } from "../support/temp_folder.ts";
import { runTool, toolPath } from "../support/tools.ts";
import { executableOf, HERE } from "./support/packaged.ts";
import { messages, Site, TIMEOUT_MS } from "./support/site.ts";
import { dstream, isCompiled, startDstream } from "./support/program.ts";

const isWindows = Deno.build.os === "windows";
const needsRegistry = { ignore: !canRunRegistry || isWindows };

Deno.test({
  ...needsRegistry,
  name: "pushed, pulled, run, locked, and run again without a request",
  fn: async () => {
    await using site = await Site.open();
    await site.push("in-counter", "counter");
    const digest = await site.push("out-console", "console");
    const console = site.reference("console", `:1.0.0@${digest}`);
    await site.configure(site.reference("counter"), console);

    const first = await site.succeed(["run", "pulled"]);
    assertEquals(messages(first.stdout), ["1", "2", "3"]);
    assert.match(first.stderr, /pulled .*acme\/counter:1\.0\.0 for /);
    assert.match(first.stderr, /is not locked: `dstream init`/);

    await site.succeed(["init"]);
    await site.requests();
    const second = await site.succeed(["run", "pulled"]);
    assertEquals(messages(second.stdout), ["1", "2", "3"]);
    assertEquals(await site.requests(), []);
    assert.doesNotMatch(second.stderr, /not locked|\[dstream\]/);

    const shown = await site.succeed([
      "provider",
      "inspect",
      site.reference("counter"),
    ]);
    assert.match(shown.stdout, /licenses {2}MIT/);
    assert.match(shown.stdout, /linux\/arm64 /);
    assert.match(shown.stdout, /max_count|maxCount/);
    const list = await site.succeed(["provider", "list", "--json"]);
    assert.match(list.stdout, /"last_used_at"/);
    await site.succeed(["provider", "verify"]);
    const tags = await site.succeed([
      "provider",
      "tags",
      `${site.registry.host}/acme/counter`,
    ]);
    assertEquals(tags.stdout, "1.0.0\n");
  },
});

Deno.test({
  ...needsRegistry,
  name: "a mistake in the config block is found by the packaged description",
  fn: async () => {
    await using site = await Site.open();
    await site.push("in-counter", "counter");
    await site.push("out-console", "console");
    await site.configure(site.reference("counter"), site.reference("console"));
    const text = await site.folder.read("dstream.hcl");
    await site.folder.write(
      "dstream.hcl",
      text.replace("max_count", "max_cuont"),
    );
    const { code, stderr } = await site.run(["run", "pulled"]);
    assertEquals(code, 2, stderr);
    assert.match(stderr, /dstream\.hcl:6:7/);
    assert.match(stderr, /did you mean "max_?[cC]ount"/);
  },
});

Deno.test({
  ...needsRegistry,
  name: "an artifact in upstream's layout, made by the real oras, runs",
  ignore: needsRegistry.ignore || !needs("oras"),
  fn: async () => {
    await using site = await Site.open();
    const oras = toolPath("oras");
    for (
      const [name, repository] of [
        ["in-counter", "counter"],
        ["out-console", "console"],
      ] as const
    ) {
      const executable = await executableOf(name, site.folder);
      const title = `plugin.${HERE.replace("/", "_")}`;
      await Deno.copyFile(executable, site.folder.join(title));
      await site.folder.write("plugin.darwin_arm64", "not for this machine");
      await site.folder.write("provider.json", '{"name":"x"}');
      await runTool(oras, [
        "push",
        "--plain-http",
        "--artifact-type",
        "application/vnd.dstream.provider",
        site.reference(repository, ":v0.3.0"),
        `${title}:application/octet-stream`,
        "plugin.darwin_arm64:application/octet-stream",
        "provider.json:application/json",
      ], { cwd: site.folder.path });
    }
    await site.configure(
      site.reference("counter", ":v0.3.0"),
      site.reference("console", ":v0.3.0"),
    );
    const { stdout } = await site.succeed(["run", "pulled"]);
    assertEquals(messages(stdout), ["1", "2", "3"]);
  },
});

Deno.test({
  ...needsRegistry,
  name: "what other clients have copied still runs",
  ignore: needsRegistry.ignore || !needs("oras"),
  fn: async (t) => {
    await using site = await Site.open();
    await site.push("in-counter", "counter");
    await site.push("out-console", "console");
    const copies: Record<string, (name: string) => Promise<unknown>> = {
      skopeo: (name) =>
        runTool(toolPath("skopeo"), [
          "copy",
          "--all",
          "--src-tls-verify=false",
          "--dest-tls-verify=false",
          `docker://${site.reference(name)}`,
          `docker://${site.reference(name, ":1.0.0", "skopeo")}`,
        ]),
      oras: (name) =>
        runTool(toolPath("oras"), [
          "copy",
          "--from-plain-http",
          "--to-plain-http",
          site.reference(name),
          site.reference(name, ":1.0.0", "oras"),
        ]),
    };
    for (const [tool, copy] of Object.entries(copies)) {
      await t.step(tool, async () => {
        for (const name of ["counter", "console"]) await copy(name);
        await site.configure(
          site.reference("counter", ":1.0.0", tool),
          site.reference("console", ":1.0.0", tool),
        );
        await Deno.remove(site.folder.join("cache"), { recursive: true })
          .catch(() => {});
        const { stdout } = await site.succeed(["run", "pulled"]);
        assertEquals(messages(stdout), ["1", "2", "3"]);
      });
    }
    await t.step("a folder that skopeo reads", async () => {
      const reference = site.reference("counter");
      await site.succeed(["provider", "pull", reference, "--to", "layout"]);
      const raw = await runTool(toolPath("skopeo"), [
        "inspect",
        "--raw",
        `oci:${site.folder.join("layout")}:1.0.0`,
      ]);
      assertEquals(JSON.parse(raw).manifests.length >= 2, true);
    });
  },
});

Deno.test({
  ...needsRegistry,
  name: "carried to a registry without a network in between",
  fn: async () => {
    await using site = await Site.open();
    await using intern = await RealRegistry.start();
    const digest = await site.push("in-counter", "counter");
    const reference = site.reference("counter");
    await site.succeed(["provider", "pull", reference, "--to", "carried"]);
    const target = `${intern.host}/mirror/counter:1.0.0`;
    const { stdout } = await site.succeed([
      "provider",
      "push",
      target,
      "--from",
      "carried",
    ]);
    assertEquals(stdout, `${target}@${digest}\n`);
    await site.succeed(["provider", "pull", `${target}@${digest}`]);
  },
});

Deno.test({
  ...needsRegistry,
  name: "twenty runs at once on an empty cache fetch each blob once",
  fn: async () => {
    await using site = await Site.open();
    await site.push("in-counter", "counter");
    await site.push("out-console", "console");
    await site.configure(site.reference("counter"), site.reference("console"));
    await site.requests();
    const text = await site.folder.read("dstream.hcl");
    const runs = await Promise.all(
      Array.from({ length: 20 }, async (_, n) => {
        // One task's state is one run's; the cache is everybody's.
        const path = await site.folder.write(`run-${n}/dstream.hcl`, text);
        return await site.run(["run", "pulled", "-c", path, "-l", "warn"]);
      }),
    );
    for (const { code, stdout, stderr } of runs) {
      assertEquals(code, 0, stderr);
      assertEquals(messages(stdout), ["1", "2", "3"]);
    }
    const requests = await site.requests();
    for (const name of ["counter", "console"]) {
      const layer = await layerOf(site.reference(name), site);
      const fetched = requests.filter((line) =>
        line.startsWith("GET") && line.endsWith(layer)
      );
      assertEquals(fetched.length, 1, fetched.join());
    }
  },
});

/** The digest of the download for this machine. */
async function layerOf(reference: string, site: Site): Promise<string> {
  const { stdout } = await site.succeed([
    "provider",
    "inspect",
    reference,
    "--json",
  ]);
  const { platforms } = JSON.parse(stdout) as {
    platforms: { platform: string; layer: string }[];
  };
  return platforms.find(({ platform }) => platform === HERE)!.layer;
}

Deno.test({
  name: "a pull that is killed at any moment is gone on with by the next",
  ignore: isWindows,
  fn: async () => {
    const bytes = new Uint8Array(4_000_000).map((_, i) =>
      (i * 2654435761) >> 9
    );
    await using folder = await TempFolder.make();
    // Slow enough that a kill meets a download.
    await using registry = new FaultyRegistry({
      fault: async (request, answer) =>
        request.method === "GET" && request.path.includes("/blobs/sha256")
          ? slowly(await answer())
          : undefined,
    });
    const digest = registry.addBlob(bytes);
    registry.addManifest("a/x", "1", {
      mediaType: "application/vnd.oci.image.manifest.v1+json",
      config: { mediaType: "x", digest, size: bytes.length },
      layers: [{
        mediaType: "application/octet-stream",
        digest,
        size: bytes.length,
        annotations: { "org.opencontainers.image.title": "plugin" },
      }],
    } as never);
    const options = {
      cwd: folder.path,
      env: { DSTREAM_CACHE_DIR: folder.join("cache") },
      timeoutMs: TIMEOUT_MS,
    };
    const args = ["provider", "pull", `${registry.host}/a/x:1`];
    for (let kill = 0; kill < 5; kill++) {
      await using running = startDstream(args, options);
      await grows(folder.join("cache/partial"), () => running.kill("SIGKILL"));
      const { signal } = await running.finished;
      assertEquals(signal, "SIGKILL");
    }
    registry.fault = undefined;
    const { code, stdout, stderr } = await dstream(args, options);
    assertEquals(code, 0, stderr);
    assertEquals(await Deno.readFile(stdout.trim()), bytes);
    const ranges = registry.requests.flatMap(({ range }) => range ?? []);
    assert.ok(ranges.length >= 5, ranges.join());
  },
});

/** 64 KiB every 20 ms. */
function slowly(answer: Response): Response {
  const whole = answer.arrayBuffer();
  let at = 0;
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      const bytes = new Uint8Array(await whole);
      controller.enqueue(bytes.subarray(at, at + 65_536));
      at += 65_536;
      if (at >= bytes.length) controller.close();
    },
  });
  const { status, headers } = answer;
  return new Response(body, { status, headers });
}

/** Acts once something in a folder has become larger than it is now. */
async function grows(folder: string, act: () => void): Promise<void> {
  const sizeOf = () => {
    try {
      return [...Deno.readDirSync(folder)].reduce(
        (sum, { name }) => sum + Deno.statSync(`${folder}/${name}`).size,
        0,
      );
    } catch {
      return 0;
    }
  };
  const before = sizeOf();
  const untilMs = performance.now() + TIMEOUT_MS;
  while (sizeOf() <= before + Math.random() * 300_000) {
    if (performance.now() > untilMs) throw new Error("nothing grows");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  act();
}

/** bcrypt of "a-test-password", for a registry that lives as long as its test. */
const HTPASSWD =
  "me:$2b$04$x2DAE96hfAAoDfrB3B1RZOuPVmQq78L2WS/KlrCMJTA2kvB37/RDG";
const PASSWORD = "a-test-password";

Deno.test({
  ...needsRegistry,
  name: "login is tried before it is kept, and logout forgets",
  fn: async () => {
    await using site = await Site.open({ htpasswd: HTPASSWD });
    const { host } = site.registry;
    const env = { DSTREAM_REGISTRY_TOKEN: `${host}=${PASSWORD}` };
    const refused = await site.run(["provider", "tags", `${host}/a/b`]);
    assertEquals(refused.code, 1);
    assert.match(refused.stderr, /dstream provider login 127/);
    const wrong = await site.run(
      ["provider", "login", host, "-u", "me", "--password-stdin"],
      {},
      "wrong\n",
    );
    assertEquals(wrong.code, 1, wrong.stderr);
    assert.match(wrong.stderr, /registry\.unauthorized/);
    const right = await site.succeed(
      ["provider", "login", host, "-u", "me", "--password-stdin"],
      {},
      `${PASSWORD}\n`,
    );
    assert.match(right.stderr, /logged in to 127.* as me/);
    assert.ok(!right.stderr.includes(PASSWORD));
    const file = site.folder.join("docker/config.json");
    assertEquals((await Deno.stat(file)).mode! & 0o777, 0o600);
    await site.push("in-counter", "counter");
    await site.succeed(["provider", "pull", site.reference("counter")]);
    await site.succeed(["provider", "logout", host]);
    const again = await site.run(["provider", "tags", `${host}/acme/counter`]);
    assertEquals(again.code, 1);
    // A token works with any name where the registry takes tokens; here it doesn't.
    const token = await site.run(
      ["provider", "tags", `${host}/acme/counter`],
      env,
    );
    assert.ok(!token.stderr.includes(PASSWORD), token.stderr);
  },
});

Deno.test({
  name: "TLS with a certificate authority of one's own, and through a proxy",
  ignore: needsRegistry.ignore || !needs("openssl"),
  fn: async (t) => {
    await using folder = await TempFolder.make();
    const tls = await makeCertificates(folder);
    await using site = await Site.open({ tls: tls.leaf });
    // A loopback registry speaks HTTP by itself: a name makes it speak TLS.
    const reference = `${TLS_NAME}:${site.registry.host.split(":")[1]}/a/b`;
    await using proxy = new Proxy();
    const env = {
      HTTPS_PROXY: proxy.url,
      DSTREAM_CA_FILE: tls.caFile,
    };
    await t.step("through the proxy, with the authority", async () => {
      const { stderr } = await site.run(["provider", "tags", reference], env);
      assert.match(stderr, /registry\.not_found/);
      assertEquals(proxy.targets[0].split(":")[0], TLS_NAME);
    });
    await t.step("without the authority: what to do", async () => {
      const { DSTREAM_CA_FILE: _, ...without } = env;
      const { code, stderr } = await site.run(
        ["provider", "tags", reference],
        without,
      );
      assertEquals(code, 1);
      assert.match(stderr, /DSTREAM_CA_FILE/);
    });
    await t.step("a file without a certificate", async () => {
      const { stderr } = await site.run(["provider", "tags", reference], {
        ...env,
        DSTREAM_CA_FILE: site.folder.join("../nothing"),
      });
      assert.match(stderr, /registry\.ca_invalid/);
    });
  },
});

Deno.test({
  name: "a certificate that is an authority itself is explained",
  ignore: needsRegistry.ignore || !needs("openssl"),
  fn: async () => {
    await using folder = await TempFolder.make();
    const { caFile, caKeyFile } = await makeCertificates(folder);
    const tls = { certFile: caFile, keyFile: caKeyFile };
    await using site = await Site.open({ tls });
    await using proxy = new Proxy();
    const port = site.registry.host.split(":")[1];
    const { stderr } = await site.run(
      ["provider", "tags", `${TLS_NAME}:${port}/a/b`],
      { HTTPS_PROXY: proxy.url, DSTREAM_CA_FILE: caFile },
    );
    assert.match(stderr, /is a certificate authority's own/);
  },
});

const TLS_NAME = "registry.test";

async function makeCertificates(folder: TempFolder) {
  const openssl = toolPath("openssl");
  const run = (args: string) =>
    runTool(openssl, args.split(" "), { cwd: folder.path });
  const key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
  await run(
    `req -x509 ${key} -keyout ca.key -out ca.pem -days 2 -subj /CN=test-ca ` +
      `-addext subjectAltName=DNS:${TLS_NAME}`,
  );
  await run(`req ${key} -keyout leaf.key -out leaf.csr -subj /CN=${TLS_NAME}`);
  await folder.write(
    "leaf.ext",
    `subjectAltName=DNS:${TLS_NAME}\nbasicConstraints=CA:FALSE\n`,
  );
  await run(
    "x509 -req -in leaf.csr -CA ca.pem -CAkey ca.key -CAcreateserial " +
      "-out leaf.pem -days 2 -extfile leaf.ext",
  );
  return {
    caFile: folder.join("ca.pem"),
    caKeyFile: folder.join("ca.key"),
    leaf: {
      certFile: folder.join("leaf.pem"),
      keyFile: folder.join("leaf.key"),
    },
  };
}

/** Joins whoever asks to the port named, on this machine, whatever the host. */
class Proxy implements AsyncDisposable {
  readonly targets: string[] = [];
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #open = new Set<Deno.Conn>();
  readonly #accepting = this.#accept();

  get url(): string {
    return `http://127.0.0.1:${this.#listener.addr.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const one of this.#open) {
      try {
        one.close();
      } catch {
        // It has closed itself.
      }
    }
    await this.#accepting;
  }

  async #accept(): Promise<void> {
    for await (const client of this.#listener) {
      void this.#join(client).catch(() => {});
    }
  }

  async #join(client: Deno.Conn): Promise<void> {
    this.#open.add(client);
    const buffer = new Uint8Array(4096);
    const size = await client.read(buffer) ?? 0;
    const head = new TextDecoder().decode(buffer.subarray(0, size));
    const target = /^CONNECT (\S+)/.exec(head)?.[1] ?? "";
    this.targets.push(target);
    const port = Number(target.split(":")[1]);
    const server = await Deno.connect({ hostname: "127.0.0.1", port });
    this.#open.add(server);
    await client.write(
      new TextEncoder().encode("HTTP/1.1 200 Connection established\r\n\r\n"),
    );
    await Promise.allSettled([
      client.readable.pipeTo(server.writable),
      server.readable.pipeTo(client.writable),
    ]);
  }
}

Deno.test({
  ...needsRegistry,
  name: "a flipped byte in the cache is noticed by the next run",
  fn: async () => {
    await using site = await Site.open();
    await site.push("in-counter", "counter");
    await site.push("out-console", "console");
    await site.configure(site.reference("counter"), site.reference("console"));
    const { stdout } = await site.succeed([
      "provider",
      "pull",
      site.reference("counter"),
    ]);
    const path = stdout.trim();
    const bytes = await Deno.readFile(path);
    bytes[bytes.length - 2] ^= 1;
    await Deno.writeFile(path, bytes);
    const verdict = await site.run(["provider", "verify"]);
    assertEquals(verdict.code, 1);
    assert.match(verdict.stdout, /damaged/);
    const run = await site.succeed(["run", "pulled"]);
    assertEquals(messages(run.stdout), ["1", "2", "3"]);
    assert.match(run.stderr, /damaged in the cache: it is pulled again/);
  },
});

Deno.test({
  name: "a pull that can't get through says so in bounded time",
  ignore: isWindows || isCompiled,
  fn: async () => {
    await using registry = new FaultyRegistry({
      fault: async (_, answer) => await brokenAt(await answer(), 0),
    });
    await using folder = await TempFolder.make();
    const { code, stderr } = await dstream(
      ["provider", "pull", `${registry.host}/a/x:1`],
      { cwd: folder.path, env: { DSTREAM_CACHE_DIR: folder.path } },
    );
    assertEquals(code, 1);
    assert.match(stderr, /registry\.not_found|registry\.unreachable/);
  },
});
