/**
 * Loads every HCL block of the pages, so that what they show is right.
 *
 * A block that begins with `input`, `output`, `config` and the like is put into a
 * task first; one with `in=config` into a config block. `env=A,B` sets variables.
 * `skip=why` leaves one out. A `json` block right behind says what the config becomes.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { assert, assertEquals } from "../support/assert.ts";
import { loadText } from "../support/load_text.ts";
import { type Block, readBlocks } from "./markdown.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const INPUT = 'input {\n  provider = "counter"\n}\n';
const OUTPUT = 'output {\n  provider = "console"\n}\n';

function listPages(): string[] {
  const docs = [...Deno.readDirSync(`${ROOT}docs`)]
    .filter(({ name }) => name.endsWith(".md"))
    .map(({ name }) => `docs/${name}`);
  return ["README.md", ...docs.sort()];
}

/** A block as a whole configuration. */
function wrap({ text, options }: Block): string {
  const inside = options.get("in") ?? guess(text);
  switch (inside) {
    case "config":
      return wrapTask(
        `${OUTPUT}input {\n  provider = "x"\n  config {\n${text}}\n}\n`,
      );
    case "input":
      return wrapTask(`${OUTPUT}input {\n  provider = "x"\n${text}}\n`);
    case "task":
      return wrapTask(text);
    default:
      return text;
  }
}

function wrapTask(inside: string): string {
  const input = /^input/m.test(inside) ? "" : INPUT;
  const output = /^output/m.test(inside) ? "" : OUTPUT;
  return `task "t" {\n${inside}${input}${output}}\n`;
}

function guess(text: string): string {
  const [, word = ""] = /^(?:#.*\n|\s)*(\w+)/.exec(text) ?? [];
  if (word === "config") return "input";
  const inTask = [
    "input",
    "output",
    "dead_letter",
    "delivery",
    "restart",
    "state",
    "transform",
  ];
  return inTask.includes(word) ? "task" : "root";
}

/** The config of the only input. */
async function load(block: Block): Promise<unknown> {
  const names = options(block, "env");
  const env = Object.fromEntries(names.map((name) => [name, "value"]));
  const wallMs = () => Date.UTC(2026, 2, 14, 12);
  const files = {
    "dstream.hcl": wrap(block),
    "key.pem": "secret",
    "acme.pub": "a public key",
    "trusted_root.json": "{}",
  };
  const { tasks } = await loadText(files, { env, wallMs });
  const [task] = tasks.values();
  return task && JSON.parse(task.inputs[0]?.config.json() ?? "{}");
}

function options(block: Block, name: string): string[] {
  return block.options.get(name)?.split(",") ?? [];
}

/** Shown because it is wrong. */
function isWrong(block: Block): boolean {
  return block.options.get("file")?.startsWith("wrong") ?? false;
}

for (const page of listPages()) {
  const blocks = readBlocks(await Deno.readTextFile(`${ROOT}${page}`));
  const hcl = blocks.filter(({ language, options }) =>
    language === "hcl" && !options.has("skip") &&
    // Those are no configuration: docs_test.ts runs them.
    !options.get("file")?.endsWith(".dstream-test.hcl")
  );
  Deno.test({
    name: `${page} shows HCL that loads`,
    ignore: hcl.length === 0,
    async fn(t) {
      for (const block of hcl) {
        await t.step(`line ${block.line}`, async () => {
          if (isWrong(block)) return void await assert.rejects(load(block));
          const config = await load(block);
          const next = blocks[blocks.indexOf(block) + 1];
          const isExpectation = next?.language === "json" && next.followsBlock;
          if (isExpectation) assertEquals(config, JSON.parse(next.text));
        });
      }
    },
  });
}
