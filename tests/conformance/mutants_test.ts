import {
  assertConfirmsWhatIsDelivered,
  assertWaitsForDestination,
  fromSource,
} from "@dstream/sdk/testing";
import { assert } from "../support/assert.ts";
import { TempFolder } from "../support/temp_folder.ts";

const COUNT = 20;

function subject(role: "input" | "output", mutant: string) {
  const main = new URL(`./mutants/folder_${role}.ts`, import.meta.url);
  return { ...fromSource(main), env: { MUTANT: mutant } };
}

async function runInput(mutant: string): Promise<void> {
  await using folder = await TempFolder.make();
  const { path } = folder;
  for (let n = 0; n < COUNT; n++) {
    await Deno.writeTextFile(`${path}/${String(n).padStart(3, "0")}`, "");
  }
  await assertConfirmsWhatIsDelivered(subject("input", mutant), {
    config: { path },
    count: COUNT,
    unconfirmed: () => {
      const names = [...Deno.readDirSync(path)].map(({ name }) => name);
      assert.ok(!names.includes("twice"), "confirmed twice");
      return names.length;
    },
  });
}

async function runOutput(mutant: string): Promise<void> {
  await using folder = await TempFolder.make();
  const { path } = folder;
  const envelopes = Array.from(
    { length: COUNT },
    (_, data) => ({ data, metadata: {} }),
  );
  await assertWaitsForDestination(subject("output", mutant), {
    config: { path },
    stall: async () => {
      await Deno.writeTextFile(`${path}/held`, "");
      return () => Deno.remove(`${path}/held`);
    },
  }, envelopes);
}

Deno.test("an input that keeps the promise passes, each mutant fails", async (t) => {
  await t.step("right", () => runInput(""));
  for (const mutant of ["never", "early", "twice", "disorder"]) {
    await t.step(mutant, () => assert.rejects(() => runInput(mutant)));
  }
});

Deno.test("an output that keeps the promise passes, each mutant fails", async (t) => {
  await t.step("right", () => runOutput(""));
  for (const mutant of ["early", "never"]) {
    await t.step(mutant, () => assert.rejects(() => runOutput(mutant)));
  }
});
