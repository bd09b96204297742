/**
 * Damages files by chance.
 *
 * @module
 */

import type { Random } from "./random.ts";
import { SNIPPETS } from "./snippets.ts";

const TOKEN = /[\p{L}\p{N}_-]+|\s+|[^]/gu;

/** A few blows to a file. */
export function damageFile(text: string, random: Random): string {
  let damaged = text;
  for (let blow = random.below(3); blow >= 0; blow--) {
    damaged = random.pick(DAMAGES)(damaged, random);
  }
  return damaged;
}

type Damage = (text: string, random: Random) => string;

const DAMAGES: readonly Damage[] = ([
  function insert(text, random) {
    const at = random.below(text.length + 1);
    return text.slice(0, at) + random.pick(SNIPPETS) + text.slice(at);
  },
  function remove(text, random) {
    const at = random.below(text.length + 1);
    return text.slice(0, at) + text.slice(at + 1 + random.below(4));
  },
  function flip(text, random) {
    const at = random.below(text.length + 1);
    const code = (text.charCodeAt(at) || 0) ^ (1 << random.below(7));
    return text.slice(0, at) + String.fromCharCode(code) + text.slice(at + 1);
  },
  function truncate(text, random) {
    return text.slice(0, random.below(text.length + 1));
  },
  function swapTokens(text, random) {
    const tokens = text.match(TOKEN) ?? [];
    if (tokens.length < 2) return text;
    const [a, b] = [random.below(tokens.length), random.below(tokens.length)];
    [tokens[a], tokens[b]] = [tokens[b], tokens[a]];
    return tokens.join("");
  },
  function repeatPart(text, random) {
    const from = random.below(text.length + 1);
    const part = text.slice(from, from + random.below(20));
    const at = random.below(text.length + 1);
    return text.slice(0, at) + part + text.slice(at);
  },
] as Damage[]).map((damage) => (text, random) =>
  damage(text, random).toWellFormed()
);
