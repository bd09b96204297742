/**
 * `validate { schema = file("…") on_invalid = "dead_letter" }`.
 *
 * @module
 */

import type { ValidateStep } from "../config/task.ts";
import { DstreamError } from "../base/errors.ts";
import type { Line } from "./line.ts";
import { compileSchema } from "./schema.ts";
import type { Compiled } from "./step.ts";
import { DROP, PASS, type Verdict } from "./verdict.ts";

/** @returns The compiled step, or what is wrong with it. */
export async function compileValidate(step: ValidateStep): Promise<Compiled> {
  const { check, problems } = await compileSchema(step.schema);
  if (check === undefined) return { problems };
  const apply = (line: Line): Verdict => {
    const { dataKey } = line;
    const reason = check(line.value[dataKey], () => line.exact[dataKey]);
    return reason === undefined ? PASS : judge(step, reason);
  };
  return { step, apply, problems };
}

function judge({ onInvalid, schema }: ValidateStep, reason: string): Verdict {
  switch (onInvalid) {
    case "dead_letter":
      return { kind: "reject", reason, code: "schema" };
    case "drop":
      return DROP;
    case "fail":
      return { kind: "fail", error: failure(reason, schema) };
  }
}

function failure(
  reason: string,
  { at }: ValidateStep["schema"],
): DstreamError {
  return new DstreamError(
    "transform.schema_violated",
    `an envelope does not fit the schema: ${reason}`,
    { at, hint: 'on_invalid = "dead_letter" or "drop" lets the task go on' },
  );
}
