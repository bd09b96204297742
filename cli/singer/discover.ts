/**
 * `dstreams discover`: what a tap has, as a catalog.
 *
 * A Singer tap tells by itself. Of an API or a file some records are read, which
 * show what they look like. Of a database the config names the tables.
 *
 * @module
 */

import { join, resolve } from "node:path";
import { DstreamError } from "../../core/base/errors.ts";
import { isJsonObject } from "../../core/base/json.ts";
import { ask } from "../../core/ports/ask.ts";
import {
  type Json,
  type JsonObject,
  parseExactJson,
} from "../../core/protocol/mod.ts";
import type { Context } from "../context.ts";
import { type Block, wantedStreams } from "./plans.ts";
import { TAP_TYPES, tapPlan } from "./taps.ts";
import { type Discovered, newCatalog } from "./catalog_file.ts";
import { type Connector, readConnector } from "./connector.ts";
import { type Mutable, writeJsonFile } from "./json_file.ts";
import { messagesOf } from "./run_task.ts";

/** Records that are looked at. */
const LOOKED_AT = 100;
const DISCOVER_MS = 600_000;
const MOST_CHARACTERS = 64 * 1024 * 1024;

/** @param output Where the catalog is written. */
export async function discover(
  config: string,
  output: string,
  context: Context,
): Promise<void> {
  const { deps } = context;
  const tap = await readConnector(config, "the tap config", TAP_TYPES, deps);
  const catalog = tap.type === "singer"
    ? await ofSinger(tap, context)
    : newCatalog(
      await streamsOf(tap, context),
      new Date(deps.clock.wallMs()).toISOString(),
      deps.version,
    );
  await writeJsonFile(output, catalog, deps.cwd);
  const { streams } = catalog;
  const count = Array.isArray(streams) ? streams.length : 0;
  context.say(`✅ ${count} streams in ${output}`);
}

async function streamsOf(
  tap: Connector,
  context: Context,
): Promise<Discovered[]> {
  const { cwd } = context.deps;
  const wishes = { tap, catalog: undefined, state: undefined, cwd };
  if (tap.type === "postgres" || tap.type === "sqlserver") {
    return wantedStreams(wishes).map(({ name }) => ({
      name: String(name),
      schema: undefined,
      key: [],
      replicationKey: undefined,
      method: "LOG_BASED",
    }));
  }
  if (tap.type === "file") {
    const plan = tapPlan(wishes);
    return [await look(plan, plan.stream, undefined, context)];
  }
  const found: Discovered[] = [];
  for (const stream of wantedStreams(wishes)) {
    const one = { ...tap, streams: [stream] };
    const { provider, config } = tapPlan({ ...wishes, tap: one });
    const limited = { provider, config: { ...config, max_count: LOOKED_AT } };
    found.push(await look(limited, undefined, stream, context));
  }
  return found;
}

/** Reads some records of one stream. */
async function look(
  block: Block,
  name: string | undefined,
  stream: JsonObject | undefined,
  context: Context,
): Promise<Discovered> {
  const { code, messages } = await messagesOf(block, name, context);
  if (code !== 0) {
    throw new DstreamError(
      "singer.discover_failed",
      "the tap could not be read",
    );
  }
  const said = messages.findLast(({ type }) => type === "SCHEMA");
  const { replication_key } = stream ?? {};
  const key = said?.key_properties;
  return {
    name: String(stream?.name ?? said?.stream ?? name),
    schema: isJsonObject(said?.schema)
      ? withoutMark(said.schema as JsonObject)
      : undefined,
    key: Array.isArray(key) ? key.map(String) : [],
    replicationKey: typeof replication_key === "string"
      ? replication_key
      : undefined,
    method: typeof replication_key === "string" ? "INCREMENTAL" : "FULL_TABLE",
  };
}

/** Only what a target is told has the mark of rows that are gone. */
function withoutMark(schema: JsonObject): JsonObject {
  const { _sdc_deleted_at: _, ...properties } = schema.properties as JsonObject;
  return { ...schema, properties };
}

/** The tap's own words, as it said them. */
async function ofSinger(tap: Connector, context: Context): Promise<Mutable> {
  const { deps } = context;
  const wishes = { tap, catalog: undefined, state: undefined, cwd: deps.cwd };
  const { config } = tapPlan(wishes);
  const folder = await Deno.makeTempDir({ prefix: "dstreams-" });
  try {
    const path = join(folder, "config.json");
    await Deno.writeTextFile(path, JSON.stringify(config.tap_config), {
      mode: 0o600,
    });
    const words = [config.tap].flat().map(String);
    const [program, ...rest] = words;
    const isPath = /[\\/]/.test(program);
    const argv = [isPath ? resolve(deps.cwd, program) : program, ...rest];
    const launch = {
      argv: [...argv, "--config", path, "--discover"],
      cwd: deps.cwd,
    };
    const { code, output } = await ask(deps.spawner.spawn(launch), {
      timeoutMs: DISCOVER_MS,
      maxOutput: MOST_CHARACTERS,
    }, deps.clock);
    const catalog = code === 0 ? tryParse(output) : undefined;
    if (isJsonObject(catalog)) return catalog as Mutable;
    throw new DstreamError(
      "singer.discover_failed",
      code === 0
        ? `${program} --discover printed no catalog`
        : `${program} --discover ended with status ${code}`,
    );
  } finally {
    await Deno.remove(folder, { recursive: true }).catch(() => {});
  }
}

function tryParse(text: string): Json | undefined {
  try {
    return parseExactJson(text);
  } catch {
    return undefined;
  }
}
