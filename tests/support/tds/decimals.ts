/**
 * Decimal numbers as whole ones: `"12.5"` at scale 4 is 125000.
 *
 * @module
 */

/** A decimal number, as text where digits matter. */
export type DecimalValue = string | number | bigint;

/**
 * Digits beyond the scale are rounded half away from zero, as SQL Server does.
 *
 * @throws {Error} For what is no decimal number.
 */
export function toScaled(value: DecimalValue, scale: number): bigint {
  const parts = /^([+-]?)(\d*)(?:\.(\d*))?$/.exec(String(value).trim());
  if (parts === null) throw new Error(`no decimal number: "${value}"`);
  const [, sign, whole, fraction = ""] = parts;
  const kept = fraction.slice(0, scale).padEnd(scale, "0");
  const roundsUp = Number(fraction[scale] ?? 0) >= 5;
  const magnitude = BigInt(`${whole || "0"}${kept}`) + (roundsUp ? 1n : 0n);
  return sign === "-" ? -magnitude : magnitude;
}

/** @returns Text with exactly so many digits after the point. */
export function fromScaled(scaled: bigint, scale: number): string {
  const sign = scaled < 0n ? "-" : "";
  const digits = String(scaled < 0n ? -scaled : scaled).padStart(
    scale + 1,
    "0",
  );
  if (scale === 0) return sign + digits;
  const point = digits.length - scale;
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}

/** Bytes of a decimal's magnitude (MS-TDS 2.2.5.5.1.6). */
export function magnitudeBytes(precision: number): 4 | 8 | 12 | 16 {
  if (precision <= 9) return 4;
  if (precision <= 19) return 8;
  return precision <= 28 ? 12 : 16;
}
