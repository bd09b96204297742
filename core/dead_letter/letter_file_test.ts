import {
  assert,
  assertEquals,
  assertRejects,
} from "../../tests/support/assert.ts";
import { TempFolder } from "../../tests/support/temp_folder.ts";
import { Assignment } from "./assignment.ts";
import { LockBeside } from "./lock_beside.ts";
import { LetterGroups } from "./groups.ts";
import { LetterFile } from "./letter_file.ts";
import type { LetterLine } from "./letter_lines.ts";

const MAX_LINE_BYTES = 1024 * 1024;

function letter(n: number, output = "a"): string {
  return `{"data":${n},"metadata":{"dead_letter":` +
    `{"reason":"r","output":"${output}","at":"2026-01-0${n}"}}}\n`;
}

async function textOf(lines: AsyncIterable<LetterLine>): Promise<string> {
  let text = "";
  for await (const { bytes } of lines) {
    text += new TextDecoder().decode(bytes) + "\n";
  }
  return text;
}

function namesIn({ path }: TempFolder): string[] {
  return [...Deno.readDirSync(path)].map(({ name }) => name).sort();
}

Deno.test("letters are taken aside and what stays is put back", async (t) => {
  const cases: [string, string, (n: number) => boolean, string][] = [
    ["all delivered", "", () => false, ""],
    ["none delivered", "", () => true, letter(1) + letter(2)],
    ["one delivered", "", (n) => n === 2, letter(2)],
    ["one rejected again", letter(9), (n) => n === 2, letter(2) + letter(9)],
    ["all rejected again", letter(9), () => false, letter(9)],
  ];
  for (const [name, written, stays, expected] of cases) {
    await t.step(name, async () => {
      await using folder = await TempFolder.make({
        "d.jsonl": letter(1) + letter(2),
      });
      const file = new LetterFile(folder.join("d.jsonl"), MAX_LINE_BYTES);
      const asides = await file.takeAside("1");
      assertEquals(namesIn(folder), ["d.jsonl.replaying-1"]);
      if (written !== "") await folder.write("d.jsonl", written);
      let n = 0;
      await file.putBack(asides, () => stays(++n));
      assert.equal(await textOf(file.letters()), expected);
      assertEquals(namesIn(folder), expected === "" ? [] : ["d.jsonl"]);
    });
  }
});

Deno.test("what killed replays left comes first, and one file is left of it", async () => {
  await using folder = await TempFolder.make({
    "d.jsonl.replaying-1": letter(1),
    "d.jsonl.replaying-2": letter(2) + letter(4).slice(0, 30),
    "d.jsonl": letter(3),
    ".d.jsonl.replay-rest": "half of it",
  });
  const file = new LetterFile(folder.join("d.jsonl"), MAX_LINE_BYTES);
  const all = letter(1) + letter(2) + letter(3);
  assert.equal(await textOf(file.letters()), all);
  const asides = await file.takeAside("3");
  assert.equal(await textOf(file.read(asides)), all);
  assert.equal(await file.putBack(asides, () => true), 3);
  assert.equal(await folder.read("d.jsonl"), all);
  assertEquals(namesIn(folder), ["d.jsonl"]);
});

Deno.test("while a run writes, nothing is taken; what is aside stays there", async () => {
  await using folder = await TempFolder.make({ "d.jsonl": letter(1) });
  const file = new LetterFile(folder.join("d.jsonl"), MAX_LINE_BYTES);
  const lockPath = folder.join(".d.jsonl.lock");
  {
    using _writer = (await LockBeside.take(lockPath))!;
    await assertRejects(() => file.takeAside("1"), "dead_letter.in_use");
  }
  const asides = await file.takeAside("1");
  {
    using _writer = (await LockBeside.take(lockPath))!;
    await file.putBack(asides, () => true);
    assert.equal(await folder.read("d.jsonl.replaying-1"), letter(1));
  }
  using _replay = await file.lockReplay();
  await assertRejects(() => file.lockReplay(), "dead_letter.in_use");
});

Deno.test("a writer's note outlives our lock", async () => {
  await using folder = await TempFolder.make({ ".d.lock": '{"pid":1}\n' });
  (await LockBeside.take(folder.join(".d.lock")))![Symbol.dispose]();
  assert.equal(await folder.read(".d.lock"), '{"pid":1}\n');
});

Deno.test("lines of any length are read, up to the limit", async () => {
  const long = `"${"x".repeat(700_000)}"`;
  await using folder = await TempFolder.make({
    "d.jsonl": `${long}\n\n \r\n${letter(1)}${long}\n`,
  });
  const path = folder.join("d.jsonl");
  const text = await textOf(new LetterFile(path, MAX_LINE_BYTES).letters());
  assert.ok(text === `${long}\n${letter(1)}${long}\n`);
  await assertRejects(
    () => textOf(new LetterFile(path, 500_000).letters()),
    "dead_letter.line_too_long",
  );
});

Deno.test("every letter has one goal", async (t) => {
  const lines = letter(1, "a") + letter(2, "b") + letter(3, "transform") +
    letter(4, "gone") + "nothing\n" + letter(5, "a");
  const cases: [string, string[], number | undefined, unknown][] = [
    ["by name", ["a", "b"], undefined, [[0, 2], [1, 1], ["transforms", 1]]],
    ["the only output there is", ["c"], undefined, [[0, 4], ["transforms", 1]]],
    ["the first ones", ["a", "b"], 2, [[0, 1], [1, 1]]],
  ];
  for (const [name, outputs, max, expected] of cases) {
    await t.step(name, async () => {
      await using folder = await TempFolder.make({ d: lines });
      const file = new LetterFile(folder.join("d"), MAX_LINE_BYTES);
      const assignment = new Assignment(outputs, max);
      const counts = await assignment.count(file.letters());
      assertEquals<unknown>([...counts], expected);
    });
  }
});

Deno.test("what has not arrived stays, with what has no goal", async () => {
  const lines = letter(1, "a") + letter(2, "b") + letter(3, "a") +
    letter(4, "gone") + letter(5, "b");
  await using folder = await TempFolder.make({ d: lines });
  const file = new LetterFile(folder.join("d"), MAX_LINE_BYTES);
  const assignment = new Assignment(["a", "b"]);
  assignment.arrived(0, 1);
  assignment.arrived(1, 2);
  const stays = assignment.staying();
  let text = "";
  for await (const line of file.letters()) {
    if (stays(line)) text += new TextDecoder().decode(line.bytes) + "\n";
  }
  assert.equal(text, letter(3, "a") + letter(4, "gone"));
});

Deno.test("letters are counted by output, code and reason, in bounded memory", () => {
  const groups = new LetterGroups();
  const add = (reason: string, at: string, code?: string) =>
    groups.add({
      bytes: new Uint8Array(),
      letter: {
        reason,
        code,
        at,
        task: "t",
        output: "o",
        runId: "r",
        original: () => new Uint8Array(),
      },
    });
  for (const at of ["3", "1", "2"]) add("often", at, "c");
  for (let i = 0; i < 5000; i++) add(`reason ${i}`, "5");
  groups.add({ bytes: new Uint8Array(), letter: undefined });
  assertEquals([groups.count, groups.unreadable], [5003, 1]);
  assert.equal(groups.groups.length, 1001);
  const [others, often] = groups.groups;
  assertEquals([others.reason, others.count], ["(other reasons)", 4001]);
  const { first, last, count } = often;
  assertEquals([first, last, count], ["1", "3", 3]);
  assertEquals(groups.span, { first: "1", last: "5" });
});
