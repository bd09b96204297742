import { assert, assertEquals } from "../../../tests/support/assert.ts";
import { FakeS3 } from "../../../tests/support/fake_s3.ts";
import { needs } from "../../../tests/support/needs.ts";
import { makeBucket, stopServer } from "../../../tests/support/s3_bucket.ts";
import {
  DrivenOutput,
  type Row,
  until,
} from "../../../tests/support/s3_output.ts";
import { partBytesOf } from "../../objects/s3/multipart.ts";

const ignore = !needs("versitygw");

function row(n: number, more: Record<string, string> = {}): Row {
  const position = String(n).padStart(4, "0");
  return {
    data: { n },
    metadata: { table: "orders", operation: "insert", position, ...more },
  };
}

function rows(from: number, to: number, more?: Record<string, string>): Row[] {
  return Array.from({ length: to - from + 1 }, (_, i) => row(from + i, more));
}

/** What an object's lines say, by its key. */
async function numbersByKey(texts: Promise<Map<string, string>>) {
  return [...await texts].map(([key, text]) => [
    key,
    text.trimEnd().split("\n").map((line) => JSON.parse(line).n),
  ]);
}

function test(
  name: string,
  fn: (t: Deno.TestContext) => Promise<void>,
): void {
  Deno.test({ name, ignore, fn });
}

test("3.6.1 a file closes by rows, whichever batch they come in", async () => {
  const bucket = await makeBucket();
  await using output = await DrivenOutput.open(bucket, { max_rows: 3 });
  await output.write(...rows(1, 2));
  await output.write(...rows(3, 7));
  await until(() => output.settledTo === 6, "two files are stored");
  assertEquals(await numbersByKey(bucket.texts()), [
    ["orders--0001--0003.jsonl", [1, 2, 3]],
    ["orders--0004--0006.jsonl", [4, 5, 6]],
  ]);
  await output.flush();
  assertEquals([output.settledTo, (await bucket.objects()).size], [7, 3]);
});

test("3.6.1 a file closes by size", async () => {
  const bucket = await makeBucket();
  await using output = await DrivenOutput.open(bucket, { max_bytes: 20 });
  for (const one of rows(1, 6)) await output.write(one);
  await until(() => output.settledTo === 6, "two files are stored");
  assertEquals(await numbersByKey(bucket.texts()), [
    ["orders--0001--0003.jsonl", [1, 2, 3]],
    ["orders--0004--0006.jsonl", [4, 5, 6]],
  ]);
});

test("3.6.1 a file closes by age, which counts without new data", async () => {
  const bucket = await makeBucket();
  await using output = await DrivenOutput.open(bucket, { max_age: "150ms" });
  await output.write(row(1));
  assertEquals([output.settledTo, (await bucket.objects()).size], [0, 0]);
  await until(() => output.settledTo === 1, "the file is stored");
  assertEquals((await bucket.objects()).size, 1);
});

test("3.6.2 nothing is acknowledged before its object can be read", async () => {
  const bucket = await makeBucket();
  await using output = await DrivenOutput.open(bucket, {
    prefix: "{data.n}/",
    max_rows: 1,
  });
  const batch = output.write(...rows(1, 5));
  let seen = 0;
  await until(async () => {
    const settled = output.settledTo;
    const there = (await bucket.objects()).size;
    assert(there >= settled, `${settled} acknowledged, ${there} there`);
    return (seen = settled) === 5;
  }, "all are settled");
  await batch;
  assertEquals(seen, 5);
});

test("3.6.2 a file that is full is not acknowledged before older rows in others", async () => {
  const bucket = await makeBucket();
  await using output = await DrivenOutput.open(bucket, {
    prefix: "{metadata.table}/",
    max_rows: 2,
  });
  await output.write(row(1), ...rows(2, 3, { table: "items" }));
  await until(async () => (await bucket.objects()).size === 1, "it is there");
  assertEquals(output.settledTo, 0);
  await output.write(row(4));
  await until(() => output.settledTo === 4, "both are stored");
});

test("3.6.4 a name holds the first and the last place, and a replay leaves out what is there", async (t) => {
  const bucket = await makeBucket();
  const config = { max_rows: 4, prefix: "in/" };
  await t.step("killed with a file stored and one open", async () => {
    await using output = await DrivenOutput.open(bucket, config);
    await output.write(...rows(1, 6));
    await until(() => output.settledTo === 4, "the first is stored");
  });
  await t.step("other borders and an older place make no repeat", async () => {
    await using output = await DrivenOutput.open(bucket, {
      ...config,
      max_rows: 3,
    });
    await output.write(...rows(2, 8));
    await output.flush();
    assertEquals(output.settledTo, 7);
    assertEquals(output.context.entries.map(({ message }) => message), [
      "left out 3 rows that are stored already",
    ]);
    assertEquals(await numbersByKey(bucket.texts()), [
      ["in/orders--0001--0004.jsonl", [1, 2, 3, 4]],
      ["in/orders--0005--0007.jsonl", [5, 6, 7]],
      ["in/orders--0008--0008.jsonl", [8]],
    ]);
  });
});

test("3.6.4 an input that steps back while the output goes on makes no repeat", async () => {
  const bucket = await makeBucket();
  await using output = await DrivenOutput.open(bucket);
  await output.write(...rows(1, 5));
  await output.write(...rows(3, 7));
  await output.flush();
  assertEquals(output.settledTo, 10);
  assertEquals(await numbersByKey(bucket.texts()), [
    ["orders--0001--0007.jsonl", [1, 2, 3, 4, 5, 6, 7]],
  ]);
});

test("3.6.4 another object of the same name is never overwritten", async (t) => {
  const between = row(9, { position: "0001b" });
  const cases: [string, Row[], number][] = [
    ["a repeat: it is stored already", rows(1, 2), 1],
    ["other rows: these get another name", [row(1), between, row(2)], 2],
  ];
  for (const [name, others, expected] of cases) {
    await t.step(name, async () => {
      const bucket = await makeBucket();
      await using output = await DrivenOutput.open(bucket);
      await output.write(...rows(1, 2));
      // Somebody else comes between the look at what is there and the upload.
      await using twin = await DrivenOutput.open(bucket);
      await twin.write(...others);
      await twin.flush();
      await output.flush();
      const stored = await bucket.objects();
      assertEquals([output.settledTo, stored.size], [2, expected]);
    });
  }
});

test("3.6.4 rows of a snapshot that share a place are never left out", async () => {
  const bucket = await makeBucket();
  const shared = (n: number) => ({
    data: { n },
    metadata: { table: "orders", operation: "read", position: "0000" },
  });
  for (let run = 0; run < 2; run++) {
    await using output = await DrivenOutput.open(bucket, { max_rows: 2 });
    await output.write(shared(1), shared(2), shared(3), row(4));
    await output.flush();
    assertEquals(output.settledTo, 4);
  }
  const found = (await numbersByKey(bucket.texts())).flatMap(([, all]) => all);
  assertEquals(found.filter((n) => n === 4), [4]);
  assertEquals(new Set(found), new Set([1, 2, 3, 4]));
});

test("3.6.4 partitions of a log each have their own place", async () => {
  const bucket = await makeBucket();
  const place = (partition: number, offset: number) =>
    ["t", partition, offset].map((part) =>
      typeof part === "number" ? String(part).padStart(19, "0") : part
    ).join("/");
  const from = (partition: number, offset: number) => ({
    data: { n: partition * 100 + offset },
    metadata: {
      table: "t",
      operation: "insert",
      position: place(partition, offset),
    },
  });
  for (let run = 0; run < 2; run++) {
    await using output = await DrivenOutput.open(bucket);
    await output.write(from(1, 1), from(0, 1), from(1, 2), from(0, 2));
    if (run > 0) await output.write(from(0, 3), from(1, 3));
    await output.flush();
  }
  const found = (await numbersByKey(bucket.texts())).map(([, all]) => all);
  assertEquals(found, [[1, 2], [3], [101, 102], [103]]);
});

test("3.6.4 rows without a place are stored each time they come", async () => {
  const bucket = await makeBucket();
  for (let run = 0; run < 2; run++) {
    await using output = await DrivenOutput.open(bucket);
    await output.write({ data: { n: 1 } }, { data: { n: 2 } });
    await output.flush();
  }
  const found = await numbersByKey(bucket.texts());
  assertEquals(found.map(([, all]) => all), [[1, 2], [1, 2]]);
  assert.match(String(found[0][0]), /^rows--2\d{7}T\d{6}\.\d{3}Z-000001-/);
});

test("3.6.4 position says where a row has its place", async () => {
  const bucket = await makeBucket();
  const config = { position: "{data.n}", table: "events", max_rows: 8 };
  for (let run = 0; run < 2; run++) {
    await using output = await DrivenOutput.open(bucket, config);
    // Numbers, of which 9 comes before 10.
    for (let n = 5; n <= 14; n++) await output.write({ data: { n } });
    await output.flush();
  }
  assertEquals(await numbersByKey(bucket.texts()), [
    ["events--13--14.jsonl", [13, 14]],
    ["events--5--12.jsonl", [5, 6, 7, 8, 9, 10, 11, 12]],
  ]);
});

test("3.6.5 each envelope goes where its own values say", async () => {
  const bucket = await makeBucket();
  await using output = await DrivenOutput.open(bucket, {
    prefix: "{metadata.table}/country={data.country}/",
  });
  const of = (n: number, country: unknown, table = "orders") => ({
    data: { n, country },
    metadata: { table },
  });
  await output.write(
    of(1, "de"),
    of(2, "fr"),
    of(3, "de"),
    of(4, "de", "items"),
    of(5, null),
    of(6, "a/b=c"),
  );
  await output.flush();
  const found = (await numbersByKey(bucket.texts())).map(([key, all]) => [
    String(key).replace(/[^/]*$/, ""),
    all,
  ]);
  assertEquals(found, [
    ["items/country=de/", [4]],
    ["orders/country=__HIVE_DEFAULT_PARTITION__/", [5]],
    ["orders/country=a%2Fb%3Dc/", [6]],
    ["orders/country=de/", [1, 3]],
    ["orders/country=fr/", [2]],
  ]);
});

test("3.6.6 with too many folders the oldest file is finished first", async () => {
  const bucket = await makeBucket();
  await using output = await DrivenOutput.open(bucket, {
    prefix: "{data.n}/",
    max_open_files: 3,
  });
  await output.write(...rows(1, 5));
  await until(() => output.settledTo === 2, "two are stored");
  const keys = [...(await bucket.objects()).keys()];
  assertEquals(keys.map((key) => key.split("/")[0]), ["1", "2"]);
});

test("3.6.6 beyond hold_bytes the oldest file is finished first", async () => {
  const bucket = await makeBucket();
  await using output = await DrivenOutput.open(bucket, {
    hold_bytes: "1MiB",
    prefix: "{data.n}/",
  });
  const filler = "x".repeat(400_000);
  for (let n = 1; n <= 4; n++) {
    await output.write({ data: { n, filler }, metadata: {} });
  }
  await until(() => output.settledTo === 2, "the oldest two are stored");
  assertEquals((await bucket.objects()).size, 2);
  assert.match(output.context.warnings.join(), /hold_bytes is reached/);
});

test("3.6.7 prefix takes a date of the row's own time, in UTC; late rows go where they belong", async (t) => {
  const cases: [string, Record<string, string>, Row, RegExp][] = [
    [
      "of the change",
      { prefix: "{date:2006-01-02}/" },
      row(1, { timestamp: "2026-11-30T23:30:00-02:00" }),
      /^2026-12-01\//,
    ],
    [
      "late",
      { prefix: "year={date:2006}/month={date:01}/day={date:02}/{HH}/" },
      row(1, { timestamp: "2019-02-03T04:05:06Z" }),
      /^year=2019\/month=02\/day=03\/04\//,
    ],
    [
      "of a column",
      { prefix: "{date}/", time: "{data.at}" },
      { data: { n: 1, at: "2020-01-02 03:04:05" } },
      /^2020-01-02\//,
    ],
    [
      "of seconds",
      { prefix: "{date}/", time: "{data.at}" },
      { data: { n: 1, at: 1_600_000_000 } },
      /^2020-09-13\//,
    ],
    [
      "of its arrival",
      { prefix: "{date}/" },
      { data: { n: 1 } },
      new RegExp(`^${new Date().toISOString().slice(0, 8)}`),
    ],
  ];
  for (const [name, config, one, expected] of cases) {
    await t.step(name, async () => {
      const bucket = await makeBucket();
      await using output = await DrivenOutput.open(bucket, config);
      await output.write(one);
      await output.flush();
      const [key] = [...(await bucket.objects()).keys()];
      assert.match(key, expected);
    });
  }
  await t.step("a row whose time is none is rejected alone", async () => {
    const bucket = await makeBucket();
    await using output = await DrivenOutput.open(bucket, {
      prefix: "{date}/",
      time: "{data.at}",
    });
    const batch = await output.write(
      { data: { n: 1, at: "2020-01-02" } },
      { data: { n: 2, at: "soon" } },
      { data: { n: 3, at: "2020-01-02" } },
    );
    await output.flush();
    assertEquals([...batch.rejections.values()], [
      { seq: 2, reason: "{data.at} is no time", code: "no_time" },
    ]);
    const [[, numbers]] = await numbersByKey(bucket.texts());
    assertEquals(numbers, [1, 3]);
  });
});

test("3.6.10 what is larger than a part is stored in parts", async () => {
  const bucket = await makeBucket();
  await using output = await DrivenOutput.open(bucket);
  const filler = "0123456789".repeat(100_000);
  for (let n = 1; n <= 20; n++) await output.write({ data: { n, filler } });
  await output.flush();
  const [[, text]] = await bucket.texts();
  const lines = text.trimEnd().split("\n").map((line) => JSON.parse(line));
  assertEquals(lines.map(({ n }) => n), rows(1, 20).map((_, i) => i + 1));
  assert(lines.every((line) => line.filler === filler));
});

Deno.test("3.6.10 parts have 8 MiB or more, and there are 10,000 at most", () => {
  const tib = 2 ** 40;
  for (const sizeBytes of [8 * 2 ** 20 + 1, 80_000 * 2 ** 20 + 1, 5 * tib]) {
    const partBytes = partBytesOf(sizeBytes);
    assert(partBytes >= 8 * 2 ** 20, `${partBytes}`);
    assert(Math.ceil(sizeBytes / partBytes) <= 10_000, `${sizeBytes}`);
  }
});

test("3.6.10 what fits into one part is one request", async () => {
  await using server = new FakeS3();
  await using output = await DrivenOutput.openWith({
    bucket: "lake",
    endpoint: server.endpoint,
    access_key_id: "a",
    secret_access_key: "s",
  });
  const begun = server.seen.length;
  await output.write({ data: "x".repeat(7_000_000) });
  await output.flush();
  assertEquals(server.seen.slice(begun).map(({ method }) => method), ["PUT"]);
});

test("3.6.21 jsonl with gzip or zstd keeps each line's bytes", async (t) => {
  const line = '{"a": 1.50,"b":12345678901234567890.10,"c":"\\u00e4ü"}';
  for (const compression of ["none", "gzip", "zstd"]) {
    await t.step(compression, async () => {
      const bucket = await makeBucket();
      await using output = await DrivenOutput.open(bucket, { compression });
      const wrapped = `{"data":${line},"metadata":{}}\n`;
      for (let n = 0; n < 3; n++) {
        await output.writeText(wrapped.repeat(10_000));
      }
      await output.flush();
      const [[key, text]] = await bucket.texts();
      assert.match(
        key,
        { none: /Z-\S+l$/, gzip: /gz$/, zstd: /zst$/ }[compression]!,
      );
      assertEquals(text, `${line}\n`.repeat(30_000));
    });
  }
});

Deno.test("the server of these tests ends", stopServer);
