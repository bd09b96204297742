/**
 * The names of a CommonJS package that has a file of its own in a split bundle.
 *
 * The bundler ends such a file with `export default a();`, so that
 * `const { parse } = await import("…")` would find nothing: which names there are
 * is known only when the package runs. So it is run once, here.
 *
 * @module
 */

import { pathToFileURL } from "node:url";

const ONLY_DEFAULT = /export default ([\w$]+\(\));/;

/** Adds the names to a file that exports a package as its default alone. */
export async function restoreNames(path: string): Promise<void> {
  const code = await Deno.readTextFile(path);
  const made = ONLY_DEFAULT.exec(code)?.[1];
  if (made === undefined) return;
  const { default: exported } = await import(pathToFileURL(path).href);
  await Deno.writeTextFile(path, withNames(code, made, namesOf(exported)));
}

function namesOf(exported: unknown): readonly string[] {
  const isThing = typeof exported === "object" ||
    typeof exported === "function";
  if (!isThing || exported === null) return [];
  return Object.keys(exported)
    .filter((name) => /^[A-Za-z_$][\w$]*$/.test(name) && name !== "default");
}

/**
 * @param made What makes the package: "a()".
 *
 * @example
 * ```ts
 * withNames("export default a();", "a()", ["parse"]);
 * // const dstream$=a();export default dstream$;
 * // const{parse:dstream$0}=dstream$;export{dstream$0 as parse};
 * ```
 */
export function withNames(
  code: string,
  made: string,
  names: readonly string[],
): string {
  const taken = names.map((name, n) => `${name}:dstream$${n}`).join(",");
  const given = names.map((name, n) => `dstream$${n} as ${name}`).join(",");
  return code.replace(
    `export default ${made};`,
    () =>
      `const dstream$=${made};export default dstream$;` +
      `const{${taken}}=dstream$;export{${given}};`,
  );
}
