/**
 * Everything about one table that comes from the config and doesn't change.
 *
 * @module
 */

import type { TableSchema } from "@dstream/sdk/changes";
import {
  type CaptureInstance,
  shortName,
  type SourceTable,
} from "./catalog.ts";
import {
  BatchWriter,
  type ChangeWriter,
  constantMetadata,
  type EncodedLines,
  EnvelopeWriter,
} from "../encode/change_writer.ts";
import { hasUpstreamForm, type MssqlConfig } from "../config.ts";
import { gapEvent, gapLine, schemaEvent } from "../encode/event_lines.ts";
import { dstreamForm, upstreamForm } from "../encode/line_form.ts";
import { PollPace } from "../reading/poll_pace.ts";
import {
  chooseColumns,
  type ColumnChoice,
  isLarge,
  RowEncoder,
} from "../encode/row_encoder.ts";
import type { ChangesShape, SnapshotShape } from "../statements/mod.ts";
import { matches, parseTablePattern, type TableName } from "./table_names.ts";
import { type SentColumn, tableSchema } from "../encode/table_schema.ts";

/** How changes of one instance are read and written. */
export interface ChangesReading {
  readonly shape: ChangesShape;
  readonly rows: RowEncoder;
  /** Nothing in upstream's form. */
  readonly schema: TableSchema | undefined;
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
  readonly schema: TableSchema | undefined;
  newWriter(): ChangeWriter;
  readonly maxBytes: number;
}

/** One table as the config has it: its names, its rules, its settings. */
export interface TableProfile {
  readonly name: TableName;
  /** `dbo.orders`, for people. */
  readonly displayName: string;
  /** Of its row in the offsets table. */
  readonly key: string;
  readonly lockName: string;
  readonly pace: PollPace;
  /** Whether a new schema is an envelope, and all metadata as upstream has it. */
  readonly hasUpstreamForm: boolean;
  /** The envelope for a new schema, in upstream's form. */
  schemaEvent(
    table: SourceTable,
    instance: CaptureInstance,
    lsn: Uint8Array,
  ): EncodedLines;
  /** The envelope for changes that may be missing. */
  gap(table: SourceTable, from: Uint8Array, to: Uint8Array): EncodedLines;
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
  const more = { ...config.metadata, ...settings?.metadata };
  const constants = constantMetadata(tableName, more);
  const displayName = `${name.schemaName}.${name.tableName}`;
  const capacity = new Capacity(config.batch.maxBytes * 1.25);
  const labels = {
    tableName: displayName,
    serverName,
    constants,
    maxBytes: config.batch.messageBytes,
    pollInterval: () => `${pace.delayMs / 1000}s`,
  };
  const isUpstream = hasUpstreamForm(config);
  const choice = choiceOf(name, config);
  const writing = (
    instance: CaptureInstance,
    { columns, encoders }: RowEncoder,
  ) => {
    const sent = columns.map((column, i) => ({ column, ...encoders[i] }));
    const key = keyOf(instance, sent);
    const form = isUpstream
      ? upstreamForm(constants)
      : dstreamForm({ table: tableName, key, more });
    return {
      schema: isUpstream
        ? undefined
        : tableSchema(tableName, sent, key, config),
      newWriter: () =>
        config.envelope === "change"
          ? new EnvelopeWriter(form, capacity.bytes)
          : new BatchWriter(labels, capacity.bytes),
    };
  };
  const maxBytes = Math.max(config.batch.maxBytes * CUT_FACTOR, MIN_CUT_BYTES);
  const consumer = config.consumer === undefined ? "" : `@${config.consumer}`;
  const readings = new WeakMap<CaptureInstance, ChangesReading>();
  return {
    name,
    displayName,
    lockName,
    pace,
    hasUpstreamForm: isUpstream,
    schemaEvent: (table, instance, lsn) =>
      schemaEvent(table, instance, constants, lsn),
    gap: (table, from, to) =>
      isUpstream
        ? gapEvent(table, from, to, constants)
        : gapLine({ table: tableName, key: undefined, more }, from, to),
    key: `${tableName}${consumer}`,
    changesOf: (instance) => {
      const known = readings.get(instance);
      if (known !== undefined) return known;
      const changes = changesOf(instance, choice, config);
      const reading = {
        maxBytes,
        took: (size: number) => capacity.took(size),
        ...changes,
        ...writing(instance, changes.rows),
      };
      readings.set(instance, reading);
      return reading;
    },
    snapshotOf: (table, isSnapshotIsolated) => {
      const rows = snapshotOf(table, choice, config, isSnapshotIsolated);
      const instance = table.instances.at(-1)!;
      return { maxBytes, ...rows, ...writing(instance, rows.rows) };
    },
  };
}

/** Names of the key's columns, if the rows that are sent have all their values. */
function keyOf(
  { key }: CaptureInstance,
  sent: readonly SentColumn[],
): string[] | undefined {
  const names = key.map(({ name }) => name);
  const isSent = (name: string) =>
    sent.some(({ column, isMasked }) => column.name === name && !isMasked);
  return names.length > 0 && names.every(isSent) ? names : undefined;
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
