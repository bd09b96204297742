// What a provider says to dstream: version 2 of the protocol, for both roles.
// Needs Node 18 and nothing else. Made to be copied: change provider.mjs.
import fs from "node:fs";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";

const stopping = new AbortController();
/** Aborted when the source should end. */
export const stop = stopping.signal;

/** Waits, but not when the source should end. */
export const pause = (ms) =>
  stop.aborted
    ? undefined
    : sleep(ms, undefined, { signal: stop }).catch(() => {});

/**
 * `run(config, resume)` of an input yields `[envelope, state]`. Of an output it is
 * `run(config)`, and gives a function that makes a list of data durable.
 */
export async function main(spec, run) {
  answerWords(spec, process.argv.slice(2));
  process.on("SIGTERM", () => stopping.abort());
  process.on("SIGINT", () => stopping.abort());
  process.stdout.on("error", () => process.exit(0)); // nobody reads any more
  try {
    const lines = batches();
    const start = await readStart(spec, lines);
    if (spec.role === "input") {
      await send(start, lines, run(start.config, start.resume));
    } else await take(start, lines, run(start.config));
  } catch (error) {
    fail(`${spec.name}: ${error.message}`);
  }
  process.exit(0);
}

function answerWords(spec, [word]) {
  if (word === undefined) return;
  const keys = Object.entries(spec.config.properties);
  const answers = {
    spec: JSON.stringify(spec, null, 2),
    "--version": `${spec.name} ${spec.version}`,
    "--help": [
      spec.description,
      ...keys.map(([k, p]) => `  ${k}: ${p.description}`),
    ].join("\n"),
  };
  if (word in answers) fs.writeSync(1, `${answers[word]}\n`);
  else fs.writeSync(2, `there is no argument ${word}\n`);
  process.exit(word in answers ? 0 : 2);
}

/** The start line, answered. What came with it is given back to `lines`. */
async function readStart(spec, lines) {
  const { value: [first, ...rest] = [""] } = await lines.next();
  lines.first = rest;
  let start;
  try {
    start = JSON.parse(first.replace(/^\uFEFF/, ""));
  } catch (error) {
    fail(`cannot read the start line: ${error.message}`);
  }
  if (!isObject(start)) fail("cannot read the start line: it is no object");
  const isRaw = !("command" in start);
  if (isRaw) start = { config: start };
  const is2 = !isRaw && start.protocol?.version >= 2;
  const offered = is2 ? start.protocol.features ?? [] : [];
  const features = spec.features.filter((one) => offered.includes(one));
  const problem = wrongStart(start, spec, isRaw);
  if (problem && isRaw) fail(`${problem.path}: ${problem.message}`);
  if (problem) {
    await say({ status: "error", ...problem });
    process.exit(1);
  }
  const agreed = is2 ? { protocol: { version: 2, features } } : {};
  if (!isRaw) await say({ status: "ready", ...agreed });
  if (!isRaw && start.command !== "run") {
    await say({ message: "there is nothing to set up" });
    process.exit(0);
  }
  return { ...start, is2, features };
}

/** The first mistake. */
function wrongStart({ command, config }, spec, isRaw) {
  const at = (key, message) => ({ path: `config.${key}`, message });
  if (
    !isRaw && !["run", "init", "plan", "status", "destroy"].includes(command)
  ) {
    return { path: "command", message: `there is no command ${command}` };
  }
  if (!isObject(config)) {
    return { path: "config", message: "config must be an object" };
  }
  for (const [key, value] of Object.entries(config)) {
    const known = spec.config.properties[key];
    if (known === undefined) return at(key, `there is no key ${key}`);
    const kind = Number.isSafeInteger(value) ? "integer" : typeof value;
    if (kind !== known.type) {
      return at(key, `${key} must be of type ${known.type}`);
    }
    if (value < known.minimum || value > known.maximum) {
      return at(key, `${key} is out of its bounds`);
    }
  }
  const missing = (spec.config.required ?? []).find((key) => !(key in config));
  if (missing !== undefined) return at(missing, `${missing} is required`);
}

/** Of an input. */
async function send(start, lines, source) {
  if (start.is2) void listen(lines);
  for await (const [envelope, state] of source) {
    await say(envelope);
    if (start.features.includes("state")) await control({ state });
    if (stop.aborted) break;
  }
  stopping.abort(); // who leaves from here on, leaves a whole stream
  if (start.is2) await control({ end: true });
}

/** To what dstream says to an input, while that writes. */
async function listen(lines) {
  for await (const batch of lines) {
    for (const line of batch) {
      if (line.startsWith("\x1e") && JSON.parse(line.slice(1)).stop) {
        stopping.abort();
      }
    }
  }
  process.exit(stop.aborted ? 0 : 1); // dstream is gone
}

/** Of an output: what arrives together is delivered together. */
async function take(start, lines, deliver) {
  let position = 0;
  const takeBatch = async (batch) => {
    const data = [];
    for (const line of batch) {
      if (line.startsWith("\x1e")) continue;
      position++;
      const envelope = parse(line);
      if (isObject(envelope) && "data" in envelope) data.push(envelope.data);
      else if (!start.is2) fail(`line ${position} is no envelope`);
      else {await control({
          reject: {
            seq: position,
            reason: "it is no envelope",
            code: "invalid",
          },
        });}
    }
    await deliver(data);
    if (start.features.includes("ack")) await control({ ack: position });
  };
  if (lines.first.length > 0) await takeBatch(lines.first);
  for await (const batch of lines) await takeBatch(batch);
}

/** Whole lines of stdin, as many as come at once, in lists. */
async function* batches() {
  let rest = "";
  process.stdin.setEncoding("utf8");
  for await (const chunk of process.stdin) {
    const parts = chunk.split("\n");
    parts[0] = rest + parts[0];
    rest = parts.pop();
    if (parts.length > 0) yield parts;
  }
  if (rest !== "") yield [rest];
}

const isObject = (value) =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const control = (record) => say(record, "\x1e");

function parse(line) {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** Resolves when the line is taken: a slow reader is waited for. */
async function say(value, mark = "") {
  const text = `${mark}${JSON.stringify(value)}\n`;
  if (process.stdout.write(text)) return await new Promise(setImmediate);
  await new Promise((resolve) => process.stdout.once("drain", resolve));
}

function fail(message) {
  fs.writeSync(2, `${message}\n`);
  process.exit(1);
}
