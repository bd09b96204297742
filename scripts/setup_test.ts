import { assert } from "../tests/support/assert.ts";
import { TempFolder } from "../tests/support/temp_folder.ts";
import { chooseGroups, inLanes, setUp } from "./setup.ts";
import { type Group, SetupError } from "./setup/group.ts";
import { groups } from "./setup/groups.ts";

/** Counts how often it was installed. */
class Toy implements Group {
  readonly name = "toy";
  readonly by = "go";
  readonly brings = "a toy";
  installs = 0;

  constructor(
    readonly version: string | undefined,
    private readonly isBroken = false,
  ) {}

  isThere(): boolean {
    return this.installs > 0;
  }

  install(): Promise<void> {
    this.installs++;
    return this.isBroken
      ? Promise.reject(new SetupError("no such toy"))
      : Promise.resolve();
  }
}

const cases: Record<string, (folder: string) => Promise<void>> = {
  "what is there isn't installed again": async (folder) => {
    const toy = new Toy("1");
    assert.equal(await setUp(toy, folder, () => {}), "installed");
    assert.equal(await setUp(toy, folder, () => {}), "there");
    assert.equal(toy.installs, 1);
  },
  "another version is installed anew": async (folder) => {
    await setUp(new Toy("1"), folder, () => {});
    const newer = new Toy("2");
    newer.installs = 1; // the old one's file
    assert.equal(await setUp(newer, folder, () => {}), "installed");
  },
  "of what has no version any will do": async (folder) => {
    const toy = new Toy(undefined);
    toy.installs = 1;
    assert.equal(await setUp(toy, folder, () => {}), "there");
  },
  "Debian's come first, the others beside each other, each installer's in turn":
    async (folder) => {
      const done: string[] = [];
      const slow = Promise.withResolvers<void>();
      const toy = (
        name: string,
        by: Group["by"],
        until?: Promise<void>,
      ): Group => ({
        name,
        by,
        brings: "a toy",
        isThere: () => done.includes(name),
        install: async () => {
          await until;
          done.push(name);
          if (name === "pip") slow.resolve();
        },
      });
      const all = [
        toy("build", "go", slow.promise),
        toy("other build", "go"),
        toy("pip", "python"),
        toy("package", "debian"),
      ];
      assert.deepEqual(await inLanes(all, folder, () => {}), []);
      assert.deepEqual(done, ["package", "pip", "build", "other build"]);
    },
  "one that fails is told and throws nothing": async (folder) => {
    const said: string[] = [];
    const toy = new Toy("1", true);
    const outcome = await setUp(toy, folder, (line) => said.push(line));
    assert.equal(outcome, "failed");
    assert.deepEqual(said, ["toy: installing a toy", "toy: no such toy"]);
  },
};

for (const [name, run] of Object.entries(cases)) {
  Deno.test(name, async () => {
    await using folder = await TempFolder.make();
    await run(folder.path);
  });
}

Deno.test("groups are chosen by name, all without one", () => {
  const names = (chosen: Group[]) => chosen.map(({ name }) => name);
  assert.deepEqual(names(chooseGroups(groups, ["oras"])), ["oras"]);
  assert.equal(chooseGroups(groups, []).length, groups.length);
  assert.throws(() => chooseGroups(groups, ["orsa"]), /no group "orsa"/);
  assert.equal(new Set(names([...groups])).size, groups.length);
});
