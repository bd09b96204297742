/**
 * JSON as others write it, by chance: white space, escapes, digits without end.
 *
 * @module
 */

import fc from "fast-check";

const blank = fc.constantFrom("", "", "", " ", "\t", "  ", "\r");

const digits = fc.oneof(
  fc.integer().map(String),
  fc.bigInt().map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) =>
    JSON.stringify(n)
  ),
  fc.constantFrom(
    "0",
    "-0",
    "1.0",
    "1.50",
    "1e2",
    "1E+400",
    "-1e-400",
    "9007199254740993",
    "12345678901234567890.5",
    "0.12345678901234567890123",
  ),
);

const character = fc.oneof(
  fc.constantFrom("a", "b", "é", "😀", '\\"', "\\\\", "\\/", "\\n", "\\u00e9"),
  fc.constantFrom("\\ud83d", "{", "}", "[", "]", ",", ":", " ", "0", "\u2028"),
);

/** A JSON string, quotes and all. */
export const stringText = fc.array(character, { maxLength: 8 }).map((parts) =>
  `"${parts.join("")}"`
);

/**
 * V8 15.0 takes a name that begins with an escape for `\\`, if an object of the
 * same shape had a field of that name before.
 */
const otherName = stringText.filter((text) => !text.startsWith('"\\\\'));

/** Few names, so that paths hit. */
const name = fc.constantFrom(
  '"a"',
  '"b"',
  '"c"',
  '"\\u0061"',
  '"a.b"',
  '"constructor"',
  '"1"',
  '""',
);

const { value, object } = fc.letrec<{ value: string; object: string }>(
  (tie) => ({
    value: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      fc.constantFrom("null", "true", "false"),
      digits,
      stringText,
      list(tie("value")),
      tie("object"),
    ),
    object: fc.array(
      fc.tuple(blank, fc.oneof(name, otherName), blank, blank, tie("value")),
      { maxLength: 5 },
    ).chain((members) =>
      join(
        "{",
        members.map(([a, key, b, c, each]) => `${a}${key}${b}:${c}${each}`),
        "}",
      )
    ),
  }),
);

function list(item: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.array(item, { maxLength: 4 }).chain((items) =>
    join("[", items, "]")
  );
}

function join(
  open: string,
  parts: readonly string[],
  close: string,
): fc.Arbitrary<string> {
  return blank.map((space) => {
    const all = parts.map((part) => space + part + space).join(",");
    return `${open}${all || space}${close}`;
  });
}

/** An object of JSON. */
export const objectText = object;

/** Any JSON value. */
export const valueText = value;

/** One line without its line feed. */
export const envelopeText: fc.Arbitrary<string> = fc.tuple(
  fc.oneof({ weight: 4, arbitrary: object }, value),
  fc.option(object),
  blank,
  fc.boolean(),
).map(([data, metadata, space, isSwapped]) => {
  const parts = [`"data":${space}${data}`];
  if (metadata !== null) parts.push(`${space}"metadata":${metadata}`);
  if (isSwapped) parts.reverse();
  return `{${parts.join(`${space},`)}}${space}`;
});
