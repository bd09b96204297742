/**
 * The little XML that S3 speaks.
 *
 * @module
 */

const ENTITIES: Readonly<Record<string, string>> = {
  lt: "<",
  gt: ">",
  amp: "&",
  quot: '"',
  apos: "'",
};

/** The inside of every element of that name; elements of S3 don't hold their like. */
export function* elementsOf(xml: string, name: string): Generator<string> {
  const pattern = new RegExp(
    `<${name}(?:\\s[^>]*)?>([\\s\\S]*?)</${name}>`,
    "g",
  );
  for (const [, inside] of xml.matchAll(pattern)) yield inside;
}

/** The text of the first element of that name. */
export function textOf(xml: string, name: string): string | undefined {
  const [inside] = elementsOf(xml, name);
  return inside === undefined ? undefined : unescapeXml(inside.trim());
}

/** A text as the inside of an element. */
export function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

function unescapeXml(text: string): string {
  return text.replaceAll(
    /&(?:#x([0-9a-f]+)|#(\d+)|([a-z]+));/gi,
    (whole, hex, decimal, name) =>
      name === undefined
        ? String.fromCodePoint(parseInt(hex ?? decimal, hex ? 16 : 10))
        : ENTITIES[name] ?? whole,
  );
}
