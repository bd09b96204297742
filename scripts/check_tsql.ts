/**
 * Has every T-SQL statement of the SQL Server input and output parsed by a parser from elsewhere.
 *
 * The tests' server answers statements by their text, so it would also answer one
 * that SQL Server refuses; this is the check against that. scripts/check_tsql.py asks
 * the parser, sqlglot, which `deno task setup sqlglot` brings. A parser isn't SQL
 * Server: it knows the grammar, but no names and no types.
 *
 * @module
 */

import { join } from "node:path";
import { samples as ofInput } from "../providers/mssql/input/statements/mod.ts";
import { samples as ofOutput } from "../providers/mssql/output/samples.ts";
import { pythonOf, ROOT } from "./setup/folders.ts";
import { isFile } from "./setup/programs.ts";

if (import.meta.main) Deno.exit(await checkStatements());

/** @returns The exit code: 0 when all statements were read. */
async function checkStatements(): Promise<number> {
  const python = pythonOf("sqlglot");
  if (!isFile(python)) {
    console.error('needs sqlglot: run "deno task setup sqlglot"');
    return 1;
  }
  const checking = new Deno.Command(python, {
    args: [join(ROOT, "scripts", "check_tsql.py")],
    stdin: "piped",
  }).spawn();
  const writer = checking.stdin.getWriter();
  await writer.write(new TextEncoder().encode(toLines()));
  await writer.close();
  return (await checking.status).code;
}

function toLines(): string {
  return [...ofInput, ...ofOutput].map(({ name, sql, parameters }) =>
    JSON.stringify({
      name,
      sql,
      parameters: parameters.map((parameter) => parameter.name),
    })
  ).join("\n");
}
