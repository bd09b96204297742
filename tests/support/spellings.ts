/**
 * The ways in which programs write one and the same text, for tests of what must
 * not be seen in any of them.
 *
 * @module
 */

import { assertEquals } from "./assert.ts";

/** By the name of the spelling. */
export function spell(text: string): Record<string, string> {
  const json = JSON.stringify(text).slice(1, -1);
  const bytes = new TextEncoder().encode(text);
  const base64 = btoa(String.fromCharCode(...bytes));
  const percent = [...bytes].map((byte) => `%${hex(byte, 2)}`).join("");
  return {
    plain: text,
    json,
    "json twice": JSON.stringify(json).slice(1, -1),
    "json in ASCII": escaped(json, /[^\x20-\x7e]/g),
    "json, every character escaped": escaped(text, /[^]/g),
    "json with \\/": json.replaceAll("/", "\\/"),
    "json as HTML may hold it": escaped(json, /[<>&'+]/g),
    "URI component": encodeURIComponent(text),
    "URI component, lower case": encodeURIComponent(text).replace(
      /%../g,
      (code) => code.toLowerCase(),
    ),
    "URI component, strict": encodeURIComponent(text).replace(
      /[!'()*]/g,
      (c) => `%${hex(c.charCodeAt(0), 2).toUpperCase()}`,
    ),
    "URI component, twice": encodeURIComponent(encodeURIComponent(text)),
    "every byte percent-encoded": percent,
    form: new URLSearchParams({ "": text }).toString().slice(1),
    base64,
    base64url: base64.replaceAll("+", "-").replaceAll("/", "_")
      .replace(/=+$/, ""),
    hex: [...bytes].map((byte) => hex(byte, 2)).join(""),
    "string literal": [...bytes].map((byte) => `\\x${hex(byte, 2)}`).join(""),
    html: text.replaceAll("&", "&amp;").replaceAll("<", "&lt;")
      .replaceAll(">", "&gt;").replaceAll('"', "&quot;"),
  };
}

/** @throws {Error} When a spelling of the secret, or a good part of it, is seen. */
export function assertHides(
  shown: string,
  secret: string,
  place: string,
): void {
  const seen = Object.entries(spell(secret))
    .filter(([, text]) => shown.includes(text.replace(/=+$/, "")));
  assertEquals(
    seen.map(([spelling]) => spelling),
    [],
    `${place} shows the secret: ${shown}`,
  );
}

function escaped(text: string, pattern: RegExp): string {
  return text.replace(
    pattern,
    (unit) =>
      unit.split("").map((one) => `\\u${hex(one.charCodeAt(0), 4)}`).join(""),
  );
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, "0");
}
