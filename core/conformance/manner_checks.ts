/**
 * Shoulds: what users of a provider will ask of it sooner or later.
 *
 * @module
 */

import { isJsonObject } from "../base/json.ts";
import type { JsonObject } from "../protocol/envelope.ts";
import { recordOf, version2Line } from "../sdk/testing/start_lines.ts";
import { documented, wrongConfigs } from "../sdk/testing/wrong_configs.ts";
import type { Bench } from "./bench.ts";
import {
  type Check,
  checksFor,
  expect,
  NotApplicable,
  quote,
} from "./check.ts";
import { takesLongestLine } from "./output_checks.ts";
import { pages } from "./pages.ts";

/** A stack trace of any of the usual runtimes. */
const STACK_TRACE =
  /^Traceback \(most recent|^goroutine \d+ \[|^\s+at .+[:(].*\d|^Exception in thread|panicked at|Uncaught/m;

/** Configs that are tried; each is a process. */
const MAX_WRONG_CONFIGS = 24;

/** In the order they are tried; what has been logged by then is looked at last. */
export const mannerChecks: readonly Check[] = checksFor("should", undefined, [
  {
    id: "spec.answer",
    expects:
      "called with `spec` it prints one JSON object with name, version, role, " +
      "description, protocol and config, so that a config is checked before anything " +
      "starts",
    page: pages.spec,
    run: specIsWhole,
  },
  {
    id: "spec.keys",
    expects:
      "every key of the config has a description and an example: help and editors " +
      "show them",
    page: pages.spec,
    run: keysAreDescribed,
  },
  {
    id: "words.version",
    expects: "`--version` prints name and version: support asks for it first",
    page: pages.words,
    run: async (bench) => {
      const { text, code } = await told(bench, ["--version"]);
      const { name, version } = specOf(bench);
      expect(code === 0, `it ended with exit status ${code}`);
      expect(
        text.trim() === `${name} ${version}`,
        `it printed ${quote(text)} instead of "${name} ${version}"`,
      );
    },
  },
  {
    id: "words.help",
    expects: "`--help` names every key of the config",
    page: pages.words,
    run: async (bench) => {
      const { text, code } = await told(bench, ["--help"]);
      expect(code === 0, `it ended with exit status ${code}`);
      const keys = Object.keys(documented(specOf(bench).config as JsonObject));
      const missing = keys.filter((key) => !text.includes(key));
      expect(missing.length === 0, `it says nothing of ${missing.join(", ")}`);
    },
  },
  {
    id: "words.unknown",
    expects:
      "an argument that it doesn't know ends with exit status 2, and stderr names it",
    page: pages.words,
    run: async (bench) => {
      const { code, log } = await told(bench, ["--no-such-thing"]);
      expect(code === 2, `it ended with exit status ${code}`);
      expect(log.includes("--no-such-thing"), `stderr said ${quote(log)}`);
    },
  },
  {
    id: "config.refused",
    expects:
      'a config that can\'t work is refused with {"status":"error"}, a message and ' +
      "the path of the key, then exit status 1: the user sees that line of the file",
    page: pages.handshake,
    run: refusesWrongConfigs,
  },
  {
    id: "start.nonsense",
    expects:
      "a start line that makes no sense ends with exit status 1, and never streams",
    page: pages.startLine,
    run: refusesNonsense,
  },
  {
    id: "output.longest_line",
    role: "output",
    expects: "a line of 16 MiB, the longest there may be, is taken",
    page: pages.streams,
    run: takesLongestLine,
  },
  {
    id: "lifecycle.report",
    expects:
      "`plan` and `status` are answered with a report, or refused, and never with " +
      "envelopes: nothing is moved by them",
    page: pages.lifecycle,
    run: reportsOrRefuses,
  },
  {
    id: "log.no_stack_trace",
    expects:
      "stderr has no stack trace in any of these runs: it tells a user nothing",
    page: pages.streams,
    run: (bench) => {
      const found = bench.logs.map((log) => STACK_TRACE.exec(log)?.[0])
        .find((line) => line !== undefined);
      expect(found === undefined, `one log has ${quote(found)}`);
      return Promise.resolve();
    },
  },
]);

/** Runs with arguments and nothing on stdin. */
async function told(bench: Bench, args: readonly string[]) {
  await using peer = bench.start(args);
  await peer.closeStdin();
  const text = (await peer.allLines()).join("\n");
  const { code } = await peer.ending();
  return { text, code, log: peer.log };
}

function specOf(bench: Bench): JsonObject {
  const { spec } = bench.subject;
  if (spec === undefined) throw new NotApplicable("it has no `spec`");
  return spec;
}

async function specIsWhole(bench: Bench): Promise<void> {
  const { text, code } = await told(bench, ["spec"]);
  expect(code === 0, `it ended with exit status ${code}`);
  let spec: unknown;
  try {
    spec = JSON.parse(text);
  } catch {
    // said below
  }
  expect(isJsonObject(spec), `it printed ${quote(text)}`);
  for (const key of ["name", "version", "description"]) {
    expect(typeof spec[key] === "string" && spec[key] !== "", `no ${key}`);
  }
  const { role, protocol, config, examples } = spec;
  expect(role === bench.subject.role, `role is ${quote(role)}`);
  expect(
    isJsonObject(protocol) && typeof protocol.version === "number",
    `protocol is ${quote(protocol)} instead of {"version":2}`,
  );
  expect(
    isJsonObject(config) && isJsonObject(config.properties),
    "config is no JSON Schema with properties",
  );
  expect(
    Array.isArray(examples) && examples.length > 0,
    "examples is no list with at least one config",
  );
}

function keysAreDescribed(bench: Bench): Promise<void> {
  const keys = documented(specOf(bench).config as JsonObject);
  for (const [key, property] of Object.entries(keys)) {
    expect(Boolean(property.description), `${key} has no description`);
    expect(Array.isArray(property.examples), `${key} has no examples`);
  }
  return Promise.resolve();
}

async function refusesWrongConfigs(bench: Bench): Promise<void> {
  const wrong = wrongConfigs(specOf(bench).config as JsonObject, bench.config);
  for (const { name, config, path } of wrong.slice(-MAX_WRONG_CONFIGS)) {
    await using peer = bench.start();
    await peer.send(version2Line(config));
    await peer.closeStdin();
    const line = (await peer.allLines())
      .find((each) => recordOf(each) === undefined) ?? "";
    const answer = line.startsWith("{") ? JSON.parse(line) : {};
    expect(answer.status === "error", `${name}: it answered ${quote(line)}`);
    expect(
      answer.path === path,
      `${name}: path is ${quote(answer.path)} instead of "${path}"`,
    );
    await peer.endsWith(1);
  }
}

async function refusesNonsense(bench: Bench): Promise<void> {
  const lines = ["nonsense\n", "[]\n", '{"command":"walk","config":{}}\n', ""];
  for (const line of lines) {
    await using peer = bench.start();
    await peer.send(line);
    await peer.closeStdin();
    const answers = await peer.allLines();
    const streamed = answers.find((each) => !each.includes('"error"'));
    expect(
      streamed === undefined,
      `${quote(line)} was answered with ${quote(streamed)}`,
    );
    await peer.endsWith(1);
  }
}

async function reportsOrRefuses(bench: Bench): Promise<void> {
  for (const command of ["plan", "status"]) {
    await using peer = bench.start();
    const { config } = bench;
    await peer.send(`${JSON.stringify({ command, config })}\n`);
    await peer.closeStdin();
    const [first = "", ...report] = await peer.allLines();
    const answer = first.startsWith("{") ? JSON.parse(first) : {};
    if (answer.status === "error") {
      await peer.endsWith(1);
      continue;
    }
    expect(
      answer.status === "ready",
      `${command} was answered with ${quote(first)}`,
    );
    const last = report.at(-1) ?? "{}";
    const said = last.startsWith("{") ? JSON.parse(last) : {};
    expect(
      Boolean(said.changes ?? said.resources ?? said.message),
      `${command} reported ${quote(last)}`,
    );
    await peer.endsWith(0);
  }
}
