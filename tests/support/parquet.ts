/**
 * Parquet files as other programs read them: pyarrow and DuckDB.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { pythonOf } from "../../scripts/setup/folders.ts";

const SCRIPT = fileURLToPath(new URL("parquet.py", import.meta.url));

/** One file. */
export interface ReadFile {
  readonly schema: Readonly<Record<string, string>>;
  /** By pyarrow alone. */
  readonly groups?: number;
  readonly rows: readonly Record<string, unknown>[];
}

/** What a column of all files holds. */
export interface KeyCounts {
  readonly rows: number;
  readonly distinct: number;
  readonly least: unknown;
  readonly most: unknown;
  readonly repeated: readonly unknown[];
  readonly sizes: readonly number[];
}

/** All files below a folder, by name. Ask `needs("parquet")` before. */
export async function readParquet(
  reader: "arrow" | "duckdb",
  folder: string,
): Promise<Map<string, ReadFile>> {
  const found = await python([reader, folder]);
  return new Map(Object.entries(found as Record<string, ReadFile>));
}

/** Ask `needs("parquet")` before. */
export async function countKeys(
  folder: string,
  column: string,
): Promise<KeyCounts> {
  return await python(["keys", folder, column]) as KeyCounts;
}

/** How many rows files say that they have. Ask `needs("parquet")` before. */
export async function rowsOf(
  folder: string,
): Promise<{ readonly rows: number; readonly sizes: readonly number[] }> {
  const found = await python(["rows", folder]);
  return found as { rows: number; sizes: number[] };
}

/** What a file says of a column; the bounds of text are cut where they are long. */
export interface Statistics {
  readonly least: unknown;
  readonly most: unknown;
  readonly nulls: number;
  /** Whether its values lie in a dictionary. */
  readonly dictionary: boolean;
}

/** By column, over all files. Ask `needs("parquet")` before. */
export async function statisticsOf(
  folder: string,
): Promise<Readonly<Record<string, Statistics>>> {
  const found = await python(["statistics", folder]);
  return found as Record<string, Statistics>;
}

async function python(args: readonly string[]): Promise<unknown> {
  const { success, stdout, stderr } = await new Deno.Command(
    pythonOf("parquet"),
    { args: [SCRIPT, ...args] },
  ).output();
  const decoder = new TextDecoder();
  if (!success) throw new Error(decoder.decode(stderr));
  return JSON.parse(decoder.decode(stdout));
}
