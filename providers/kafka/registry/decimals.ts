/**
 * Decimals as Avro and Kafka Connect write them: two's complement, the largest byte
 * first, so many digits of it behind the point.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { RowProblem } from "./problems.ts";

/** `-12.50` */
export function decimalText(bytes: Buffer, scale = 0): string {
  const unsigned = BigInt(`0x${bytes.toString("hex") || "0"}`);
  const value = BigInt.asIntN(Math.max(1, bytes.length * 8), unsigned);
  const sign = value < 0n ? "-" : "";
  const all = String(value < 0n ? -value : value);
  if (scale <= 0) return sign + (all === "0" ? all : all + "0".repeat(-scale));
  const digits = all.padStart(scale + 1, "0");
  return `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

/** @throws {RowProblem} For what has more digits behind the point. */
export function decimalBytes(text: string, scale: number): Buffer {
  const value = unscaled(text, scale);
  let size = 1;
  while (BigInt.asIntN(size * 8, value) !== value) size++;
  const hex = BigInt.asUintN(size * 8, value).toString(16);
  return Buffer.from(hex.padStart(size * 2, "0"), "hex");
}

function unscaled(text: string, scale: number): bigint {
  const [, sign, whole, fraction = ""] =
    /^([+-]?)(\d*)(?:\.(\d*))?$/.exec(text) ?? [];
  if (whole === undefined) throw new RowProblem("no number with a fixed point");
  const digits = fraction.replace(/0+$/, "");
  if (digits.length > scale) {
    throw new RowProblem(`more than ${scale} digits behind the point`);
  }
  const value = BigInt(`${whole || "0"}${digits.padEnd(scale, "0")}`);
  return sign === "-" ? -value : value;
}
