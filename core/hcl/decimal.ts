/**
 * Decimal numbers with all their digits, for comparing.
 *
 * @module
 */

/** A number written out. */
export class Decimal {
  /** No exponent, no zeros at the ends: equal numbers have equal texts. */
  constructor(readonly plain: string) {}
}

/** @param digits A JSON number. */
export function toDecimal(digits: string): Decimal {
  const match = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(digits);
  if (match === null) throw new SyntaxError(digits);
  const [, sign, whole, fraction = "", exponent = "0"] = match;
  const all = whole + fraction;
  const point = whole.length + Number(exponent);
  const before = all.slice(0, Math.max(0, point)).padEnd(point, "0");
  const behind = "0".repeat(Math.max(0, -point)) +
    all.slice(Math.max(0, point));
  const left = before.replace(/^0+/, "") || "0";
  const right = trimZeros(behind);
  const plain = right === "" ? left : `${left}.${right}`;
  return new Decimal(plain === "0" ? plain : sign + plain);
}

function trimZeros(text: string): string {
  let end = text.length;
  while (text[end - 1] === "0") end--;
  return text.slice(0, end);
}
