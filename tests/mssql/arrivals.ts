/**
 * What arrived from inputs that were killed, held against what was promised: nothing
 * is missing, each table in its order, and no repeats but those a death explains.
 *
 * @module
 */

import type {
  ChangeEnvelope,
  InputProcess,
  Listener,
} from "./input_process.ts";

/** A change's place; equal for two deliveries of the same change. */
function placeOf({ metadata }: ChangeEnvelope): string {
  const { LSN, CommandID, Seq, OperationID } = metadata;
  const command = String(CommandID).padStart(10, "0");
  return `${LSN}/${command}/${Seq}/${OperationID}`;
}

/** Whether an envelope is a change of a row, and no event beside them. */
function isChange({ metadata }: ChangeEnvelope): boolean {
  return ["Insert", "Update", "Delete"].includes(metadata.OperationType);
}

/** One table's changes, numbered from 1 by the test that made them. */
class TableArrivals {
  /** Places by number. */
  readonly places = new Map<number, string>();
  readonly problems: string[] = [];
  readonly #lastOf = new Map<InputProcess, number>();
  highest = 0;
  /** Of the transaction of the highest. */
  lastLsn = "";
  duplicates = 0;
  /** How often something came again that had come before. */
  stepsBack = 0;

  add(n: number, envelope: ChangeEnvelope, input: InputProcess): void {
    // Whoever takes a table over begins at what was acknowledged, and only what
    // came was: so no number can come before the one below it.
    if (n > this.highest + 1) {
      this.problems.push(`${n} came when ${this.highest} was the highest`);
    }
    const last = this.#lastOf.get(input);
    const isRepeat = this.places.has(n);
    if (last === undefined ? isRepeat : n <= last) this.stepsBack++;
    this.#lastOf.set(input, n);
    if (isRepeat) this.duplicates++;
    this.#keepPlace(n, placeOf(envelope));
    if (n > this.highest) this.lastLsn = envelope.metadata.LSN;
    this.highest = Math.max(this.highest, n);
  }

  #keepPlace(n: number, place: string): void {
    const known = this.places.get(n) ?? place;
    if (known !== place) this.problems.push(`${n}: ${known} and ${place}`);
    this.places.set(n, place);
  }
}

/** Listens to all inputs of a test. */
export class Arrivals implements Listener {
  readonly #tables = new Map<string, TableArrivals>();
  readonly #numberOf: (envelope: ChangeEnvelope) => number;
  /** When the last one came, as performance.now(). */
  lastAtMs = performance.now();

  constructor(numberOf: (envelope: ChangeEnvelope) => number) {
    this.#numberOf = numberOf;
  }

  envelope(envelope: ChangeEnvelope, input: InputProcess): void {
    if (!isChange(envelope)) return;
    const table = this.#table(envelope.metadata.TableName);
    table.add(this.#numberOf(envelope), envelope, input);
    this.lastAtMs = performance.now();
  }

  /** How many different changes of a table came. */
  count(table: string): number {
    return this.#table(table).places.size;
  }

  /** The LSN of a table's last change, in hexadecimal digits. */
  lastLsn(table: string): string {
    return this.#table(table).lastLsn;
  }

  /** How many different changes came in all. */
  get total(): number {
    return [...this.#tables.values()]
      .reduce((sum, { places }) => sum + places.size, 0);
  }

  get duplicates(): number {
    return [...this.#tables.values()]
      .reduce((sum, { duplicates }) => sum + duplicates, 0);
  }

  /**
   * Sentences on what should not be.
   *
   * @param interruptions Deaths and lost connections. Each may let a table be taken
   * over, and taken back, from what was acknowledged.
   */
  problems(
    tables: readonly string[],
    count: number,
    interruptions: number,
  ): string[] {
    return tables.flatMap((name) => {
      const table = this.#table(name);
      const missing = count - table.places.size;
      const hasTooMany = table.stepsBack > 2 * interruptions;
      return [
        ...(missing === 0 ? [] : [`${missing} of ${count} are missing`]),
        ...(hasTooMany ? [`${table.stepsBack} steps back`] : []),
        ...orderProblems(table),
        ...table.problems,
      ].map((problem) => `${name}: ${problem}`);
    });
  }

  /** The place of a table's newest change. */
  newest(table: string): string | undefined {
    const { places, highest } = this.#table(table);
    return places.get(highest);
  }

  #table(name: string): TableArrivals {
    const table = this.#tables.get(name) ?? new TableArrivals();
    this.#tables.set(name, table);
    return table;
  }
}

/** Later numbers have later places. */
function orderProblems({ places }: TableArrivals): string[] {
  const sorted = [...places.entries()].sort(([a], [b]) => a - b);
  const wrong = sorted.findIndex(([, place], index) =>
    index > 0 && place <= sorted[index - 1][1]
  );
  return wrong < 0 ? [] : [`${sorted[wrong][0]} is out of order`];
}
