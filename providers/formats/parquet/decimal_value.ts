/**
 * A decimal as text → its digits as one whole number.
 *
 * @module
 */

const DECIMAL = /^([+-]?)(\d*)(?:\.(\d*))?(?:e([+-]?\d{1,4}))?$/i;

/**
 * `-12.5` with a scale of 2 is -1250n.
 *
 * @returns `undefined` for what is no decimal, or has more digits than fit: nothing
 * is ever rounded.
 */
export function unscaled(
  text: string,
  precision: number,
  scale: number,
): bigint | undefined {
  const found = DECIMAL.exec(text);
  if (found === null) return undefined;
  const [, sign, whole, fraction = "", exponentText = "0"] = found;
  if (whole === "" && fraction === "") return undefined;
  const shift = scale - fraction.length + Number(exponentText);
  const digits = shifted(whole + fraction, shift);
  if (digits === undefined) return undefined;
  const significant = digits.replace(/^0+/, "");
  if (significant.length > precision) return undefined;
  const value = BigInt(significant || "0");
  return sign === "-" ? -value : value;
}

/** Digits with zeros put behind them, or taken away from there. */
function shifted(digits: string, by: number): string | undefined {
  if (by >= 0) return /^0*$/.test(digits) ? "0" : digits + "0".repeat(by);
  const kept = digits.slice(0, by);
  return /^0*$/.test(digits.slice(by)) ? kept : undefined;
}
