/**
 * From one page of an answer to the next: numbers, offsets, cursors, links.
 *
 * @module
 */

import { FinalError, type Json } from "@dstream/sdk";
import { shownUrl, valueAt, type WebResponse } from "../../web/mod.ts";
import type { PaginationConfig } from "./config.ts";
import { textOf } from "./exact.ts";
import { nextLink } from "./link_header.ts";

/** Which page is asked for; kept in the state. */
export interface PageAsk {
  /** Besides the stream's own. */
  readonly params?: Readonly<Record<string, string>>;
  /** Instead of the stream's address. */
  readonly url?: string;
}

/** A page that came. */
export interface Page {
  readonly ask: PageAsk;
  readonly response: WebResponse;
  readonly whole: Json | undefined;
  readonly records: readonly Json[];
}

/** How to get from page to page. */
export interface Pages {
  readonly first: PageAsk;
  /** undefined: that was the last. */
  next(page: Page): PageAsk | undefined;
  /**
   * The API itself says where a page is, so that it can be gone on from after a
   * restart. A number can't: what is behind it has changed by then.
   */
  readonly isResumable: boolean;
}

/** @param overlap Records that are read again with an offset. */
export function pagesOf(
  config: PaginationConfig | undefined,
  overlap: number,
): Pages {
  switch (config?.type) {
    case undefined:
    case "none":
      return { first: {}, next: () => undefined, isResumable: false };
    case "page":
      return numbered(config, config.start ?? 1, () => 1);
    case "offset": {
      const step = Math.max(1, config.size! - overlap);
      return numbered(
        config,
        config.start ?? 0,
        (count) => Math.min(step, Math.max(1, count - overlap)),
      );
    }
    case "cursor":
      return byCursor(config);
    case "next_link":
      return byLink(config, ({ whole }) => textAt(whole, config.next!));
    case "link_header":
      return byLink(
        config,
        ({ response }) => nextLink(response.headers.get("link") ?? ""),
      );
    case "last_key":
      return byLastKey(config);
  }
}

function numbered(
  config: PaginationConfig,
  start: number,
  stepAfter: (count: number) => number,
): Pages {
  const { param } = config;
  const ask = (number: number): PageAsk => ({
    params: { ...sizeParam(config), [param!]: String(number) },
  });
  return {
    first: ask(start),
    isResumable: false,
    next(page) {
      const more = saysMore(config, page) ?? page.records.length > 0;
      if (!more) return undefined;
      const number = Number(page.ask.params?.[param!] ?? start);
      // A page of what the overlap holds alone is the last one.
      const isOver = config.type === "offset" && config.hasMore === undefined &&
        page.records.length < config.size!;
      if (isOver) return undefined;
      return ask(number + stepAfter(page.records.length || config.size || 1));
    },
  };
}

function byCursor(config: PaginationConfig): Pages {
  const { param, next, nextHeader } = config;
  const found = ({ whole, response }: Page) =>
    nextHeader === undefined
      ? textAt(whole, next!)
      : response.headers.get(nextHeader) || undefined;
  return {
    first: { params: sizeParam(config) },
    isResumable: true,
    next(page) {
      const cursor = wanted(config, page, found(page));
      return cursor === undefined
        ? undefined
        : { params: { ...sizeParam(config), [param!]: cursor } };
    },
  };
}

function byLink(
  config: PaginationConfig,
  found: (page: Page) => string | undefined,
): Pages {
  return {
    first: { params: sizeParam(config) },
    isResumable: true,
    next(page) {
      const link = wanted(config, page, found(page));
      return link === undefined
        ? undefined
        : { url: linked(link, page.response.url) };
    },
  };
}

/** A proxy in front often makes `http:` of the API's own links. */
function linked(link: string, from: URL): string {
  if (!URL.canParse(link, from)) {
    throw new FinalError(
      "rest.link_invalid",
      `${JSON.stringify(link)}, the next page of ${shownUrl(from)}, is no link`,
      { key: "pagination" },
    );
  }
  const url = new URL(link, from);
  if (url.hostname === from.hostname && url.protocol !== from.protocol) {
    url.protocol = from.protocol;
    url.port = from.port;
  }
  return url.href;
}

function byLastKey(config: PaginationConfig): Pages {
  const { param, key } = config;
  return {
    first: { params: sizeParam(config) },
    isResumable: true,
    next(page) {
      const more = saysMore(config, page) ?? page.records.length > 0;
      if (!more) return undefined;
      const last = textOf(valueAt(page.records.at(-1), key!));
      if (last === undefined) {
        throw new FinalError(
          "rest.key_missing",
          `the last record of ${shownUrl(page.response.url)} has no "${key}"`,
          { key: "pagination.key" },
        );
      }
      return { params: { ...sizeParam(config), [param!]: last } };
    },
  };
}

/** What the API says of more decides alone, where it says it. */
function wanted(
  config: PaginationConfig,
  page: Page,
  next: string | undefined,
): string | undefined {
  const more = saysMore(config, page);
  if (more === false) return undefined;
  if (more === true && next === undefined) {
    throw new FinalError(
      "rest.no_next_page",
      `${shownUrl(page.response.url)} says that more follows, and not where`,
      { key: "pagination.next" },
    );
  }
  return next;
}

function saysMore({ hasMore }: PaginationConfig, { whole, response }: Page) {
  if (hasMore === undefined) return undefined;
  const said = valueAt(whole, hasMore);
  if (typeof said === "boolean") return said;
  if (said === null || said === undefined) return false;
  const text = textOf(said);
  if (text === "true" || text === "false") return text === "true";
  if (text !== undefined && /^\d+$/.test(text)) return Number(text) > 0;
  throw new FinalError(
    "rest.more_unknown",
    `"${hasMore}" of ${shownUrl(response.url)} is neither true nor false`,
    { key: "pagination.has_more" },
  );
}

function textAt(whole: Json | undefined, path: string): string | undefined {
  return textOf(valueAt(whole, path));
}

function sizeParam({ size, sizeParam }: PaginationConfig) {
  return size === undefined || sizeParam === undefined
    ? {}
    : { [sizeParam]: String(size) };
}
