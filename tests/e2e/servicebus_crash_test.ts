/**
 * Providers of Service Bus killed with SIGKILL under the real CLI: nothing is lost,
 * order holds, and what comes twice has one message id.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { livingPid, tryKill } from "../crash/processes.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { randomFrom } from "../support/random.ts";
import type { Queue } from "../support/servicebus/queue.ts";
import { message } from "../support/servicebus/rhea.ts";
import { Server } from "../support/servicebus/server.ts";
import { bodyText } from "../support/servicebus_output.ts";
import { TempFolder } from "../support/temp_folder.ts";
import { startDstream } from "./support/program.ts";

const COUNT = 10_000;
const KILLS = 4;
const SESSIONS = 8;
const LOCK_MS = 1500;
const LIMIT_MS = 400_000;

type Side = "input" | "output";

/** One arrival: which message of which session, and the id it had. */
interface Arrival {
  readonly session: string;
  readonly n: number;
  readonly id: string;
}

/**
 * Runs a task and kills its sides in turn, each time a while after progress. When
 * all is through, one that does not end by itself is stopped.
 */
async function runAndKill(
  server: Server,
  task: string,
  sides: readonly Side[],
  progress: () => number,
  { stops = false } = {},
): Promise<string> {
  await using folder = await TempFolder.make({
    "dstream.hcl": `task "t" {
      restart {
        max_restarts  = 100
        initial_delay = "50ms"
        max_delay     = "100ms"
      }
      ${task}
    }`,
  });
  const args = ["run", "t", "-l", "debug", "-f", "json"];
  await using run = startDstream(args, {
    cwd: folder.path,
    env: { SB: server.connectionString },
    timeoutMs: LIMIT_MS,
  });
  await run.closeStdin();
  const seed = Date.now() % 1_000_000;
  const random = randomFrom(seed);
  let isOver = false;
  run.finished.finally(() => isOver = true).catch(() => {});
  // One that was never ready is not started again.
  await run.waitFor(/"source":"input [^"]+","message":"ready"/, "stderr");
  for (let kill = 0, reached = 0; kill < KILLS && !isOver; kill++) {
    // Two deaths at one place would be taken for the fault of an envelope.
    while (!isOver && progress() <= reached) await pause(10);
    await pause(random() * 500);
    reached = progress();
    const pid = livingPid(run.stderr, sides[kill % sides.length]);
    if (pid !== undefined) tryKill(pid);
  }
  while (!isOver && progress() < COUNT) await pause(10);
  if (stops && !isOver) run.kill("SIGINT");
  const { code, stderr } = await run.finished;
  const said = `seed ${seed}, ${progress()} through: ${stderr.slice(-2000)}`;
  assertEquals(code, stops ? 130 : 0, said);
  const killed = stderr.match(/"signal":"SIGKILL"/g)?.length ?? 0;
  assert.ok(killed >= 2, `seed ${seed}: only ${killed} were killed`);
  return await folder.read("out.jsonl").catch(() => "");
}

/** Every message is there, in order, and each has one id. */
function check(arrivals: readonly Arrival[], count: number): void {
  const ids = new Map<string, string>();
  const next = new Map<string, number>();
  for (const { session, n, id } of arrivals) {
    const key = `${session} ${n}`;
    assertEquals(ids.get(key) ?? id, id, `two ids of ${key}`);
    ids.set(key, id);
    // A repeat steps back; nothing is passed over.
    const expected = next.get(session) ?? 0;
    assert.ok(n <= expected, `${key} came instead of ${expected}`);
    next.set(session, Math.max(expected, n + 1));
  }
  assertEquals(ids.size, count);
  assertEquals(new Set(ids.values()).size, count);
}

function fill(queue: Queue, count: number, sessions: number): void {
  for (let i = 0; i < count; i++) {
    const session = `s${i % sessions}`;
    const n = Math.floor(i / sessions);
    const text = JSON.stringify({ session, n, pad: "x".repeat(300) });
    const body = message.data_section(Buffer.from(text));
    const group_id = queue.options.requiresSession ? session : undefined;
    queue.put({ body, group_id, message_id: `${session}-${n}` }, Date.now());
  }
}

Deno.test("the output is killed: all arrives, repeats have their ids", async () => {
  await using server = await Server.start();
  const queue = server.entities.addQueue("orders");
  await runAndKill(
    server,
    `input {
      provider = "generate"
      config {
        count = ${COUNT}
        rate  = 4000
      }
    }
    output {
      provider = "servicebus"
      config {
        connection_string = env("SB")
        queue             = "orders"
      }
    }`,
    ["output"],
    () => queue.size,
  );
  const arrivals = queue.messages.map(({ message }) => {
    const { id } = JSON.parse(bodyText(message));
    return { session: "", n: id - 1, id: message.message_id };
  });
  check(arrivals, COUNT);
});

Deno.test("the input is killed: all arrives, repeats have their ids", async () => {
  await using server = await Server.start();
  const queue = server.entities.addQueue("orders", {
    lockMs: LOCK_MS,
    maxDeliveryCount: 100,
  });
  fill(queue, COUNT, 1);
  const text = await runAndKill(
    server,
    `input {
      provider = "servicebus"
      config {
        connection_string = env("SB")
        queue             = "orders"
        max_unsettled     = 200
      }
    }
    output {
      provider = "file"
      config {
        path   = "out.jsonl"
        format = "envelopes"
      }
    }`,
    ["input"],
    () => COUNT - queue.size,
    { stops: true },
  );
  const lines = text.trimEnd().split("\n").map((line) => JSON.parse(line));
  const ids = new Map<number, string>();
  for (const { data, metadata } of lines) {
    const { message_id } = metadata.servicebus;
    assertEquals(ids.get(data.n) ?? message_id, message_id);
    ids.set(data.n, message_id);
  }
  // What was locked by the one that died comes behind the others.
  assertEquals(ids.size, COUNT);
  assertEquals(queue.size, 0);
});

Deno.test("both are killed on the way from sessions to sessions", async () => {
  await using server = await Server.start();
  const options = {
    requiresSession: true,
    lockMs: LOCK_MS,
    maxDeliveryCount: 100,
  };
  const from = server.entities.addQueue("from", options);
  const to = server.entities.addQueue("to", options);
  fill(from, COUNT, SESSIONS);
  await runAndKill(
    server,
    `input {
      provider = "servicebus"
      config {
        connection_string       = env("SB")
        queue                   = "from"
        max_concurrent_sessions = 4
        session_idle_timeout    = "500ms"
      }
    }
    output {
      provider = "servicebus"
      config {
        connection_string = env("SB")
        queue             = "to"
      }
    }`,
    ["input", "output"],
    () => COUNT - from.size,
    { stops: true },
  );
  const arrivals = to.messages.map(({ message }) => {
    const { session, n } = JSON.parse(bodyText(message));
    assertEquals(message.group_id, session);
    return { session, n, id: message.message_id };
  });
  check(arrivals, COUNT);
  assertEquals(from.size, 0);
});

function pause(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs));
}
