import {
  assert,
  assertEquals,
  assertRejects,
} from "../../tests/support/assert.ts";
import { DstreamError } from "../base/errors.ts";
import { format } from "./format.ts";
import { getProgram, GoError, setWasmReader, wasmFiles } from "./hashicorp.ts";
import { askReferee } from "./referee.ts";

const missing = () =>
  Promise.reject(new DstreamError("config.wasm_missing", "no such program"));

Deno.test("getProgram() starts each program once", async () => {
  const program = await getProgram("hcl2json");
  assertEquals(program, await getProgram("hcl2json"));
  assert(program !== await getProgram("hcl-tools"));
});

Deno.test("a program answers, or says what is wrong", async () => {
  const program = await getProgram("hcl2json");
  assertEquals(program.call("parse", "x.hcl", "a = 1\n"), '{"a":1}');
  try {
    program.call("parse", "x.hcl", "a = \n");
    assert(false);
  } catch (error) {
    assert(error instanceof GoError);
    assert(error.message.includes("x.hcl:1,5"), error.message);
  }
});

Deno.test("a program that crashed is started anew", async () => {
  const program = await getProgram("hcl2json");
  try {
    // Go's code expects a second argument and panics.
    program.call("parse", "x.hcl");
    assert(false);
  } catch (error) {
    assert(error instanceof GoError);
  }
  assert(program.isSpent);
  assertEquals((await askReferee("a = 1\n", "x.hcl")).kind, "accepted");
});

Deno.test("programs leave no globals behind but Go's own", async () => {
  await getProgram("hcl2json");
  await getProgram("hcl-tools");
  const globals = Object.keys(globalThis).filter((name) => /^__/.test(name));
  assertEquals(globals, []);
});

Deno.test("a missing program makes the referee absent and formatting fail", async () => {
  setWasmReader(missing);
  try {
    const verdict = await askReferee("a = 1\n", "x.hcl");
    assertEquals(verdict, { kind: "absent", reason: "no such program" });
    await assertRejects(() => format("a = 1\n"), "config.wasm_missing");
  } finally {
    setWasmReader();
  }
  assertEquals((await askReferee("a = 1\n", "x.hcl")).kind, "accepted");
});

Deno.test("wasmFiles() names what an executable must hold", async () => {
  const files = wasmFiles();
  assertEquals(Object.keys(files), ["hcl2json.wasm.gz", "hcl-tools.wasm.gz"]);
  for (const url of Object.values(files)) {
    const [first, second] = await Deno.readFile(url);
    assertEquals([first, second], [0x1f, 0x8b], `${url} is gzip`);
  }
});
