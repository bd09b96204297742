import { assertEquals } from "../../tests/support/assert.ts";
import { TempFolder } from "../../tests/support/temp_folder.ts";
import { getsLock } from "./file_lock.ts";

/** A file as an older runtime has it, which only knows waiting. */
function olderFile(path: string) {
  const file = Deno.openSync(path, { write: true, create: true });
  return {
    lock: () => file.lock(true),
    statSync: () => file.statSync(),
    [Symbol.dispose]: () => file.close(),
  };
}

/** Locks a file and says so, until its stdin ends. */
const HOLDER = `
const file = Deno.openSync(Deno.args[0], { write: true, create: true });
file.lockSync(true);
console.log("held");
Deno.stdin.readSync(new Uint8Array(1));
`;

// Who waits for a lock goes on waiting until it is free.
const SANITIZERS = { sanitizeOps: false, sanitizeResources: false };

Deno.test(
  "without tryLock too, a lock that another process holds is not waited for",
  SANITIZERS,
  async () => {
    await using folder = await TempFolder.make({ "holder.js": HOLDER });
    const path = folder.join("lock");
    await using holder = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--quiet", folder.join("holder.js"), path],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    await holder.stdout.getReader().read();
    using mine = olderFile(path);
    assertEquals(await getsLock(mine), false);
    await holder.stdin.close();
    await holder.status;
  },
);

Deno.test({
  name: "a lock that nobody holds is got, however late its word comes",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    await using folder = await TempFolder.make();
    using file = olderFile(folder.join("lock"));
    const late = {
      ...file,
      lock: () =>
        new Promise<void>((resolve) => setTimeout(resolve, 1500))
          .then(file.lock),
    };
    assertEquals(await getsLock(late), true);
  },
});

Deno.test("of two in one process one gets it", SANITIZERS, async () => {
  await using folder = await TempFolder.make();
  using one = olderFile(folder.join("lock"));
  using another = olderFile(folder.join("lock"));
  assertEquals(await getsLock(one), true);
  assertEquals(await getsLock(another), false);
});

Deno.test("a lock that is let go a moment later is got", async () => {
  let asked = 0;
  const file = {
    lock: () => Promise.reject(new Error("not asked")),
    tryLock: () => Promise.resolve(++asked === 4),
    statSync: () => Deno.statSync("."),
  };
  assertEquals(await getsLock(file), true);
  asked = 10;
  assertEquals(await getsLock(file), false);
});
