/**
 * Changes in order → steps that touch each row once.
 *
 * The last change of a key wins, whatever it is. A partial one (columns are absent)
 * is joined to the one before, so that no row gets holes. What goes comes before
 * what is put, and both are sorted by key, so that two writers don't deadlock.
 *
 * @module
 */

import type { PutMode, Row, TableFacts } from "./dialect.ts";
import { joinRows } from "./json_rows.ts";

/** What one envelope asks of a table. */
export type RowChange =
  & { readonly index: number; readonly table: TableFacts }
  & (
    | { readonly kind: "truncate" }
    | {
      readonly kind: "put";
      readonly mode: PutMode;
      readonly key: readonly string[];
      /** The same for all changes of one row; absent: it is only added. */
      readonly keyText: string | undefined;
      readonly row: Row;
      /** Its place at the source. */
      readonly position?: string | undefined;
      /** The row it was before, by its key alone. */
      readonly from?: { readonly keyText: string; readonly row: Row };
      /** Columns of the row before have to be kept. */
      readonly isMove: boolean;
    }
    | {
      readonly kind: "remove";
      readonly key: readonly string[];
      readonly keyText: string;
      readonly row: Row;
      readonly position?: string | undefined;
    }
  );

type PutChange = Extract<RowChange, { kind: "put" }>;
type TableChange = Exclude<RowChange, { kind: "truncate" }>;

/** One or few statements. */
export type Step =
  | { readonly kind: "truncate"; readonly table: TableFacts }
  | { readonly kind: "move"; readonly change: PutChange }
  | {
    readonly kind: "remove";
    readonly table: TableFacts;
    readonly key: readonly string[];
    readonly rows: readonly Row[];
  }
  | {
    readonly kind: "put";
    readonly mode: PutMode;
    readonly table: TableFacts;
    readonly key: readonly string[];
    readonly columns: readonly string[];
    readonly rows: readonly Row[];
  };

interface State {
  /** Of the newest change, where older ones are left out. */
  position?: string;
  remove?: Row;
  put?: { readonly mode: PutMode; readonly row: Row };
}

/** What waits for one table. */
class Pending {
  readonly table: TableFacts;
  readonly #states = new Map<string, State>();
  /** Rows as they came, while each key is behind the one before: none is twice. */
  #ordered: PutChange[] = [];
  readonly added: { readonly mode: PutMode; readonly row: Row }[] = [];
  key: readonly string[] = [];
  isTruncated = false;
  readonly #isGuarded: boolean;

  /** @param isGuarded Whether an older change is left out. */
  constructor(table: TableFacts, isGuarded: boolean) {
    this.table = table;
    this.#isGuarded = isGuarded;
  }

  take(change: TableChange): void {
    this.key = change.key;
    if (change.kind === "put" && change.keyText === undefined) {
      this.added.push(change);
    } else if (this.#isNext(change)) this.#ordered.push(change);
    else {
      this.#foldOrdered();
      this.#fold(change);
    }
  }

  /** Whether it needs neither to be looked up nor to be sorted. */
  #isNext(change: TableChange): change is PutChange {
    const isPut = change.kind === "put" && change.from === undefined;
    if (!isPut || this.#states.size > 0) return false;
    const last = this.#ordered.at(-1);
    return last === undefined || byLength(last.keyText!, change.keyText!) < 0;
  }

  #foldOrdered(): void {
    const ordered = this.#ordered;
    this.#ordered = [];
    for (const change of ordered) this.#fold(change);
  }

  #fold(change: TableChange): void {
    const { position } = change;
    if (change.kind === "remove") {
      return this.#remove(change.keyText, change.row, position);
    }
    const keyText = change.keyText!;
    const { from } = change;
    if (from !== undefined) this.#remove(from.keyText, from.row, position);
    const state = this.#newer(keyText, position);
    if (state === undefined) return;
    state.put = state.put === undefined ? change : joinPuts(state.put, change);
  }

  #remove(keyText: string, row: Row, position: string | undefined): void {
    const state = this.#newer(keyText, position);
    if (state === undefined) return;
    state.remove = row;
    state.put = undefined;
  }

  /** @returns `undefined` where a newer change was there before. */
  #newer(keyText: string, position: string | undefined): State | undefined {
    const state = this.#state(keyText);
    if (!this.#isGuarded || position === undefined) return state;
    if (state.position !== undefined && position < state.position) return;
    state.position = position;
    return state;
  }

  truncate(): void {
    this.#states.clear();
    this.#ordered = [];
    this.added.length = 0;
    this.isTruncated = true;
  }

  *steps(): Generator<Step> {
    const { table, key } = this;
    if (this.isTruncated) yield { kind: "truncate", table };
    const gone: Row[] = [];
    // With these there are no others yet.
    const puts: { readonly mode: PutMode; readonly row: Row }[] = [
      ...this.#ordered,
    ];
    for (const keyText of [...this.#states.keys()].sort(byLength)) {
      const { remove, put } = this.#states.get(keyText)!;
      if (remove !== undefined) gone.push(remove);
      if (put !== undefined) puts.push(put);
    }
    for (const each of this.added) puts.push(each);
    if (gone.length > 0) yield { kind: "remove", table, key, rows: gone };
    for (const group of groupByColumns(puts)) {
      yield { kind: "put", table, key, ...group };
    }
  }

  #state(keyText: string): State {
    let state = this.#states.get(keyText);
    if (state === undefined) this.#states.set(keyText, state = {});
    return state;
  }
}

/**
 * The steps of some changes, in the order they are to be taken.
 * @param isGuarded Whether an older change of a row is left out.
 */
export function foldChanges(
  changes: readonly RowChange[],
  isGuarded: boolean,
): Step[] {
  const pending = new Map<TableFacts, Pending>();
  const steps: Step[] = [];
  for (const change of changes) {
    const { table } = change;
    let waiting = pending.get(table);
    if (waiting === undefined) {
      pending.set(table, waiting = new Pending(table, isGuarded));
    }
    if (change.kind === "truncate") waiting.truncate();
    else if (change.kind === "put" && change.isMove) {
      steps.push(...waiting.steps(), { kind: "move", change });
      pending.delete(table);
    } else waiting.take(change);
  }
  for (const waiting of pending.values()) steps.push(...waiting.steps());
  return steps;
}

/** What is joined to an update is one, unless the later one has all it needs. */
function joinPuts(
  first: { readonly mode: PutMode; readonly row: Row },
  second: { readonly mode: PutMode; readonly row: Row },
): { readonly mode: PutMode; readonly row: Row } {
  const isWhole = first.row.shape.with(second.row.shape).names.length ===
    second.row.shape.names.length;
  const mode = first.mode === "upsert" ? "upsert" : second.mode;
  return { mode, row: isWhole ? second.row : joinRows(first.row, second.row) };
}

/** Any order will do that is the same for all; counts are in order by this one. */
function byLength(one: string, other: string): number {
  return one.length - other.length || (one < other ? -1 : 1);
}

interface Group {
  readonly mode: PutMode;
  readonly columns: readonly string[];
  readonly rows: Row[];
}

function groupByColumns(
  puts: Iterable<{ readonly mode: PutMode; readonly row: Row }>,
): Group[] {
  const groups: Group[] = [];
  for (const { mode, row } of puts) {
    const { names } = row.shape;
    const group = groups.find((each) =>
      each.columns === names && each.mode === mode
    );
    if (group === undefined) groups.push({ mode, columns: names, rows: [row] });
    else group.rows.push(row);
  }
  return groups;
}
