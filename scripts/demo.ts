/**
 * Runs the two example pipelines as a user would and checks what they moved.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const SOURCE = new URL("../examples/orders/orders.jsonl", import.meta.url);
const COPY = new URL("../examples/orders/out/orders.jsonl", import.meta.url);
/** The places the inputs of the last demo had reached. */
const STATES = [
  new URL("../examples/quickstart/.dstream/", import.meta.url),
  new URL("../examples/orders/.dstream/", import.meta.url),
];

async function demo(): Promise<void> {
  for (const left of [COPY, ...STATES]) await removeIfThere(left);

  say("1. A counter on the console");
  await dstream("run", "my-pipeline", "-c", "examples/quickstart");

  say("");
  say("2. Orders from one file to another");
  await dstream("run", "copy-orders", "-c", "examples/orders");
  await compare();
}

/** Shows the command, runs it on this terminal and insists on success. */
async function dstream(...args: string[]): Promise<void> {
  say(`$ dstream ${args.join(" ")}`);
  const { code } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", "main.ts", ...args],
    cwd: ROOT,
    stdin: "inherit",
    stdout: "inherit",
    stderr: "inherit",
  }).output();
  if (code !== 0) fail(`dstream ended with exit status ${code}`);
}

async function compare(): Promise<void> {
  const [source, copy] = [await measure(SOURCE), await measure(COPY)];
  say(`source  ${describe(source)}`);
  say(`copy    ${describe(copy)}`);
  if (describe(source) !== describe(copy)) fail("the copy differs");
  say("✅ The copy is the source, byte for byte");
}

interface Measure {
  readonly lines: number;
  readonly sizeBytes: number;
  readonly sha256: string;
}

async function measure(file: URL): Promise<Measure> {
  const bytes = await Deno.readFile(file);
  let lines = 0;
  for (const byte of bytes) if (byte === 0x0a) lines++;
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  return { lines, sizeBytes: bytes.length, sha256 };
}

function describe({ lines, sizeBytes, sha256 }: Measure): string {
  return `${lines} records, ${sizeBytes} bytes, sha256 ${sha256.slice(0, 16)}…`;
}

async function removeIfThere(place: URL): Promise<void> {
  try {
    await Deno.remove(place, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

function say(text: string): void {
  console.log(text);
}

function fail(reason: string): never {
  console.error(`❌ ${reason}`);
  Deno.exit(1);
}

if (import.meta.main) await demo();
