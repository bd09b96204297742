/**
 * One run of one contestant, measured from outside.
 *
 * @module
 */

import { join } from "node:path";
import { TempFolder } from "../../tests/support/temp_folder.ts";
import { configuration, type Contestant, type Course } from "./contestants.ts";
import type { Programs } from "./programs.ts";

/** What is moved. */
export interface Load {
  readonly count: number;
  readonly sizeBytes: number;
  /** How the input writes. */
  readonly mode: "block" | "line";
  /** Envelopes per second; absent: as fast as possible. */
  readonly rate?: number;
  readonly dataFile: string;
}

/** What came out. Times are undefined where nothing measured them. */
export interface Measurement {
  /** Every envelope arrived, everything ended well. */
  readonly isGood: boolean;
  /** Why not. */
  readonly problem?: string;
  readonly envelopesPerS: number;
  readonly mbPerS: number;
  /** Processor time of what lies between the providers. */
  readonly ownCpuSPerGb?: number;
  readonly peakMb?: number;
  readonly firstMs?: number;
  readonly p50Us?: number;
  readonly p99Us?: number;
}

interface Meter {
  readonly startNs: number;
  readonly endNs: number;
  readonly cpuUs: number;
  readonly peakKb: number;
  readonly code: number;
}

interface InputReport {
  readonly firstNs: number;
  readonly version: number;
  readonly lastAck: number;
  readonly cpuUs: number;
}

interface OutputReport {
  readonly firstNs: number;
  readonly endNs: number;
  readonly lines: number;
  readonly bytes: number;
  readonly cpuUs: number;
  readonly p50Ns?: number;
  readonly p99Ns?: number;
}

const TIMEOUT_MS = 120_000;

/** Runs it; a run that fails is measured as far as it came. */
export async function runOnce(
  contestant: Contestant,
  load: Load,
  programs: Programs,
): Promise<Measurement> {
  await using folder = await TempFolder.make();
  const course: Course = {
    programs,
    folder: folder.path,
    dataFile: load.dataFile,
    input: {
      count: load.count,
      size: load.sizeBytes,
      mode: load.mode,
      rate: load.rate ?? 0,
      report: folder.join("in.json"),
    },
    output: {
      latency: load.rate === undefined ? 0 : 1,
      report: folder.join("out.json"),
    },
  };
  await folder.write("dstream.hcl", configuration(course));
  const said = await execute(contestant, course);
  const meter = await readJson<Meter>(folder, "meter.json");
  if (meter === undefined) return failed("no measurement", said);
  if (contestant.isWhole) return wholeRun(meter, load);
  const input = await readJson<InputReport>(folder, "in.json");
  const output = await readJson<OutputReport>(folder, "out.json");
  if (input === undefined || output === undefined) {
    return failed("no report of a provider", said);
  }
  return bothEnds(meter, input, output, load, said);
}

async function execute(
  contestant: Contestant,
  course: Course,
): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(
    course.programs.measure,
    {
      args: [join(course.folder, "meter.json"), ...contestant.argv(course)],
      cwd: course.folder,
      env: { ...contestant.env },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    },
  ).output();
  const decoder = new TextDecoder();
  return `status ${code}\n${decoder.decode(stdout)}${decoder.decode(stderr)}`;
}

function wholeRun(meter: Meter, load: Load): Measurement {
  const seconds = (meter.endNs - meter.startNs) / 1e9;
  return {
    isGood: meter.code === 0,
    envelopesPerS: load.count / seconds,
    mbPerS: load.count * load.sizeBytes / 1e6 / seconds,
  };
}

function bothEnds(
  meter: Meter,
  input: InputReport,
  output: OutputReport,
  load: Load,
  said: string,
): Measurement {
  const seconds = (output.endNs - input.firstNs) / 1e9;
  const ownCpuS = (meter.cpuUs - input.cpuUs - output.cpuUs) / 1e6;
  const problem = findProblem(meter, input, output, load);
  return {
    isGood: problem === undefined,
    problem: problem && `${problem}\n${said}`,
    envelopesPerS: output.lines / seconds,
    mbPerS: output.bytes / 1e6 / seconds,
    ownCpuSPerGb: ownCpuS / (output.bytes / 1e9),
    peakMb: meter.peakKb / 1e3,
    firstMs: (output.firstNs - meter.startNs) / 1e6,
    p50Us: output.p50Ns && output.p50Ns / 1e3,
    p99Us: output.p99Ns && output.p99Ns / 1e3,
  };
}

function findProblem(
  meter: Meter,
  input: InputReport,
  output: OutputReport,
  load: Load,
): string | undefined {
  if (meter.code !== 0) return `exit status ${meter.code}`;
  if (output.lines !== load.count) {
    return `${output.lines} of ${load.count} envelopes arrived`;
  }
  if (input.version === 2 && input.lastAck !== load.count) {
    return `${input.lastAck} of ${load.count} envelopes were acknowledged`;
  }
}

function failed(problem: string, said: string): Measurement {
  const isGood = false;
  const text = `${problem}\n${said}`;
  return { isGood, problem: text, envelopesPerS: 0, mbPerS: 0 };
}

async function readJson<T>(
  folder: TempFolder,
  name: string,
): Promise<T | undefined> {
  const text = await folder.read(name).catch(() => "");
  return text === "" ? undefined : JSON.parse(text);
}
