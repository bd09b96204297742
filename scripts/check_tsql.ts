/**
 * Has every T-SQL statement of the SQL Server input parsed by a parser from elsewhere.
 *
 * The tests' server answers statements by their text, so it would also answer one
 * that SQL Server refuses; this is the check against that. The parser, sqlglot, comes
 * from the Python package index into .cache; scripts/check_tsql.py asks it. Needs
 * Python 3 with pip. A parser isn't SQL Server: it knows the grammar, but no names
 * and no types.
 *
 * @module
 */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { samples } from "../providers/mssql/input/statements.ts";

const SQLGLOT_VERSION = "30.30.0";
const ROOT = fileURLToPath(new URL("../", import.meta.url));
const FOLDER = join(ROOT, ".cache", `sqlglot-${SQLGLOT_VERSION}`);

if (import.meta.main) Deno.exit(await checkStatements());

/** @returns The exit code: 0 when all statements were read. */
async function checkStatements(): Promise<number> {
  const python = await findPython();
  if (!await exists(FOLDER)) await install(python);
  const checking = new Deno.Command(python, {
    args: [join(ROOT, "scripts", "check_tsql.py")],
    env: { PYTHONPATH: FOLDER },
    stdin: "piped",
  }).spawn();
  const writer = checking.stdin.getWriter();
  await writer.write(new TextEncoder().encode(toLines()));
  await writer.close();
  return (await checking.status).code;
}

function toLines(): string {
  return samples.map(({ name, sql, parameters }) =>
    JSON.stringify({
      name,
      sql,
      parameters: parameters.map((parameter) => parameter.name),
    })
  ).join("\n");
}

async function findPython(): Promise<string> {
  for (const name of ["python3", "python"]) {
    const command = new Deno.Command(name, {
      args: ["--version"],
      stdout: "null",
      stderr: "null",
    });
    const output = await command.output().catch(() => undefined);
    if (output?.success) return name;
  }
  throw new Error("needs Python 3: neither python3 nor python runs");
}

/** Into a folder beside it first, so that half an installation isn't used. */
async function install(python: string): Promise<void> {
  const unfinished = `${FOLDER}.${Deno.pid}`;
  const { success } = await new Deno.Command(python, {
    args: [
      ...["-m", "pip", "install", "--quiet", "--disable-pip-version-check"],
      ...["--no-deps", "--target", unfinished],
      `sqlglot==${SQLGLOT_VERSION}`,
    ],
  }).output();
  if (!success) throw new Error("pip couldn't install sqlglot");
  await Deno.rename(unfinished, FOLDER);
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
