import { assertEquals } from "../../../tests/support/assert.ts";
import { createSecretHider } from "./hide_secrets.ts";
import { secretParts } from "./secret_parts.ts";

const WHOLE: Readonly<Record<string, readonly [string, readonly string[]]>> = {
  "the password of a URL": [
    "postgres://app:hunter2%40home@db.local:5432/shop",
    ["hunter2%40home", "hunter2@home"],
  ],
  "a URL of several hosts, with an @ in the password": [
    "postgres://app:hunter2@home@db1,db2/shop",
    ["hunter2@home"],
  ],
  "a token in place of a user": ["https://tok-12345678@host/x", [
    "tok-12345678",
  ]],
  "a key in a query": [
    "https://store.local/box?sv=2024&sig=aB%2Fc12345678&se=x",
    ["aB%2Fc12345678", "aB/c12345678"],
  ],
  "a connection string of SQL Server": [
    "Server=db;User Id=app;Password=hunter2 at home;Encrypt=true",
    ["hunter2 at home"],
  ],
  "one with quotes": ['Server=db;Pwd="hunter2;home";', ["hunter2;home"]],
  "one of Azure": [
    "Endpoint=sb://b/;SharedAccessKeyName=Root;SharedAccessKey=c2VjcmV0LWtleQ==",
    ["c2VjcmV0LWtleQ=="],
  ],
  "keywords of libpq": [
    "host=db user=app password='hunter2home' dbname=shop",
    ["hunter2home"],
  ],
  "a file of credentials": [
    JSON.stringify({
      type: "service_account",
      private_key: "-----BEGIN PRIVATE KEY-----\nbGluZS1vbmU=\n-----END-----\n",
      nested: [{ client_secret: "hunter2home" }],
    }),
    ["bGluZS1vbmU=", "hunter2home"],
  ],
};

Deno.test("a secret's parts are secrets: whoever connects takes it apart", async (t) => {
  for (const [name, [secret, parts]] of Object.entries(WHOLE)) {
    await t.step(name, () => {
      const hide = createSecretHider([secret]);
      for (const part of parts) {
        assertEquals(hide(`refused: <${part}>`), "refused: <(sensitive)>");
      }
    });
  }
});

Deno.test("what is no secret of a connection string can still be read", () => {
  const hide = createSecretHider(Object.values(WHOLE).map(([one]) => one));
  for (const word of ["db.local:5432", "SharedAccessKeyName=Root", "app"]) {
    assertEquals(hide(`at ${word}`), `at ${word}`);
  }
});

Deno.test("a secret of one piece has no parts, and a broken one is no failure", () => {
  for (const one of ["hunter2-home", "a:b@c", "{not json", "%zz=1", "[1]"]) {
    assertEquals(secretParts(one), []);
  }
  const deep = `${"[".repeat(200_000)}${"]".repeat(200_000)}`;
  assertEquals(secretParts(deep), []);
});
