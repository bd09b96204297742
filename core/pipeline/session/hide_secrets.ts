/**
 * Takes secrets out of what providers say, however they spell them.
 *
 * A secret is looked for character by character, each in any of its spellings: as
 * it is, as JSON or a string literal escapes it (also twice), and as URLs encode
 * it. Its bytes are looked for in base64, at any place of the encoded text, and in
 * hex. Every line of a secret of several lines is a secret, and so is the password in
 * a connection string or a key in JSON, for drivers take them apart.
 *
 * @module
 */

import { secretParts } from "./secret_parts.ts";

/** Shorter ones would hit innocent words. */
const SHORTEST_SECRET = 8;

const HIDDEN = "(sensitive)";

/** Stands where we cut text off. */
const CUT = "…";

/** How much of a secret tells nothing yet; and what the longest quote can show. */
const SHORTEST_BEGINNING = 5;
const LONGEST_BEGINNING = 120;

/** `-----BEGIN PRIVATE KEY-----` is no secret. */
const ARMOUR = /^-----.*-----$/;

const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  "\b": "b",
  "\t": "t",
  "\n": "n",
  "\f": "f",
  "\r": "r",
};

const HTML_NAMES: Readonly<Record<string, string>> = {
  "&": "amp",
  "<": "lt",
  ">": "gt",
  '"': "quot",
  "'": "apos",
};

/**
 * @returns A function that replaces every secret of 8 characters or more.
 *
 * @example
 * ```ts
 * const hideSecrets = createSecretHider(new Set(["hunter2-hunter2"]));
 * if (hideSecrets("pw=hunter2-hunter2") !== "pw=(sensitive)") throw new Error();
 * ```
 */
export function createSecretHider(
  secrets: Iterable<string>,
): (text: string) => string {
  // The longest first, so that a secret within a secret leaves nothing behind.
  const longestFirst = [...new Set([...secrets].flatMap(withParts))]
    .filter((secret) => secret.length >= SHORTEST_SECRET)
    .sort((a, b) => b.length - a.length);
  if (longestFirst.length === 0) return (text) => text;
  const forms = longestFirst.flatMap((secret) => [
    patternsOf(secret).join(""),
    ...encodings(new TextEncoder().encode(secret)),
  ]);
  const pattern = new RegExp(forms.join("|"), "gu");
  const cut = new RegExp(longestFirst.map(beginning).join("|"), "gu");
  return (text) => {
    const hidden = text.replace(pattern, HIDDEN);
    return hidden.includes(CUT) ? hidden.replace(cut, HIDDEN) : hidden;
  };
}

/** What a quote that was cut off left of a secret, up to the mark of the cut. */
function beginning(secret: string): string {
  const characters = patternsOf(secret).slice(0, LONGEST_BEGINNING);
  const shortest = characters.slice(0, SHORTEST_BEGINNING).join("");
  const rest = characters.slice(SHORTEST_BEGINNING)
    .reduceRight((behind, one) => `(?:${one}${behind})?`, "");
  return `${shortest}${rest}[\\\\%uxX0-9a-fA-F]{0,12}(?=\\s?${CUT})`;
}

function withParts(secret: string): string[] {
  return [secret, ...secretParts(secret)].flatMap(withLines);
}

function withLines(secret: string): string[] {
  const lines = secret.split(/[\r\n]+/).map((line) => line.trim());
  return [secret, secret.trim(), ...lines.filter((line) => !ARMOUR.test(line))];
}

/**
 * A pattern for each character. Backslashes in a row are one, for two patterns that
 * both take any number of them would try every way to share them.
 */
function patternsOf(secret: string): string[] {
  const parts = secret.match(/\\+|[^\\]/gu) ?? [];
  return parts.map((part) => {
    if (part[0] !== "\\") return spellings(part);
    const { length } = part;
    const coded = ["\\\\{1,8}u005[cC]", "%(?:25){0,3}5[cC]", "\\\\{1,8}x5[cC]"];
    const encoded = `(?:${coded.join("|")}){${length}}`;
    return `(?:${encoded}|\\\\{${length},${length * 8}})`;
  });
}

/** A pattern for one character that is no backslash, whoever wrote it. */
function spellings(character: string): string {
  const bytes = [...new TextEncoder().encode(character)].map(hex);
  const units = character.split("").map((unit) => hex(unit.charCodeAt(0)));
  const code = character.codePointAt(0)!;
  const forms = [
    `\\\\{0,8}${literal(character)}`,
    units.map((unit) => `\\\\{1,8}u${anyCase(unit.padStart(4, "0"))}`).join(""),
    `\\\\{1,8}u\\{0{0,6}${anyCase(hex(code))}\\}`,
    bytes.map((byte) => `%(?:25){0,3}${anyCase(byte)}`).join(""),
    bytes.map((byte) => `\\\\{1,8}x${anyCase(byte)}`).join(""),
    `&#(?:0{0,6}${code}|[xX]0{0,6}${anyCase(hex(code))});`,
  ];
  if (code < 0x100) forms.push(`\\\\{1,8}x${anyCase(hex(code))}`);
  if (character === " ") forms.push("\\+");
  if (character === "\n") forms.push("\r\n", "\\\\{1,8}r\\\\{1,8}n");
  const short = SHORT_ESCAPES[character];
  if (short !== undefined) forms.push(`\\\\{1,8}${short}`);
  const name = HTML_NAMES[character];
  if (name !== undefined) forms.push(`&${name};`);
  return `(?:${forms.join("|")})`;
}

/** The bytes in base64, wherever they stand in what was encoded, and in hex. */
function encodings(bytes: Uint8Array): string[] {
  return [
    ...[0, 1, 2].map((offset) => base64At(bytes, offset)),
    [...bytes].map((byte) => anyCase(hex(byte))).join(""),
  ];
}

/**
 * What of the base64 depends on the secret alone: the digits that it shares with
 * what stands before and behind it are left out.
 */
function base64At(bytes: Uint8Array, offset: number): string {
  const text = "\0".repeat(offset) + String.fromCharCode(...bytes);
  const first = Math.ceil(offset * 8 / 6);
  const last = Math.floor(text.length * 8 / 6);
  return [...btoa(text).slice(first, last)].map((digit) => {
    if (digit === "+") return "(?:[+\\-]|%2[bB])";
    return digit === "/" ? "(?:\\\\{0,8}\\/|_|%2[fF])" : digit;
  }).join("");
}

function hex(number: number): string {
  const digits = number.toString(16);
  return digits.length % 2 === 0 ? digits : `0${digits}`;
}

function anyCase(digits: string): string {
  return digits.replace(
    /[a-f]/g,
    (digit) => `[${digit}${digit.toUpperCase()}]`,
  );
}

function literal(character: string): string {
  return /[.*+?^${}()|[\]\\/]/.test(character) ? `\\${character}` : character;
}
