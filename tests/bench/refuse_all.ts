/**
 * An output of version 2 that refuses whatever it gets, a chunk at a time, so that
 * what is measured is where the refused envelopes go.
 *
 * @module
 */

const encoder = new TextEncoder();
const LINE_FEED = 10;

async function say(text: string): Promise<void> {
  let rest = encoder.encode(text);
  while (rest.length > 0) rest = rest.subarray(await Deno.stdout.write(rest));
}

function linesIn(chunk: Uint8Array): number {
  let lines = 0;
  let at = chunk.indexOf(LINE_FEED);
  for (; at >= 0; at = chunk.indexOf(LINE_FEED, at + 1)) lines++;
  return lines;
}

function refuse(seq: number): string {
  const reject = { seq, reason: "value is out of range", code: "refused" };
  return `\x1e${JSON.stringify({ reject })}\n`;
}

const READY = { status: "ready", protocol: { version: 2, features: ["ack"] } };
let isStarted = false;
let seq = 0;
for await (const chunk of Deno.stdin.readable) {
  let lines = linesIn(chunk);
  if (!isStarted && lines > 0) {
    await say(JSON.stringify(READY) + "\n");
    isStarted = true;
    lines--;
  }
  const said = Array.from({ length: lines }, () => refuse(++seq)).join("");
  if (lines > 0) await say(`${said}\x1e${JSON.stringify({ ack: seq })}\n`);
}
