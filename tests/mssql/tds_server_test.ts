/**
 * The TDS server with the real client: logins, encryption, parameters, transactions,
 * cancelling, lost connections, large results.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { type Request, TYPES } from "tedious";
import { assert, assertEquals } from "../support/assert.ts";
import type { AnswerPart, Column, Row } from "../support/tds/answer.ts";
import {
  Client,
  type ClientOptions,
  type ResultSet,
} from "../support/tds/client.ts";
import type { SqlValue } from "../support/tds/column_type.ts";
import {
  cannotOpenDatabase,
  deadlock,
  DroppedConnection,
  lockTimeout,
  SqlServerError,
} from "../support/tds/errors.ts";
import { clearPassword } from "../support/tds/login7.ts";
import { PacketCutter } from "../support/tds/packets.ts";
import { Encryption, negotiate } from "../support/tds/prelogin.ts";
import { encodeRows } from "../support/tds/row_encoder.ts";
import {
  type Handler,
  TdsServer,
  type TdsServerOptions,
} from "../support/tds/server.ts";
import type { TdsSession } from "../support/tds/session.ts";
import { makeTestIdentity } from "../support/tds/test_identity.ts";

const ONE: AnswerPart[] = [{
  columns: [{ name: "n", type: "int" }],
  rows: [[1]],
}];

// Node's TLS over a stream of our own came to Deno with 2.9.
const [major, minor] = Deno.version.deno.split(".").map(Number);
const lacksTlsOverStreams = major === 2 && minor < 9;

function start(
  handler: Handler,
  more: Partial<TdsServerOptions> = {},
): TdsServer {
  return new TdsServer({
    users: { sa: "secret", Grüße: "päß;" },
    handler,
    ...more,
  });
}

/** What a login fails with. */
async function refusal(
  server: TdsServer,
  options: ClientOptions,
): Promise<Error & { code?: string }> {
  try {
    await using _client = await Client.connect(server.port, options);
  } catch (error) {
    return error as Error;
  }
  throw new Error("the login went through");
}

Deno.test("a login is let in or refused as SQL Server says it", async (t) => {
  await using server = start(() => ONE, {
    onLogin: ({ database }) =>
      database === "gone" ? cannotOpenDatabase(database) : undefined,
  });
  const cases: [string, ClientOptions, string][] = [
    ["a wrong password", { password: "no" }, "Login failed for user 'sa'."],
    ["an unknown user", { user: "x" }, "Login failed for user 'x'."],
    [
      "a user by the name of an object's method",
      { user: "toString", password: "" },
      "Login failed for user 'toString'.",
    ],
    [
      "a database that isn't there",
      { database: "gone" },
      'Cannot open database "gone" requested by the login. The login failed.',
    ],
    [
      "integrated security",
      {
        authentication: {
          type: "ntlm",
          options: { userName: "u", password: "p", domain: "d" },
        },
      },
      "Login failed. The login is from an untrusted domain and cannot be used with Integrated authentication.",
    ],
  ];
  for (const [name, options, message] of cases) {
    await t.step(name, async () => {
      assertEquals((await refusal(server, options)).message, message);
    });
  }
  await t.step("names and passwords beyond ASCII are let in", async () => {
    const options = { user: "Grüße", password: "päß;" };
    await using client = await Client.connect(server.port, options);
    assertEquals((await client.query("select 1"))[0].rows, [[1]]);
  });
});

Deno.test("a handler knows who asks", async () => {
  const sessions: TdsSession[] = [];
  await using server = start(({ session }) => {
    sessions.push(session);
    return ONE;
  });
  const options = {
    database: "shop",
    appName: "dstream",
    readOnlyIntent: true,
  };
  await using client = await Client.connect(server.port, options);
  await client.query("select 1");
  const [{ user, database, appName, isReadOnly }] = sessions;
  assertEquals([user, database, appName, isReadOnly], [
    "sa",
    "shop",
    "dstream",
    true,
  ]);
  assertEquals(server.sessions.length, 1);
});

Deno.test("a token of Entra ID is a login, when the server knows it", async () => {
  await using server = start(({ session }) => [{
    columns: [{ name: "user", type: "sysname" }],
    rows: [[session.user]],
  }], { tokens: { "tok-1": "robot" } });
  const options = (token: string): ClientOptions => ({
    authentication: {
      type: "azure-active-directory-access-token",
      options: { token },
    },
  });
  await using client = await Client.connect(server.port, options("tok-1"));
  assertEquals((await client.query("select 1"))[0].rows, [["robot"]]);
  const refused = await refusal(server, options("other"));
  assert.match(refused.message, /token-identified principal/);
});

Deno.test("negotiate() follows the table of the specification", () => {
  const { off, on, notSupported, required } = Encryption;
  const table = [
    [notSupported, "not_supported", notSupported],
    [notSupported, "off", notSupported],
    [notSupported, "required", required],
    [off, "not_supported", notSupported],
    [off, "required", required],
    [on, "not_supported", notSupported],
    [on, "off", on],
    [on, "required", on],
    [required, "off", on],
  ] as const;
  for (const [client, server, expected] of table) {
    assertEquals(negotiate(client, server), expected, `${client} ${server}`);
  }
});

Deno.test("encryption fails on either side that doesn't want it", async (t) => {
  const tls = await makeTestIdentity();
  await t.step("a server that can't, a client that must", async () => {
    await using server = start(() => ONE);
    const error = await refusal(server, { encrypt: true });
    assertEquals(error.code, "EENCRYPT");
  });
  await t.step("a server that must, a client that doesn't", async () => {
    await using server = start(() => ONE, { tls, encryption: "required" });
    const error = await refusal(server, { encrypt: false });
    assertEquals(error.code, "EENCRYPT");
  });
});

Deno.test({
  name: "statements travel in TLS inside TDS, in packets of any size",
  ignore: lacksTlsOverStreams,
  fn: async () => {
    const tls = await makeTestIdentity();
    const rows = Array.from({ length: 500 }, (_, n): Row => [n, "ü".repeat(n)]);
    await using server = start(() => [{ columns: NUMBERED, rows }], {
      tls,
      encryption: "required",
    });
    for (const packetSize of [512, 4096, 32767]) {
      await using client = await Client.connect(server.port, {
        encrypt: true,
        trustServerCertificate: false,
        serverName: "localhost",
        cryptoCredentialsDetails: { ca: tls.cert },
        packetSize,
      });
      const [set] = await client.query("select rows", (request) => {
        request.addParameter("long", TYPES.NVarChar, "x".repeat(10_000));
      });
      assertEquals(set.rows, rows as unknown[][]);
    }
  },
});

const NUMBERED: Column[] = [
  { name: "n", type: "int", isNullable: false },
  { name: "text", type: "nvarchar(max)" },
];

Deno.test("parameters arrive with their values", async (t) => {
  let seen: Record<string, SqlValue> = {};
  await using server = start(({ params }) => {
    seen = params;
    return [];
  });
  await using client = await Client.connect(server.port);
  const date = new Date("2024-02-29T12:34:56.789Z");
  const guid = "6F9619FF-8B86-D011-B42D-00C04FC964FF";
  const { DateTimeOffset, DateTime2 } = TYPES;
  const cases: [string, Parameters<Request["addParameter"]>, SqlValue][] = [
    ["int", ["v", TYPES.Int, -7], -7],
    ["tinyint", ["v", TYPES.TinyInt, 255], 255],
    ["smallint", ["v", TYPES.SmallInt, -300], -300],
    ["bigint", ["v", TYPES.BigInt, "9007199254740993"], 9007199254740993n],
    ["bit", ["v", TYPES.Bit, true], true],
    ["float", ["v", TYPES.Float, 0.1], 0.1],
    ["real", ["v", TYPES.Real, 1.5], 1.5],
    [
      "decimal",
      ["v", TYPES.Decimal, -12.5, { precision: 9, scale: 2 }],
      "-12.50",
    ],
    ["money", ["v", TYPES.Money, 12.5], "12.5000"],
    ["nvarchar", ["v", TYPES.NVarChar, "日本🙂"], "日本🙂"],
    ["an empty nvarchar", ["v", TYPES.NVarChar, ""], ""],
    ["varchar", ["v", TYPES.VarChar, "Grüße"], "Grüße"],
    [
      "nvarchar(max)",
      ["v", TYPES.NVarChar, "ü".repeat(9000)],
      "ü".repeat(9000),
    ],
    ["varbinary", ["v", TYPES.VarBinary, Buffer.from([1, 2])], bytes(1, 2)],
    ["binary", ["v", TYPES.Binary, Buffer.from([1, 2])], bytes(1, 2)],
    ["uniqueidentifier", ["v", TYPES.UniqueIdentifier, guid], guid],
    ["date", ["v", TYPES.Date, date], "2024-02-29"],
    ["time", ["v", TYPES.Time, date, { scale: 3 }], "12:34:56.789"],
    ["datetime", ["v", TYPES.DateTime, date], "2024-02-29 12:34:56.790"],
    [
      "datetime2",
      ["v", DateTime2, date, { scale: 3 }],
      "2024-02-29 12:34:56.789",
    ],
    [
      "datetimeoffset",
      ["v", DateTimeOffset, date, { scale: 0 }],
      "2024-02-29 12:34:57 +00:00",
    ],
    ["smalldatetime", ["v", TYPES.SmallDateTime, date], "2024-02-29 12:34:00"],
    ["a null int", ["v", TYPES.Int, null], null],
    ["a null nvarchar", ["v", TYPES.NVarChar, null], null],
    ["a null varbinary", ["v", TYPES.VarBinary, null], null],
    ["a null datetime2", ["v", DateTime2, null], null],
    ["a null decimal", ["v", TYPES.Decimal, null], null],
  ];
  for (const [name, parameter, expected] of cases) {
    await t.step(name, async () => {
      await client.query("select @v", (request) => {
        request.addParameter(...parameter);
      });
      assertEquals(seen, { v: expected });
    });
  }
});

function bytes(...values: number[]): Uint8Array {
  return new Uint8Array(values);
}

Deno.test("a procedure is called by its name", async () => {
  const seen: unknown[] = [];
  await using server = start(({ sql, params }) => {
    seen.push(sql, params);
    return ONE;
  });
  await using client = await Client.connect(server.port);
  const { promise, resolve } = Promise.withResolvers<void>();
  const { Request } = await import("tedious");
  const request = new Request("sys.sp_help_it", () => resolve());
  request.addParameter("what", TYPES.Int, 5);
  client.connection.callProcedure(request);
  await promise;
  assertEquals(seen, ["EXEC sys.sp_help_it", { what: 5 }]);
});

Deno.test("an answer may have several results, counts and messages", async () => {
  await using server = start(() => [
    { columns: [{ name: "a", type: "int" }], rows: [[1], [2]] },
    { info: { number: 50_001, message: "by the way" } },
    { affected: 7 },
    { columns: [{ name: "b", type: "sysname" }], rows: [] },
  ]);
  await using client = await Client.connect(server.port);
  const said: string[] = [];
  client.connection.on("infoMessage", ({ message }) => said.push(message));
  for (const add of [undefined, () => {}]) {
    const expected: ResultSet[] = [
      { columns: ["a"], rows: [[1], [2]] },
      { columns: ["b"], rows: [] },
    ];
    assertEquals(await client.query("select", add), expected);
  }
  assertEquals(said, ["by the way", "by the way"]);
});

Deno.test("errors come with number, state, severity and line", async (t) => {
  const errors: Record<string, SqlServerError> = {
    deadlock: deadlock(),
    "lock timeout": lockTimeout(),
    "an error of our own": new SqlServerError({
      number: 51_234,
      message: "no",
      state: 9,
      severity: 14,
      line: 3,
      procedure: "p",
    }),
  };
  await using server = start(({ sql }) => {
    throw errors[sql];
  });
  await using client = await Client.connect(server.port);
  for (const [name, expected] of Object.entries(errors)) {
    await t.step(name, async () => {
      await assert.rejects(client.query(name), {
        number: expected.number,
        state: expected.state,
        class: expected.severity,
        lineNumber: expected.line,
        procName: expected.procedure,
        serverName: "TESTSERVER",
        message: expected.message,
      });
    });
  }
  await t.step("after rows", async () => {
    await using other = start(function* () {
      yield { columns: NUMBERED, rows: failing() };
    });
    await using client = await Client.connect(other.port);
    const { request, results } = client.start("select");
    let rowCount = 0;
    request.on("row", () => rowCount++);
    await assert.rejects(results, { number: 1205 });
    assertEquals(rowCount, 2);
  });
  await t.step("an error of severity 20 ends the connection", async () => {
    await using other = start(() => {
      throw new SqlServerError({
        number: 596,
        severity: 21,
        message: "killed",
      });
    });
    await using client = await Client.connect(other.port);
    await assert.rejects(client.query("select"));
    await client.ended;
  });
});

function* failing(): Generator<Row> {
  yield [1, "a"];
  yield [2, "b"];
  throw deadlock();
}

Deno.test("transactions begin, commit, roll back and die of deadlocks", async () => {
  const steps: string[] = [];
  await using server = start(({ sql, session }) => {
    steps.push(`${sql} ${session.isInTransaction}`);
    if (sql === "die") throw deadlock();
    return ONE;
  }, { onTransaction: (step) => steps.push(step) });
  await using client = await Client.connect(server.port);
  await client.step("beginTransaction");
  await client.query("in");
  await client.step("commitTransaction");
  await client.query("out");
  await client.step("beginTransaction");
  await client.step("rollbackTransaction");
  await client.step("beginTransaction");
  await assert.rejects(client.query("die"), { number: 1205 });
  await client.query("after");
  await assert.rejects(client.step("commitTransaction"), { number: 3902 });
  assertEquals(steps, [
    "begin",
    "in true",
    "commit",
    "out false",
    "begin",
    "rollback",
    "begin",
    "die true",
    "rollback",
    "after false",
  ]);
});

Deno.test("a cancelled statement is acknowledged, and the connection goes on", async (t) => {
  const events: string[] = [];
  await using server = start(async function* ({ sql, signal }) {
    if (sql === "wait") {
      events.push("waits");
      await untilAborted(signal).finally(() => events.push("stopped"));
    }
    if (sql === "endless") yield { columns: NUMBERED, rows: endless() };
    yield* ONE;
  });
  await using client = await Client.connect(server.port);
  await t.step("while it waits", async () => {
    const { results } = client.start("wait", () => {});
    await until(() => events.includes("waits"));
    client.connection.cancel();
    await assert.rejects(results, { code: "ECANCEL" });
    await until(() => events.includes("stopped"));
    assertEquals((await client.query("next"))[0].rows, [[1]]);
  });
  await t.step("in the middle of rows", async () => {
    const { request, results } = client.start("endless");
    let rowCount = 0;
    request.on("row", () => {
      if (++rowCount === 10_000) client.connection.cancel();
    });
    await assert.rejects(results, { code: "ECANCEL" });
    assertEquals((await client.query("next"))[0].rows, [[1]]);
  });
  await t.step("when the client's time is over", async () => {
    await using hasty = await Client.connect(server.port, {
      requestTimeout: 50,
    });
    await assert.rejects(hasty.query("wait"), { code: "ETIMEOUT" });
    assertEquals((await hasty.query("next"))[0].rows, [[1]]);
  });
});

function* endless(): Generator<Row> {
  for (let n = 0;; n++) yield [n & 0xffff, "text"];
}

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) =>
    signal.addEventListener("abort", () => reject(signal.reason))
  );
}

/** Waits for a condition, half a minute at most. */
async function until(isTrue: () => boolean): Promise<void> {
  const end = Date.now() + 30_000;
  while (!isTrue()) {
    if (Date.now() > end) throw new Error(`waited in vain: ${isTrue}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

Deno.test("connections are lost at once, in mid-row, and from outside", async (t) => {
  const ended: number[] = [];
  let seen = 0;
  await using server = start(function* ({ sql, session }) {
    session.onEnd(() => ended.push(session.id));
    if (sql === "drop") throw new DroppedConnection();
    if (sql === "half") yield { columns: NUMBERED, rows: half(() => seen > 0) };
    yield* ONE;
  });
  for (const sql of ["drop", "half"]) {
    await t.step(sql, async () => {
      await using client = await Client.connect(server.port);
      const { request, results } = client.start(sql);
      request.on("row", () => seen++);
      await assert.rejects(results);
      assertEquals(seen > 0, sql === "half");
      assert.ok(seen <= ROWS_BEFORE_DROP);
    });
  }
  await t.step("from outside", async () => {
    await using client = await Client.connect(server.port);
    await client.query("select");
    server.dropAll();
    await client.ended;
    await until(() => server.sessions.length === 0);
  });
  await t.step("sessions are told once each", async () => {
    await until(() => ended.length === 3);
    assertEquals(new Set(ended).size, 3);
  });
  await t.step("a server that refuses hangs up before the login", async () => {
    server.refuses = true;
    await assert.rejects(Client.connect(server.port));
    server.refuses = false;
    await using _client = await Client.connect(server.port);
  });
});

/** Enough that the first are sent before the last is made. */
const ROWS_BEFORE_DROP = 1000;

async function* half(areSeen: () => boolean): AsyncGenerator<Row> {
  for (let n = 0; n < ROWS_BEFORE_DROP; n++) yield [n, "x".repeat(500)];
  await until(areSeen);
  yield [0, "never to be seen whole"];
  throw new DroppedConnection();
}

Deno.test("a reset session forgets, with its next request", async () => {
  let resets = 0;
  await using server = start(({ session }) => {
    if (resets === 0) session.onReset(() => resets++);
    return ONE;
  });
  await using client = await Client.connect(server.port);
  await client.query("select");
  await new Promise<void>((resolve, reject) =>
    client.connection.reset((error) => error ? reject(error) : resolve())
  );
  assertEquals(resets, 1);
});

Deno.test("a big result streams in flat memory, at the client's pace", async () => {
  let made = 0;
  const block = encodeRows(
    NUMBERED,
    Array.from({ length: 100 }, (_, n): Row => [n, "x".repeat(650)]),
  );
  await using server = start(() => [{
    columns: NUMBERED,
    rows: (function* () {
      for (; made < 1000; made++) yield block;
    })(),
  }]);
  await using client = await Client.connect(server.port, { packetSize: 32767 });
  const { request, results } = client.start("select");
  const sizes: number[] = [];
  let rowCount = 0;
  request.removeAllListeners("row");
  request.on("row", () => {
    if (++rowCount % 10_000 === 0) sizes.push(memoryBytes());
    if (rowCount !== 1000) return;
    // While the client rests, the server can't be far ahead.
    request.pause();
    setTimeout(() => {
      assert.ok(made < 200, `${made} blocks were made for a resting client`);
      request.resume();
    }, 100);
  });
  await results;
  assertEquals(rowCount, 100_000);
  const grownBytes = Math.max(...sizes) - sizes[0];
  // All of it is 130 MB on the wire.
  assert.ok(grownBytes < 80 << 20, `${grownBytes} bytes more than at first`);
});

/** Of this test's own thread: others run beside it. */
function memoryBytes(): number {
  const { heapUsed, external } = Deno.memoryUsage();
  return heapUsed + external;
}

Deno.test("PacketCutter gives each packet its header, and the last one its mark", () => {
  const cutter = new PacketCutter(4, 12);
  const first = cutter.cut(new Uint8Array([1, 2, 3, 4, 5]));
  assertEquals([...first], [4, 0, 0, 12, 0, 0, 1, 0, 1, 2, 3, 4]);
  const last = cutter.finish(new Uint8Array([6, 7, 8, 9]));
  assertEquals([...last], [
    4,
    0,
    0,
    12,
    0,
    0,
    2,
    0,
    5,
    6,
    7,
    8,
    4,
    1,
    0,
    9,
    0,
    0,
    3,
    0,
    9,
  ]);
});

Deno.test("clearPassword() undoes what the specification prescribes", () => {
  // "a" is 61 00: halves swapped 16 00, XOR A5 gives B3 A5.
  assertEquals(clearPassword(new Uint8Array([0xb3, 0xa5])), "a");
});

Deno.test("a raw TLS hello is hung up on, and isn't waited for", async () => {
  await using server = new TdsServer({ users: {}, handler: () => ONE });
  using socket = await Deno.connect({
    hostname: "127.0.0.1",
    port: server.port,
  });
  await socket.write(new Uint8Array([22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3]));
  const read = await socket.read(new Uint8Array(100)).catch(() => null);
  assertEquals(read, null);
});

Deno.test("a prepared statement is run by its handle until it is given back", async () => {
  const asked: string[] = [];
  await using server = new TdsServer({
    users: { sa: "secret" },
    handler: ({ sql, params }) => {
      if (sql.startsWith("SELECT")) asked.push(`${sql} ${params.n}`);
      return ONE;
    },
  });
  await using client = await Client.connect(server.port, {
    user: "sa",
    password: "secret",
  });
  const { connection } = client;
  const { Request } = await import("tedious");
  let done = Promise.withResolvers<void>();
  const request = new Request(
    "SELECT @n",
    (error) => error ? done.reject(error) : done.resolve(),
  );
  request.addParameter("n", TYPES.Int);
  request.on("prepared", () => done.resolve());
  connection.prepare(request);
  await done.promise;
  for (const n of [1, 2]) {
    done = Promise.withResolvers();
    connection.execute(request, { n });
    await done.promise;
  }
  done = Promise.withResolvers();
  connection.unprepare(request);
  await done.promise;
  done = Promise.withResolvers();
  connection.execute(request, { n: 3 });
  await assert.rejects(done.promise, { number: 8179 });
  assertEquals(asked, ["SELECT @n 1", "SELECT @n 2"]);
});
