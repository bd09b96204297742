/**
 * Names of files that say which part of the source they hold.
 *
 * `orders--0042--0057.jsonl.gz` has the rows of `orders` from position 0042 to 0057,
 * all of them that belong into its folder. So whoever begins again can tell what is
 * there already. Where a source has no positions the name is the time and a number
 * that is chance.
 *
 * @module
 */

/** Between the parts of a name; nothing inside of a part looks like it. */
const SEPARATOR = "--";
/** Of rows that belong to no table. */
const NO_TABLE = "rows";
/** Longer positions make names that stores refuse. */
const MAX_POSITION_CHARACTERS = 300;

/** Rows of one table in a row of positions. */
export interface NameParts {
  readonly table: string | undefined;
  readonly first: string;
  readonly last: string;
}

/** What all names of a table's files begin with. */
export function tablePart(table: string | undefined): string {
  return `${escapePart(table ?? NO_TABLE)}${SEPARATOR}`;
}

/** The name of a file, without its ending. */
export function placedName({ table, first, last }: NameParts): string {
  return tablePart(table) + escapePart(first) + SEPARATOR + escapePart(last);
}

/** Names of files whose rows have no positions: in the order they were stored. */
export class UnplacedNames {
  readonly #process = crypto.randomUUID().slice(0, 8);
  #count = 0;

  next(table: string | undefined, nowMs: number): string {
    const time = new Date(nowMs).toISOString().replaceAll(/[-:]/g, "");
    const count = String(++this.#count).padStart(6, "0");
    return `${tablePart(table)}${time}-${count}-${this.#process}`;
  }
}

/** Whether positions so long fit into a name. */
export function fitsName(position: string): boolean {
  return position.length <= MAX_POSITION_CHARACTERS;
}

/**
 * The positions that a name tells.
 *
 * @param rest What stands behind {@link tablePart}.
 */
export function positionsOf(
  rest: string,
): { readonly first: string; readonly last: string } | undefined {
  const found = /^([^/]+?)--([^/]+?)((?:\.[a-z][a-z0-9]*)+)$/.exec(rest);
  if (found === null || found[2].includes(SEPARATOR)) return undefined;
  return { first: unescapePart(found[1]), last: unescapePart(found[2]) };
}

/** `a/b` → `a~b`; what stores or shells might take for something else: `%5F`. */
function escapePart(text: string): string {
  return text.replaceAll(
    /[^A-Za-z0-9._/:+-]|^[._]|^-|-(?=-)|-$|\.(?=[a-z])/gu,
    (char) =>
      [...new TextEncoder().encode(char)]
        .map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`)
        .join(""),
  ).replaceAll("/", "~");
}

function unescapePart(text: string): string {
  return decodeURIComponent(text.replaceAll("~", "/"));
}
