/**
 * What the processes of a run use: looked up in /proc from time to time, so Linux only.
 *
 * @module
 */

import { livingPid } from "../../tests/crash/processes.ts";

const LOOK_EVERY_MS = 250;
const TICKS_PER_S = 100;
const MB = 1e6;
const GB = 1e9;

/** What a process has used. */
interface Usage {
  readonly cpuS: number;
  readonly rssMb: number;
  /** What it has written, to pipes, files and sockets. */
  readonly wroteGb: number;
}

/** Looks at the processes of a run from time to time. */
export class ProcessWatch {
  readonly #pids = new Map<string, number>();
  readonly #last = new Map<string, Usage>();
  /** The output's memory at each look. */
  readonly #outputMb: number[] = [];
  readonly #timer: ReturnType<typeof setInterval>;

  constructor(log: () => string, cliPid: number, serverPid: number) {
    this.#pids.set("cli", cliPid).set("server", serverPid);
    this.#timer = setInterval(() => this.#look(log), LOOK_EVERY_MS);
  }

  get mostOutputMb(): number {
    return Math.max(...this.#outputMb);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Of a process of the run, up to the last look. */
  cpuS(name: string): number {
    return this.#last.get(name)?.cpuS ?? 0;
  }

  tell(rows: number): void {
    for (const [name, { cpuS, wroteGb }] of this.#last) {
      const perRowUs = cpuS * 1e6 / rows;
      console.log(
        `${name}: ${cpuS.toFixed(1)} s of CPU, ${
          perRowUs.toFixed(2)
        } us a row, ` +
          `${wroteGb.toFixed(2)} GB written`,
      );
    }
    const quarter = Math.ceil(this.#outputMb.length / 4);
    const most = [0, 1, 2, 3].map((n) =>
      Math.max(0, ...this.#outputMb.slice(n * quarter, (n + 1) * quarter))
    );
    console.log(
      `the output's memory in each quarter: at most ${
        most.map(Math.round).join(", ")
      } MB`,
    );
  }

  #look(log: () => string): void {
    for (const side of ["input", "output"] as const) {
      if (this.#pids.has(side)) continue;
      const pid = livingPid(log(), side);
      if (pid !== undefined) this.#pids.set(side, pid);
    }
    for (const [name, pid] of this.#pids) {
      const usage = usageOf(pid);
      if (usage === undefined) continue;
      this.#last.set(name, usage);
      if (name === "output") this.#outputMb.push(usage.rssMb);
    }
  }
}

/** @returns `undefined` when it has ended. */
function usageOf(pid: number): Usage | undefined {
  try {
    const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const status = Deno.readTextFileSync(`/proc/${pid}/status`);
    const rssKb = Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0);
    const io = Deno.readTextFileSync(`/proc/${pid}/io`);
    const written = Number(/^wchar: (\d+)/m.exec(io)?.[1] ?? 0);
    const ticks = Number(fields[11]) + Number(fields[12]);
    return {
      cpuS: ticks / TICKS_PER_S,
      rssMb: rssKb * 1024 / MB,
      wroteGb: written / GB,
    };
  } catch {
    return undefined;
  }
}
