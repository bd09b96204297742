import { assert, assertEquals } from "../support/assert.ts";
import { TempFolder } from "../support/temp_folder.ts";
import { dstream } from "./support/program.ts";

const COUNT = 1000;
const TASK = `task "t" {
  input {
    provider = "file"
    config {
      path   = "in.jsonl"
      follow = false
    }
  }
  transform {
    validate {
      schema = { properties = { odd = { const = true } } }
    }
  }
  output {
    provider = "file"
    config {
      path = "out.jsonl"
    }
  }
  dead_letter {
    provider = "file"
    config {
      path = "letters.jsonl"
    }
  }
}
`;

Deno.test({
  name:
    "letters that a full disk has no room for end the task, and nothing is lost",
  ignore: Deno.build.os !== "linux", // /dev/full
  fn: async () => {
    const ids = Array.from({ length: COUNT }, (_, id) => id);
    const rows = ids.map((id) => JSON.stringify({ id, odd: id % 2 === 1 }));
    await using folder = await TempFolder.make({
      "dstream.hcl": TASK,
      "in.jsonl": rows.join("\n") + "\n",
    });
    const letters = folder.join("letters.jsonl");
    await Deno.symlink("/dev/full", letters);
    const full = await dstream(["run", "t"], { cwd: folder.path });
    assertEquals(full.code, 1);
    assert.match(full.stderr, /"letters\.jsonl": the disk ".*" is full/);
    assert.match(full.stderr, /dstream\.hcl:23:14/);

    await Deno.remove(letters);
    const again = await dstream(["run", "t"], { cwd: folder.path });
    assertEquals(again.code, 0, again.stderr);
    const idsIn = async (path: string, row: (line: string) => { id: number }) =>
      (await folder.read(path)).trimEnd().split("\n")
        .map((line) => row(line).id);
    const delivered = await idsIn("out.jsonl", (line) => JSON.parse(line));
    const kept = await idsIn("letters.jsonl", (line) => JSON.parse(line).data);
    assertEquals(
      [...new Set([...delivered, ...kept])].sort((a, b) => a - b),
      ids,
    );
    assertEquals(kept.every((id) => id % 2 === 0), true);
  },
});
