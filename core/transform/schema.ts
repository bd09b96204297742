/**
 * JSON Schemas, compiled once.
 *
 * @module
 */

import type { Ajv as AjvCore, ErrorObject, Options } from "ajv";
import type { PlacedText } from "../config/task.ts";
import type { Diagnostic } from "../base/errors.ts";
import { addDecimalKeywords, type ExactRecord } from "./decimal_keywords.ts";
import { formatPath } from "./path.ts";

/**
 * @param exact The same value with every digit of its numbers.
 * @returns What is wrong with a value, in words, or nothing.
 */
export type SchemaCheck = (
  data: unknown,
  exact?: () => unknown,
) => string | undefined;

/** A schema that can be used, or not, and what there is to say about it. */
export interface CompiledSchema {
  readonly check?: SchemaCheck;
  readonly problems: readonly Diagnostic[];
}

const MAX_REASONS = 3;

/** Loads the library for the draft that `$schema` names. */
export async function compileSchema(
  written: PlacedText,
): Promise<CompiledSchema> {
  const warnings: string[] = [];
  try {
    const schema = JSON.parse(written.text);
    const record: ExactRecord = {};
    const ajv = await loadAjv(schema?.$schema, warnings);
    addDecimalKeywords(ajv, record);
    const validate = ajv.compile(schema);
    return {
      check: (data, exact) => {
        record.read = exact;
        return validate(data) ? undefined : describeAll(validate.errors ?? []);
      },
      problems: warnings.map((message) =>
        diagnose("warning", message, written)
      ),
    };
  } catch (error) {
    const message = error instanceof SyntaxError
      ? "the schema is not JSON"
      : (error as Error).message.replaceAll(" data/", " /");
    return { problems: [diagnose("error", message, written)] };
  }
}

async function loadAjv(
  draft: unknown,
  warnings: string[],
): Promise<AjvCore> {
  const warn = (message: unknown) => void warnings.push(String(message));
  const options: Options = {
    // Misspelt keywords are told, and let pass as the standard says.
    strictSchema: "log",
    strictTypes: false,
    strictTuples: false,
    strictNumbers: true,
    logger: { log: warn, warn, error: warn },
  };
  const { default: addFormats } = await import("ajv-formats");
  const ajv = await createAjv(String(draft ?? ""), options);
  (addFormats as unknown as (ajv: AjvCore) => void)(ajv);
  return ajv;
}

/** Without a `$schema` the draft of today: 2020-12. */
async function createAjv(draft: string, options: Options): Promise<AjvCore> {
  if (draft.includes("draft-07") || draft.includes("draft-06")) {
    const { Ajv } = await import("ajv");
    const ajv = new Ajv(options);
    if (draft.includes("draft-06")) {
      const meta = await import("ajv/dist/refs/json-schema-draft-06.json", {
        with: { type: "json" },
      });
      ajv.addMetaSchema(meta.default);
    }
    return ajv;
  }
  if (draft.includes("2019-09")) {
    const { Ajv2019 } = await import("ajv/dist/2019.js");
    return new Ajv2019(options) as unknown as AjvCore;
  }
  const { Ajv2020 } = await import("ajv/dist/2020.js");
  return new Ajv2020(options) as unknown as AjvCore;
}

function diagnose(
  severity: "error" | "warning",
  message: string,
  { at }: PlacedText,
): Diagnostic {
  const code = "config.schema_invalid";
  return { severity, code, message: lowerFirst(message), at };
}

/** The first few; a schema's own words, never the data's. */
function describeAll(errors: readonly ErrorObject[]): string {
  const reasons = errors.slice(0, MAX_REASONS).map(describe);
  const more = errors.length - reasons.length;
  return reasons.join("; ") + (more > 0 ? `; and ${more} more` : "");
}

function describe({ instancePath, message, params }: ErrorObject): string {
  const names = instancePath.split("/").slice(1).map((name) =>
    name.replaceAll("~1", "/").replaceAll("~0", "~")
  );
  const what = message ?? "does not fit the schema";
  const extra = params.additionalProperty ?? params.unevaluatedProperty;
  const name = extra === undefined ? "" : ` (${JSON.stringify(extra)})`;
  return `${formatPath(["data", ...names])} ${what}${name}`;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
