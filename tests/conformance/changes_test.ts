/**
 * What inputs and outputs agree on, sentence by sentence, and the test of each: an
 * index that can't go out of date. Whoever changes a sentence finds its test here.
 *
 * @module
 */

import { CHANGE_KEYS } from "../../core/sdk/changes/mod.ts";
import { assert, assertEquals } from "../support/assert.ts";

/** Sentence, file, and how its test is called. */
const INDEX: readonly (readonly [string, string, string])[] = [
  // The metadata of a change.
  [
    "what is written of a change is read again, whatever a provider adds",
    "core/sdk/changes/change_test.ts",
    "reading a change undoes writing it, whatever a provider adds",
  ],
  [
    "no provider spells a metadata key itself",
    "tests/conformance/changes_test.ts",
    "no provider spells a change's metadata itself",
  ],
  [
    "data is the row after the change, of a delete the row as far as known",
    "tests/mssql/dstream_form_test.ts",
    "a change says table, operation, key, position, transaction and source",
  ],
  [
    "a column that is not known is absent, and unchanged ones are named",
    "tests/postgres/input_test.ts",
    "11: an unchanged large value is absent and named, with FULL it is filled in",
  ],
  [
    "the table of the usual schema has no schema in its name",
    "providers/mssql/input/tables/names_test.ts",
    '"dbo.orders"',
  ],
  [
    "rows of a snapshot are read, at positions before the changes",
    "tests/mssql/dstream_form_test.ts",
    "rows of a snapshot are read, then changes follow at later positions",
  ],
  [
    "a truncate is an operation without a row",
    "tests/postgres/input_test.ts",
    "25: TRUNCATE is an envelope, an error or nothing, as configured",
  ],
  [
    "a gap is an operation without a row",
    "tests/mssql/dstream_form_test.ts",
    "a gap is an operation of its own, without a row",
  ],
  [
    "before is the row before the change as far as known",
    "tests/mssql/dstream_form_test.ts",
    "an update carries the row before it where before_image says so",
  ],
  [
    "timestamp is when it was committed, with a zone; mssql writes this form by default",
    "tests/mssql/dstream_form_test.ts",
    "without metadata_style it is this form, by either speed the same lines",
  ],
  [
    "a position is the same after any restart",
    "tests/postgres/input_test.ts",
    "2: a SIGKILL in the snapshot loses nothing; the rest is read in a later state",
  ],
  [
    "the root block ingester writes upstream's form, word for word",
    "tests/ingester/mapping_test.ts",
    "the file of the README becomes two tasks, word for word",
  ],
  [
    "a provider's own keys stand beside these",
    "core/sdk/changes/change_test.ts",
    "a provider's own key can't pass for a change's",
  ],
  [
    "a foreign envelope is a record of the table that the config names",
    "core/sdk/changes/change_test.ts",
    "an envelope without a change is a record of the table the config names",
  ],
  [
    "upstream's metadata is read",
    "core/sdk/changes/change_test.ts",
    "upstream's metadata",
  ],
  [
    "Debezium's envelope is read",
    "core/sdk/changes/change_test.ts",
    "Debezium's envelope",
  ],
  [
    "positions sort as text in the order of changes",
    "core/sdk/changes/change_test.ts",
    "positions sort as text in the order of their counts",
  ],
  [
    "the key's columns are in order",
    "core/sdk/changes/change_test.ts",
    "a row is known by its key, in the key's order",
  ],
  [
    "where a key column changed, the old key is known",
    "core/sdk/changes/change_test.ts",
    "a key that changed is known by what was before",
  ],
  [
    "values are exact in JSON",
    "core/sdk/changes/values_test.ts",
    "exact values in JSON",
  ],
  [
    "no value loses anything on the way",
    "core/sdk/changes/values_test.ts",
    "a value that went through JSON is the value it was",
  ],
  [
    "snapshot and stream write every type the same",
    "tests/postgres/input_test.ts",
    "18, 19 and 20: snapshot and stream write every type the same, exactly",
  ],
  [
    "an output sees table, operation, key and position without parsing the row",
    "core/sdk/serve/line_batch_test.ts",
    "every line has the schema that was told before it",
  ],
  // Schema records.
  [
    "a schema record is read as it was written",
    "core/protocol/schema_test.ts",
    "reading a schema record undoes writing it",
  ],
  [
    "the CLI reads no more than the table",
    "core/protocol/schema_test.ts",
    "the CLI passes a schema on as it came, digit by digit",
  ],
  [
    "a type of a newer version is any, with the source's name for it",
    "core/protocol/schema_test.ts",
    "a type of a newer version is `any`, with its name kept",
  ],
  [
    "it replaces the one before",
    "core/sdk/serve/line_batch_test.ts",
    "every line has the schema that was told before it",
  ],
  [
    "a schema of more than 4 MiB is refused",
    "core/protocol/schema_test.ts",
    "a schema that makes no sense is refused, naming table and field",
  ],
  [
    "at most 10,000 tables, and 64 MiB",
    "core/pipeline/settle/schema_book_test.ts",
    "more than 10,000 tables, or 64 MiB that are needed, are a clear error",
  ],
  [
    "a restarted output gets the newest schemas before its first envelope",
    "core/pipeline/settle/schema_book_test.ts",
    "a new process gets of each table the newest schema before its first envelope",
  ],
  [
    "only the newest are kept, and those that unsettled envelopes need",
    "core/pipeline/settle/schema_book_test.ts",
    "schemas that no unsettled envelope needs are forgotten, but the newest",
  ],
  [
    "at every envelope an output has the right schema, whoever dies",
    "tests/sim/truth.ts",
    "expectShape(",
  ],
  [
    "the same with processes that are killed",
    "tests/crash/scenarios.ts",
    "own checkpoint → checking schemas",
  ],
  [
    "a schema is passed at its place and is no envelope",
    "core/pipeline/relay/relay_test.ts",
    "a schema is passed at its place, and counts for nothing",
  ],
  [
    "an input sends it before the table's first envelope in each process, and when it changes",
    "core/sdk/serve/schemas_test.ts",
    "a schema stands before the envelopes it is yielded with, and once",
  ],
  [
    "only to outputs that agreed on it",
    "core/sdk/serve/schemas_test.ts",
    "nobody who didn't ask gets a schema",
  ],
  [
    "an author never sees a control record",
    "core/sdk/serve/schemas_test.ts",
    "an output sees schemas beside its lines, and no control record",
  ],
  [
    "a JSON Schema can be had from it",
    "core/sdk/changes/json_schema_test.ts",
    "fields that went through a JSON Schema are the fields they were",
  ],
  [
    "the original JSON Schema is not lost",
    "core/sdk/changes/json_schema_test.ts",
    "a JSON Schema comes back as it was",
  ],
  [
    "filter and validate leave schemas alone",
    "tests/transform/shape_test.ts",
    "filter and validate leave a schema as it came, byte for byte",
  ],
  [
    "map removes, renames and sets in the schema too",
    "tests/transform/shape_test.ts",
    "a schema through a map",
  ],
  [
    "data made anew drops the schema",
    "tests/transform/shape_test.ts",
    "data made anew has none",
  ],
  [
    "preview prints the schemas",
    "tests/transform/preview_test.ts",
    "a preview shows the schemas that outputs would get",
  ],
  [
    "show starts no provider, and so has no schemas",
    "docs/decisions/show-starts-no-provider.md",
    "its schemas only from its source",
  ],
  [
    "a report names the tables that were seen",
    "tests/observe/run_test.ts",
    "a report names the tables that were seen",
  ],
  // Outputs that hold back.
  [
    "an output says how much it may keep",
    "core/protocol/schema_test.ts",
    "an output says how long it may hold back",
  ],
  [
    "the kit's flush follows the definition's hold, by age too",
    "core/sdk/serve/hold_test.ts",
    "an output that holds back says so, and isn't flushed before",
  ],
  [
    "a stop and the end of data flush at once",
    "core/sdk/serve/hold_test.ts",
    "the end of the data, and so a stop, flushes at once",
  ],
  [
    "without hold it is as it was",
    "core/sdk/serve/hold_test.ts",
    "where nobody makes room for it nothing is held back",
  ],
  [
    "the window is twice as large as the hold",
    "tests/pipeline/hold_test.ts",
    "an output gets nearly twice what it holds before it acknowledges",
  ],
  [
    "nobody warns of it before twice its delay",
    "tests/pipeline/time_test.ts",
    "an output that holds back is not warned about before twice its delay",
  ],
  [
    "without room for it the task fails at once",
    "tests/pipeline/hold_test.ts",
    "an output that may never hold as much as it says ends the task at once",
  ],
  [
    "a slow output with a spool does not hold the others up",
    "tests/pipeline/hold_test.ts",
    "a slow output with a spool does not hold the others up",
  ],
  [
    "files of 64 MiB, deleted as they are settled",
    "core/pipeline/relay/spool_test.ts",
    "lines lie in files of 64 MiB, each deleted when all in it is settled",
  ],
  [
    "deleted at every start",
    "core/pipeline/relay/spool_test.ts",
    "what a run that was killed left is removed by the next",
  ],
  [
    "made for the user alone",
    "core/pipeline/relay/spool_test.ts",
    "nobody else may read it",
  ],
  [
    "a replay reads the spool",
    "tests/sim/sim_test.ts",
    "and dies with it in its hands",
  ],
  [
    "a full disk only means back-pressure",
    "tests/sim/sim_test.ts",
    "while the disk is full",
  ],
  [
    "said once",
    "tests/pipeline/hold_test.ts",
    "a disk that takes no more is told once, and everything arrives",
  ],
  [
    "nothing is acknowledged because it was spooled",
    "tests/pipeline/hold_test.ts",
    "nothing counts as settled because it lies in a file",
  ],
  [
    "memory stays under its bound",
    "tests/crash/crash_test.ts",
    "256 MiB in files leave the memory within its bound",
  ],
  [
    "the status line tells how much is held",
    "cli/views/status_line_test.ts",
    "the status says what an output holds back, and what lies in files",
  ],
  [
    "metrics tell it",
    "tests/observe/metrics_test.ts",
    "a scrape tells what outputs hold back, and what lies in files",
  ],
  // Acknowledgement and state together.
  [
    "an input may have both",
    "core/sdk/serve/features_test.ts",
    "an input may have states and acknowledgements at once",
  ],
  [
    "the destination confirms, the state is stored, the input is told",
    "tests/pipeline/state_test.ts",
    "a state is stored only when everything above it is settled",
  ],
  [
    "postgres says what is kept where",
    "docs/postgres.md",
    "What is kept where:",
  ],
  [
    "s3, azure_blob and gcs say it",
    "docs/object-stores.md",
    "The state has",
  ],
  [
    "singer says it",
    "docs/singer.md",
    "A tap's state is stored after that.",
  ],
  // Whose fault a death is.
  [
    "an outage is outlasted, with and without a place for dead letters",
    "tests/e2e/outage_test.ts",
    "an outage of 12 s is outlasted",
  ],
  [
    "the two records of the outage",
    "tests/e2e/cases_test.ts",
    "outage-taken-for-poison",
  ],
  [
    "two deaths at one place are no proof",
    "core/pipeline/lanes/suspicion_test.ts",
    "an outage of any length blames no envelope",
  ],
  [
    "the error that ends the task shows the provider's last words",
    "tests/pipeline/fault_test.ts",
    "No space left on device",
  ],
  [
    "the repeat kills too: the output is ill",
    "core/pipeline/lanes/suspicion_test.ts",
    "a repeat that kills shows that the output is ill, and all begins again",
  ],
  [
    "the repeat lives and the suspect kills three times: poison",
    "core/pipeline/lanes/suspicion_test.ts",
    "a suspect that kills three times behind a repeat that lives is poison",
  ],
  [
    "the repeat is not a rejected one",
    "tests/sim/sim_test.ts",
    "poison behind envelopes that were all rejected",
  ],
  [
    "without a delivered envelope none is poison",
    "core/pipeline/lanes/suspicion_test.ts",
    "without a repeat a suspect is never poison",
  ],
  [
    "then the next one alone tells: it lives, and the first is to blame",
    "tests/sim/sim_test.ts",
    "[1, 2, 30, 60].flatMap((poison) =>",
  ],
  [
    "it kills too, and the task fails",
    "tests/sim/sim_test.ts",
    "the first of all kills and so does the next: no envelope is blamed",
  ],
  [
    "a true poison is found at any place",
    "tests/sim/sim_test.ts",
    "is poison, in batches of",
  ],
  [
    "outputs that die at random make no dead letter of a healthy envelope",
    "tests/sim/sim_test.ts",
    "an output that dies at one envelope in ten, whichever that is",
  ],
  [
    "it is a dead letter",
    "tests/pipeline/restart_test.ts",
    "poison: the envelope that kills is found and becomes a dead letter",
  ],
  [
    "or the end of the task, named with its position",
    "tests/pipeline/restart_test.ts",
    "poison without a place for it fails the task, naming the position",
  ],
  [
    "deaths that dstream brought about are no evidence",
    "core/pipeline/lanes/suspicion_test.ts",
    "a process that we end says nothing against an envelope",
  ],
  [
    "an output says itself that it can't go on",
    "core/sdk/serve/hold_test.ts",
    "an output that can't go on says why, after its last acknowledgement",
  ],
  [
    "as inputs do",
    "core/protocol/schema_test.ts",
    "an output says why it can't go on, as an input does",
  ],
  [
    "the file output does so on a full disk, naming it",
    "providers/file/output/output_test.ts",
    "a full disk",
  ],
  [
    "and where rights are missing",
    "providers/file/output/output_test.ts",
    "no permission",
  ],
];

Deno.test("every sentence about changes, schemas and holding back has a test", async (t) => {
  const texts = new Map<string, string>();
  for (const [sentence, file, name] of INDEX) {
    await t.step(sentence, async () => {
      const url = new URL(`../../${file}`, import.meta.url);
      const text = texts.get(file) ?? await Deno.readTextFile(url);
      texts.set(file, text);
      assert(text.includes(name), `${file} has no test called "${name}"`);
    });
  }
});

/** Names that are a change's alone: others, such as `key`, are words of much else. */
const OWN_KEYS = ["operation", "unchanged", "before", "position"] as const;

Deno.test("no provider spells a change's metadata itself", async () => {
  for (const key of OWN_KEYS) assert.ok(CHANGE_KEYS.includes(key));
  const spelt = new RegExp(
    `"metadata":\\{"(${CHANGE_KEYS.join("|")})"|` +
      `metadata: \\{ ?(${OWN_KEYS.join("|")})\\b|` +
      `metadata\\.(${OWN_KEYS.join("|")})\\b(?!\\})`,
  );
  const found: string[] = [];
  for await (
    const path of sources(new URL("../../providers", import.meta.url))
  ) {
    const code = (await Deno.readTextFile(path))
      .replaceAll(/^\s*(\*|\/\/|\/\*\*).*$/gm, "")
      .replaceAll(/doc:(\s*"[^"]*"\s*\+?)+/g, "");
    const match = spelt.exec(code);
    if (match !== null) found.push(`${path.pathname}: ${match[0]}`);
  }
  assertEquals(found, []);
});

async function* sources(folder: URL): AsyncGenerator<URL> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const at = new URL(`${folder.href}/${name}`);
    if (isDirectory) yield* sources(at);
    else if (/(?<!_test|test_support)\.ts$/.test(name)) yield at;
  }
}
