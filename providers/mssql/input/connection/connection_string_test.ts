import { assert, assertEquals } from "../../../../tests/support/assert.ts";
import {
  type Authentication,
  ConnectionStringError,
  parseConnectionString,
  type SqlServerTarget,
} from "./connection_string.ts";

const LOGIN = "User ID=sa;Password=secret";
const sa: Authentication = { kind: "password", user: "sa", password: "secret" };

Deno.test("parseConnectionString() reads every way to write a server", async (t) => {
  const cases: [string, string, number | undefined, string | undefined][] = [
    ["Server=db", "db", undefined, undefined],
    ["server = db ;", "db", undefined, undefined],
    ["Data Source=tcp:db.example.com,1433", "db.example.com", 1433, undefined],
    ["Addr=db, 1500", "db", 1500, undefined],
    ["Server=db\\sales", "db", undefined, "sales"],
    ["Server=db\\sales,1500", "db", 1500, "sales"],
    ["Server=db\\MSSQLSERVER", "db", undefined, undefined],
    ["Server=.", "localhost", undefined, undefined],
    ["Server=(local)", "localhost", undefined, undefined],
    ["Server=.\\SQLEXPRESS", "localhost", undefined, "SQLEXPRESS"],
    ["Server=127.0.0.1,14330", "127.0.0.1", 14330, undefined],
    ["Server=[::1],1433", "::1", 1433, undefined],
    ["Server=db;Port=1500", "db", 1500, undefined],
    ["odbc:Server={db,1500}", "db", 1500, undefined],
  ];
  for (const [text, server, port, instanceName] of cases) {
    await t.step(text, () => {
      const target = parseConnectionString(`${text};${LOGIN}`);
      assertEquals([target.server, target.port, target.instanceName], [
        server,
        port,
        instanceName,
      ]);
    });
  }
});

Deno.test("parseConnectionString() reads URLs", async (t) => {
  const cases: [string, Partial<SqlServerTarget>][] = [
    ["sqlserver://sa:secret@db", { server: "db", authentication: sa }],
    ["sqlserver://sa:secret@db:1433?database=shop", {
      server: "db",
      port: 1433,
      database: "shop",
    }],
    ["sqlserver://sa:secret@db:80/sales?database=shop", {
      port: 80,
      instanceName: "sales",
      database: "shop",
    }],
    ["mssql://sa:secret@db?encrypt=disable", { encryption: "off" }],
    ["sqlserver://sa:secret@db?TrustServerCertificate=true&app+name=a%20b", {
      trustsAnyCertificate: true,
      appName: "a b",
    }],
    ["sqlserver://user%40x:p%3A%2F%40%25@db", {
      authentication: { kind: "password", user: "user@x", password: "p:/@%" },
    }],
  ];
  for (const [text, expected] of cases) {
    await t.step(text, () => {
      const target = parseConnectionString(text);
      assertEquals({ ...target, ...expected }, target);
    });
  }
});

Deno.test("parseConnectionString() reads quoted values", async (t) => {
  const cases = [
    ["Password='a;b'", "a;b"],
    ['Password="a;b=c"', "a;b=c"],
    ["Password='it''s'", "it's"],
    ['Password="say ""so"""', 'say "so"'],
    ["Password={a}}b;c}", "a}b;c"],
    ["Password= plain ", "plain"],
    ["Password=a'b\"c", "a'b\"c"],
    ["Password=a=b==c", "a=b==c"],
    ["Password=one;PWD=two", "two"],
    ["Password=", ""],
  ];
  for (const [text, expected] of cases) {
    await t.step(text, () => {
      const { authentication } = parseConnectionString(
        `Server=db;Uid=sa;${text};`,
      );
      assertEquals(authentication, { ...sa, password: expected });
    });
  }
});

Deno.test("parseConnectionString() encrypts unless told otherwise", async (t) => {
  const cases = [
    ["", "on"],
    ["Encrypt=true", "on"],
    ["Encrypt=Mandatory", "on"],
    ["Encrypt=yes", "on"],
    ["Encrypt=false", "off"],
    ["Encrypt=Optional", "off"],
    ["Encrypt=disable", "off"],
    ["Encrypt=strict", "strict"],
  ];
  for (const [text, expected] of cases) {
    await t.step(text || "nothing said", () => {
      const target = parseConnectionString(`Server=db;${LOGIN};${text}`);
      assertEquals(target.encryption, expected);
    });
  }
});

Deno.test("parseConnectionString() reads what else there is", () => {
  const target = parseConnectionString(
    `Server=db;Initial Catalog=shop;${LOGIN};Connect Timeout=5;` +
      "Command Timeout=90;App=orders;ApplicationIntent=ReadOnly;" +
      "MultiSubnetFailover=Yes;Packet Size=32767;" +
      "HostNameInCertificate=*.example.com;Certificate=ca.pem;" +
      "Pooling=false;MultipleActiveResultSets=True",
  );
  assertEquals(target, {
    server: "db",
    port: undefined,
    instanceName: undefined,
    database: "shop",
    authentication: sa,
    encryption: "on",
    trustsAnyCertificate: false,
    hostNameInCertificate: "*.example.com",
    certificateFile: "ca.pem",
    connectTimeoutMs: 5000,
    commandTimeoutMs: 90_000,
    appName: "orders",
    isReadOnly: true,
    isMultiSubnet: true,
    packetSizeBytes: 32767,
  });
});

Deno.test("parseConnectionString() reads every login that needs nobody at a screen", async (t) => {
  const cases: [string, Authentication][] = [
    [LOGIN, sa],
    ["User ID=ACME\\etl;Password=secret", {
      kind: "ntlm",
      domain: "ACME",
      user: "etl",
      password: "secret",
    }],
    ["Authentication=Active Directory Default", {
      kind: "entra",
      method: "default",
      user: undefined,
      password: undefined,
    }],
    ["Authentication=ActiveDirectoryManagedIdentity;User ID=id", {
      kind: "entra",
      method: "managed_identity",
      user: "id",
      password: undefined,
    }],
    ["fedauth=ActiveDirectoryMSI", {
      kind: "entra",
      method: "managed_identity",
      user: undefined,
      password: undefined,
    }],
    ["fedauth=ActiveDirectoryServicePrincipal;user id=a@t;password=s", {
      kind: "entra",
      method: "service_principal",
      user: "a@t",
      password: "s",
    }],
    ["Authentication=SqlPassword;" + LOGIN, sa],
  ];
  for (const [text, expected] of cases) {
    await t.step(text, () => {
      const { authentication } = parseConnectionString(`Server=db;${text}`);
      assertEquals(authentication, expected);
    });
  }
});

Deno.test("parseConnectionString() refuses what can't work, and says what can", async (t) => {
  const cases: [string, RegExp, RegExp?][] = [
    ["", /names no server/],
    ["Database=shop", /names no server/],
    ["Server=db", /names no user/, /Authentication=/],
    [
      "server=localhost;database=testdb;trusted_connection=true",
      /integrated security/,
      /SQL login.*Windows account.*Entra ID/,
    ],
    ["Server=db;Integrated Security=SSPI", /integrated security/],
    [`Server=np:\\\\db\\pipe;${LOGIN}`, /only TCP/],
    [`Server=(localdb)\\v11;${LOGIN}`, /only TCP/],
    [
      `Server=db;Sevrer=x;${LOGIN}`,
      /unknown keyword "sevrer"/,
      /known: server/,
    ],
    [`Server=db;nonsense;${LOGIN}`, /a part without `=`/],
    ["Server=db;User ID=sa;Password='open", /has no ' at its end/],
    ["Server=db;User ID=sa;Password='a'b", /between a quoted value and `;`/],
    [`Server=db;Encrypt=perhaps;${LOGIN}`, /"encrypt" must be true or false/],
    [`Server=db;Connect Timeout=soon;${LOGIN}`, /must be a whole number/],
    ["Server=db;Authentication=Active Directory Interactive", /needs a person/],
    ["jdbc:sqlserver://db;user=sa", /JDBC/, /sqlserver:\/\//],
    ["sqlserver://sa:p@db:port", /no URL that could be read/, /%40/],
    ["sqlserver://sa:100%@db", /% that is no escape/],
  ];
  for (const [text, message, hint] of cases) {
    await t.step(text || "nothing", () => {
      assert.throws(() => parseConnectionString(text), (error) => {
        assert.ok(error instanceof ConnectionStringError);
        assert.match(error.message, message);
        if (hint !== undefined) assert.match(error.hint ?? "", hint);
        assert.ok(!`${error.message}${error.hint}`.includes("secret"));
        return true;
      });
    });
  }
});

Deno.test("what follows a password that was cut is never repeated", async (t) => {
  for (const rest of ["zebra=1", "zebra", "zeb ra=1;Database=x"]) {
    await t.step(rest, () => {
      const text = `Server=a;User Id=b;Password=Pass;${rest}`;
      try {
        parseConnectionString(text);
      } catch (error) {
        const { message } = error as Error;
        assert.match(message, /password|without `=`/);
        assert.doesNotMatch(message, /zeb|Pass/);
        return;
      }
      assert.fail("it was taken");
    });
  }
});
