/**
 * Everything about one table that comes from the config and doesn't change.
 *
 * @module
 */

import {
  type CaptureInstance,
  shortName,
  type SourceTable,
} from "./catalog.ts";
import {
  BatchWriter,
  type ChangeWriter,
  constantMetadata,
  EnvelopeWriter,
} from "./change_writer.ts";
import type { MssqlConfig } from "./config.ts";
import { PollPace } from "./poll_pace.ts";
import {
  chooseColumns,
  type ColumnChoice,
  isLarge,
  RowEncoder,
} from "./row_encoder.ts";
import type { ChangesShape, SnapshotShape } from "./statements.ts";
import { matches, parseTablePattern, type TableName } from "./table_names.ts";

/** How changes of one instance are read and written. */
export interface ChangesReading {
  readonly shape: ChangesShape;
  readonly rows: RowEncoder;
  newWriter(): ChangeWriter;
  /** Tells how much a writer took, for the next one's buffer. */
  took(bytes: number): void;
  /** Rows beyond are left for the next query. */
  readonly maxBytes: number;
}

/** How rows of the table are read and written. */
export interface SnapshotReading {
  readonly shape: SnapshotShape;
  readonly rows: RowEncoder;
  readonly maxBytes: number;
}

/** See the module's comment. */
export interface TableProfile {
  readonly name: TableName;
  /** `dbo.orders`, for people. */
  readonly displayName: string;
  /** Of its row in the offsets table. */
  readonly key: string;
  readonly lockName: string;
  readonly pace: PollPace;
  /** From `constantMetadata`. */
  readonly constants: string;
  newWriter(): ChangeWriter;
  changesOf(instance: CaptureInstance): ChangesReading;
  snapshotOf(table: SourceTable, isSnapshotIsolated: boolean): SnapshotReading;
}

/** A query's result may be this many times larger than wanted before it is cut. */
const CUT_FACTOR = 4;
const MIN_CUT_BYTES = 1024 * 1024;

/** @param serverName For `envelope = "batch"`. */
export function profileOf(
  name: TableName,
  config: MssqlConfig,
  lockName: string,
  serverName: string,
): TableProfile {
  const settings = config.tableSettings?.find((each) =>
    isFor(each.table, name)
  );
  const pollMs = settings?.pollInterval ?? config.pollInterval;
  const maxPollMs = settings?.maxPollInterval ?? config.maxPollInterval;
  const pace = new PollPace(pollMs, maxPollMs);
  const tableName = shortName(name);
  const metadata = { ...config.metadata, ...settings?.metadata };
  const constants = constantMetadata(tableName, metadata);
  const displayName = `${name.schemaName}.${name.tableName}`;
  const capacity = new Capacity(config.batch.maxBytes * 1.25);
  const labels = {
    tableName: displayName,
    serverName,
    constants,
    maxBytes: config.batch.messageBytes,
    pollInterval: () => `${pace.delayMs / 1000}s`,
  };
  const newWriter = () =>
    config.envelope === "change"
      ? new EnvelopeWriter(constants, capacity.bytes)
      : new BatchWriter(labels, capacity.bytes);
  const choice = choiceOf(name, config);
  const maxBytes = Math.max(config.batch.maxBytes * CUT_FACTOR, MIN_CUT_BYTES);
  const consumer = config.consumer === undefined ? "" : `@${config.consumer}`;
  const readings = new WeakMap<CaptureInstance, ChangesReading>();
  return {
    name,
    displayName,
    lockName,
    pace,
    constants,
    newWriter,
    key: `${tableName}${consumer}`,
    changesOf: (instance) => {
      const known = readings.get(instance);
      if (known !== undefined) return known;
      const reading = {
        newWriter,
        maxBytes,
        took: (size: number) => capacity.took(size),
        ...changesOf(instance, choice, config),
      };
      readings.set(instance, reading);
      return reading;
    },
    snapshotOf: (table, isSnapshotIsolated) => ({
      maxBytes,
      ...snapshotOf(table, choice, config, isSnapshotIsolated),
    }),
  };
}

/** A quiet table's buffer shall be small, a busy one's need not grow. */
class Capacity {
  readonly #mostBytes: number;
  #bytes = FIRST_CAPACITY_BYTES;

  constructor(mostBytes: number) {
    this.#mostBytes = Math.ceil(mostBytes);
  }

  get bytes(): number {
    return this.#bytes;
  }

  took(bytes: number): void {
    const wanted = Math.max(FIRST_CAPACITY_BYTES, Math.ceil(bytes * 1.1));
    this.#bytes = Math.min(wanted, this.#mostBytes);
  }
}

const FIRST_CAPACITY_BYTES = 16 * 1024;

/** What the config says of this table's columns. */
export function choiceOf(name: TableName, config: MssqlConfig): ColumnChoice {
  const found = Object.entries(config.columns ?? {})
    .find(([pattern]) => isFor(pattern, name));
  return found?.[1] ?? {};
}

function isFor(text: string, name: TableName): boolean {
  const pattern = parseTablePattern(text);
  return pattern !== undefined && matches(pattern, name);
}

function changesOf(
  instance: CaptureInstance,
  choice: ColumnChoice,
  config: MssqlConfig,
) {
  const columns = chooseColumns(instance.columns, choice);
  const { beforeImage, commitTime, envelope } = config;
  const shape: ChangesShape = {
    captureInstance: instance.name,
    changeTable: instance.changeTable,
    columns,
    withBeforeImage: beforeImage,
    // Only a before-image lacks what wasn't changed.
    withUpdateMask: beforeImage && columns.some(isLarge),
    withCommitTime: commitTime || envelope === "batch",
  };
  return { shape, rows: new RowEncoder(columns, config, choice.mask) };
}

function snapshotOf(
  table: SourceTable,
  choice: ColumnChoice,
  config: MssqlConfig,
  isSnapshotIsolated: boolean,
) {
  // Which columns is the newest instance's matter, what they are the table's own.
  const instance = table.instances.at(-1)!;
  const columns = chooseColumns(instance.sourceColumns, choice);
  const shape: SnapshotShape = {
    schemaName: table.schemaName,
    tableName: table.tableName,
    columns,
    key: instance.key,
    isSnapshotIsolated,
  };
  return { shape, rows: new RowEncoder(columns, config, choice.mask) };
}
