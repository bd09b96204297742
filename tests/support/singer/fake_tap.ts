/**
 * A tap whose every move is said in its config: for what a real one does rarely.
 *
 * Without steps it writes `count` records of the stream `orders`, with a state
 * after each `stateEvery`, and goes on from there.
 *
 * @module
 */

const encoder = new TextEncoder();

/** What it does, in order. */
type Step =
  | { say: unknown }
  | { raw: string }
  | { log: string }
  | { exit: number }
  | { waitMs: number }
  | { append: string; text: string }
  | { writeConfig: Record<string, unknown> };

interface Config {
  help?: string;
  catalog?: unknown;
  discoverExit?: number;
  steps?: Step[];
  count?: number;
  stateEvery?: number;
  padding?: number;
  /** On SIGTERM: a last state and status 0, as Meltano's SDK does. */
  isGraceful?: boolean;
}

const HELP = "--config --state --catalog --discover";

function flag(name: string): string | undefined {
  const at = Deno.args.indexOf(name);
  return at < 0 ? undefined : Deno.args[at + 1];
}

function read<T>(name: string): T | undefined {
  const path = flag(name);
  return path === undefined
    ? undefined
    : JSON.parse(Deno.readTextFileSync(path));
}

function write(text: string): void {
  const bytes = encoder.encode(text);
  try {
    for (let sent = 0; sent < bytes.length;) {
      sent += Deno.stdout.writeSync(bytes.subarray(sent));
    }
  } catch {
    Deno.exit(1); // nobody reads any more
  }
}

const say = (message: unknown) => write(`${JSON.stringify(message)}\n`);

async function play(steps: readonly Step[]): Promise<void> {
  for (const step of steps) {
    if ("say" in step) say(step.say);
    else if ("raw" in step) write(step.raw);
    else if ("log" in step) console.error(step.log);
    else if ("exit" in step) Deno.exit(step.exit);
    else if ("waitMs" in step) {
      await new Promise((resolve) => setTimeout(resolve, step.waitMs));
    } else if ("append" in step) {
      // What it was started with, for the test to look at.
      const text = step.text.replaceAll("{args}", JSON.stringify(Deno.args))
        .replaceAll("{state}", JSON.stringify(read("--state") ?? null))
        .replaceAll("{catalog}", JSON.stringify(read("--catalog") ?? null))
        .replaceAll(
          "{properties}",
          JSON.stringify(read("--properties") ?? null),
        )
        .replaceAll("{config}", JSON.stringify(read("--config") ?? null));
      Deno.writeTextFileSync(step.append, `${text}\n`, { append: true });
    } else {
      const path = flag("--config")!;
      Deno.writeTextFileSync(path, JSON.stringify(step.writeConfig));
    }
  }
}

interface State {
  bookmarks: { orders: { n: number } };
}

async function count(config: Config): Promise<void> {
  const { count = 0, stateEvery = 100, padding = 0 } = config;
  const state = read<State>("--state");
  let n = state?.bookmarks.orders.n ?? 0;
  const bookmark = () => ({ bookmarks: { orders: { n } } });
  if (state !== undefined) say({ type: "STATE", value: state });
  if (config.isGraceful) {
    Deno.addSignalListener("SIGTERM", () => {
      say({ type: "STATE", value: bookmark() });
      Deno.exit(0);
    });
  }
  say({
    type: "SCHEMA",
    stream: "orders",
    schema: { type: "object", properties: { n: { type: "integer" } } },
    key_properties: ["n"],
  });
  const text = padding > 0 ? { text: "x".repeat(padding) } : {};
  while (n < count) {
    n++;
    say({ type: "RECORD", stream: "orders", record: { n, ...text } });
    if (n % stateEvery !== 0) continue;
    say({ type: "STATE", value: bookmark() });
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  say({ type: "STATE", value: bookmark() });
}

if (import.meta.main) {
  const config = read<Config>("--config") ?? {};
  if (Deno.args.includes("--help")) write(`${config.help ?? HELP}\n`);
  else if (Deno.args.includes("--discover")) {
    const properties = { n: { type: "integer" } };
    const schema = { type: "object", properties };
    const stream = { tap_stream_id: "orders", stream: "orders", schema };
    write(JSON.stringify(config.catalog ?? { streams: [stream] }));
    Deno.exit(config.discoverExit ?? 0);
  } else if (config.steps !== undefined) await play(config.steps);
  else await count(config);
}
