/**
 * What is compared: dstream and the things that bound it, on the same programs.
 *
 * @module
 */

import { programArgv } from "../../tests/e2e/support/program.ts";
import type { Programs } from "./programs.ts";

/** Everything one run needs to know. */
export interface Course {
  readonly programs: Programs;
  /** A folder of the run's own; reports and dstream.hcl lie there. */
  readonly folder: string;
  /** Settings of the C providers, reports included. */
  readonly input: Readonly<Record<string, string | number>>;
  readonly output: Readonly<Record<string, string | number>>;
  /** The same envelopes as a file, for who reads no provider. */
  readonly dataFile: string;
}

/** One way to move the envelopes. */
export interface Contestant {
  readonly name: string;
  /** Without C providers: only the time of the whole run is known. */
  readonly isWhole?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  argv(course: Course): string[];
}

const ENLARGED = { BENCH_PIPE_KB: "1024" };

/** A plain pipe: no process between the two. */
export const pipe: Contestant = {
  name: "pipe",
  argv: (course) => shell(`${input(course)} | ${output(course)}`),
};

/** The same with 1 MiB of pipe: as fast as it gets. */
export const largePipe: Contestant = {
  name: "1 MiB pipe",
  env: ENLARGED,
  argv: pipe.argv,
};

/** What everybody has at hand. */
export const cats: Contestant = {
  name: "cat FILE | cat | cat",
  isWhole: true,
  argv: ({ dataFile }) =>
    shell(`cat ${quote(dataFile)} | cat | cat >/dev/null`),
};

/** The least a process in between can do. */
export const cRelay: Contestant = {
  name: "C read/write relay",
  env: ENLARGED,
  argv: (course) => {
    const relay = quote(course.programs.relay);
    return shell(`${input(course)} | ${relay} | ${output(course)}`);
  },
};

/** The program under test, acknowledgements and replay window on. */
export const dstream: Contestant = {
  name: "dstream",
  argv: ({ folder }) =>
    programArgv(["run", "-c", `${folder}/dstream.hcl`, "bench"]),
};

/** The same without enlarged pipes and FFI. */
export const plainDstream: Contestant = {
  name: "dstream, plain relay",
  env: { DSTREAM_RELAY: "plain" },
  argv: dstream.argv,
};

/**
 * Somebody else's relay: `NAME=COMMAND`, where `{hcl}` is the configuration with
 * the task `bench`, and `{in}` and `{out}` are the programs without handshake.
 */
export function custom(definition: string): Contestant {
  const [name, command] = definition.split(/=(.*)/s);
  return {
    name,
    argv: (course) =>
      shell(
        command.replaceAll("{hcl}", quote(`${course.folder}/dstream.hcl`))
          .replaceAll("{in}", input(course))
          .replaceAll("{out}", output(course)),
      ),
  };
}

/** The configuration that joins both C providers. */
export function configuration({ programs, input, output }: Course): string {
  return `task "bench" {
  type = "providers"
  input {
    provider_path = ${JSON.stringify(programs.input)}
    config {
${attributes(input)}
    }
  }
  output {
    provider_path = ${JSON.stringify(programs.output)}
    config {
${attributes(output)}
    }
  }
}
`;
}

/** `key = value` lines. */
export function attributes(
  settings: Readonly<Record<string, string | number>>,
): string {
  return Object.entries(settings)
    .map(([key, value]) => `      ${key} = ${JSON.stringify(value)}`)
    .join("\n");
}

function input(course: Course): string {
  return withConfig(course.programs.input, course.input);
}

function output(course: Course): string {
  return withConfig(course.programs.output, course.output);
}

function withConfig(program: string, settings: unknown): string {
  return `BENCH_CONFIG=${quote(JSON.stringify(settings))} ${quote(program)}`;
}

function shell(command: string): string[] {
  return ["sh", "-c", command];
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
