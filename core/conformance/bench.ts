/**
 * What a check works with: the provider, its configs, and processes of it.
 *
 * What several checks want to know, such as what a whole run looks like, is found
 * out once.
 *
 * @module
 */

import { isJsonObject } from "../base/json.ts";
import type { Json, JsonObject } from "../protocol/envelope.ts";
import type { Clock, Random, Spawner } from "../ports/mod.ts";
import { documented } from "../sdk/testing/wrong_configs.ts";
import { OFFER, recordOf, version2Line } from "../sdk/testing/start_lines.ts";
import { expect, NotApplicable, quote, Unmet } from "./check.ts";
import { Exchange } from "./exchange.ts";
import { Peer } from "./peer.ts";

/** What is tried, and with what. */
export interface Subject {
  /** The executable and its arguments. */
  readonly argv: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly role: "input" | "output";
  /** A config block that works. */
  readonly config: JsonObject;
  /** What `PROVIDER spec` prints; absent where it says nothing. */
  readonly spec?: JsonObject;
  /** Takes secrets out of what is shown. */
  readonly hide: (text: string) => string;
}

/** The outside world. */
export interface World {
  readonly spawner: Spawner;
  readonly clock: Clock;
  readonly random: Random;
  /** "windows", "linux", "darwin". */
  readonly os: string;
  /** No wait is longer, but for the first answer; 10 s when left out. */
  readonly patienceMs?: number;
}

/** What an input sends from its start to its end. */
export interface WholeRun {
  readonly lines: readonly string[];
  readonly envelopes: readonly string[];
  readonly features: readonly string[];
}

const PATIENCE_MS = 10_000;
/** As `ready_timeout`. */
const READY_MS = 30_000;
/** Enough to be killed in the midst of. */
const MAX_COUNT = 200;

/** One for all checks of a provider. */
export class Bench {
  /** What every process so far has logged. */
  readonly logs: string[] = [];
  #exchange: Exchange;
  #wholeRun: Promise<WholeRun> | undefined;

  constructor(readonly subject: Subject, readonly world: World) {
    this.#exchange = new Exchange(subject.hide);
  }

  /** Lines from now on belong to another check. */
  begin(): void {
    this.#exchange = new Exchange(this.subject.hide);
  }

  exchanged(): string[] {
    return this.#exchange.lines();
  }

  /** Starts a process; killed and forgotten by `await using`. */
  start(args: readonly string[] = []): Peer {
    const { argv, cwd, env } = this.subject;
    const { spawner, clock, patienceMs = PATIENCE_MS } = this.world;
    const child = spawner.spawn({
      argv: [...argv, ...args],
      ...cwd !== undefined && { cwd },
      env: { NO_COLOR: "1", ...env },
    });
    const { logs } = this;
    const peer = new Peer(child, this.#exchange, clock, patienceMs);
    void child.status.then(() => logs.push(peer.log));
    return peer;
  }

  pause(delayMs: number): Promise<void> {
    return this.world.clock.sleep(delayMs);
  }

  /** Of an input: one with an end. Of an output: the config. */
  get config(): JsonObject {
    const { role, config } = this.subject;
    if (role === "output") return config;
    const max = Number(this.#valueOf("max_count") ?? 0);
    const count = max > 0 ? Math.min(max, MAX_COUNT) : MAX_COUNT;
    const ends: JsonObject = { max_count: count, follow: false };
    return this.#withKnown(ends);
  }

  /** @throws {NotApplicable} Where it can't be told to go on for ever. */
  get endlessConfig(): JsonObject {
    if (!this.#keys().some((key) => key === "max_count" || key === "follow")) {
      throw new NotApplicable(
        "only an input with the key max_count or follow can be told to go on",
      );
    }
    return this.#withKnown({ max_count: 0, follow: true });
  }

  /** Reads up to `ready`, and refuses everything else. */
  async ready(peer: Peer, startLine: string): Promise<JsonObject> {
    for (;;) {
      const line = await peer.line("answer its start line", READY_MS);
      if (line === undefined) {
        throw new Unmet("its stdout ended without an answer");
      }
      const record = line.startsWith("\x1e") ? readRecord(line) : undefined;
      if (record?.hello !== undefined) continue;
      if (line.trim() === startLine.trim()) {
        throw new Unmet("it wrote its start line back, as `cat` would");
      }
      return readReady(line);
    }
  }

  /** A process of version 2 that is ready. */
  async readyPeer(
    config: JsonObject,
    more: { readonly resume?: Json; readonly protocol?: JsonObject } = {},
  ): Promise<{ peer: Peer; features: readonly string[] }> {
    const peer = this.start();
    try {
      const line = version2Line(config, more);
      await peer.send(line);
      const { protocol } = await this.ready(peer, line);
      const { features } = protocol as { features?: readonly string[] } ?? {};
      return { peer, features: features ?? [] };
    } catch (error) {
      await peer[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** The same, for whom its features don't matter. */
  async readyAlone(
    ...args: Parameters<Bench["readyPeer"]>
  ): Promise<Peer> {
    return (await this.readyPeer(...args)).peer;
  }

  /** What an input sends when nobody disturbs it. */
  wholeRun(): Promise<WholeRun> {
    return this.#wholeRun ??= this.runToEnd();
  }

  async runToEnd(resume?: Json): Promise<WholeRun> {
    const { peer: found, features } = await this.readyPeer(this.config, {
      ...resume !== undefined && { resume },
    });
    await using peer = found;
    const lines = await peer.linesUntil(
      'write {"end":true}, its last record,',
      (line) => recordOf(line)?.end === true,
    );
    const envelopes = lines.filter((line) => recordOf(line) === undefined);
    await peer.sendControl({ ack: envelopes.length });
    return { lines, envelopes, features };
  }

  #keys(): string[] {
    const { config } = this.subject.spec ?? {};
    const isSchema = isJsonObject(config) && isJsonObject(config.properties);
    return isSchema ? Object.keys(documented(config as JsonObject)) : [];
  }

  #valueOf(key: string): Json | undefined {
    const { config } = this.subject;
    const spelt = this.#spellings(key).find((name) => name in config);
    return spelt === undefined ? undefined : config[spelt];
  }

  /** The config with what its provider knows of these keys. */
  #withKnown(values: JsonObject): JsonObject {
    const config = { ...this.subject.config } as Record<string, Json>;
    for (const key of this.#keys()) {
      if (!(key in values)) continue;
      for (const name of this.#spellings(key)) delete config[name];
      config[key] = values[key] as Json;
    }
    return config;
  }

  #spellings(key: string): string[] {
    const { properties } = this.subject.spec?.config as JsonObject ?? {};
    const all = Object.entries(properties as Record<string, JsonObject> ?? {});
    const aliases = all.filter(([, { ["x-alias-of"]: of }]) => of === key);
    return [key, ...aliases.map(([name]) => name)];
  }
}

/** What our own CLI offers. */
export { OFFER };

/** @throws {Unmet} When it is no record. */
export function readRecord(line: string): JsonObject {
  try {
    const record = JSON.parse(line.slice(1));
    if (isJsonObject(record)) return record as JsonObject;
  } catch {
    // said below
  }
  throw new Unmet(`after 0x1E there is no JSON object: ${quote(line)}`);
}

function readReady(line: string): JsonObject {
  let answer: JsonObject | undefined;
  try {
    answer = JSON.parse(line);
  } catch {
    // said below
  }
  expect(
    isJsonObject(answer) && typeof answer.status === "string",
    `its first line is no answer to the start line: ${quote(line)}`,
  );
  expect(
    answer?.status === "ready",
    `it refused the config: ${quote(answer?.message ?? line)}`,
  );
  return answer as JsonObject;
}
