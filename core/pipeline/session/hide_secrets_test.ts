import { assertEquals } from "../../../tests/support/assert.ts";
import { assertHides, spell } from "../../../tests/support/spellings.ts";
import { createSecretHider } from "./hide_secrets.ts";

Deno.test("createSecretHider() takes secrets out in every form they are written in", () => {
  const hideSecrets = createSecretHider(
    new Set(['p"ss word', 'p"ss word+more', "short"]),
  );
  const cases: [string, string][] = [
    ['pw=p"ss word!', "pw=(sensitive)!"],
    ['{"pw":"p\\"ss word"}', '{"pw":"(sensitive)"}'],
    ["?pw=p%22ss%20word", "?pw=(sensitive)"],
    ['x p"ss word+more', "x (sensitive)"],
    ["short stays", "short stays"],
  ];
  for (const [text, printable] of cases) {
    assertEquals(hideSecrets(text), printable);
  }
});

const SECRETS = [
  "pässwort-42/x&y",
  "Hunter22secret!",
  "with space + sign",
  'quote"back\\slash<tag>',
  "emoji-🔑-secret",
  "(.*)[a-z]{2}|^$?",
];

for (const secret of SECRETS) {
  Deno.test(`no spelling of ${secret} is left`, () => {
    const hideSecrets = createSecretHider([secret]);
    for (const [spelling, text] of Object.entries(spell(secret))) {
      assertHides(hideSecrets(`say ${text} to them`), secret, spelling);
      assertEquals(hideSecrets(`say ${text} to them`).includes(text), false);
    }
  });
}

Deno.test("a secret is found in base64 wherever it stands in what was encoded", () => {
  const secret = "Hunter22secret";
  const hideSecrets = createSecretHider([secret]);
  for (const before of ["", "a", "sa", "sa:"]) {
    const text = btoa(`${before}${secret}@host`);
    const shown = hideSecrets(text);
    assertEquals(shown.includes("(sensitive)"), true, `${before}: ${shown}`);
  }
});

Deno.test("every line of a secret of several lines is a secret, its armour is not", () => {
  const hideSecrets = createSecretHider([
    "-----BEGIN KEY-----\nline-one-secret\r\nline-two-secret\n-----END KEY-----\n",
  ]);
  assertEquals(hideSecrets("line-one-secret"), "(sensitive)");
  assertEquals(hideSecrets("at line-two-secret"), "at (sensitive)");
  assertEquals(hideSecrets("-----BEGIN KEY-----"), "-----BEGIN KEY-----");
});

Deno.test("a quote that was cut within a secret shows nothing of it", () => {
  const hideSecrets = createSecretHider(["pässwort-42/x"]);
  assertEquals(hideSecrets('{"pw":"pässwo…'), '{"pw":"(sensitive)…');
  assertEquals(hideSecrets('{"pw":"p\\u00e4sswo\\u00…'), '{"pw":"(sensitive)…');
  assertEquals(hideSecrets("a … here"), "a … here");
});

Deno.test("hiding takes no more than linear time", () => {
  const hideSecrets = createSecretHider([
    "\\\\\\\\secret",
    "aaaaaaaaaaaaaaaab",
  ]);
  for (const text of ["\\".repeat(64 * 1024), "a".repeat(64 * 1024)]) {
    assertEquals(hideSecrets(text), text);
  }
});
