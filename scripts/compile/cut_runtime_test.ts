import { Buffer } from "node:buffer";
import { assert, assertEquals } from "../../tests/support/assert.ts";
import { TempFolder } from "../../tests/support/temp_folder.ts";
import { BASE_FOLDER, compilerPath, runtimePath } from "./base.ts";
import { cutRuntime } from "./cut_runtime.ts";
import { type Target, TARGETS } from "./targets.ts";
import { runTool } from "./tool.ts";

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/** Compiles a program of one line on a runtime. */
async function compile(
  folder: TempFolder,
  target: Target,
  runtime: string,
): Promise<Uint8Array> {
  const program = await folder.write("program.js", "console.log(1)");
  await Deno.utime(program, 0, 0);
  const output = folder.join(`out${target.suffix}`);
  const args = ["compile", "--no-check", "--no-config", `-o=${output}`];
  await runTool(
    compilerPath(),
    [...args, `--target=${target.triple}`, program],
    {
      cwd: folder.path,
      env: { DENORT_BIN: runtime },
    },
  );
  return Deno.readFile(output);
}

for (const target of TARGETS) {
  const runtime = runtimePath(BASE_FOLDER, target);
  Deno.test({
    name:
      `what is cut from an executable for ${target.name} makes the same again`,
    ignore: !exists(runtime) || !exists(compilerPath()),
    async fn() {
      await using folder = await TempFolder.make();
      const made = await compile(folder, target, runtime);
      const again = await folder.write("runtime", cutRuntime(made));
      const madeAgain = await compile(folder, target, again);
      assert.equal(Buffer.compare(made, madeAgain), 0);
    },
  });
}

Deno.test("an ELF runtime ends where the trailer says", () => {
  const executable = new Uint8Array(100);
  executable.set([0x7f, 0x45, 0x4c, 0x46]);
  const trailer = new DataView(executable.buffer, 84);
  trailer.setUint32(0, 0x501e, true);
  trailer.setBigUint64(8, 60n, true);
  assertEquals(cutRuntime(executable).length, 40);
});

Deno.test("what has no payload, or isn't an executable, is refused", () => {
  const elf = new Uint8Array(100);
  elf.set([0x7f, 0x45, 0x4c, 0x46]);
  assert.throws(() => cutRuntime(elf), /no payload at the end/);
  const text = new TextEncoder().encode("#!/bin/sh\necho a shell script\n");
  assert.throws(() => cutRuntime(text), /neither an ELF, a PE nor/);
  const machO = new Uint8Array(100);
  new DataView(machO.buffer).setUint32(0, 0xfeedfacf, true);
  assert.throws(() => cutRuntime(machO), /no segment __LINKEDIT/);
});
