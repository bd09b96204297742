/**
 * What is written on the artifact beside its bytes: version, licence, source, time.
 *
 * @module
 */

import { parseSpec } from "../../core/project/mod.ts";
import { PROTOCOL_VERSION, type Reference } from "../../core/registry/mod.ts";
import type { Context } from "../context.ts";
import { type PushWishes, usageError } from "./push_wishes.ts";

const IMAGE = "org.opencontainers.image.";

/** Standard ones first; the user's own may replace them. */
export function annotationsOf(
  reference: Reference,
  wishes: PushWishes,
  specText: string | undefined,
  context: Context,
): Record<string, string> {
  const spec = specText === undefined ? undefined : parseSpec(specText);
  const created = wishes.created === undefined
    ? fromEpoch(context.deps.env)
    : readTime(wishes.created);
  const known: Record<string, string | undefined> = {
    [`${IMAGE}version`]: reference.tag,
    [`${IMAGE}title`]: spec?.name,
    [`${IMAGE}description`]: spec?.description,
    [`${IMAGE}source`]: wishes.source,
    [`${IMAGE}licenses`]: wishes.licence,
    [`${IMAGE}revision`]: wishes.revision,
    [`${IMAGE}created`]: created,
    [PROTOCOL_VERSION]: spec && String(spec.protocol.version),
  };
  const more = (wishes.annotation ?? []).map(readAnnotation);
  return Object.fromEntries(
    [...Object.entries(known), ...more].filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    ),
  );
}

/** RFC 3339, section 5.6. */
function readTime(text: string): string {
  const isTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/i
    .test(text) && !Number.isNaN(Date.parse(text));
  if (isTime) return text;
  throw usageError(
    "usage.created",
    `"${text}" is no time`,
    'write "2026-01-31T12:00:00Z"',
  );
}

/**
 * The time of the source, for builds that can be repeated.
 * @see https://reproducible-builds.org/docs/source-date-epoch/
 */
function fromEpoch(
  env: Readonly<Record<string, string>>,
): string | undefined {
  const seconds = Number(env.SOURCE_DATE_EPOCH);
  if (!env.SOURCE_DATE_EPOCH || !Number.isSafeInteger(seconds)) {
    return undefined;
  }
  return new Date(seconds * 1000).toISOString();
}

function readAnnotation(text: string): [string, string] {
  const equals = text.indexOf("=");
  if (equals > 0) return [text.slice(0, equals), text.slice(equals + 1)];
  throw usageError(
    "usage.annotation",
    `--annotation needs KEY=VALUE, got "${text}"`,
  );
}
