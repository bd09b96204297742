/**
 * The types of taps, each as the input it is.
 *
 * @module
 */

import { resolve } from "node:path";
import type { Json, JsonObject } from "../../core/protocol/mod.ts";
import { pathOf, pick, programOf } from "./connections.ts";
import { postgresTap, sqlServerTap } from "./database_taps.ts";
import {
  ownState,
  type TapPlan,
  type TapWishes,
  wantedStreams,
} from "./plans.ts";
import { restPlan } from "./rest_tap.ts";

/** In the order errors list them. */
export const TAP_TYPES = [
  "rest-api",
  "file",
  "postgres",
  "sqlserver",
  "singer",
];

/** @throws {DstreamError} for what this type can't be told. */
export function tapPlan(wishes: TapWishes): TapPlan {
  switch (wishes.tap.type) {
    case "rest-api":
      return restPlan(wishes);
    case "file":
      return filePlan(wishes);
    case "postgres":
      return { ...ownState(wishes), ...postgresTap(wishes) };
    case "sqlserver":
      return { ...ownState(wishes), ...sqlServerTap(wishes) };
    default:
      return singerPlan(wishes);
  }
}

function filePlan(wishes: TapWishes): TapPlan {
  const { tap, cwd } = wishes;
  const path = pathOf(tap);
  const name = String(tap.streams?.[0]?.name ?? nameOfFile(path));
  if (wishes.catalog !== undefined) {
    wantedStreams({ ...wishes, tap: { ...tap, streams: [{ name }] } });
  }
  const isTable = /\.(csv|tsv)(\.\w+)?$/.test(path) ||
    /^(csv|tsv)$/.test(String(tap.properties.format));
  return {
    ...ownState(wishes),
    provider: "file",
    stream: name,
    config: {
      ...pick(tap.properties, [
        "format",
        "columns",
        "header",
        "delimiter",
        "quote",
        "on_invalid",
      ]),
      path: resolve(cwd, path),
      ...(isTable ? { table: name } : {}),
    },
  };
}

function nameOfFile(path: string): string {
  return path.split(/[\\/]/).at(-1)!.split(".")[0] || "records";
}

function singerPlan(wishes: TapWishes): TapPlan {
  const { tap, catalog, state } = wishes;
  const isTheirs = catalog?.file.isSinger ?? false;
  const names = tap.streams?.map(({ name }) => String(name));
  const selected = catalog === undefined || isTheirs
    ? names
    : wantedStreams(wishes).map(({ name }) => String(name));
  return {
    provider: "singer",
    stream: undefined,
    config: {
      tap: programOf(tap),
      ...pick(tap.properties, ["args", "replication"]),
      tap_config: (tap.properties.config ?? {}) as Json,
      ...(isTheirs ? { catalog: resolve(wishes.cwd, catalog!.path) } : {}),
      ...(selected === undefined ? {} : { select: [...selected] }),
    },
    resume: state === undefined || Object.keys(state.value).length === 0
      ? undefined
      : state.isSinger
      ? state.value
      : state.own,
    remember: (newest, file, nowText) => {
      const isNew = Object.keys(file.value.bookmarks as JsonObject ?? {})
            .length === 0 && file.own === undefined;
      const isObject = typeof newest === "object" && newest !== null &&
        !Array.isArray(newest);
      if ((isNew || file.isSinger) && isObject) {
        file.replace(newest as JsonObject);
      } else file.setOwn(newest, nowText);
    },
  };
}
