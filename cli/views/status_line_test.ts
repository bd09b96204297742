import { counters } from "../../tests/cli/fake_cli.ts";
import { assert, assertEquals } from "../../tests/support/assert.ts";
import { formatProgress, TaskStatus } from "./status_line.ts";

Deno.test("a task without counters has no status yet", () => {
  assertEquals(new TaskStatus("orders").text(0), undefined);
});

Deno.test("the status says how much, how fast and how far behind", () => {
  const status = new TaskStatus("orders");
  const live = counters({
    readEnvelopes: 0,
    settledEnvelopes: 0,
    readBytes: 0,
  });
  status.watch(live);
  assertEquals(
    status.text(0),
    "orders · 0 envelopes · 0/s · 0 B · 0 in flight",
  );
  live.readEnvelopes = 1500;
  live.settledEnvelopes = 1488;
  live.readBytes = 750_000;
  assertEquals(
    status.text(1000),
    "orders · 1,500 envelopes · 1,500/s · 750 kB · 12 in flight",
  );
  live.isWindowFull = true;
  live.rejectedEnvelopes = 2;
  status.progress = { message: "snapshot dbo.orders", done: 1200, total: 5000 };
  assertEquals(
    status.text(2000),
    "orders · 1,500 envelopes · 750/s · 750 kB · 12 in flight · 2 rejected · " +
      "waiting for the output · snapshot dbo.orders 1,200/5,000 (24 %)",
  );
});

Deno.test("the status says what an output holds back, and what lies in files", () => {
  const status = new TaskStatus("orders");
  status.watch(counters({ readEnvelopes: 0 }));
  assert(!status.text(0)!.includes("held"), status.text(0));
  status.watch({
    ...counters({ readEnvelopes: 0 }),
    heldEnvelopes: 1200,
    spoolBytes: 64_000_000,
  });
  const text = status.text(1000)!;
  assert(text.includes("1,200 held · 64.0 MB spooled"), text);
});

Deno.test("of several outputs the status names those that are slow", () => {
  const cases = [
    [undefined, "waiting for the output"],
    [["archive"], "waiting for archive"],
    [["archive", "search"], "waiting for archive and search"],
  ] as const;
  for (const [waitingFor, expected] of cases) {
    const status = new TaskStatus("orders");
    status.watch(counters({ isWindowFull: true, waitingFor }));
    assert.equal(status.text(0)?.split(" · ").at(-1), expected);
  }
});

Deno.test("the rate forgets what is older than two seconds", () => {
  const status = new TaskStatus("orders");
  const live = counters({ readEnvelopes: 0 });
  status.watch(live);
  for (let atMs = 0; atMs <= 10_000; atMs += 200) {
    live.readEnvelopes = atMs <= 5000 ? atMs : 5000;
    status.text(atMs);
  }
  assertEquals(status.text(10_200)?.split(" · ")[2], "0/s");
});

Deno.test("formatProgress() shows what is known", () => {
  assertEquals(formatProgress({ message: "a\nb" }), "a\\nb");
  assertEquals(formatProgress({ message: "rows", done: 1200 }), "rows 1,200");
  assertEquals(
    formatProgress({ message: "rows", done: 0, total: 0 }),
    "rows 0",
  );
});
