import { assertEquals } from "../../tests/support/assert.ts";
import { parseChallenges } from "./challenge.ts";

Deno.test("parseChallenges() reads what registries send", async (t) => {
  const bearer = (parameters: Record<string, string>) => [
    { scheme: "bearer", parameters },
  ];
  const cases: readonly [string, string | null, unknown][] = [
    ["nothing", null, []],
    ["an empty header", "", []],
    ["basic", 'Basic realm="x"', [{
      scheme: "basic",
      parameters: { realm: "x" },
    }]],
    ["a bare scheme", "Negotiate", [{ scheme: "negotiate", parameters: {} }]],
    [
      "a token server",
      'Bearer realm="https://a.example/t?x=1,2",service="a",scope="repository:a/b:pull,push"',
      bearer({
        realm: "https://a.example/t?x=1,2",
        service: "a",
        scope: "repository:a/b:pull,push",
      }),
    ],
    [
      "no quotes, blanks, other case",
      "bearer Realm = https , SERVICE=b",
      bearer({ realm: "https", service: "b" }),
    ],
    [
      "escaped quotes",
      'Bearer realm="a\\"b\\\\c"',
      bearer({ realm: 'a"b\\c' }),
    ],
    ["two challenges", 'Bearer realm="a", Basic realm="b"', [
      { scheme: "bearer", parameters: { realm: "a" } },
      { scheme: "basic", parameters: { realm: "b" } },
    ]],
    ["one that has no parameters before", 'Negotiate, Basic realm="b"', [
      { scheme: "negotiate", parameters: {} },
      { scheme: "basic", parameters: { realm: "b" } },
    ]],
    ["one that has a single value before", 'NTLM TlRM+/a==, Basic realm="b"', [
      { scheme: "ntlm", parameters: {} },
      { scheme: "basic", parameters: { realm: "b" } },
    ]],
    [
      "an address without quotes",
      "Bearer realm=https://a.example/t?x=1,service=b",
      bearer({ realm: "https://a.example/t?x=1", service: "b" }),
    ],
    ["a quote without end", 'Bearer realm="a', [
      { scheme: "bearer", parameters: {} },
    ]],
    ["rubbish", '"""===', []],
  ];
  for (const [name, header, expected] of cases) {
    await t.step(name, () => {
      assertEquals(parseChallenges(header) as unknown, expected);
    });
  }
});

Deno.test("a header without end is read in no time", () => {
  const startedMs = performance.now();
  parseChallenges("Bearer " + 'a="\\'.repeat(1_000_000));
  assertEquals(performance.now() - startedMs < 10_000, true);
});
