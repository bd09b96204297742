/**
 * The parts of the report: each runs its contestants by turns and makes a table.
 *
 * Turns, because the machine's mood changes: a ratio compares runs that were
 * neighbours, and the middle one of these ratios is shown.
 *
 * @module
 */

import type { Contestant } from "./contestants.ts";
import type { Programs } from "./programs.ts";
import { type Load, type Measurement, runOnce } from "./run_once.ts";
import { type Column, median, renderTable, show } from "./table.ts";

/** A contestant's runs in one section. */
export interface Entry {
  readonly name: string;
  readonly runs: readonly Measurement[];
}

/** One section's result, for the table and for JSON. */
export interface Section {
  readonly title: string;
  readonly load: Omit<Load, "dataFile">;
  readonly entries: readonly Entry[];
}

/** How often. */
export interface Effort {
  readonly runs: number;
  /** Rounds before that, thrown away. */
  readonly warmups: number;
}

/** Runs all contestants `runs` times by turns. */
export async function race(
  title: string,
  contestants: readonly Contestant[],
  load: Load,
  programs: Programs,
  { runs, warmups }: Effort,
): Promise<Section> {
  const results = new Map<string, Measurement[]>();
  for (let round = -warmups; round < runs; round++) {
    for (const contestant of contestants) {
      const measured = await runOnce(contestant, load, programs);
      if (!measured.isGood) complain(contestant, measured);
      if (round < 0) continue;
      const list = results.get(contestant.name) ?? [];
      results.set(contestant.name, [...list, measured]);
    }
  }
  const entries = [...results].map(([name, runs]) => ({ name, runs }));
  const { dataFile: _, ...shown } = load;
  return { title, load: shown, entries };
}

function complain({ name }: Contestant, { problem }: Measurement): void {
  console.error(`${name}: ${problem ?? "failed"}`);
}

/** Rates, and how they compare with each of `bases`. */
export function renderThroughput(
  section: Section,
  bases: readonly string[],
): string {
  const known = bases.filter((base) => entry(section, base) !== undefined);
  return heading(section) + renderTable<Entry>([
    nameColumn,
    middle("envelopes/s", (run) => run.envelopesPerS),
    middle("MB/s", (run) => run.mbPerS),
    middle("own CPU s/GB", (run) => run.ownCpuSPerGb, 2),
    middle("peak MB", (run) => run.peakMb),
    ...known.map((base) => ratioColumn(section, base)),
    goodColumn,
  ], section.entries);
}

/** How long an envelope is under way, and how much of that is over the first's. */
export function renderLatency(section: Section): string {
  const [base] = section.entries;
  const added = (pick: Pick) => (row: Entry) => {
    const own = middleOf(row, pick);
    const least = middleOf(base, pick);
    const isKnown = own !== undefined && least !== undefined;
    return show(isKnown ? (own - least) / 1e3 : undefined, 3);
  };
  const p50: Pick = (run) => run.p50Us;
  const p99: Pick = (run) => run.p99Us;
  return heading(section) + renderTable<Entry>([
    nameColumn,
    middle("p50 µs", p50),
    middle("p99 µs", p99),
    { heading: `p50 over ${base.name}, ms`, cell: added(p50) },
    { heading: `p99 over ${base.name}, ms`, cell: added(p99) },
    goodColumn,
  ], section.entries);
}

/** How long the first envelope takes from the start of everything. */
export function renderStart(section: Section): string {
  return heading(section) + renderTable<Entry>([
    nameColumn,
    middle("first envelope, ms", (run) => run.firstMs, 1),
    middle("peak MB", (run) => run.peakMb),
    goodColumn,
  ], section.entries);
}

type Pick = (run: Measurement) => number | undefined;

const nameColumn: Column<Entry> = { heading: "", cell: ({ name }) => name };

const goodColumn: Column<Entry> = {
  heading: "complete",
  cell: ({ runs }) =>
    `${runs.filter((run) => run.isGood).length}/${runs.length}`,
};

function middle(heading: string, pick: Pick, digits = 0): Column<Entry> {
  return { heading, cell: (row) => show(middleOf(row, pick), digits) };
}

function middleOf({ runs }: Entry, pick: Pick): number | undefined {
  return median(runs.map(pick).filter((value) => value !== undefined));
}

function ratioColumn(section: Section, base: string): Column<Entry> {
  const against = entry(section, base)?.runs ?? [];
  return {
    heading: `× ${base}`,
    cell: ({ name, runs }) => {
      if (name === base) return "1";
      const ratios = runs.map((run, round) =>
        run.mbPerS / against[round].mbPerS
      );
      return show(median(ratios), 2);
    },
  };
}

function entry({ entries }: Section, name: string): Entry | undefined {
  return entries.find((one) => one.name === name);
}

function heading({ title }: Section): string {
  return `### ${title}\n\n`;
}
