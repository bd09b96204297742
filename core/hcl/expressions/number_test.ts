import fc from "fast-check";
import { assert, assertEquals } from "../../../tests/support/assert.ts";
import {
  calculate,
  compareDigits,
  negate,
  normalizeDigits,
  NumberTooLarge,
  parseDigits,
  plainDigits,
  power,
  roundTowards,
  toInteger,
} from "./number.ts";

const integer = fc.oneof(
  fc.bigInt({ min: -1000n, max: 1000n }),
  fc.bigInt({ min: -(10n ** 60n), max: 10n ** 60n }),
);
/** Digits in every way they can be written. */
const written = fc.stringMatching(
  /^-?(0|[1-9][0-9]{0,20})(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,2})?$/,
);
const operator = fc.constantFrom("+", "-", "*" as const);

Deno.test("arithmetic on whole numbers is BigInt's", () => {
  fc.assert(fc.property(integer, integer, operator, (a, b, op) => {
    const expected = op === "+" ? a + b : op === "-" ? a - b : a * b;
    assert.equal(calculate(op, `${a}`, `${b}`), `${expected}`);
  }));
  fc.assert(fc.property(integer, integer, (a, b) => {
    fc.pre(b !== 0n);
    assert.equal(calculate("%", `${a}`, `${b}`), `${a % b}`);
    assert.equal(calculate("/", `${a * b}`, `${b}`), `${a}`);
  }));
});

Deno.test("arithmetic on fractions is JavaScript's", () => {
  const number = fc.double({ noNaN: true, min: -1e15, max: 1e15 });
  fc.assert(fc.property(number, number, (a, b) => {
    fc.pre(!Number.isInteger(a) || !Number.isInteger(b));
    const digits = [plainDigits(`${a}`), plainDigits(`${b}`)] as const;
    assert.equal(Number(calculate("+", ...digits)), a + b || 0);
    assert.equal(Number(calculate("*", ...digits)), a * b || 0);
  }));
});

Deno.test("comparing is exact, however the number is written", () => {
  fc.assert(fc.property(integer, integer, (a, b) => {
    const expected = a < b ? -1 : a > b ? 1 : 0;
    assert.equal(Math.sign(compareDigits(`${a}`, `${b}`)), expected);
    assert.equal(Math.sign(compareDigits(`${a}.50`, `${a}.5e0`)), 0);
  }));
  fc.assert(fc.property(written, (digits) => {
    assert.equal(compareDigits(digits, plainDigits(digits)), 0);
    assert.equal(compareDigits(negate(negate(digits)), digits), 0);
    assert.equal(
      Math.sign(compareDigits(negate(digits), "0")) + 0,
      -Math.sign(compareDigits(digits, "0")) + 0,
    );
  }));
  const cases: [string, string, number][] = [
    ["0.1", "0.10000000000000000000000001", -1],
    ["9007199254740993", "9007199254740992", 1],
    ["1e9999", "1e9998", 1],
    ["-1e9999", "1", -1],
    ["1e-9999", "0", 1],
    ["0e5", "-0", 0],
    ["1e3", "1000.0", 0],
  ];
  for (const [a, b, sign] of cases) {
    assert.equal(Math.sign(compareDigits(a, b)), sign, `${a} and ${b}`);
  }
});

Deno.test("plain digits have no exponent and no spare zeros", () => {
  fc.assert(fc.property(written, (digits) => {
    const plain = plainDigits(digits);
    assert.match(plain, /^-?(0|[1-9]\d*)(\.\d*[1-9])?$/);
    assert.equal(Number(plain), Number(digits) || 0);
    assert.equal(plainDigits(plain), plain);
  }));
});

Deno.test("reading digits gives a JSON number or nothing", async (t) => {
  const cases: [string, string | undefined][] = [
    ["5", "5"],
    ["007", "7"],
    ["0", "0"],
    ["000", "0"],
    ["+5", "5"],
    ["-5", "-5"],
    [".5", "0.5"],
    ["5.", "5"],
    ["0.10", "0.10"],
    ["1e3", "1e3"],
    ["1E+05", "1E+05"],
    ["", undefined],
    ["x", undefined],
    [" 5", undefined],
    ["0x10", undefined],
    ["1e", undefined],
    [".", undefined],
    ["Infinity", undefined],
    ["1_000", undefined],
    ["５", undefined],
  ];
  for (const [text, expected] of cases) {
    await t.step(JSON.stringify(text), () => {
      assertEquals(parseDigits(text), expected);
      if (expected !== undefined) JSON.parse(expected);
    });
  }
  fc.assert(fc.property(written, (digits) => {
    assert.equal(normalizeDigits(digits), digits);
  }));
});

Deno.test("rounding goes to the next whole number", () => {
  fc.assert(fc.property(
    integer,
    fc.stringMatching(/^[0-9]{1,30}$/),
    (whole, fraction) => {
      const digits = `${whole}.${fraction}`;
      const floor = toInteger(roundTowards("floor", digits))!;
      assert.ok(compareDigits(`${floor}`, digits) <= 0);
      assert.ok(compareDigits(`${floor + 1n}`, digits) > 0);
      const ceil = toInteger(roundTowards("ceil", digits))!;
      assert.ok(compareDigits(`${ceil}`, digits) >= 0);
      assert.ok(compareDigits(`${ceil - 1n}`, digits) < 0);
    },
  ));
  assert.equal(roundTowards("ceil", "1e-9999"), "1");
  assert.equal(roundTowards("floor", "-1e-9999"), "-1");
});

Deno.test("powers of whole numbers are exact, and bounded", () => {
  fc.assert(fc.property(
    fc.bigInt({ min: -50n, max: 50n }),
    fc.integer({ min: 0, max: 40 }),
    (base, exponent) => {
      assert.equal(
        power(`${base}`, `${exponent}`),
        `${base ** BigInt(exponent)}`,
      );
    },
  ));
  assert.equal(power("-1", "1000000001"), "-1");
  assert.throws(() => power("7", "1000000000"), NumberTooLarge);
  assert.throws(() => power("-8", "0.5"), NumberTooLarge);
});

Deno.test("a huge exponent costs nothing", () => {
  assert.equal(toInteger("1e999999999"), undefined);
  assert.equal(toInteger("0e999999999"), 0n);
  assert.throws(() => calculate("+", "1e999999999", "1"), NumberTooLarge);
  assert.equal(plainDigits("1e999999999"), "1e999999999");
});
