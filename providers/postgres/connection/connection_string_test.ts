import { assertEquals } from "../../../tests/support/assert.ts";
import { parseConnectionString } from "./connection_string.ts";

Deno.test("parseConnectionString() reads what libpq reads", async (t) => {
  const cases: [string, Record<string, string>][] = [
    ["postgres://h", { host: "h" }],
    ["postgresql://u@h/d", { user: "u", host: "h", dbname: "d" }],
    [
      "postgres://u:p%40%3A%2F@h:5433/d?sslmode=require&application_name=x",
      {
        user: "u",
        password: "p@:/",
        host: "h",
        port: "5433",
        dbname: "d",
        sslmode: "require",
        application_name: "x",
      },
    ],
    ["postgres://u@[::1]:5432/d", {
      user: "u",
      host: "::1",
      port: "5432",
      dbname: "d",
    }],
    ["postgres:///d?host=h", { dbname: "d", host: "h" }],
    ["host=h port=1 dbname=d", { host: "h", port: "1", dbname: "d" }],
    ["host = h  password = 'a b\\'c\\\\'", { host: "h", password: "a b'c\\" }],
    ["host=h password=", { host: "h", password: "" }],
    ["host=h client_encoding=latin1", { host: "h" }],
  ];
  for (const [text, expected] of cases) {
    await t.step(text, () => {
      assertEquals<unknown>(parseConnectionString(text), expected);
    });
  }
});

Deno.test("parseConnectionString() says why it can't, without the text", async (t) => {
  const cases = [
    ["a password with @", "postgres://u:s3cr@t@h/d"],
    ["several hosts", "postgres://u:s3cret@a,b/d"],
    ["a lone %", "postgres://u:s3cret%zz@h/d"],
    ["an unknown keyword", "host=h passwort=s3cret"],
    ["no keyword", "s3cret"],
  ];
  for (const [name, text] of cases) {
    await t.step(name, () => {
      const parsed = parseConnectionString(text);
      if (!("problem" in parsed)) throw new Error("it was read");
      assertEquals(/s3cr/.test(parsed.problem), false);
    });
  }
});
