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

import {
  ConfigError,
  type Json,
  type OpenContext,
  type Output,
  type OutputBatch,
  type OutputContext,
} from "@dstream/sdk";
import { ConfigFile } from "../config_file.ts";
import { findExecutable } from "../find_executable.ts";
import { loggingVariables } from "../logging_files.ts";
import { PrivateFolder } from "../private_folder.ts";
import type { SingerLaunch } from "../singer_process.ts";
import { asObject } from "../json.ts";
import { STDOUT } from "./any_target.ts";
import { beginsAnew } from "./begins_anew.ts";
import type { SingerOutputConfig } from "./config.ts";
import { type GivenSchemas, readGivenSchemas } from "./given_schemas.ts";
import { OneTarget } from "./one_target.ts";
import { Positions } from "./positions.ts";
import { type ChangedRow, readRow, type Row } from "./row.ts";
import { Streams } from "./streams.ts";
import { TargetFeed } from "./target_feed.ts";
import type { TargetStream } from "./target_stream.ts";

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
  readonly #streams: Streams;
  readonly #feed: TargetFeed;
  readonly #told = new Set<string>();
  #settled: OutputContext["settled"] = () => {};
  /** What was rejected up to here is known to the CLI. */
  #reportedTo = 0;

  private constructor(parts: Parts) {
    this.#parts = parts;
    const { config, context, launch, one, given } = parts;
    const tellOnce = this.#tellOnce.bind(this);
    this.#streams = new Streams({ config, context, given, tellOnce });
    this.#feed = new TargetFeed({
      launch,
      one,
      log: context.log,
      positions: this.#positions,
      believesStates: config.ack !== "exit",
      onSettled: () => this.#settle(),
    });
  }

  /** @throws {ConfigError} for a program or a file that isn't there. */
  static async open(
    config: SingerOutputConfig,
    context: OpenContext,
  ): Promise<SingerOutput> {
    const { target, args, targetConfig } = config;
    if (target[0] !== STDOUT) findExecutable(target, "target");
    await refuseBeginningAnew(config);
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
    this.#feed.print = context.print;
    this.#reportedTo = batch.first - 1;
    this.#settle();
    let hasRejected = false;
    for (let index = 0; index < batch.count; index++) {
      const position = batch.first + index;
      const isTaken = await this.#take(batch, index, position);
      if (!isTaken) this.#positions.pass(position);
      hasRejected ||= !isTaken;
    }
    await this.#feed.target?.drain();
    if (!hasRejected) this.#reportedTo = batch.first + batch.count - 1;
  }

  /** A cycle. By hand nobody asks how far it is, so there the end does. */
  async flush(): Promise<void> {
    const { features } = this.#parts.context;
    if (features.has("ack")) await this.#feed.finish();
  }

  async end(): Promise<void> {
    await this.#feed.finish();
  }

  async close(): Promise<void> {
    await this.#feed.abandon();
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
    const stream = await this.#streams.of(batch, index, row);
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
    const target = await this.#feed.ready(stream);
    if (gone !== undefined && "record" in gone) {
      await this.#feed.say(target, recordText(stream, gone.record, row));
    }
    await this.#feed.say(target, recordText(stream, taken.record, row));
    this.#positions.add(stream.name, position);
    await this.#feed.mark(target);
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
    const name = this.#streams.nameOf(batch, index, table);
    if (!this.#feed.knows(this.#streams.known(name))) {
      // A target must know the stream first; without rows nothing is to go.
      const found = await this.#streams.of(batch, index, {
        table,
        key: undefined,
        marksDeletes: version === undefined,
      });
      if (found !== undefined) await this.#feed.ready(found);
    }
    const known = this.#streams.known(name);
    const { target } = this.#feed;
    if (known === undefined || target === undefined) {
      this.#positions.pass(position);
      return true;
    }
    const said = version ?? String(Math.floor(context.now()));
    if (version === undefined) known.version = said;
    await this.#feed.say(
      target,
      `{"type":"ACTIVATE_VERSION","stream":${JSON.stringify(name)},` +
        `"version":${said}}`,
    );
    this.#positions.add(name, position);
    return true;
  }

  /** Says what is durable, as far as rejections were told before. */
  #settle(): void {
    const upTo = Math.min(this.#positions.settled, this.#reportedTo);
    if (upTo > 0) this.#settled(upTo);
  }

  #tellOnce(what: string, message: string): void {
    if (this.#told.has(what)) return;
    this.#told.add(what);
    this.#parts.context.log.warn(message);
  }
}

/** Settings in a file are looked at when it is opened, the others before. */
async function refuseBeginningAnew(
  { target, targetConfig }: SingerOutputConfig,
): Promise<void> {
  if (targetConfig?.kind !== "file") return;
  let settings: unknown;
  try {
    settings = JSON.parse(await Deno.readTextFile(targetConfig.path));
  } catch {
    return; // The target says better what is wrong with its file.
  }
  const found = beginsAnew(target, asObject(settings as Json) ?? {});
  if (found === undefined) return;
  throw new ConfigError("target_config", found.message, found.hint);
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

function noSchema(table: string | undefined): string {
  const whose = table === undefined ? "this record" : `table ${table}`;
  return `nothing says what ${whose} looks like: schema = "infer" makes a schema ` +
    "of the records, or name a file with one";
}
