/**
 * Knows a file that is written in another language than HCL.
 *
 * One sentence then stands for the many that HCL's parser has to say of it.
 *
 * @module
 */

import type { Diagnostic } from "../../base/errors.ts";
import { tryParseJson } from "../../base/json.ts";
import type { NamedText } from "./files.ts";

/** @returns `undefined` for what may be meant as HCL. */
export function otherLanguage(
  { name, text }: NamedText,
): Diagnostic | undefined {
  const language = languageOf(text);
  if (language === undefined) return undefined;
  return {
    severity: "error",
    code: "config.not_hcl",
    message: `"${name}" is ${language}, not HCL`,
    hint:
      'a task is written: task "orders" { … }; docs/configuration.md has all',
  };
}

function languageOf(text: string): string | undefined {
  if (/^\ufeff?\s*[{[]/.test(text)) {
    return tryParseJson(text) === undefined ? undefined : "JSON";
  }
  return isYaml(text) ? "YAML" : undefined;
}

/** Its first line that says something begins a document or sets a key with `:`. */
function isYaml(text: string): boolean {
  const lines = text.split("\n").map((line) => line.trimEnd());
  const first = lines.find((line) => line !== "" && !line.startsWith("#"));
  return first !== undefined &&
    /^(---( |$)|%YAML|(- )?["']?[\w.-]+["']?:( |$))/.test(first);
}
