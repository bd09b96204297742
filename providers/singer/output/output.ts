/**
 * Hands rows to a target and finds out which of them are durable.
 *
 * A target says so in two ways. Some give back a state when they have written what
 * came before it: the markers of positions.ts. Every one has written everything when
 * its stdin has ended and it exits with status 0. So at the hold's bounds, which the
 * kit watches, the target is closed, waited for, and a new one started: a cycle.
 * Nothing ever waits for a state, since most targets give none before their end.
 *
 * @module
 */

import type {
  OpenContext,
  Output,
  OutputBatch,
  OutputContext,
} from "@dstream/sdk";
import { Scope, Template } from "@dstream/sdk/service";
import { ConfigFile } from "../config_file.ts";
import { findExecutable } from "../find_executable.ts";
import { loggingVariables } from "../logging_files.ts";
import { PrivateFolder } from "../private_folder.ts";
import type { SingerLaunch } from "../singer_process.ts";
import { type AnyTarget, PrintedMessages, STDOUT } from "./any_target.ts";
import type { SingerOutputConfig } from "./config.ts";
import { type GivenSchemas, readGivenSchemas } from "./given_schemas.ts";
import { OneTarget } from "./one_target.ts";
import { FIRST_MARKER, Positions } from "./positions.ts";
import { type ChangedRow, readRow, type Row } from "./row.ts";
import { TargetProcess } from "./target_process.ts";
import {
  type SchemaSource,
  type StreamOptions,
  TargetStream,
} from "./target_stream.ts";
import { Validators } from "./validator.ts";

/** A marker comes after so many records, or more where it names many streams. */
const MARKER_RECORDS = 1000;
const MARKER_CHARACTERS = 1024 * 1024;
const RECORDS_PER_STREAM = 10;
/** How long a target has to end when nobody waits for it any more. */
const LAST_MS = 4000;
const TOLD_STRAYS = 10;

/** What was made when it was opened. */
interface Parts {
  readonly config: SingerOutputConfig;
  readonly context: OpenContext;
  readonly folder: PrivateFolder;
  readonly launch: SingerLaunch;
  readonly given: GivenSchemas;
  readonly one: OneTarget;
}

/** See the module. */
export class SingerOutput implements Output {
  readonly #parts: Parts;
  readonly #positions = new Positions();
  readonly #streams = new Map<string, TargetStream>();
  readonly #validators: Validators;
  readonly #template: Template | undefined;
  readonly #told = new Set<string>();
  #settled: OutputContext["settled"] = () => {};
  #target: AnyTarget | undefined;
  #print: OutputContext["print"] = () => Promise.resolve();
  /** Counts the processes of the target. */
  #generation = 0;
  /** Records and characters since the last marker. */
  #records = 0;
  #characters = 0;
  /** What was rejected up to here is known to the CLI. */
  #reportedTo = 0;
  #strays = 0;

  private constructor(parts: Parts) {
    this.#parts = parts;
    const { config, context } = parts;
    this.#validators = new Validators(context.log);
    if (config.stream !== undefined) {
      this.#template = new Template(config.stream);
    }
  }

  /** @throws {ConfigError} for a program or a file that isn't there. */
  static async open(
    config: SingerOutputConfig,
    context: OpenContext,
  ): Promise<SingerOutput> {
    const { target, args, targetConfig } = config;
    if (target[0] !== STDOUT) findExecutable(target, "target");
    const given = await readGivenSchemas(config.schema);
    const identity = JSON.stringify([target, args, targetConfig]);
    const one = new OneTarget(identity, context);
    await one.wait();
    const folder = await PrivateFolder.create();
    const { log } = context;
    const env = await loggingVariables(folder);
    const file = new ConfigFile(targetConfig, folder, log);
    const launch: SingerLaunch = {
      program: target,
      args: [...await file.args(), ...args],
      env,
      key: "target",
      log,
      onMetric: ({ metric, value }) => log.debug(`${metric}: ${value}`),
    };
    return new SingerOutput({ config, context, folder, launch, given, one });
  }

  async write(batch: OutputBatch, context: OutputContext): Promise<void> {
    this.#settled = context.settled;
    this.#print = context.print;
    this.#reportedTo = batch.first - 1;
    this.#settle();
    let hasRejected = false;
    for (let index = 0; index < batch.count; index++) {
      const position = batch.first + index;
      const isTaken = await this.#take(batch, index, position);
      if (!isTaken) this.#positions.pass(position);
      hasRejected ||= !isTaken;
    }
    await this.#target?.drain();
    if (!hasRejected) this.#reportedTo = batch.first + batch.count - 1;
  }

  /** A cycle. By hand nobody asks how far it is, so there the end does. */
  async flush(): Promise<void> {
    const { features } = this.#parts.context;
    if (features.has("ack")) await this.#finishTarget();
  }

  async end(): Promise<void> {
    await this.#finishTarget();
  }

  async close(): Promise<void> {
    const target = this.#target;
    if (target !== undefined && !target.hasEnded) {
      // Whoever comes next waits for it.
      await Promise.race([target.abandon(), pause(LAST_MS)]);
    }
    if (target?.hasEnded) this.#parts.one.forget();
    await this.#parts.folder[Symbol.asyncDispose]();
  }

  /** @returns Whether it is on its way to the target, or nothing to hand on. */
  async #take(
    batch: OutputBatch,
    index: number,
    position: number,
  ): Promise<boolean> {
    const row = readRow(batch, index, this.#parts.context.now);
    switch (row?.kind) {
      case undefined:
        return false;
      case "nothing":
        this.#tellOnce(row.why, row.why);
        this.#positions.pass(position);
        return true;
      case "wrong":
        batch.reject(index, row.reason, row.code);
        return false;
      case "activate":
        return await this.#activate(batch, index, position, row);
      case "row":
        return await this.#record(batch, index, position, row);
    }
  }

  async #record(
    batch: OutputBatch,
    index: number,
    position: number,
    row: ChangedRow,
  ): Promise<boolean> {
    const stream = await this.#streamOf(batch, index, row);
    if (stream === undefined) {
      batch.reject(index, noSchema(row.table), "no_schema");
      return false;
    }
    const taken = stream.take(row.text);
    if ("wrong" in taken) {
      batch.reject(index, `${stream.name}: ${taken.wrong}`, "schema");
      return false;
    }
    const gone = row.gone === undefined ? undefined : stream.take(row.gone);
    const target = await this.#ready(stream);
    if (gone !== undefined && "record" in gone) {
      await this.#say(target, recordText(stream, gone.record, row));
    }
    await this.#say(target, recordText(stream, taken.record, row));
    this.#positions.add(stream.name, position);
    await this.#mark(target);
    return true;
  }

  /** Rows of older versions go, where that is wished. */
  async #activate(
    batch: OutputBatch,
    index: number,
    position: number,
    { table, version }: Extract<Row, { kind: "activate" }>,
  ): Promise<boolean> {
    const { config, context } = this.#parts;
    if (!config.activateVersion) {
      if (version === undefined) {
        const reason = `${table} was truncated, which Singer says with ` +
          "ACTIVATE_VERSION alone: activate_version = true writes it";
        batch.reject(index, reason, "truncate");
        return false;
      }
      this.#tellOnce(
        "activate",
        "ACTIVATE_VERSION is not written: rows of older versions stay; " +
          "activate_version = true changes that",
      );
      this.#positions.pass(position);
      return true;
    }
    const name = this.#nameOf(batch, index, table);
    const stream = this.#streams.get(name);
    if (stream === undefined || stream.toldIn !== this.#generation) {
      // A target must know the stream first; without rows nothing is to go.
      const found = await this.#streamOf(batch, index, {
        table,
        key: undefined,
        marksDeletes: version === undefined,
      });
      if (found !== undefined) await this.#ready(found);
    }
    const known = this.#streams.get(name);
    const target = this.#target;
    if (known === undefined || target === undefined) {
      this.#positions.pass(position);
      return true;
    }
    const said = version ?? String(Math.floor(context.now()));
    if (version === undefined) known.version = said;
    await this.#say(
      target,
      `{"type":"ACTIVATE_VERSION","stream":${JSON.stringify(name)},` +
        `"version":${said}}`,
    );
    this.#positions.add(name, position);
    return true;
  }

  /** @returns `undefined` where nothing tells what its records look like. */
  async #streamOf(
    batch: OutputBatch,
    index: number,
    row: Pick<ChangedRow, "table" | "key" | "marksDeletes">,
  ): Promise<TargetStream | undefined> {
    const name = this.#nameOf(batch, index, row.table);
    const source = this.#sourceOf(batch, row.table, name);
    if (source === undefined) return undefined;
    const options = this.#optionsOf(source, row);
    const known = this.#streams.get(name);
    if (known?.isFor(options)) return known;
    const stream = new TargetStream(name, options);
    const { activateVersion, validate } = this.#parts.config;
    if (activateVersion) stream.version = known?.version ?? "1";
    if (validate) await stream.check(this.#validators);
    this.#streams.set(name, stream);
    if (options.key.length === 0) {
      this.#tellOnce(
        `key ${name}`,
        `${name} has no key: what is sent again after a failure is there twice`,
      );
    }
    return stream;
  }

  #optionsOf(
    source: SchemaSource,
    { key, marksDeletes }: Pick<ChangedRow, "key" | "marksDeletes">,
  ): StreamOptions {
    const ofTable = source.kind === "table" ? source.schema.key : undefined;
    return {
      source,
      key: ofTable ?? key ?? this.#parts.config.keyProperties ?? [],
      marksDeletes,
    };
  }

  #sourceOf(
    { schemas }: OutputBatch,
    table: string | undefined,
    name: string,
  ): SchemaSource | undefined {
    const schema = table === undefined ? undefined : schemas.get(table);
    return schema === undefined
      ? this.#parts.given(name)
      : { kind: "table", schema };
  }

  #nameOf(
    batch: OutputBatch,
    index: number,
    table: string | undefined,
  ): string {
    const { context: { taskName = "records" } } = this.#parts;
    const rendered = this.#template?.render(new Scope(batch, index));
    return rendered ?? table ?? taskName;
  }

  /** The target, which knows the stream as it is now. */
  async #ready(stream: TargetStream): Promise<AnyTarget> {
    const target = this.#target ??= await this.#start();
    if (stream.toldIn !== this.#generation) {
      await target.write(stream.message());
      stream.toldIn = this.#generation;
    }
    return target;
  }

  async #start(): Promise<AnyTarget> {
    const { launch, one } = this.#parts;
    this.#generation++;
    if (launch.program[0] === STDOUT) return new PrintedMessages(this.#print);
    await one.wait();
    const target = new TargetProcess(launch, {
      onState: (state) => {
        if (this.#parts.config.ack === "exit") return;
        if (this.#positions.takeEcho(state)) this.#settle();
      },
      onStray: (line) => this.#tellStray(line),
    });
    one.note(target.pid);
    await target.write(stateText(FIRST_MARKER));
    return target;
  }

  async #finishTarget(): Promise<void> {
    const target = this.#target;
    if (target !== undefined) {
      if (this.#records > 0) await this.#writeMarker(target);
      await target.finish();
      this.#target = undefined;
      this.#parts.one.forget();
    }
    this.#positions.takeEnd();
  }

  async #say(target: AnyTarget, message: string): Promise<void> {
    this.#records++;
    this.#characters += message.length;
    await target.write(message);
  }

  async #mark(target: AnyTarget): Promise<void> {
    const most = Math.max(
      MARKER_RECORDS,
      RECORDS_PER_STREAM * this.#positions.streamCount,
    );
    const isDue = this.#records >= most ||
      this.#characters >= MARKER_CHARACTERS;
    if (isDue) await this.#writeMarker(target);
  }

  async #writeMarker(target: AnyTarget): Promise<void> {
    this.#records = this.#characters = 0;
    await target.write(stateText(this.#positions.marker()));
  }

  /** Says what is durable, as far as rejections were told before. */
  #settle(): void {
    const upTo = Math.min(this.#positions.settled, this.#reportedTo);
    if (upTo > 0) this.#settled(upTo);
  }

  #tellStray(line: string): void {
    this.#strays++;
    const { log } = this.#parts.context;
    if (this.#strays <= TOLD_STRAYS) log.info(line.slice(0, 1000));
  }

  #tellOnce(what: string, message: string): void {
    if (this.#told.has(what)) return;
    this.#told.add(what);
    this.#parts.context.log.warn(message);
  }
}

function recordText(
  stream: TargetStream,
  record: string,
  { extracted, version = stream.version }: ChangedRow,
): string {
  return `{"type":"RECORD","stream":${JSON.stringify(stream.name)},` +
    `"record":${record}` +
    (version === undefined ? "" : `,"version":${version}`) +
    (extracted === undefined ? "" : `,"time_extracted":${extracted}`) + "}";
}

function stateText(value: unknown): string {
  return JSON.stringify({ type: "STATE", value });
}

function noSchema(table: string | undefined): string {
  const whose = table === undefined ? "this record" : `table ${table}`;
  return `nothing says what ${whose} looks like: schema = "infer" makes a schema ` +
    "of the records, or name a file with one";
}

function pause(delayMs: number): Promise<void> {
  return new Promise((resolve) =>
    Deno.unrefTimer(setTimeout(resolve, delayMs))
  );
}
