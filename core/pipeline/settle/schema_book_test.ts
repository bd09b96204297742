import { assert, assertEquals } from "../../../tests/support/assert.ts";
import { MAX_SCHEMA_TABLES } from "../../protocol/mod.ts";
import { DstreamError } from "../../base/errors.ts";
import { SchemaBook } from "./schema_book.ts";

const schema = (table: string, more = "") => ({
  table,
  record: `{"schema":{"table":"${table}","fields":[]${more}}}`,
});

function refusalOf(action: () => unknown): DstreamError {
  try {
    action();
  } catch (error) {
    assert(error instanceof DstreamError);
    assertEquals(error.code, "protocol.schemas_too_large");
    return error;
  }
  throw new Error("nothing was refused");
}

Deno.test("S28: a new process gets of each table the newest schema before its first envelope, then the later ones", () => {
  const book = new SchemaBook();
  book.note(0, schema("a", ',"v":1'), 0);
  book.note(5, schema("b", ',"v":1'), 0);
  book.note(7, schema("a", ',"v":2'), 0);
  book.note(9, schema("b", ',"v":2'), 0);
  const versions = book.before(7).map((
    { table, position },
  ) => [table, position]);
  assertEquals(versions, [["b", 5], ["a", 7]]);
  const last = book.lastBefore(7);
  assertEquals(book.after(last)?.position, 9);
});

Deno.test("a schema that holds already is passed once", () => {
  const book = new SchemaBook();
  assert(book.note(0, schema("a"), 0) !== undefined);
  assertEquals(book.note(3, schema("a"), 0), undefined);
  assert(book.note(4, schema("a", ',"v":2'), 0) !== undefined);
  assertEquals(book.tables, ["a"]);
});

Deno.test("schemas that no unsettled envelope needs are forgotten, but the newest", () => {
  const book = new SchemaBook();
  const large = `,"native":"${"x".repeat(1024 * 1024)}"`;
  // 200 MiB in all, of which never more than two are needed.
  for (let n = 0; n < 200; n++) {
    book.note(n, schema("a", `,"v":${n}${large}`), n);
  }
  assertEquals(book.before(1000).map(({ position }) => position), [199]);
});

Deno.test("S28: more than 10,000 tables, or 64 MiB that are needed, are a clear error", () => {
  const many = new SchemaBook();
  for (let n = 0; n < MAX_SCHEMA_TABLES; n++) {
    many.note(n, schema(`t${n}`), 0);
  }
  const tooMany = refusalOf(
    () => many.note(0, schema("one more"), 0),
  );
  assert(tooMany.message.includes("10000 tables"), tooMany.message);

  const large = new SchemaBook();
  const native = `,"native":"${"x".repeat(4 * 1024 * 1024 - 100)}"`;
  for (let n = 0; n < 16; n++) large.note(n, schema(`t${n}`, native), 0);
  const tooLarge = refusalOf(
    () => large.note(16, schema("t16", native), 0),
  );
  assert(tooLarge.message.includes("64 MiB"), tooLarge.message);
});
