import { assert } from "../../../../tests/support/assert.ts";

const FOLDER = new URL(".", import.meta.url);
const samples = Deno.readTextFileSync(new URL("samples.ts", FOLDER));

/** The functions of this folder that make a statement. */
function makers(): string[] {
  return [...Deno.readDirSync(FOLDER)]
    .filter(({ name }) => !/_test\.ts$|^sql_text\.ts$/.test(name))
    .map(({ name }) => Deno.readTextFileSync(new URL(name, FOLDER)))
    .flatMap((text) => [
      ...text.matchAll(/^export function (\w+)\([^{]*?\): Statement \{/gm),
    ])
    .map(([, name]) => name);
}

Deno.test("the parser of T-SQL gets every statement there is", () => {
  const all = makers();
  assert.ok(all.length >= 21, String(all));
  const left = all.filter((name) => !samples.includes(`${name}(`));
  assert.deepEqual(left, []);
});
