/**
 * One turn through a stream: from where it stands to the last page.
 *
 * @module
 */

import { FinalError, type Json } from "@dstream/sdk";
import { FailedRequest, shownUrl, type WebClient } from "../../web/mod.ts";
import { Cursor, type CursorValue } from "./cursor.ts";
import type { StreamConfig } from "./config.ts";
import { Memory } from "./memory.ts";
import { type Page, type PageAsk, type Pages, pagesOf } from "./pages.ts";
import { readAnswer } from "./records.ts";
import { pageUrl } from "./address.ts";
import type { Place } from "./state.ts";

/** Pages whose address is kept in mind. */
const MOST_ASKED = 1000;

/** What a turn needs of its surroundings. */
export interface TurnDeps {
  readonly client: WebClient;
  readonly endpoint: string;
  readonly signal: AbortSignal;
  warn(message: string): void;
}

/** New records of a page. */
export interface NewRecords {
  readonly records: readonly Json[];
  readonly page: Page;
  /** Moves the place behind them: once they are sent. */
  commit(): void;
}

/** A stream, or one parent's part of it, asked once from its place on. */
export class Turn {
  readonly #stream: StreamConfig;
  readonly #deps: TurnDeps;
  readonly #parent: Json | undefined;
  readonly #place: Place;
  readonly #cursor: Cursor | undefined;
  readonly #memory: Memory | undefined;
  readonly #pages: Pages;
  /** Where asking begins: nothing older is new. */
  #from: CursorValue | undefined;
  #newest: CursorValue | undefined;
  /** Of the page before, which an overlap shows again. */
  #recent = new Set<string>();
  #isReached = false;
  readonly #asked = new Set<string>();

  /** @param place Changed by each `commit` and at the end. */
  constructor(
    stream: StreamConfig,
    place: Place,
    parent: Json | undefined,
    deps: TurnDeps,
  ) {
    this.#stream = stream;
    this.#deps = deps;
    this.#parent = parent;
    this.#place = place;
    const { cursor, pagination, key } = stream;
    if (cursor !== undefined) {
      this.#cursor = new Cursor(cursor);
      this.#memory = new Memory(key, cursor.maxRemembered, cursor.field);
      this.#recall();
    }
    const overlap = pagination?.overlap ??
      (cursor === undefined ? 0 : Math.ceil((pagination?.size ?? 0) / 10));
    this.#pages = pagesOf(pagination, overlap);
  }

  #recall(): void {
    const cursor = this.#cursor!;
    const { cursor: text, sent = [], newest } = this.#place;
    const { initial } = cursor.config;
    const start = text ?? initial;
    if (start !== undefined) this.#from = cursor.read(start);
    this.#newest = newest === undefined
      ? text === undefined ? undefined : this.#from
      : cursor.read(newest);
    this.#memory!.recall(
      sent.map(([id, at]) => [id, cursor.read(at)] as const),
    );
  }

  /** Every page's new records. */
  async *run(): AsyncGenerator<NewRecords> {
    let ask: PageAsk | undefined = this.#resumed() ?? this.#pages.first;
    let query = this.#from;
    let since = 0;
    while (ask !== undefined && !this.#deps.signal.aborted) {
      const page = await this.#fetch(ask, query);
      if (page === undefined) break;
      since += page.records.length;
      const records = this.#fresh(page);
      let next = this.#next(page);
      if (
        next !== undefined &&
        since >= (this.#stream.pagination?.cap ?? Infinity)
      ) {
        query = this.#afterCap(query);
        next = this.#pages.first;
        since = 0;
        this.#asked.clear();
      }
      if (this.#isReached) next = undefined;
      const after = next;
      yield { records, page, commit: () => this.#move(after) };
      ask = next;
    }
    if (!this.#deps.signal.aborted) this.#finish();
  }

  #resumed(): PageAsk | undefined {
    return this.#pages.isResumable ? this.#place.page : undefined;
  }

  async #fetch(
    ask: PageAsk,
    from: CursorValue | undefined,
  ): Promise<Page | undefined> {
    const { client, endpoint } = this.#deps;
    const { method = "GET", body, emptyOn = [] } = this.#stream;
    const url = pageUrl(endpoint, this.#stream, ask, {
      parent: this.#parent,
      from: from && this.#cursor?.paramOf(from),
    });
    const response = await client.send({
      method,
      url,
      body,
      headers: body === undefined ? {} : { "Content-Type": "application/json" },
    });
    if (emptyOn.includes(response.status)) return undefined;
    if (response.status === 204) {
      return { ask, response, whole: undefined, records: [] };
    }
    if (response.status < 200 || response.status > 299) {
      const failure = FailedRequest.refused(response, client.scrubber);
      if (this.#isKeptPage(ask)) return await this.#startOver(failure, from);
      throw failure.isTransient ? failure : failure.asFinal("endpoint");
    }
    return {
      ask,
      response,
      ...readAnswer(response, this.#stream, client.scrubber),
    };
  }

  #isKeptPage(ask: PageAsk): boolean {
    return ask === this.#place.page && ask !== this.#pages.first;
  }

  /** A cursor of a broken-off turn may have ended meanwhile. */
  #startOver(failure: FailedRequest, from: CursorValue | undefined) {
    this.#deps.warn(
      `${this.#stream.name}: the page that was to be gone on from is gone ` +
        `(${failure.message}); asking from the start of the turn`,
    );
    this.#place.page = undefined;
    return this.#fetch(this.#pages.first, from);
  }

  #next(page: Page): PageAsk | undefined {
    const next = this.#pages.next(page);
    if (next === undefined) return undefined;
    const text = JSON.stringify(next);
    if (!this.#isKnown(text) && text !== JSON.stringify(page.ask)) return next;
    this.#deps.warn(
      `${this.#stream.name}: ${
        shownUrl(page.response.url)
      } names as the next ` +
        "page one that was asked for before; the turn ends here",
    );
    return undefined;
  }

  /** Whether pages go round in a circle; of the last thousand it is known. */
  #isKnown(ask: string): boolean {
    if (this.#asked.has(ask)) return true;
    this.#asked.add(ask);
    if (this.#asked.size > MOST_ASKED) {
      const [oldest] = this.#asked;
      this.#asked.delete(oldest);
    }
    return false;
  }

  #afterCap(query: CursorValue | undefined): CursorValue {
    const newest = this.#newest;
    if (newest === undefined || newest.order === query?.order) {
      throw new FinalError(
        "rest.cap_reached",
        `more records have the cursor "${newest?.text ?? ""}" than the API ` +
          "gives for one query",
        { key: "pagination.cap", hint: "choose a finer cursor field" },
      );
    }
    return newest;
  }

  #fresh(page: Page): Json[] {
    const before = this.#recent;
    this.#recent = new Set();
    return page.records.filter((record) => this.#isFresh(record, before));
  }

  #isFresh(record: Json, before: ReadonlySet<string>): boolean {
    const cursor = this.#cursor;
    if (cursor === undefined) return true;
    const at = cursor.of(record);
    if (at === undefined) return this.#withoutCursor(record);
    const memory = this.#memory!;
    const id = memory.idOf(record, at);
    this.#recent.add(id);
    if (this.#isOld(at) || before.has(id) || memory.has(id)) return false;
    if (this.#newest === undefined || at.order > this.#newest.order) {
      this.#newest = at;
    }
    memory.add(id, at, this.#reachToKeep());
    return true;
  }

  /** What the next turn asks from. */
  #reachToKeep(): CursorValue {
    return this.#cursor!.reach(this.#newest!);
  }

  #isOld(at: CursorValue): boolean {
    const from = this.#from;
    if (from === undefined) return false;
    const isOld = at.order < this.#cursor!.reach(from).order;
    if (isOld && this.#cursor!.config.order === "descending") {
      this.#isReached = true;
    }
    return isOld;
  }

  #withoutCursor(record: Json): boolean {
    const { missing, field } = this.#cursor!.config;
    if (missing !== "fail") return missing === "keep";
    const text = JSON.stringify(record).slice(0, 200);
    throw new FinalError(
      "rest.cursor_missing",
      `a record of ${this.#stream.name} has no "${field}": ` +
        this.#deps.client.scrubber.clean(text),
      { key: "cursor.missing", hint: 'or say missing = "keep" or "drop"' },
    );
  }

  /** The place after a page. */
  #move(next: PageAsk | undefined): void {
    const place = this.#place;
    place.page = this.#pages.isResumable ? next : undefined;
    if (this.#newest === undefined) return;
    if (this.#cursor!.config.order === "ascending") this.#settle();
    else place.newest = this.#newest.text;
    this.#remember();
  }

  #finish(): void {
    this.#place.page = undefined;
    if (this.#newest !== undefined) {
      this.#settle();
      this.#remember();
    }
  }

  #settle(): void {
    this.#place.cursor = this.#newest!.text;
    this.#place.newest = undefined;
  }

  #remember(): void {
    this.#memory!.forgetBefore(this.#reachToKeep());
    this.#place.sent = this.#memory!.sent();
  }
}
