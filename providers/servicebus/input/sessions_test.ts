import { Buffer } from "node:buffer";
import type { JsonObject } from "@dstream/sdk";
import { assert, assertEquals } from "../../../tests/support/assert.ts";
import { randomFrom } from "../../../tests/support/random.ts";
import type { Queue } from "../../../tests/support/servicebus/queue.ts";
import { message } from "../../../tests/support/servicebus/rhea.ts";
import { Server } from "../../../tests/support/servicebus/server.ts";
import {
  InputUnderTest,
  testInOneProcess,
  until,
} from "../../../tests/support/servicebus_output.ts";

const SESSIONS = 12;

/** Numbers per session, mixed. */
function fill(queue: Queue, count: number): void {
  const random = randomFrom(7);
  const next = new Map<string, number>();
  for (let n = 0; n < count; n++) {
    const group_id = `s${Math.floor(random() * SESSIONS)}`;
    const place = next.get(group_id) ?? 0;
    next.set(group_id, place + 1);
    const body = message.data_section(Buffer.from(String(place)));
    queue.put({ body, group_id, message_id: `${group_id}-${place}` }, 0);
  }
}

/** What came, by session. */
class Seen {
  readonly bySession = new Map<string, number[]>();

  add(envelopes: readonly { data: unknown; metadata: JsonObject }[]): void {
    for (const { data, metadata } of envelopes) {
      const { session_id } = metadata.servicebus as JsonObject;
      const list = this.bySession.get(session_id as string) ?? [];
      this.bySession.set(session_id as string, list);
      list.push(data as number);
    }
  }

  /** Each is the next, or one that was there and comes again. */
  assertInOrder(): number {
    let total = 0;
    for (const [session, list] of this.bySession) {
      let next = 0;
      for (const n of list) {
        assert.ok(n <= next, `${session}: ${n} after ${next - 1}`);
        next = Math.max(next, n + 1);
      }
      total += next;
    }
    return total;
  }
}

testInOneProcess(
  "sessions are received from at once, each in order",
  async () => {
    await using server = await Server.start();
    const queue = server.entities.addQueue("in", { requiresSession: true });
    fill(queue, 2000);
    await using input = await InputUnderTest.open(server, {
      queue: "in",
      max_concurrent_sessions: 3,
      session_idle_timeout: 300,
    });
    const seen = new Seen();
    let most = 0;
    for (let taken = 0; taken < 2000;) {
      const some = await input.take(50);
      taken += some.length;
      seen.add(some);
      most = Math.max(most, queue.sessionLocks.size);
      await input.deliver();
    }
    assertEquals(seen.assertInOrder(), 2000);
    assertEquals(seen.bySession.size, SESSIONS);
    assert.ok(most > 1 && most <= 3, String(most));
    await until(() => queue.size === 0, "all are completed");
  },
);

testInOneProcess(
  "a session that never ends leaves its place to others",
  async () => {
    await using server = await Server.start();
    const queue = server.entities.addQueue("in", { requiresSession: true });
    const put = (group_id: string, n: number) => {
      const body = message.data_section(Buffer.from(String(n)));
      queue.put({ body, group_id, message_id: `${group_id}-${n}` }, Date.now());
    };
    let n = 0;
    const busy = setInterval(() => put("busy", n++), 5);
    try {
      put("busy", n++);
      await using input = await InputUnderTest.open(server, {
        queue: "in",
        max_concurrent_sessions: 1,
        session_turn: 200,
      });
      await input.take(1);
      put("other", 0);
      const seen = new Seen();
      while (!seen.bySession.has("other")) {
        seen.add(await input.take(1));
        await input.deliver();
      }
    } finally {
      clearInterval(busy);
    }
  },
);

testInOneProcess(
  "a session's lock is renewed as long as an output needs",
  async () => {
    await using server = await Server.start();
    const queue = server.entities.addQueue("in", {
      requiresSession: true,
      lockMs: 600,
    });
    fill(queue, 5);
    await using input = await InputUnderTest.open(server, { queue: "in" });
    await input.take(5);
    const ends = () => [...queue.sessionLocks.values()].map((l) => l.untilMs);
    const longAfterMs = Math.max(...ends()) + 3 * 600;
    await until(
      () => ends().every((untilMs) => untilMs > longAfterMs),
      "each session is renewed again and again",
    );
    assertEquals(queue.lockedCount, 5);
    await input.deliver();
    await until(() => queue.size === 0, "all are completed");
    assertEquals(input.log.warnings, []);
  },
);

// The client leaves timers behind where a connection breaks.
testInOneProcess({
  name: "the sessions of a receiver that died go to another, in order",
  sanitizeOps: false,
  fn: async () => {
    await using server = await Server.start();
    const queue = server.entities.addQueue("in", {
      requiresSession: true,
      lockMs: 2000,
    });
    fill(queue, 1000);
    const config = {
      queue: "in",
      session_idle_timeout: 300,
      idle_timeout: 3000,
    };
    const seen = new Seen();
    const dying = await InputUnderTest.open(server, config);
    seen.add(await dying.take(100));
    await dying.deliver();
    seen.add(await dying.take(100)); // these were not confirmed
    server.dropConnections();
    await dying[Symbol.asyncDispose]();
    await using other = await InputUnderTest.open(server, config);
    while (queue.size > 0) {
      seen.add(await other.takeSome());
      await other.deliver();
    }
    assertEquals(seen.assertInOrder(), 1000);
  },
});

testInOneProcess(
  "two inputs share the sessions, and neither has the other's",
  async () => {
    await using server = await Server.start();
    const queue = server.entities.addQueue("in", { requiresSession: true });
    fill(queue, 600);
    const config = {
      queue: "in",
      max_concurrent_sessions: 4,
      session_idle_timeout: 300,
      idle_timeout: 2000,
    };
    const seen = new Seen();
    const receive = async () => {
      await using input = await InputUnderTest.open(server, config);
      for (let some; (some = await input.takeSome()).length > 0;) {
        seen.add(some);
        await input.deliver();
      }
      await input.end();
    };
    await Promise.all([receive(), receive()]);
    assertEquals(seen.assertInOrder(), 600);
    const all = [...seen.bySession.values()].flat();
    assertEquals(all.length, 600); // no repeats without a reason
  },
);

testInOneProcess(
  "sessions are found out, and what doesn't fit is said",
  async (t) => {
    await t.step("off, on a queue that has them", async () => {
      await using server = await Server.start();
      fill(server.entities.addQueue("in", { requiresSession: true }), 1);
      await using input = await InputUnderTest.open(server, {
        queue: "in",
        sessions: "off",
      });
      await assert.rejects(() => input.take(1), /in has sessions/);
    });
    await t.step("on, on a queue that has none", async () => {
      await using server = await Server.start();
      fill(server.entities.addQueue("in"), 1);
      await using input = await InputUnderTest.open(server, {
        queue: "in",
        sessions: "on",
      });
      await assert.rejects(() => input.take(1), /in has no sessions/);
    });
  },
);

testInOneProcess(
  "sessions asked for where there are none is one clear final error",
  async () => {
    await using server = await Server.start();
    server.entities.addQueue("orders");
    await using input = await InputUnderTest.open(server, {
      queue: "orders",
      sessions: "on",
    });
    const failure = await input.takeSome().catch((error) => error);
    assertEquals(failure.name, "ConfigError");
    assert.match(failure.message, /orders has no sessions/);
  },
);
