/**
 * The `Link` header.
 * Source: RFC 8288, 3; several links stand in one header, and a quoted text may
 * hold a comma.
 *
 * @module
 */

const LINK =
  /<([^>]*)>((?:\s*;\s*[\w*-]+\s*(?:=\s*(?:"(?:[^"\\]|\\.)*"|[^\s",;]+))?)*)/g;
const RELATION = /;\s*rel\s*=\s*(?:"([^"]*)"|([^\s",;]+))/i;

/** The target of `rel="next"`. */
export function nextLink(header: string): string | undefined {
  for (const [, target, params] of header.matchAll(LINK)) {
    const relation = RELATION.exec(params);
    const names = (relation?.[1] ?? relation?.[2] ?? "").toLowerCase();
    if (names.split(/\s+/).includes("next")) return target;
  }
}
