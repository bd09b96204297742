import { assert, assertEquals } from "../../../../tests/support/assert.ts";
import type { CaptureInstance } from "../tables/catalog.ts";
import {
  compareLsn,
  decrementLsn,
  formatLsn,
  formatLsnParts,
  incrementLsn,
  parseLsn,
  toLsn,
  ZERO_LSN,
} from "./lsn.ts";
import { isGap, type Position, positionOf, storedForm } from "./position.ts";
import { chooseInstance, decide, planRead } from "../tables/table_plan.ts";

const lsn = (last: string) => parseLsn(last.padStart(20, "0"));
const after = (last: string): Position => ({ kind: "after", lsn: lsn(last) });
const within = (last: string): Position => ({
  kind: "within",
  lsn: lsn(last),
  commandId: 5,
  seqval: lsn("7"),
  operation: 2,
});

Deno.test("an LSN counts on over its bytes", async (t) => {
  const cases = [
    ["1", "2"],
    ["ff", "100"],
    ["ffff", "10000"],
    ["20000001000001", "20000001000002"],
    ["00000020ffffffffffff", "00000021000000000000"],
  ];
  for (const [low, high] of cases) {
    await t.step(`${low} and ${high}`, () => {
      assertEquals(formatLsn(incrementLsn(lsn(low))), formatLsn(lsn(high)));
      assertEquals(formatLsn(decrementLsn(lsn(high))), formatLsn(lsn(low)));
      assert.ok(compareLsn(lsn(low), lsn(high)) < 0);
      assertEquals(compareLsn(lsn(low), lsn(low)), 0);
    });
  }
});

Deno.test("an LSN is written as upstream and as the log has it", () => {
  const one = parseLsn("0000003600000B200003");
  assertEquals(formatLsn(one), "0000003600000b200003");
  assertEquals(formatLsnParts(one), "00000036:00000b20:0003");
  assertEquals(toLsn(null), ZERO_LSN);
  assertEquals(toLsn(Uint8Array.of(1)), parseLsn("01".padEnd(20, "0")));
});

Deno.test("positionOf() understands upstream's rows and ours, storedForm() writes ours", async (t) => {
  const none = { last_seq: null, last_command: null, last_operation: null };
  const cases: [string, Parameters<typeof positionOf>[0], Position][] = [
    ["no LSN", { last_lsn: null, ...none }, after("0")],
    ["zero", { last_lsn: ZERO_LSN, ...none, last_seq: ZERO_LSN }, after("0")],
    ["an LSN alone", { last_lsn: lsn("5"), ...none }, after("5")],
    [
      "upstream's sequence",
      { ...none, last_lsn: lsn("5"), last_seq: lsn("7") },
      {
        kind: "within_seqval",
        lsn: lsn("5"),
        seqval: lsn("7"),
      },
    ],
    ["within a transaction", {
      last_lsn: lsn("5"),
      last_seq: lsn("7"),
      last_command: 5,
      last_operation: 2,
    }, within("5")],
  ];
  for (const [name, row, expected] of cases) {
    await t.step(name, () => {
      assertEquals(positionOf(row), expected);
      const { lsn: last_lsn, seqval, commandId, operation } = storedForm(
        expected,
      );
      const again = {
        last_lsn,
        last_seq: seqval,
        last_command: commandId,
        last_operation: operation,
      };
      assertEquals(positionOf(again), expected);
    });
  }
});

Deno.test("isGap() is about the first change that is still needed", async (t) => {
  const cases: [string, Position, string, boolean][] = [
    ["nothing read, whatever the minimum", after("0"), "99", false],
    ["the minimum is the position", after("5"), "5", false],
    ["the minimum is the next LSN", after("5"), "6", false],
    ["the minimum is beyond the next", after("5"), "7", true],
    ["the minimum is below", after("5"), "3", false],
    ["within a transaction that is there", within("5"), "5", false],
    ["within one that is gone", within("5"), "6", true],
  ];
  for (const [name, position, minimum, expected] of cases) {
    await t.step(name, () => {
      assertEquals(isGap(position, lsn(minimum)), expected);
    });
  }
});

Deno.test("decide() says how a table is begun", async (t) => {
  const usual = {
    start: "earliest",
    snapshot: "never",
    onGap: "fail",
  } as const;
  const cases = [
    ["from the beginning", after("0"), {}, "read", "0"],
    ["from now on", after("0"), { start: "latest" }, "read", "50"],
    ["rows first", after("0"), { snapshot: "initial" }, "snapshot"],
    ["rows when needed", after("0"), { snapshot: "when_needed" }, "snapshot"],
    ["where it was left", after("30"), { snapshot: "initial" }, "read", "30"],
    ["a gap", after("5"), {}, "gap"],
    [
      "a gap, although the start is latest",
      after("5"),
      { start: "latest" },
      "gap",
    ],
    ["a gap with a snapshot", after("5"), { onGap: "snapshot" }, "snapshot"],
    [
      "a gap, rows when needed",
      after("5"),
      { snapshot: "when_needed" },
      "snapshot",
    ],
    ["a gap to live with", after("5"), { onGap: "continue" }, "skip", "1f"],
  ] as const;
  for (const [name, position, rules, kind, at] of cases) {
    await t.step(name, () => {
      const situation = { position, minLsn: lsn("20"), maxLsn: lsn("50") };
      const beginning = decide(situation, { ...usual, ...rules });
      assertEquals(beginning.kind, kind);
      if ("position" in beginning) {
        assertEquals(formatLsn(beginning.position.lsn), formatLsn(lsn(at!)));
      }
    });
  }
});

function instance(name: string, start: string | null): CaptureInstance {
  return {
    name,
    changeTableId: 1,
    changeTable: `${name}_CT`,
    columns: [],
    sourceColumns: [],
    retypedAt: [],
    hasCommandId: true,
    roleName: null,
    key: [],
    startLsn: start === null ? null : lsn(start),
  };
}

Deno.test("chooseInstance() reads the old one up to where the new one begins", async (t) => {
  const both = [instance("old", "10"), instance("new", "40")];
  const cases: [string, CaptureInstance[], Position, string?, string?][] = [
    ["none", [], after("0")],
    ["one", [instance("old", "10")], after("0"), "old"],
    ["one that hasn't begun", [instance("old", null)], after("0"), "old"],
    ["at the beginning", both, after("0"), "old", "3f"],
    ["before the new one", both, after("20"), "old", "3f"],
    ["within a transaction before it", both, within("3f"), "old", "3f"],
    ["the old one is read to its end", both, after("3f"), "new"],
    ["in the new one", both, within("40"), "new"],
    [
      "a new one that hasn't begun",
      [both[0], instance("new", null)],
      after("20"),
      "old",
    ],
    ["listed the other way round", both.toReversed(), after("20"), "old", "3f"],
  ];
  for (const [name, instances, position, expected, last] of cases) {
    await t.step(name, () => {
      const choice = chooseInstance(instances, position);
      assertEquals(choice?.instance.name, expected);
      const lastLsn = last === undefined ? undefined : lsn(last);
      assertEquals(choice?.lastLsn, lastLsn);
    });
  }
});

Deno.test("planRead() goes to the newest, or to the end of the instance", async (t) => {
  const old = { instance: instance("old", "10") };
  const alone = { ...old, lastLsn: undefined, next: undefined };
  const first = { ...old, lastLsn: lsn("3f"), next: instance("new", "40") };
  const cases = [
    ["news", after("20"), alone, "30", "30", false],
    ["no news", after("30"), alone, "30"],
    ["the rest of a transaction", within("30"), alone, "30", "30", false],
    ["the new instance isn't reached", after("20"), first, "30", "30", false],
    ["it is reached", after("20"), first, "50", "3f", true],
    ["only the switch is left", after("3f"), first, "50", "3f", true],
  ] as const;
  for (const [name, position, choice, newest, until, ends] of cases) {
    await t.step(name, () => {
      assertEquals(
        planRead(position, choice, lsn(newest)),
        until === undefined
          ? undefined
          : { untilLsn: lsn(until), endsInstance: ends },
      );
    });
  }
});
