import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { assert, assertEquals } from "../support/assert.ts";

const MAIN = fileURLToPath(new URL("../../main.ts", import.meta.url));

/** Loaded into the process before it begins: a bug that waits for its moment. */
const BUG = `
const timer = setInterval(() => {
  try {
    Deno.statSync(Deno.env.get("BUG_NOW"));
  } catch {
    return;
  }
  clearInterval(timer);
  Promise.reject(new Error("nobody caught this"));
}, 20);
Deno.unrefTimer(timer);
`;

async function waitForLines(path: string): Promise<void> {
  for (let left = 3_000; left > 0; left--) {
    const text = await Deno.readTextFile(path).catch(() => "");
    if (text.includes("\n")) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error("nothing arrived");
}

Deno.test("a rejection that nobody caught drains the run, reports, and ends with status 1", async () => {
  const folder = await Deno.makeTempDir({ prefix: "dstream-bug-" });
  try {
    await Deno.writeTextFile(join(folder, "bug.ts"), BUG);
    await Deno.writeTextFile(
      join(folder, "dstream.hcl"),
      `task "t" {
  input {
    provider = "counter"
    config {
      interval = 10
    }
  }
  output {
    provider = "file"
    config {
      path = "out.jsonl"
    }
  }
}
`,
    );
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", "--quiet"]
        .concat("--preload", join(folder, "bug.ts"), MAIN)
        .concat("run", "t", "--report", "report.json"),
      cwd: folder,
      env: { BUG_NOW: join(folder, "now") },
      stdout: "null",
      stderr: "piped",
    }).spawn();
    const told = new Response(child.stderr).text();
    const arrived = waitForLines(join(folder, "out.jsonl"));
    await Promise.race([arrived, child.status]);
    await Deno.writeTextFile(join(folder, "now"), "");
    const { code } = await child.status;
    const stderr = await told;
    assertEquals(code, 1, stderr);
    assert(
      stderr.includes("error[internal.unexpected]: Error: nobody caught this"),
      stderr,
    );
    assert(!stderr.includes("    at "), stderr);
    const report = JSON.parse(
      await Deno.readTextFile(join(folder, "report.json")),
    );
    const lines = (await Deno.readTextFile(join(folder, "out.jsonl")))
      .split("\n").length - 1;
    assertEquals(report.tasks[0].counters.acknowledged, lines);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
