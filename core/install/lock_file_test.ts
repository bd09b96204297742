import {
  assert,
  assertEquals,
  assertFails,
} from "../../tests/support/assert.ts";
import {
  formatLockFile,
  type LockedProvider,
  parseLockFile,
} from "./lock_file.ts";

const DIGEST = `sha256:${"0123456789abcdef".repeat(4)}` as const;
const OTHER = `sha256:${"f".repeat(64)}` as const;

const PROVIDERS: readonly LockedProvider[] = [
  {
    reference: "ghcr.io/acme/in-pg:~> 1.2",
    version: "1.4.0",
    digest: DIGEST,
    executables: { "windows/amd64": OTHER, "linux/amd64": DIGEST },
  },
  {
    reference: `ghcr.io/acme/a@${OTHER}`,
    digest: OTHER,
    executables: {},
    module: DIGEST,
  },
];

Deno.test("what is written is read as it was", () => {
  const read = parseLockFile(formatLockFile(PROVIDERS), "x");
  assertEquals(
    [...read.values()].sort((a, b) => a.digest < b.digest ? -1 : 1),
    [...PROVIDERS],
  );
});

Deno.test("the order of providers and platforms doesn't show", () => {
  const text = formatLockFile(PROVIDERS);
  assertEquals(text, formatLockFile(PROVIDERS.toReversed()));
  assert.ok(text.indexOf("linux/amd64") < text.indexOf("windows/amd64"));
});

Deno.test("a lock file that was changed by hand is refused where it is wrong", async (t) => {
  const block = (body: string) => `provider "a.b/c:1" {\n${body}\n}\n`;
  const whole = `digest = "${DIGEST}"\nexecutables = {}`;
  const cases: readonly [string, string, string, number | undefined][] = [
    ["no HCL", "provider {", "", 1],
    ["another block", 'task "x" {}', "only provider blocks", 1],
    ["an attribute", "x = 1", "only provider blocks", 1],
    ["no label", "provider {}", "one label", 1],
    [
      "a module without a digest",
      block(`${whole}\nmodule = "new"`),
      "no digest of sha256",
      1,
    ],
    ["two labels", 'provider "a" "b" {}', "one label", 1],
    ["no digest", block("executables = {}"), "no digest", 1],
    [
      "a short digest",
      block('digest = "sha256:12"\nexecutables = {}'),
      "no digest",
      1,
    ],
    [
      "a digest that has to be evaluated",
      block('digest = "${x}"\nexecutables = {}'),
      "no digest",
      1,
    ],
    ["no executables", block(`digest = "${DIGEST}"`), "no list", 1],
    [
      "an executable without a digest",
      block(`digest = "${DIGEST}"\nexecutables = { "linux/amd64" = "x" }`),
      "no digest",
      1,
    ],
    ["one twice", block(whole) + block(whole), "twice", 5],
  ];
  for (const [name, text, reason, line] of cases) {
    await t.step(name, () => {
      const error = assertFails(
        () => parseLockFile(text, ".dstream.lock.hcl"),
        "lock.invalid",
      );
      assert.ok(error.message.includes(reason), error.message);
      assertEquals(error.at?.line, line);
    });
  }
});
