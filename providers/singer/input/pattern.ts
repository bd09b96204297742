/**
 * Patterns of names, as Meltano's `select` has them: `*`, `?`, `[abc]`, and `!`
 * before what is left out.
 *
 * @module
 */

/** One pattern, which remembers whether it ever fitted. */
export interface Pattern {
  readonly text: string;
  readonly isExclusion: boolean;
  readonly hasMatched: boolean;
  matches(name: string): boolean;
}

/** @param text `public-*.id`, `!*.password`. */
export function pattern(text: string): Pattern {
  const isExclusion = text.startsWith("!");
  const positive = isExclusion ? text.slice(1) : text;
  const regexp = new RegExp(`^${sourceOf(positive)}$`, "s");
  let hasMatched = false;
  return {
    text: positive,
    isExclusion,
    get hasMatched() {
      return hasMatched;
    },
    matches: (name) => {
      const isMatch = regexp.test(name);
      hasMatched ||= isMatch;
      return isMatch;
    },
  };
}

function sourceOf(glob: string): string {
  return glob.replace(
    /\[(!?)([^\]]+)\]|[\s\S]/g,
    (one, not: string | undefined, inside: string | undefined) => {
      if (inside !== undefined) {
        return `[${not ? "^" : ""}${inside.replace(/[\\^\]]/g, "\\$&")}]`;
      }
      if (one === "*") return ".*";
      if (one === "?") return ".";
      return one.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
    },
  );
}
