import {
  assert,
  assertEquals,
  assertFails,
} from "../../tests/support/assert.ts";
import { baseUrl, formatReference, parseReference } from "./reference.ts";

const DIGEST = `sha256:${"0123456789abcdef".repeat(4)}`;

Deno.test("parseReference() takes references apart", async (t) => {
  const cases: readonly [string, Record<string, string>][] = [
    ["ghcr.io/acme/in-pg:1.4.0", {
      registry: "ghcr.io",
      repository: "acme/in-pg",
      tag: "1.4.0",
    }],
    ["oci://ghcr.io/acme/in-pg:v1", {
      registry: "ghcr.io",
      repository: "acme/in-pg",
      tag: "v1",
    }],
    ["localhost:5000/x:v1", {
      registry: "localhost:5000",
      repository: "x",
      tag: "v1",
    }],
    [`localhost:5000/x@${DIGEST}`, {
      registry: "localhost:5000",
      repository: "x",
      digest: DIGEST,
    }],
    [`127.0.0.1:5000/a/b/c:t@${DIGEST}`, {
      registry: "127.0.0.1:5000",
      repository: "a/b/c",
      tag: "t",
      digest: DIGEST,
    }],
    ["[::1]:5000/x:v1", {
      registry: "[::1]:5000",
      repository: "x",
      tag: "v1",
    }],
    ["GHCR.io/acme/in-pg:V1_a-b.c", {
      registry: "ghcr.io",
      repository: "acme/in-pg",
      tag: "V1_a-b.c",
    }],
    ["docker.io/counter:1", {
      registry: "docker.io",
      repository: "library/counter",
      tag: "1",
    }],
    ["ghcr.io/a__b/c--d/e.f_g:1", {
      registry: "ghcr.io",
      repository: "a__b/c--d/e.f_g",
      tag: "1",
    }],
    ["ghcr.io/acme/in-pg:~> 1.2", {
      registry: "ghcr.io",
      repository: "acme/in-pg",
      constraint: "~> 1.2",
    }],
    ["localhost:5000/x: >= 1.2, < 2", {
      registry: "localhost:5000",
      repository: "x",
      constraint: ">= 1.2, < 2",
    }],
  ];
  for (const [text, expected] of cases) {
    await t.step(text, () => {
      assertEquals({ ...parseReference(text) } as never, expected);
    });
  }
});

Deno.test("parseReference() refuses what it would have to guess", async (t) => {
  const cases: readonly [string, string, string][] = [
    ["empty text", "", "no registry"],
    ["no registry", "in-pg:1.4.0", "no registry"],
    ["no registry but a path", "acme/in-pg:1.4.0", "no registry"],
    ["no version", "ghcr.io/acme/in-pg", "no version"],
    ["a port is no version", "localhost:5000/x", "no version"],
    ["capitals", "ghcr.io/Acme/in-pg:1.4.0", "no capitals"],
    ["an empty tag", "ghcr.io/acme/in-pg:", "the tag is empty"],
    ["an empty part", "ghcr.io/acme//in-pg:1", "a part of the name is empty"],
    ["a part that climbs", "ghcr.io/acme/../in-pg:1", '".." is no name'],
    ["a part that begins with a dash", "ghcr.io/-acme:1", "is no name"],
    ["three underscores", "ghcr.io/a___b:1", "is no name"],
    ["no repository", "ghcr.io/:1", "no repository"],
    ["a tag with a space", "ghcr.io/acme/in-pg:1 4", "is no tag"],
    ["a tag of 129 characters", `ghcr.io/a:${"x".repeat(129)}`, "is no tag"],
    ["a name of 256", `ghcr.io/${"a/".repeat(128)}b:1`, "longer than 255"],
    ["a short digest", "ghcr.io/a@sha256:1234", "is not sha256"],
    ["another algorithm", `ghcr.io/a@sha512:${"a".repeat(128)}`, "not sha256"],
    ["a digest in capitals", `ghcr.io/a@${DIGEST.toUpperCase()}`, "not sha256"],
    ["https", "https://ghcr.io/acme/in-pg:1", "https:// has no place"],
    ["a port too high", "ghcr.io:99999/a:1", "is no registry's name"],
    ["a host with a dash at its end", "ghcr-.io/a:1", "no registry's name"],
    ["a user in the host", "me@ghcr.io/a:1", "not sha256"],
    [
      "a constraint and a digest",
      `ghcr.io/a:~> 1.2@${DIGEST}`,
      "exclude each other",
    ],
    ["a constraint that is none", "ghcr.io/a:>= x", "is no version constraint"],
    ["a comma too many", "ghcr.io/a:>= 1,", "is no version constraint"],
  ];
  for (const [name, text, reason] of cases) {
    await t.step(name, () => {
      const { message } = assertFails(
        () => parseReference(text),
        "config.reference_invalid",
      );
      assert.ok(message.includes(reason), message);
    });
  }
});

Deno.test("a reference without a registry is looked up where the file says", () => {
  const defaultRegistry = "ghcr.io/katasec";
  assertEquals(
    formatReference(parseReference("in-mssql:v1", { defaultRegistry })),
    "ghcr.io/katasec/in-mssql:v1",
  );
  assertEquals(
    formatReference(parseReference("docker.io/a/b:v1", { defaultRegistry })),
    "docker.io/a/b:v1",
  );
});

Deno.test("commands may mean the latest", () => {
  const { tag } = parseReference("ghcr.io/a/b", { defaultTag: "latest" });
  assertEquals(tag, "latest");
});

Deno.test("loopback registries speak HTTP, all others HTTPS", async (t) => {
  const cases = [
    ["localhost:5000", "http://localhost:5000"],
    ["127.0.0.1:5000", "http://127.0.0.1:5000"],
    ["127.1.2.3", "http://127.1.2.3"],
    ["[::1]:5000", "http://[::1]:5000"],
    ["ghcr.io", "https://ghcr.io"],
    ["docker.io", "https://registry-1.docker.io"],
    ["127.0.0.1.example.com", "https://127.0.0.1.example.com"],
    ["localhost.example.com", "https://localhost.example.com"],
    ["10.0.0.1:5000", "https://10.0.0.1:5000"],
    ["intern:5000", "http://intern:5000"],
  ];
  for (const [registry, expected] of cases) {
    await t.step(registry, () => {
      assertEquals(baseUrl(registry, ["intern:5000"]), expected);
    });
  }
});
