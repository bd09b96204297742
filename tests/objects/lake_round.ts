/**
 * One round: rows on their way into Parquet files while every process is killed, the
 * store too; then pyarrow counts what arrived.
 *
 * @module
 */

import { join } from "node:path";
import { livingPid, tryKill } from "../crash/processes.ts";
import { startDstream } from "../e2e/support/program.ts";
import { countKeys, type KeyCounts } from "../support/parquet.ts";
import type { Versitygw } from "../support/servers/versitygw.ts";
import { TempFolder } from "../support/temp_folder.ts";

/** How much. */
export interface RoundOptions {
  readonly bucket: string;
  readonly rows: number;
  /** Between two kills, on average. */
  readonly killEveryMs: number;
  /** Then it may come to its end. */
  readonly mostKills: number;
  readonly random: () => number;
  /** Lines of the output's config besides. */
  readonly config: string;
  /** The input block; rows of `generate` when left out. */
  readonly input?: string;
}

/** What a round saw. */
export interface RoundResult {
  readonly counts: KeyCounts;
  readonly kills: Readonly<Record<string, number>>;
}

const PATIENCE_MS = 900_000;

/** Runs until all rows have gone. @throws When they don't arrive at all. */
export async function lakeRound(
  server: Versitygw,
  options: RoundOptions,
): Promise<RoundResult> {
  await server.makeBucket(options.bucket);
  await using folder = await TempFolder.make();
  await folder.write("dstream.hcl", configuration(server, options));
  const runner = new Runner(folder, server, options);
  await runner.untilDone();
  const objects = join(server.bucketsFolder, options.bucket);
  return { counts: await countKeys(objects, "id"), kills: runner.kills };
}

function configuration(
  server: Versitygw,
  { bucket, rows, config, input = generated(rows) }: RoundOptions,
): string {
  return `task "lake" {
  ${input}
  output {
    provider = "s3"
    config {
      bucket            = "${bucket}"
      endpoint          = "${server.endpoint}"
      access_key_id     = "${server.accessKeyId}"
      secret_access_key = "${server.secretAccessKey}"
      format            = "parquet"
      position          = "{data.id}"
      ${config}
    }
  }
  restart {
    max_restarts  = 1000
    initial_delay = "50ms"
    max_delay     = "200ms"
  }
}
`;
}

function generated(rows: number): string {
  return `input {
    provider = "generate"
    config {
      count = ${rows}
      size  = 200
    }
  }`;
}

/** The CLI with its providers, and the store; killed in every way there is. */
class Runner {
  readonly kills: Record<string, number> = {};
  #run: ReturnType<typeof startDstream>;

  constructor(
    private readonly folder: TempFolder,
    private readonly server: Versitygw,
    private readonly options: RoundOptions,
  ) {
    this.#run = this.#start();
  }

  /** A run that was killed is started again, as a service manager would. */
  async untilDone(): Promise<void> {
    const deadlineMs = performance.now() + PATIENCE_MS;
    for (;;) {
      const code = await this.#endedWithin(this.#pauseMs());
      if (code === 0) return;
      if (performance.now() > deadlineMs) {
        throw new Error(`too slow\n${this.#run.stderr.slice(-3000)}`);
      }
      if (code !== undefined) this.#run = this.#start();
      else await this.#kill();
    }
  }

  #start() {
    return startDstream(
      ["run", "lake", "--log-level", "debug", "--log-format", "json"],
      { cwd: this.folder.path, timeoutMs: PATIENCE_MS },
    );
  }

  #pauseMs(): number {
    const { killEveryMs, random } = this.options;
    return 2 * killEveryMs * random();
  }

  async #endedWithin(waitMs: number): Promise<number | undefined> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(resolve, waitMs, undefined);
    });
    const ended = this.#run.finished.then(({ code }) => code);
    return await Promise.race([ended, late])
      .finally(() => clearTimeout(timer));
  }

  async #kill(): Promise<void> {
    const count = Object.values(this.kills).reduce((sum, n) => sum + n, 0);
    if (count >= this.options.mostKills) return;
    switch (Math.floor(this.options.random() * 5)) {
      case 0:
        return this.#killSide("input");
      case 1:
        return this.#killSide("output");
      case 2:
        this.#count("store");
        await this.server.process.kill();
        return await this.server.process.restart();
      case 3:
        return await this.#endCli("SIGTERM");
      default:
        return await this.#endCli("SIGKILL");
    }
  }

  async #endCli(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    this.#count(signal === "SIGKILL" ? "cli" : "stop");
    this.#run.kill(signal);
    await this.#run.finished.catch(() => {});
    this.#run = this.#start();
  }

  #killSide(side: "input" | "output"): void {
    const pid = livingPid(this.#run.stderr, side);
    if (pid === undefined) return;
    this.#count(side);
    tryKill(pid);
  }

  #count(what: string): void {
    this.kills[what] = (this.kills[what] ?? 0) + 1;
  }
}

/** @throws {Error} Unless every row is there once. */
export function assertEachOnce(counts: KeyCounts, rows: number): void {
  const { rows: found, distinct, least, most, repeated } = counts;
  const isRight = found === rows && distinct === rows && least === 1 &&
    most === rows;
  if (isRight) return;
  throw new Error(
    `of ${rows} rows ${distinct} are there, ${found} times in all, from ` +
      `${least} to ${most}; more than once: ${repeated.join(", ")}`,
  );
}
