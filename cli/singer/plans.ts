/**
 * What a tap or target of `dstreams` becomes: the block of a task, and how its
 * state goes into a file and comes back.
 *
 * @module
 */

import { DstreamError } from "../../core/base/errors.ts";
import type { Json, JsonObject } from "../../core/protocol/mod.ts";
import type { CatalogFile, CatalogStream } from "./catalog_file.ts";
import type { Connector } from "./connector.ts";
import type { StateFile } from "./state_file.ts";

/** A provider and its config. */
export interface Block {
  readonly provider: string;
  readonly config: JsonObject;
  /** What is done to records: `{"filter":{…}}`, `{"map":{…}}`, `{"validate":{…}}`. */
  readonly steps?: readonly JsonObject[];
}

/** How a tap is read. */
export interface TapPlan extends Block {
  /** What records belong to that name no table. */
  readonly stream: string | undefined;
  /** Where it goes on, from the state of `dstreams`. */
  readonly resume: Json | undefined;
  /** What is written back, from the input's own state. */
  remember(state: Json, file: StateFile, nowText: string): void;
}

/** What a plan is made of. */
export interface TapWishes {
  readonly tap: Connector;
  readonly catalog:
    | { readonly file: CatalogFile; readonly path: string }
    | undefined;
  readonly state: StateFile | undefined;
  readonly cwd: string;
}

/** Streams of the config that the catalog doesn't deselect. */
export function wantedStreams({ tap, catalog }: TapWishes): JsonObject[] {
  const ofCatalog = new Map<string, CatalogStream>(
    catalog?.file.streams.map((stream) => [stream.name, stream]) ?? [],
  );
  const all = tap.streams ??
    [...ofCatalog.keys()].map((name) => ({ name }));
  const wanted = all.filter(({ name }) =>
    ofCatalog.get(String(name))?.isSelected ?? catalog === undefined
  );
  if (wanted.length > 0) return wanted;
  throw new DstreamError(
    "singer.nothing_selected",
    catalog === undefined
      ? 'the tap config needs "streams": which ones?'
      : "no stream is selected in the catalog, so nothing would come",
    { hint: catalog === undefined ? undefined : "catalog select FILE STREAM" },
  );
}

/** For inputs whose state is nobody's business but theirs. */
export function ownState({ state }: TapWishes) {
  return {
    resume: state?.own,
    remember: (newest: Json, file: StateFile, nowText: string) =>
      file.setOwn(newest, nowText),
  };
}
