/**
 * Musts of inputs: what they send, how they go on, and how they end.
 *
 * @module
 */

import { isJsonObject } from "../base/json.ts";
import { rawLine, recordOf, version1Line } from "../sdk/testing/start_lines.ts";
import { type Bench, readRecord } from "./bench.ts";
import {
  type Check,
  checksFor,
  expect,
  NotApplicable,
  quote,
} from "./check.ts";
import { pages } from "./pages.ts";
import { expectSteadyMemory } from "./memory.ts";
import type { Peer } from "./peer.ts";
import { goesOnAfterKills } from "./resume.ts";

const RECORDS = ["state", "schema", "progress", "end", "hello", "error"];

/** In the order they are tried. */
export const inputChecks: readonly Check[] = checksFor("must", "input", [
  {
    id: "input.envelopes",
    expects:
      "every line on stdout is an envelope with data and metadata, or a control " +
      "record: what is neither is taken out of the stream",
    page: pages.streams,
    run: async (bench) => {
      const { lines, envelopes } = await bench.wholeRun();
      for (const line of lines) expectEnvelopeOrRecord(line);
      expect(envelopes.length > 0, "it sent none with this config");
    },
  },
  {
    id: "input.end",
    expects:
      'it ends with the record {"end":true} and nothing after it, then with exit ' +
      "status 0: else a crash would look like the end of the data",
    page: pages.inputs,
    run: async (bench) => {
      await using peer = await bench.readyAlone(bench.config);
      const lines = await untilEnd(peer);
      await peer.sendControl({ ack: countOf(lines) });
      await peer.closeStdin();
      const more = await peer.allLines();
      expect(more.length === 0, `after the end it wrote ${quote(more[0])}`);
      await peer.endsWith(0);
    },
  },
  {
    id: "input.acks",
    expects:
      "acknowledgements and records that it doesn't know arrive on stdin while it " +
      "streams and disturb nothing: there will be new ones",
    page: pages.inputs,
    run: hearsAcks,
  },
  {
    id: "input.resume",
    expects:
      "killed with SIGKILL anywhere and started with its newest state, it goes on " +
      "behind it: nothing is missing and nothing comes twice",
    page: pages.inputs,
    run: goesOnAfterKills,
  },
  {
    id: "input.stop",
    expects:
      'on {"stop":true} it finishes what is begun and ends as always: else a stop ' +
      "takes until it is killed",
    page: pages.inputs,
    run: (bench) => stops(bench, async (peer) => void await peer.line()),
  },
  {
    id: "input.stop_unread",
    expects:
      "it hears the stop while its stdout is full because nobody reads: a slow " +
      "destination must not keep it from stopping",
    page: pages.inputs,
    run: (bench) => stops(bench, () => bench.pause(500)),
  },
  {
    id: "input.dead_cli",
    expects:
      "when its stdin ends, dstream is gone: it ends at once, and without " +
      '{"end":true}',
    page: pages.inputs,
    run: async (bench) => {
      await using peer = await bench.readyAlone(bench.endlessConfig);
      await peer.line();
      await peer.closeStdin();
      const last = (await peer.allLines()).at(-1) ?? "";
      expect(
        recordOf(last)?.end !== true,
        'it wrote {"end":true} all the same',
      );
      await peer.ending();
    },
  },
  {
    id: "input.broken_stdout",
    expects:
      "when nobody reads its stdout any more it ends: `| head` is the end",
    page: pages.end,
    run: async (bench) => {
      await using peer = bench.start();
      await peer.send(rawLine(bench.endlessConfig));
      await peer.closeStdin();
      await peer.line();
      await peer.breakStdout();
      await peer.ending();
    },
  },
  {
    id: "input.sigterm",
    expects:
      "SIGTERM asks a version 1 input to stop: it finishes the line and exits with 0",
    page: pages.end,
    run: endsOnTerminate,
  },
  {
    id: "input.memory",
    expects:
      "when nobody reads its stdout it waits: what it kept in memory instead would " +
      "grow until the machine is full",
    page: pages.end,
    run: async (bench) => {
      await using peer = await bench.readyAlone(bench.endlessConfig);
      await peer.line();
      await expectSteadyMemory(bench, peer, () => bench.pause(2000));
    },
  },
]);

function expectEnvelopeOrRecord(line: string): void {
  if (line.startsWith("\x1e")) {
    const [key] = Object.keys(readRecord(line));
    return expect(RECORDS.includes(key), `there is no record ${quote(line)}`);
  }
  let envelope: unknown;
  try {
    envelope = JSON.parse(line);
  } catch {
    // said below
  }
  expect(isJsonObject(envelope), `this is no JSON object: ${quote(line)}`);
  expect("data" in envelope, `this envelope has no data: ${quote(line)}`);
  expect(
    isJsonObject(envelope.metadata),
    `this envelope has no metadata: ${quote(line)}`,
  );
}

function untilEnd(peer: Peer): Promise<string[]> {
  return peer.linesUntil(
    'write {"end":true}, its last record,',
    (line) => recordOf(line)?.end === true,
  );
}

function countOf(lines: readonly string[]): number {
  return lines.filter((line) => recordOf(line) === undefined).length;
}

/** Long enough that it hears them before its end. */
const HEARD_ENVELOPES = 50;

async function hearsAcks(bench: Bench): Promise<void> {
  const { peer: found, features } = await bench.readyPeer(bench.endlessConfig);
  await using peer = found;
  await peer.sendControl({ no_such_record: { a: 1 } });
  for (let count = 1; count <= HEARD_ENVELOPES; count++) {
    const { envelope } = await nextEnvelope(peer);
    expect(envelope !== undefined, "its stdout ended");
    if (features.includes("ack")) await peer.sendControl({ ack: count });
  }
  await peer.sendControl({ stop: true });
  const more = countOf(await untilEnd(peer));
  await peer.sendControl({ ack: HEARD_ENVELOPES + more });
  await peer.closeStdin();
  await peer.endsWith(0);
}

async function nextEnvelope(peer: Peer): Promise<{ envelope?: string }> {
  for (let line; (line = await peer.line()) !== undefined;) {
    if (recordOf(line) === undefined) return { envelope: line };
  }
  return {};
}

async function stops(
  bench: Bench,
  meanwhile: (peer: Peer) => Promise<void>,
): Promise<void> {
  await using peer = await bench.readyAlone(bench.endlessConfig);
  await meanwhile(peer);
  await peer.sendControl({ stop: true });
  await untilEnd(peer);
  await peer.closeStdin();
  await peer.endsWith(0);
}

async function endsOnTerminate(bench: Bench): Promise<void> {
  if (bench.world.os === "windows") {
    throw new NotApplicable("Windows has no such signal");
  }
  await using peer = bench.start();
  await peer.send(version1Line(bench.endlessConfig));
  await peer.closeStdin();
  const [answer] = await peer.linesUntil("answer", () => true);
  if (JSON.parse(answer).status === "error") {
    throw new NotApplicable("it refuses version 1");
  }
  await peer.line();
  peer.terminate();
  for (const line of await peer.allLines()) expectEnvelopeOrRecord(line);
  await peer.endsWith(0);
}
