import { assert } from "../../../tests/support/assert.ts";
import { parseSchedule } from "./schedule.ts";

const at = (text: string) => new Date(text).getTime();

// Local time, as a crontab has it; the texts have no zone.
const NEXT: Readonly<Record<string, readonly [string, string, string]>> = {
  "every minute": ["* * * * *", "2026-03-01T10:00:30", "2026-03-01T10:01:00"],
  "this very minute is over": [
    "0 10 * * *",
    "2026-03-01T10:00:00",
    "2026-03-02T10:00:00",
  ],
  "steps": ["*/15 * * * *", "2026-03-01T10:46:00", "2026-03-01T11:00:00"],
  "steps from a number": [
    "5/20 * * * *",
    "2026-03-01T10:30:00",
    "2026-03-01T10:45:00",
  ],
  "lists and ranges": [
    "0 8-9,17 * * *",
    "2026-03-01T09:30:00",
    "2026-03-01T17:00:00",
  ],
  "a day of the week by name": [
    "30 4 * * mon",
    "2026-03-03T00:00:00",
    "2026-03-09T04:30:00",
  ],
  "Sunday as 7": ["0 0 * * 7", "2026-03-02T00:00:00", "2026-03-08T00:00:00"],
  "both days: one is enough": [
    "0 0 15 * mon",
    "2026-03-10T00:00:00",
    "2026-03-15T00:00:00",
  ],
  "a month by name": [
    "0 0 1 feb *",
    "2026-03-01T00:00:00",
    "2027-02-01T00:00:00",
  ],
  "a leap day": ["0 0 29 2 *", "2026-03-01T00:00:00", "2028-02-29T00:00:00"],
  "@hourly": ["@hourly", "2026-12-31T23:30:00", "2027-01-01T00:00:00"],
};

for (const [name, [text, now, expected]] of Object.entries(NEXT)) {
  Deno.test(`singer schedule: ${name}`, () => {
    const schedule = parseSchedule(text);
    assert("next" in schedule, JSON.stringify(schedule));
    assert.equal(schedule.next(at(now)), at(expected));
  });
}

const WRONG: Readonly<Record<string, string>> = {
  "* * * *": "needs five fields, got 4",
  "60 * * * *": 'has no minute "60": 0 to 59',
  "* * 0 * *": 'has no day of the month "0": 1 to 31',
  "* * * * someday": 'has no day of the week "someday": 0 to 7',
  "*/0 * * * *": 'has no minute "*/0": 0 to 59',
  "5-3 * * * *": 'has no minute "5-3": 0 to 59',
  "0 0 31 2 *": '"0 0 31 2 *" never comes',
};

Deno.test("singer schedule: what is wrong is said", async (t) => {
  for (const [text, problem] of Object.entries(WRONG)) {
    await t.step(
      text,
      () => assert.deepEqual(parseSchedule(text), { problem }),
    );
  }
});
