/**
 * One question to another program: start it, say something, hear all it says.
 *
 * @module
 */

import type { Child, Clock } from "./mod.ts";

/** What is said to a program, and what bounds its answer. */
export interface Question {
  /** Written to its stdin, which is closed then; nothing when left out. */
  readonly input?: string;
  /** It is killed then, and what it has said by then is the answer. */
  readonly timeoutMs: number;
  /** In characters. What a program says beyond is read and thrown away. */
  readonly maxOutput: number;
}

/** What a program answered. */
export interface Answer {
  /** Its exit status. */
  readonly code: number;
  /** What it wrote to stdout, as text. */
  readonly output: string;
}

/**
 * The answer of a program that was just started. It has ended when this returns;
 * what it wrote to stderr is dropped.
 */
export async function ask(
  child: Child,
  { input, timeoutMs, maxOutput }: Question,
  clock: Clock,
): Promise<Answer> {
  const over = new AbortController();
  void clock.sleep(timeoutMs, over.signal).then(() => child.kill())
    .catch(() => {});
  try {
    await tell(child, input);
    const [output, , { code }] = await Promise.all([
      readText(child.stdout, maxOutput),
      readText(child.stderr, 0),
      child.status,
    ]);
    return { code, output };
  } finally {
    over.abort();
  }
}

/** A program that does not listen may still answer. */
async function tell(child: Child, input: string | undefined): Promise<void> {
  const writer = child.stdin.getWriter();
  if (input !== undefined) {
    await writer.write(new TextEncoder().encode(input)).catch(() => {});
  }
  await writer.close().catch(() => {});
}

/** All is read, so that the program is never stuck on a full pipe. */
async function readText(
  stream: ReadableStream<Uint8Array>,
  maxLength: number,
): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const part of stream) {
    if (text.length < maxLength) text += decoder.decode(part, { stream: true });
  }
  return text;
}
