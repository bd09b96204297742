/**
 * Damaged configurations: whatever is wrong with a file, loading it ends, with
 * problems whose places are in it and without giving away a secret.
 *
 * `COUNT=100000 SEED=1 deno test -A tests/config/load_fuzz_test.ts` tries more.
 *
 * @module
 */

import { load } from "../../core/config/load.ts";
import { type Diagnostic, DiagnosticsError } from "../../core/base/errors.ts";
import { assert } from "../support/assert.ts";
import { damageFile } from "./damage.ts";
import { listCases, readTexts } from "./golden_case.ts";
import { Random } from "./random.ts";

const COUNT = Number(Deno.env.get("COUNT") ?? 600);
const SEED = Number(Deno.env.get("SEED") ?? 1);
/** Far beyond what such a file takes, even on a busy machine. */
const MAX_LOAD_MS = 20_000;
const SECRET = 'p4ss"w0rd${x}\\end';

const PIECES = [
  '{{ env "PW" }}',
  '"{{ env "PW" }}"',
  '{{ env "PW" | upper }}',
  'env("PW")',
  'sensitive("p4ss")',
  'tonumber(env("PW"))',
  '{{ if env "PW" }}',
  "{{ range until 3 }}",
  "{{ else }}",
  "{{ end }}",
  "{{",
  "}}",
  "{{- ",
  " -}}",
  "{{/*",
  "local.",
  "var.x",
  'task "t" {\n',
  "config {\n",
  "}\n",
  "<<EOT\n",
];

/** Good and bad files, the seeds of the damaged ones. */
function originals(): string[] {
  return ["good/", "bad/"].flatMap((name) => {
    const folder = new URL(name, import.meta.url);
    return listCases(folder)
      .filter((one) => one.endsWith(".hcl"))
      .map((one) => [...readTexts(folder, one).values()][0])
      .filter((text) => text.length < 4000);
  });
}

function makeFile(seed: number, texts: readonly string[]): string {
  const random = new Random(seed);
  let text = damageFile(random.pick(texts), random);
  for (let more = random.below(4); more > 0; more--) {
    const at = random.below(text.length + 1);
    text = text.slice(0, at) + random.pick(PIECES) + text.slice(at);
  }
  return text;
}

/** What is wrong with the way a problem is told, if anything. */
function fault({ at, message, hint }: Diagnostic, text: string) {
  const said = `${message} ${hint ?? ""}`;
  if (said.includes('p4ss"w0rd') || said.includes('P4SS"W0RD')) return "leak";
  if (/\bundefined\b|\[object|NaN/.test(said.replace(/"[^"]*"/g, ""))) {
    return "unfinished";
  }
  if (at === undefined || !at.file.endsWith("dstream.hcl")) return undefined;
  const line = text.split("\n")[at.line - 1];
  if (line === undefined) return "a line beyond the file";
  const length = [...line].length;
  const isInside = at.column >= 1 && at.column <= length + 1 &&
    at.width >= 1 && at.column + at.width <= Math.max(length, at.column) + 1;
  return isInside ? undefined : `a place outside of the line ${at.line}`;
}

Deno.test(`loading ${COUNT} damaged files ends with problems that make sense`, async () => {
  const folder = await Deno.makeTempDir({ prefix: "dstream-fuzz-" });
  const path = `${folder}/dstream.hcl`;
  const texts = originals();
  const env = { PW: SECRET, X: "x" };
  try {
    for (let seed = SEED; seed < SEED + COUNT; seed++) {
      const text = makeFile(seed, texts);
      await Deno.writeTextFile(path, text);
      const from = performance.now();
      const found = await load({
        path: "dstream.hcl",
        workingFolder: folder,
        env,
        wallMs: () => 0,
      }).then(() => [], (error) => {
        if (error instanceof DiagnosticsError) return error.diagnostics;
        throw new Error(`seed ${seed}`, { cause: error });
      });
      const tookMs = performance.now() - from;
      assert(tookMs < MAX_LOAD_MS, `seed ${seed} took ${tookMs} ms`);
      for (const one of found) {
        const wrong = fault(
          one,
          text.replaceAll("\r\n", "\n").replace(/^\ufeff/, ""),
        );
        assert(!wrong, `seed ${seed}: ${wrong}: ${JSON.stringify(one)}`);
      }
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
