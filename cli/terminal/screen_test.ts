import { FakeSink } from "../../tests/cli/fake_cli.ts";
import { assert, assertEquals } from "../../tests/support/assert.ts";
import { Screen } from "./screen.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

function terminal() {
  const stdout = new FakeSink();
  const stderr = new FakeSink();
  stdout.isTerminal = stderr.isTerminal = true;
  return { stdout, stderr, screen: new Screen(stdout, stderr) };
}

Deno.test("the status line goes before a log line and before user output", async () => {
  const { stderr, screen } = terminal();
  screen.status("10/s");
  screen.line("hello");
  screen.status("20/s");
  const writer = screen.userOutput(true).getWriter();
  await writer.write(bytes("data\n"));
  screen.status("30/s");
  screen.clear();
  screen.clear();
  const E = "\r\x1b[K";
  assertEquals(
    stderr.text,
    `${E}10/s${E}hello\n${E}20/s${E}${E}30/s${E}`,
  );
});

Deno.test("no status line is drawn into a line the output has not finished", async () => {
  const { stdout, stderr, screen } = terminal();
  const writer = screen.userOutput(true).getWriter();
  await writer.write(bytes("half"));
  screen.status("10/s");
  assertEquals(stderr.text, "");
  screen.line("a log line begins a line of its own");
  await writer.write(bytes(" more\n"));
  screen.status("20/s");
  assertEquals(
    stderr.text,
    "\na log line begins a line of its own\n\r\x1b[K20/s",
  );
  assertEquals(stdout.text, "half more\n");
});

Deno.test("the status line is cut to the terminal's width", () => {
  const { stderr, screen } = terminal();
  stderr.width = 10;
  screen.status("orders · 1,000 envelopes");
  assertEquals(stderr.text, "\r\x1b[Korders ·…");
});

Deno.test("a pipe gets no status line, and user output byte for byte", async () => {
  const stdout = new FakeSink();
  const stderr = new FakeSink();
  const screen = new Screen(stdout, stderr);
  screen.status("10/s");
  const writer = screen.userOutput(true).getWriter();
  for (const part of ["ha", "lf\r\n", "\x1b[31mred", ""]) {
    await writer.write(bytes(part));
  }
  assertEquals(stdout.text, "half\r\n\x1b[31mred");
  assertEquals(stderr.text, "");
});

Deno.test("two tasks' lines never mix", async () => {
  const stdout = new FakeSink();
  const screen = new Screen(stdout, new FakeSink());
  const [a, b] = [screen.userOutput(false), screen.userOutput(false)]
    .map((stream) => stream.getWriter());
  await a.write(bytes("a1\na"));
  await b.write(bytes("b1"));
  await a.write(bytes("2\n"));
  await b.write(bytes("\nb2"));
  await b.close();
  assertEquals(stdout.text, "a1\na2\nb1\nb2");
});

Deno.test("a line without end is not held for ever", async () => {
  const stdout = new FakeSink();
  const writer = new Screen(stdout, new FakeSink()).userOutput(false)
    .getWriter();
  for (let i = 0; i < 70; i++) await writer.write(bytes("x".repeat(1000)));
  assert(stdout.text.length > 60_000, `${stdout.text.length} written`);
});

Deno.test("a closed stdout breaks the stream, so that the run can stop", async () => {
  const stdout = new FakeSink();
  stdout.isClosed = true;
  const writer = new Screen(stdout, new FakeSink()).userOutput(true)
    .getWriter();
  await assert.rejects(writer.write(bytes("x")), { name: "SinkClosed" });
  writer.closed.catch(() => {});
});
