/**
 * A database with change data capture, in memory: tables, transactions, the log, the
 * capture job that reads it, and the clean-up job that forgets.
 *
 * What SQL statements say of it is answers/; this file is what tests change.
 *
 * @module
 */

import { AppLocks } from "./app_locks.ts";
import { CaptureInstance, type LoggedChange } from "./capture_instance.ts";
import { SqlServerError } from "../tds/errors.ts";
import { compareBytes, type Lsn, makeLsn, toHex } from "./lsn.ts";
import type { ModelColumn } from "./model_column.ts";
import { OffsetsTable, UPSTREAM_COLUMNS } from "./offsets_table.ts";
import { ModelTable, type RowValues } from "./table.ts";

/** A row of cdc.lsn_time_mapping. */
export interface MappedLsn {
  readonly lsn: Lsn;
  /** As Date.now(); the server's local time is made of it. */
  readonly endedAtMs: number;
  /** Made by the capture job when nothing happened: tran_id is 0. */
  readonly isIdle: boolean;
}

/** A committed transaction in the log. */
interface LoggedTransaction {
  readonly lsn: Lsn;
  readonly endedAtMs: number;
  readonly changes: readonly LoggedChange[];
  readonly ddl?: LoggedDdl;
}

/** ALTER TABLE in the log: the capture job acts on it when it comes there. */
interface LoggedDdl {
  readonly table: ModelTable;
  /** A column that has another type now. */
  readonly retyped?: ModelColumn;
}

/** A row of cdc.ddl_history; one for each instance of the table. */
export interface DdlRecord {
  readonly instance: CaptureInstance;
  readonly lsn: Lsn;
  /** Whether a captured column has another type in the change table too. */
  readonly isRetyped: boolean;
}

/** What the user of the tests may do. */
export interface Rights {
  /** SELECT on the schema cdc. */
  selectsCdc: boolean;
  /** Sees msdb's jobs. */
  seesJobs: boolean;
  /** CREATE TABLE and ALTER. */
  creates: boolean;
  /** SELECT on tables; CDC's functions want it too. */
  selectsTables: boolean;
  /** Roles the user is a member of: they gate fn_cdc_get_min_lsn. */
  readonly roles: Set<string>;
}

/** What a transaction does. */
export interface Transaction {
  /** Several rows of one statement: they share a sequence value. */
  statement(action: () => void): void;
  insert(table: string, row: RowValues): void;
  /** @param key At least the key's columns. */
  update(table: string, key: RowValues, changes: RowValues): void;
  delete(table: string, key: RowValues): void;
}

/** At most so many changes of one transaction have a sequence value. */
const MAX_TRANSACTION_CHANGES = 60_000;

/** One database. */
export class ModelDatabase {
  readonly tables = new Map<string, ModelTable>();
  readonly instances: CaptureInstance[] = [];
  readonly mapping: MappedLsn[] = [];
  readonly ddlHistory: DdlRecord[] = [];
  readonly locks = new AppLocks();
  /** By path; a bare name is in dbo. */
  readonly offsets = new Map<string, OffsetsTable>();
  readonly rights: Rights = {
    selectsCdc: true,
    seesJobs: true,
    creates: true,
    selectsTables: true,
    roles: new Set(),
  };
  readonly #log: LoggedTransaction[] = [];
  #block = 0x100;
  #nextObjectId = 1_000_001;
  isCdcEnabled = false;
  isCaptureRunning = true;
  isSnapshotIsolationOn = true;
  isReadCommittedSnapshotOn = false;
  /** As if before SQL Server 2012 SP4 and 2016 SP1, when false. */
  hasCommandId = true;
  retentionMinutes = 4320;

  constructor(
    readonly name: string,
    readonly now: () => number,
  ) {}

  /** The newest LSN CDC knows. */
  get maxLsn(): Lsn | null {
    return this.mapping.at(-1)?.lsn ?? null;
  }

  createTable(
    path: string,
    columns: readonly ModelColumn[],
    key: readonly string[],
  ): ModelTable {
    const table = new ModelTable(path, this.#nextObjectId++, columns, key);
    this.tables.set(table.path, table);
    return table;
  }

  /** @throws {Error} For a table nobody created. */
  table(path: string): ModelTable {
    const table = this.tables.get(path.includes(".") ? path : `dbo.${path}`);
    if (table === undefined) throw new Error(`no table ${path}`);
    return table;
  }

  /** ALTER TABLE ADD; capture instances that are there don't see the column. */
  addColumn(path: string, column: ModelColumn): void {
    const table = this.table(path);
    table.columns.push(column);
    this.#alter({ table });
  }

  /** ALTER TABLE DROP COLUMN; change tables keep it, and have NULL from then on. */
  dropColumn(path: string, name: string): void {
    const table = this.table(path);
    table.columns.splice(table.columns.indexOf(table.column(name)), 1);
    table.forget(name);
    this.#alter({ table });
  }

  /** ALTER TABLE ALTER COLUMN; change tables follow when it is captured. */
  alterColumn(path: string, column: ModelColumn): void {
    const table = this.table(path);
    const index = table.columns.indexOf(table.column(column.name));
    table.columns[index] = column;
    this.#alter({ table, retyped: column });
  }

  #alter(ddl: LoggedDdl): void {
    ddl.table.modifiedAtMs = Math.max(
      this.now(),
      ddl.table.modifiedAtMs + 10, // A datetime tells no less apart.
    );
    const lsn = this.#nextLsn();
    this.#log.push({ lsn, endedAtMs: this.now(), changes: [], ddl });
    if (this.isCaptureRunning) this.capture();
  }

  /** sys.sp_cdc_enable_db. */
  enableCdc(): void {
    this.isCdcEnabled = true;
  }

  /** sys.sp_cdc_disable_db: everything CDC knew is gone. */
  disableCdc(): void {
    this.isCdcEnabled = false;
    this.instances.length = 0;
    this.mapping.length = 0;
    this.ddlHistory.length = 0;
  }

  /**
   * sys.sp_cdc_enable_table.
   *
   * @param options.name `schema_table` when not given.
   * @param options.columns All when not given.
   */
  enableTable(path: string, options: {
    readonly name?: string;
    readonly columns?: readonly string[];
    readonly roleName?: string;
  } = {}): CaptureInstance {
    const table = this.table(path);
    const name = options.name ?? `${table.schema}_${table.name}`;
    this.#expectRoomFor(table, name);
    const columns = table.columns.filter((column) =>
      options.columns?.includes(column.name) ?? true
    );
    const instance = new CaptureInstance(
      name,
      this.#nextObjectId++,
      table,
      columns,
      this.#nextLsn(),
      this.now(),
      options.roleName ?? null,
    );
    this.instances.push(instance);
    return instance;
  }

  #expectRoomFor(table: ModelTable, name: string): void {
    if (!this.isCdcEnabled) throw new Error("CDC is off in this database");
    if (this.instances.some((one) => one.name === name)) {
      throw new Error(`there is an instance ${name} already`);
    }
    const count = this.instances.filter((one) => one.table === table).length;
    if (count >= 2) throw new Error(`${table.path} has two instances already`);
  }

  /** sys.sp_cdc_disable_table. */
  disableInstance(name: string): void {
    const index = this.instances.indexOf(this.instance(name));
    this.instances.splice(index, 1);
  }

  instance(name: string): CaptureInstance {
    const instance = this.instances.find((one) => one.name === name);
    if (instance === undefined) throw new Error(`no capture instance ${name}`);
    return instance;
  }

  /** Runs and commits; what `action` throws rolls everything back. */
  transaction(action: (transaction: Transaction) => void): Lsn {
    const recorder = new TransactionRecorder(this, this.#block++);
    action(recorder);
    for (const change of recorder.changes) apply(change);
    const lsn = makeLsn(this.#block++, 1);
    const endedAtMs = this.now();
    this.#log.push({ lsn, endedAtMs, changes: recorder.changes });
    if (this.isCaptureRunning) this.capture();
    return lsn;
  }

  /** What the capture job does: reads the log to its end. */
  capture(): void {
    for (const instance of this.instances) instance.deleteSome();
    for (const { lsn, endedAtMs, changes, ddl } of this.#log.splice(0)) {
      if (ddl !== undefined) this.#captureDdl(lsn, ddl);
      // Transactions without a captured change aren't mapped.
      const captured = changes.filter((change) =>
        this.#captureChange(lsn, change)
      );
      if (captured.length === 0) continue;
      this.mapping.push({ lsn, endedAtMs, isIdle: false });
    }
  }

  /** @returns Whether any instance has rows of it. */
  #captureChange(lsn: Lsn, change: LoggedChange): boolean {
    let isCaptured = false;
    for (const instance of this.instances) {
      if (instance.table !== change.table) continue;
      const before = instance.changes.length;
      instance.capture(lsn, change);
      isCaptured ||= instance.changes.length > before;
    }
    return isCaptured;
  }

  #captureDdl(lsn: Lsn, { table, retyped }: LoggedDdl): void {
    for (const instance of this.instances) {
      if (instance.table !== table) continue;
      const isRetyped = retyped !== undefined && instance.retype(retyped);
      this.ddlHistory.push({ instance, lsn, isRetyped });
    }
  }

  stopCapture(): void {
    this.isCaptureRunning = false;
  }

  startCapture(): void {
    this.isCaptureRunning = true;
    this.capture();
  }

  /** The capture job's note that nothing happened. */
  noteIdle(): Lsn {
    const lsn = this.#nextLsn();
    this.mapping.push({ lsn, endedAtMs: this.now(), isIdle: true });
    return lsn;
  }

  /**
   * sys.sp_cdc_cleanup_change_table. The low ends of all instances that are below the
   * mark move, never back; rows below go later, in steps. Without a mark, everything
   * that was captured is to go, for which a newer mark is needed: rows of the mark's
   * own LSN stay.
   *
   * @throws {SqlServerError} For a mark that the mapping doesn't have.
   */
  cleanUp(instanceName: string, lowWaterMark?: Lsn): void {
    const mark = lowWaterMark ?? this.noteIdle();
    if (!this.mapping.some(({ lsn }) => compareBytes(lsn, mark) === 0)) {
      throw new SqlServerError({
        number: 22964,
        message:
          `LSN ${toHex(mark)}, specified as the new low end point for change ` +
          "table cleanup must represent the start_lsn value of a current " +
          "entry in the cdc.lsn_time_mapping table. Choose an LSN value that " +
          "satisfies this requirement.",
      });
    }
    this.instance(instanceName);
    for (const instance of this.instances) {
      instance.moveLowEnd(mark);
      instance.deleteSome();
    }
    const lowest = this.instances.map(({ startLsn }) => startLsn)
      .reduce((a, b) => compareBytes(a, b) < 0 ? a : b);
    const kept = this.mapping.findIndex(({ lsn }) =>
      compareBytes(lsn, lowest) >= 0
    );
    this.mapping.splice(0, kept < 0 ? this.mapping.length : kept);
  }

  /** Creates upstream's offsets table, for tests that begin with one. */
  createUpstreamOffsets(path = "dbo.cdc_offsets"): OffsetsTable {
    const table = new OffsetsTable(UPSTREAM_COLUMNS);
    this.offsets.set(path, table);
    return table;
  }

  #nextLsn(): Lsn {
    return makeLsn(this.#block++, 1);
  }
}

/** Writes down what a transaction does, and sees its own changes. */
class TransactionRecorder implements Transaction {
  readonly changes: LoggedChange[] = [];
  readonly #database: ModelDatabase;
  readonly #block: number;
  readonly #own = new Map<ModelTable, Map<string, RowValues | undefined>>();
  /** Of the statement that runs; each change outside of one has its own. */
  #seqval: Lsn | undefined;

  constructor(database: ModelDatabase, block: number) {
    this.#database = database;
    this.#block = block;
  }

  statement(action: () => void): void {
    this.#seqval = this.#nextSeqval();
    action();
    this.#seqval = undefined;
  }

  insert(path: string, row: RowValues): void {
    this.#record(this.#database.table(path), undefined, { ...row });
  }

  update(path: string, key: RowValues, changes: RowValues): void {
    const table = this.#database.table(path);
    const before = this.#present(table, key);
    const after = { ...before, ...changes };
    if (this.#id(table, before) === this.#id(table, after)) {
      return this.#record(table, before, after);
    }
    // CDC has an update of the key as a delete and an insert in one place.
    const place = this.#place();
    this.#record(table, before, undefined, place);
    this.#record(table, undefined, after, place);
  }

  delete(path: string, key: RowValues): void {
    const table = this.#database.table(path);
    this.#record(table, this.#present(table, key), undefined);
  }

  #present(table: ModelTable, key: RowValues): RowValues {
    const own = this.#own.get(table);
    const id = this.#id(table, key);
    const row = own?.has(id) ? own.get(id) : table.find(key);
    if (row === undefined) throw new Error(`no such row in ${table.path}`);
    return row;
  }

  #record(
    table: ModelTable,
    before?: RowValues,
    after?: RowValues,
    place = this.#place(),
  ): void {
    this.changes.push({ table, before, after, ...place });
    const own = this.#own.get(table) ?? new Map();
    if (before !== undefined) own.set(this.#id(table, before), undefined);
    if (after !== undefined) own.set(this.#id(table, after), after);
    this.#own.set(table, own);
  }

  /** Each change is a command of its own here. */
  #place(): Pick<LoggedChange, "seqval" | "commandId"> {
    const commandId = this.changes.length + 1;
    return { seqval: this.#seqval ?? this.#nextSeqval(), commandId };
  }

  #nextSeqval(): Lsn {
    const count = this.changes.length + 1;
    if (count > MAX_TRANSACTION_CHANGES) throw new Error("too many changes");
    return makeLsn(this.#block, count);
  }

  #id(table: ModelTable, row: RowValues): string {
    return JSON.stringify(table.key.map((name) => String(row[name])));
  }
}

function apply({ table, before, after }: LoggedChange): void {
  if (before !== undefined) table.remove(before);
  if (after !== undefined) table.put(after);
}
