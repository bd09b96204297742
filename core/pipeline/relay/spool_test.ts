import { assert, assertEquals } from "../../../tests/support/assert.ts";
import { TempFolder } from "../../../tests/support/temp_folder.ts";
import { Spool } from "./spool.ts";
import { realSpoolDisk } from "./spool_disk.ts";

const MIB = 1024 * 1024;

async function filesIn(folder: string): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(folder));
  return entries.map(({ name }) => name).sort();
}

Deno.test("lines lie in files of 64 MiB, each deleted when all in it is settled, the rest at the end", async () => {
  await using temp = await TempFolder.make();
  const parent = temp.join("spool/out");
  {
    using folder = await realSpoolDisk.open(parent, "run");
    using spool = new Spool(folder, 1024 * MIB);
    const block = new Uint8Array(32 * MIB);
    for (let n = 1; n <= 5; n++) {
      block[0] = n;
      await spool.append([block], 1, n);
    }
    const path = `${parent}/run`;
    assertEquals(await filesIn(path), ["1.spool", "2.spool", "3.spool"]);
    assertEquals((await spool.read(spool.find(4)!))[0], 4);
    spool.settle(2, 2);
    assertEquals(await filesIn(path), ["1.spool", "2.spool", "3.spool"]);
    // The last delivered line is kept, for whoever has to be given it once more.
    spool.settle(3, 3);
    assertEquals(await filesIn(path), ["2.spool", "3.spool"]);
    assertEquals(spool.usedBytes, 3 * 32 * MIB);
    assert(!spool.hasRoom(1024 * MIB));
  }
  assertEquals(await filesIn(parent), []);
});

Deno.test("what a run that was killed left is removed by the next, what one that lives has is not", async () => {
  await using temp = await TempFolder.make();
  const parent = temp.join("spool/out");
  await Deno.mkdir(`${parent}/killed`, { recursive: true });
  await Deno.writeTextFile(`${parent}/killed/1.spool`, "x");
  using first = await realSpoolDisk.open(parent, "first");
  await first.create("1.spool");
  const mine = await filesIn(parent);
  assertEquals(mine, ["first", "first.lock"]);
});

Deno.test({
  name: "nobody else may read it",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await using temp = await TempFolder.make();
    const parent = temp.join("spool/out");
    using folder = await realSpoolDisk.open(parent, "run");
    const file = await folder.create("1.spool");
    const mode = async (path: string) => (await Deno.stat(path)).mode! & 0o777;
    assertEquals(await mode(`${parent}/run`), 0o700);
    assertEquals(await mode(`${parent}/run/1.spool`), 0o600);
    file.remove();
  },
});
