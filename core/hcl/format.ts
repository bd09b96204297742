/**
 * The one way to lay out HCL: HashiCorp's own formatter (hclwrite).
 *
 * It knows neither Go templates nor `space::name()`, and it formats what is no
 * HCL to something else that is none. So templates are masked (mask.ts), the
 * text is parsed first, and the result is compared with what went in.
 *
 * @module
 */

import { DiagnosticsError, DstreamError } from "../base/errors.ts";
import { getProgram, GoError } from "./hashicorp.ts";
import { type Mask, maskForFormatter } from "./mask.ts";
import { parse } from "./parse.ts";
import { SourceText } from "./source_text.ts";
import { Problems } from "./syntax/problems.ts";
import { scan } from "./syntax/scanner.ts";

/**
 * Aligns and indents: changes nothing but blanks, and keeps comments. Formatting
 * its own result changes nothing more. The first call takes about 100 ms.
 *
 * @param text HCL as written, templates (`{{ … }}`) included.
 * @param file For the places in the error.
 * @throws {DiagnosticsError} When `text` is no HCL.
 * @throws {DstreamError} `config.format_failed` when the formatter would change
 * more than blanks; `config.wasm_missing` when it is not there.
 *
 * @example
 * ```ts
 * const text = await format("a = 1\nlong_name=2\n");
 * if (text !== "a         = 1\nlong_name = 2\n") throw new Error(text);
 * ```
 */
export async function format(
  text: string,
  file = "dstream.hcl",
): Promise<string> {
  const written = text.startsWith("\ufeff") ? text.slice(1) : text;
  const mask = maskForFormatter(written, file);
  refuseMistakes(written, mask, file);
  const formatted = await run(mask.text, file);
  if (fingerprint(formatted) !== fingerprint(mask.text)) {
    throw new DstreamError(
      "config.format_failed",
      `cannot format "${file}": more than blanks would change`,
      { hint: "this is a mistake of the formatter; please report the file" },
    );
  }
  return mask.undo(formatted);
}

function refuseMistakes(written: string, mask: Mask, file: string): void {
  const { diagnostics } = parse(new SourceText(file, written, mask.parsable));
  const mistakes = diagnostics.filter(({ code }) =>
    // Each branch of a template may set the same attribute.
    code !== "config.syntax_duplicate" || !mask.hasTemplates
  );
  if (mistakes.length > 0) throw new DiagnosticsError(mistakes);
}

async function run(text: string, file: string): Promise<string> {
  const program = await getProgram("hcl-tools");
  try {
    return program.call("format", text);
  } catch (error) {
    if (!(error instanceof GoError)) throw error;
    throw new DstreamError(
      "config.format_failed",
      `cannot format "${file}": ${error.message}`,
      { cause: error, isUsage: false },
    );
  }
}

/** All that must stay the same: the tokens, and every visible character. */
function fingerprint(text: string): string {
  const problems = new Problems(new SourceText("", text));
  const tokens = scan(text, problems).tokens
    .filter(({ kind }) => kind !== "newline" && kind !== "close_heredoc")
    .map(({ kind, start, end }) => `${kind} ${text.slice(start, end)}`);
  return JSON.stringify([tokens, text.replace(/[ \t\r]+/g, "")]);
}
