/**
 * Musts of outputs: what they count, acknowledge and refuse, and how they end.
 *
 * @module
 */

import type { JsonObject } from "../protocol/envelope.ts";
import { recordOf } from "../sdk/testing/start_lines.ts";
import { type Bench, OFFER, readRecord } from "./bench.ts";
import { type Check, checksFor, expect, quote } from "./check.ts";
import { expectSteadyMemory } from "./memory.ts";
import { pages } from "./pages.ts";
import type { Peer } from "./peer.ts";

const MIB = 1024 * 1024;
/** Not a divisor of a line, and within a character now and then. */
const HALF_BYTES = 23;
const HALF_PAUSE_MS = 50;
/** Far more than the 50 ms that are promised, for machines that are busy. */
const ACK_WITHIN_MS = 3000;

/** In the order they are tried. */
export const outputChecks: readonly Check[] = checksFor("must", "output", [
  {
    id: "output.counting",
    expects:
      "it counts the lines on stdin from 1, neither the start line nor records that " +
      "begin with 0x1E, and has acknowledged the last when it ends with 0",
    page: pages.outputs,
    run: (bench) =>
      takes(
        bench,
        `\x1e{"no_such_record":1}\n${linesOf(1, 5)}\x1e{"a":1}\n${
          linesOf(6, 5)
        }\x1e{"a":2}\n`,
        10,
      ),
  },
  {
    id: "output.acks",
    expects:
      "it acknowledges soon after it has delivered, without waiting for more input: " +
      "the window may be full, and then nothing more comes",
    page: pages.outputs,
    run: acksWithoutMore,
  },
  {
    id: "output.rejects",
    expects:
      "a line that is no envelope is rejected by its number, before an " +
      "acknowledgement covers it, and the next line is taken",
    page: pages.outputs,
    run: rejectsWhatIsNone,
  },
  {
    id: "output.resume",
    expects:
      "killed with SIGKILL anywhere it starts again with the same config, and takes " +
      "what it had not acknowledged, counted from 1",
    page: pages.outputs,
    run: takesTheRestAfterKill,
  },
  {
    id: "output.empty",
    expects: "a stream without envelopes ends with exit status 0",
    page: pages.end,
    run: (bench) => takes(bench, "", 0),
  },
  {
    id: "output.halves",
    expects:
      "lines that arrive in pieces are whole lines, also where a piece ends inside " +
      "a character: a pipe cuts where it likes",
    page: pages.streams,
    run: takesHalves,
  },
  {
    id: "output.crlf",
    expects: "a line that ends in CRLF is the same line, and none too many",
    page: pages.streams,
    run: (bench) => takes(bench, linesOf(1, 5).replaceAll("\n", "\r\n"), 5),
  },
  {
    id: "output.last_line",
    expects: "a last line without its line feed is a line too",
    page: pages.streams,
    run: (bench) => takes(bench, linesOf(1, 5).trimEnd(), 5),
  },
  {
    id: "output.long_line",
    expects:
      "a line of 1 MiB is taken: rows with documents in them are so long",
    page: pages.streams,
    run: (bench) => takes(bench, lineOf(1, "x".repeat(MIB)) + linesOf(2, 1), 2),
  },
  {
    id: "output.dead_cli",
    expects: "when nobody hears its acknowledgements it ends: dstream is gone",
    page: pages.end,
    run: async (bench) => {
      await using peer = await bench.readyAlone(bench.config);
      await peer.breakStdout();
      await peer.send(linesOf(1, 3));
      await peer.closeStdin();
      await peer.ending();
    },
  },
  {
    id: "output.slow_peer",
    expects:
      "it loses nothing when its stdout is read slowly, and waits meanwhile",
    page: pages.outputs,
    run: async (bench) => {
      await using peer = await bench.readyAlone(bench.config);
      const sending = sendAll(peer, linesOf(1, 2000, "x".repeat(1000)));
      await bench.pause(300);
      expectAcked(await peer.allLines(), 2000);
      await sending;
      await peer.endsWith(0);
    },
  },
  {
    id: "output.memory",
    expects:
      "it keeps in memory what is not delivered, and no more: 96 MiB pass through " +
      "it while its memory stays",
    page: pages.outputs,
    run: async (bench) => {
      await using peer = await bench.readyAlone(bench.config);
      await expectSteadyMemory(bench, peer, () => passThrough(peer));
    },
  },
]);

/** Held against the longest line there may be. */
export async function takesLongestLine(bench: Bench): Promise<void> {
  const longest = 16 * MIB - lineOf(1, "").length;
  await takes(bench, lineOf(1, "y".repeat(longest)) + linesOf(2, 1), 2);
}

function lineOf(id: number, text: string): string {
  const data = { id, name: "Zoë 🎈", text };
  return `${JSON.stringify({ data, metadata: { seq: id } })}\n`;
}

function linesOf(first: number, count: number, text = ""): string {
  return Array.from({ length: count }, (_, i) => lineOf(first + i, text))
    .join("");
}

async function takes(
  bench: Bench,
  text: string,
  count: number,
): Promise<void> {
  await using peer = await bench.readyAlone(bench.config);
  const sending = sendAll(peer, text);
  expectAcked(await peer.allLines(), count);
  await sending;
  await peer.endsWith(0);
}

/** What is written at once may be read in one piece, however it was written. */
async function takesHalves(bench: Bench): Promise<void> {
  const count = 5;
  const bytes = new TextEncoder().encode(linesOf(1, count));
  await using peer = await bench.readyAlone(bench.config);
  const sending = (async () => {
    for (let at = 0; at < bytes.length; at += HALF_BYTES) {
      await peer.send(bytes.slice(at, at + HALF_BYTES)).catch(() => {});
      await bench.pause(HALF_PAUSE_MS);
    }
    await peer.closeStdin();
  })();
  expectAcked(await peer.allLines(), count);
  await sending;
  await peer.endsWith(0);
}

/** In pieces, then the end. Who reads meanwhile finds out what goes wrong. */
async function sendAll(peer: Peer, text: string): Promise<void> {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length; at += MIB) {
    await peer.send(bytes.slice(at, at + MIB)).catch(() => {});
  }
  await peer.closeStdin();
}

interface Answer {
  readonly acked: number;
  readonly rejected: readonly number[];
}

/** Acknowledgements go up, and what is rejected is rejected before. */
function readAnswer(lines: readonly string[], sent: number): Answer {
  let acked = 0;
  const rejected: number[] = [];
  for (const line of lines) {
    if (!line.startsWith("\x1e")) continue;
    const { ack, reject } = readRecord(line);
    if (reject !== undefined) {
      const { seq } = reject as JsonObject;
      expect(
        typeof seq === "number" && seq > acked,
        `it rejected ${quote(seq)} after it had acknowledged ${acked}`,
      );
      rejected.push(seq);
    }
    if (ack === undefined) continue;
    expect(
      typeof ack === "number" && ack >= acked && ack <= sent,
      `after ${acked} it acknowledged ${quote(ack)} of ${sent}`,
    );
    acked = ack;
  }
  return { acked, rejected };
}

function expectAcked(lines: readonly string[], count: number): void {
  const { acked, rejected } = readAnswer(lines, count);
  expect(rejected.length === 0, `it rejected line ${rejected[0]}`);
  expect(acked === count, `it acknowledged ${acked} of ${count} lines`);
}

async function acksWithoutMore(bench: Bench): Promise<void> {
  const protocol = { ...OFFER, window: { bytes: 2000, envelopes: 10 } };
  await using peer = await bench.readyAlone(bench.config, { protocol });
  let sent = 0;
  for (const count of [1, 4, 5, 1]) {
    await peer.send(linesOf(sent + 1, count));
    sent += count;
    const lines: string[] = [];
    for (let isThere = false; !isThere;) {
      const what = `acknowledge ${sent} lines`;
      const line = await peer.line(what, ACK_WITHIN_MS);
      expect(line !== undefined, `its stdout ended; it did not ${what}`);
      lines.push(line);
      isThere = readAnswer(lines, sent).acked === sent;
    }
  }
}

async function rejectsWhatIsNone(bench: Bench): Promise<void> {
  await using peer = await bench.readyAlone(bench.config);
  const wrong = ["nonsense", "[1]", '"text"', "42", ""];
  const text = wrong.map((line) => `${line}\n`).join("");
  const sending = sendAll(peer, lineOf(1, "a") + text + lineOf(7, "b"));
  const { acked, rejected } = readAnswer(await peer.allLines(), 7);
  await sending;
  expect(
    rejected.join() === "2,3,4,5,6",
    `of 7 lines the 2nd to 6th are no envelopes; it rejected ${
      rejected.join(", ") || "none"
    }`,
  );
  expect(acked === 7, `it acknowledged ${acked} of 7 lines`);
  await peer.endsWith(0);
}

async function takesTheRestAfterKill(bench: Bench): Promise<void> {
  const count = 500;
  const place = 1 + Math.floor(bench.world.random.next() * (count / 2));
  const acked = await ackedBeforeKill(bench, place, count);
  await takes(bench, linesOf(acked + 1, count - acked), count - acked);
}

async function ackedBeforeKill(
  bench: Bench,
  place: number,
  count: number,
): Promise<number> {
  await using peer = await bench.readyAlone(bench.config);
  const sending = peer.send(linesOf(1, count)).catch(() => {});
  const lines = await peer.linesUntil(
    `acknowledge ${place} lines`,
    (line) => Number(recordOf(line)?.ack ?? 0) >= place,
  );
  peer.kill();
  await sending;
  return readAnswer(lines, count).acked;
}

async function passThrough(peer: Peer): Promise<void> {
  const text = "z".repeat(64 * 1024);
  const count = 96 * MIB / text.length;
  const sending = (async () => {
    for (let id = 1; id <= count; id += 16) {
      await peer.send(linesOf(id, 16, text));
    }
    await peer.closeStdin();
  })();
  sending.catch(() => {}); // the reader hears of it too
  let acked = 0;
  for (let line; (line = await peer.line()) !== undefined;) {
    acked = Number(recordOf(line)?.ack ?? acked);
  }
  expect(acked === count, `it acknowledged ${acked} of ${count} lines`);
}
