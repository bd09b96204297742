import { join } from "node:path";
import { block, builtin, place } from "../../tests/cli/fake_configuration.ts";
import {
  assert,
  assertEquals,
  assertRejects,
} from "../../tests/support/assert.ts";
import type { BuiltInName } from "./built_in_names.ts";
import { findExecutable } from "./executable.ts";
import { resolveProvider } from "./resolve.ts";

const builtIns: readonly BuiltInName[] = [
  { role: "input", name: "counter" },
  { role: "input", name: "file" },
  { role: "output", name: "file" },
  { role: "output", name: "console" },
];
const options = {
  folder: "/work",
  builtIns,
  self: ["/opt/deno", "run", "main.ts"],
  os: Deno.build.os,
  env: { REGION: "us", DSTREAM_LOG_LEVEL: "warn" },
};

Deno.test("a built-in is this program started once more, in its role", async () => {
  const input = block("input", builtin("file"), {
    args: ["--fast"],
    env: { REGION: "eu" },
  });
  assertEquals(await resolveProvider(input, options), {
    name: "file",
    launch: {
      argv: [
        "/opt/deno",
        "run",
        "main.ts",
        "provider",
        "exec",
        "in-file",
        "--fast",
      ],
      cwd: "/work",
      env: { DSTREAM_LOG_LEVEL: "warn", REGION: "eu" },
    },
    knownVersion: 2,
  });
  const output = await resolveProvider(
    block("output", builtin("file")),
    options,
  );
  assertEquals(output.launch.argv.at(-1), "out-file");
});

Deno.test("an unknown built-in is refused where it is written", async () => {
  const countr = block("input", builtin("countr"), {
    sourceAt: place(4, '    provider = "countr"', '"countr"'),
  });
  const error = await assertRejects(
    () => resolveProvider(countr, options),
    "config.provider_unknown",
  );
  assertEquals(error.message, 'there is no built-in provider "countr"');
  assertEquals(
    error.hint,
    'did you mean "counter"? `dstream provider list` shows all',
  );
  assertEquals(error.at?.line, 4);
  assert(error.isUsage);
});

Deno.test("a built-in of the other role is named as such", async () => {
  const error = await assertRejects(
    () => resolveProvider(block("input", builtin("console")), options),
    "config.provider_role",
  );
  assertEquals(
    error.message,
    'the built-in provider "console" is an output, not an input',
  );
});

Deno.test("a reference means what was installed for it", async () => {
  const reference = "ghcr.io/katasec/dstream-in-mssql:v1.2.0";
  const source = { kind: "reference", reference } as const;
  const installed = new Map([[reference, {
    name: "dstream-in-mssql",
    path: "/cache/dstream-in-mssql",
    knownVersion: 2 as const,
  }]]);
  const found = await resolveProvider(block("input", source), {
    ...options,
    installed,
  });
  assertEquals(
    [found.name, found.launch.argv, found.knownVersion] as unknown,
    ["dstream-in-mssql", ["/cache/dstream-in-mssql"], 2],
  );
  const error = await assertRejects(
    () => resolveProvider(block("input", source), options),
    "install.missing",
  );
  assert(error.hint?.includes(`provider pull "${reference}"`));
});

Deno.test({
  name: "a path must lead to something that can be started",
  ignore: Deno.build.os === "windows",
  fn: async (t) => {
    const folder = await Deno.makeTempDir();
    try {
      await Deno.writeTextFile(join(folder, "my-provider.sh"), "#!/bin/sh\n");
      await Deno.chmod(join(folder, "my-provider.sh"), 0o755);
      await Deno.writeTextFile(join(folder, "plain"), "text");
      await Deno.chmod(join(folder, "plain"), 0o644);
      await Deno.mkdir(join(folder, "folder"));
      const resolve = (name: string) =>
        resolveProvider(
          block("output", { kind: "path", path: join(folder, name) }),
          { ...options, folder },
        );
      await t.step(
        "an executable is found, and named without extension",
        async () => {
          const provider = await resolve("my-provider.sh");
          assertEquals(provider.name, "my-provider");
          assertEquals(provider.launch.argv, [join(folder, "my-provider.sh")]);
          assertEquals(provider.knownVersion, undefined);
        },
      );
      const refused: readonly [string, string, string, string][] = [
        [
          "plain",
          "config.provider_not_executable",
          'the provider "./plain" is not executable',
          "chmod +x ./plain",
        ],
        [
          "folder",
          "config.provider_is_folder",
          'the provider "./folder" is a folder',
          "name the executable in it",
        ],
        [
          "my-provder.sh",
          "config.provider_not_found",
          'there is no file "./my-provder.sh"',
          'did you mean "my-provider.sh"?',
        ],
        [
          "nothing-at-all",
          "config.provider_not_found",
          'there is no file "./nothing-at-all"',
          "paths are relative to the configuration's folder",
        ],
        [
          "bin/x",
          "config.provider_not_found",
          'there is no file "./bin/x"',
          'the folder "./bin" is not there either',
        ],
      ];
      for (const [name, code, message, hint] of refused) {
        await t.step(`${name} is refused`, async () => {
          const error = await assertRejects(() => resolve(name), code);
          assertEquals([error.message, error.hint], [message, hint]);
        });
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

Deno.test("on Windows an extension may be left out, and others are refused", async () => {
  const folder = await Deno.makeTempDir();
  try {
    for (const name of ["a.exe", "b.cmd", "b", "c.py"]) {
      await Deno.writeTextFile(join(folder, name), "");
    }
    const find = (name: string) =>
      findExecutable(join(folder, name), { folder, os: "windows" });
    assertEquals(await find("a"), join(folder, "a.exe"));
    assertEquals(await find("a.exe"), join(folder, "a.exe"));
    assertEquals(await find("b"), join(folder, "b.cmd"));
    await assertRejects(() => find("c.py"), "config.provider_not_executable");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
