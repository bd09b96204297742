/**
 * Text in lines of a given width.
 *
 * @module
 */

/** Breaks at spaces; every line begins with `indent`, the later ones deeper. */
export function wrapText(
  text: string,
  columns: number,
  indent: string,
): string {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (line !== "" && indent.length + longer.length > columns) {
      lines.push(line);
      line = `  ${word}`;
    } else line = longer;
  }
  return [...lines, line].map((each) => indent + each).join("\n");
}
