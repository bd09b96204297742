/**
 * Musts of both roles: the start line and the answer to it.
 *
 * @module
 */

import type { JsonObject } from "../protocol/envelope.ts";
import { rawLine, recordOf, version2Line } from "../sdk/testing/start_lines.ts";
import type { Bench } from "./bench.ts";
import { OFFER } from "./bench.ts";
import { type Check, expect, quote } from "./check.ts";
import { pages } from "./pages.ts";

/** The first check: without it there is no other. */
export const READY = "start.ready";

/** In the order they are tried. */
export const startChecks: readonly Check[] = [
  {
    id: READY,
    level: "must",
    expects:
      'a start line of version 2 is answered with one line {"status":"ready",…} ' +
      "and version 2: without it nothing is streamed",
    page: pages.handshake,
    run: async (bench) => {
      await using peer = bench.start();
      const line = version2Line(bench.config);
      await peer.send(line);
      const { protocol } = await bench.ready(peer, line);
      const { version = 1 } = protocol as JsonObject ?? {};
      expect(version === 2, `it answered with version ${quote(version)}`);
    },
  },
  {
    id: "start.features",
    level: "must",
    expects:
      "it agrees to no version and no feature that was not offered: what the other " +
      "side doesn't know it won't do",
    page: pages.version2,
    run: async (bench) => {
      for (const version of [2, 9]) {
        await using peer = bench.start();
        const offer = { ...OFFER, version, features: ["ack", "state"] };
        const line = version2Line(bench.config, { protocol: offer });
        await peer.send(line);
        const { protocol } = await bench.ready(peer, line);
        const agreed = protocol as JsonObject ?? {};
        expect(
          agreed.version === 2,
          `offered version ${version}, it answered with ${
            quote(agreed.version)
          }`,
        );
        const wrong = [agreed.features ?? []].flat()
          .find((one) => !offer.features.includes(one as string));
        expect(wrong === undefined, `it agreed to ${quote(wrong)}`);
      }
    },
  },
  ...([
    [
      "start.halves",
      "a start line that arrives in two halves is one line: a pipe cuts where it likes",
      (line: string) => [line.slice(0, 30), line.slice(30)],
    ],
    [
      "start.crlf",
      "a start line that ends in CRLF is understood: Windows writes it so",
      (line: string) => [line.replace("\n", "\r\n")],
    ],
    [
      "start.bom",
      "a byte order mark before the start line is passed over: shells of Windows " +
      "write one",
      (line: string) => [`\uFEFF${line}`],
    ],
    [
      "start.unknown_keys",
      "keys of the start line that it doesn't know are ignored: later versions have " +
      "more of them",
      (line: string) => [line.replace("{", '{"no_such_key":{"a":[1]},')],
    ],
  ] as const).map(([id, expects, pieces]): Check => ({
    id,
    level: "must",
    expects,
    page: pages.startLine,
    run: (bench) => startsWith(bench, pieces(version2Line(bench.config))),
  })),
  {
    id: "start.version_1",
    level: "must",
    expects:
      "when nothing is offered it speaks version 1, without control records, and an " +
      "input goes on though its stdin ends; or it refuses: other tools offer nothing",
    page: pages.version2,
    run: oldForm,
  },
  {
    id: "start.raw",
    level: "must",
    expects:
      "a line without `command` is the config alone: it is taken without a handshake, " +
      "so that the provider can be tried by hand",
    page: pages.startLine,
    run: rawForm,
  },
];

async function startsWith(
  bench: Bench,
  pieces: readonly string[],
): Promise<void> {
  await using peer = bench.start();
  for (const piece of pieces) {
    await peer.send(piece);
    // Long enough that it is read alone; if not, the check is only weaker.
    await bench.pause(pieces.length > 1 ? 500 : 0);
  }
  await bench.ready(peer, pieces.join(""));
}

const ENVELOPES = [1, 2, 3].map((id) =>
  `${JSON.stringify({ data: { id }, metadata: {} })}\n`
).join("");

async function oldForm(bench: Bench): Promise<void> {
  const { role } = bench.subject;
  await using peer = bench.start();
  const line = `${JSON.stringify({ command: "run", config: bench.config })}\n`;
  await peer.send(role === "output" ? line + ENVELOPES : line);
  await peer.closeStdin();
  const [first = "", ...lines] = await peer.allLines();
  const answer = first.startsWith("{") ? JSON.parse(first) : {};
  if (answer.status === "error") return await peer.endsWith(1);
  expect(answer.status === "ready", `it answered ${quote(first)}`);
  expect(
    (answer.protocol?.version ?? 1) === 1,
    "it answered with version 2, which was not offered",
  );
  await expectPlain(bench, lines);
  await peer.endsWith(0);
}

async function rawForm(bench: Bench): Promise<void> {
  const { role } = bench.subject;
  await using peer = bench.start();
  const line = rawLine(bench.config);
  await peer.send(role === "output" ? line + ENVELOPES : line);
  await peer.closeStdin();
  const lines = await peer.allLines();
  const isAnswer = /^\{\s*"status"\s*:/.test(lines[0] ?? "");
  expect(!isAnswer, `it answered ${quote(lines[0])}`);
  await expectPlain(bench, lines);
  await peer.endsWith(0);
}

/** No control records, and of an input every envelope. */
async function expectPlain(
  bench: Bench,
  lines: readonly string[],
): Promise<void> {
  const record = lines.find((line) => recordOf(line) !== undefined);
  expect(record === undefined, `it wrote a control record: ${quote(record)}`);
  if (bench.subject.role === "output") return;
  const { envelopes } = await bench.wholeRun();
  expect(
    lines.length === envelopes.length,
    `it sent ${lines.length} envelopes instead of ${envelopes.length}`,
  );
}
