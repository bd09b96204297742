/**
 * An API of many records that errs, throttles, breaks off and repeats.
 *
 * @module
 */

import { Api, type Asked, json } from "./api.ts";

const PAGE = 500;
/** How many of the page before come again now and then. */
const REPEATED = 7;

/** Records with ids from 1 on, a page behind the id that is asked for. */
export class FaultyApi implements AsyncDisposable {
  readonly #api: Api;
  readonly #random: () => number;
  /** How many requests were not answered as asked. */
  faults = 0;

  constructor(readonly count: number, random: () => number) {
    this.#random = random;
    this.#api = new Api((asked) => this.#answer(asked));
  }

  /** What reads all of them once. */
  get inputBlock(): string {
    return `input {
    provider = "rest"
    config {
      endpoint     = "${this.#api.endpoint}"
      auth_token   = "a-token"
      records      = "data.items"
      key          = ["id"]
      infer_schema = true
      follow       = false
      pagination {
        type  = "last_key"
        param = "after"
        key   = "id"
      }
      cursor {
        field = "id"
        type  = "number"
        order = "ascending"
      }
    }
  }`;
  }

  #answer({ url, request }: Asked): Response {
    if (request.headers.get("authorization") !== "Bearer a-token") {
      return new Response("who?", { status: 401 });
    }
    const after = Number(url.searchParams.get("after") ?? 0);
    const chance = this.#random();
    if (chance < 0.12) this.faults++;
    if (chance < 0.03) return new Response("down", { status: 503 });
    if (chance < 0.06) {
      return new Response("", { status: 429, headers: { "Retry-After": "0" } });
    }
    if (chance < 0.09) return brokenOff();
    const from = chance < 0.12 ? Math.max(0, after - REPEATED) : after;
    return json({ data: { items: this.#items(from) } });
  }

  #items(after: number): { id: number; text: string }[] {
    const length = Math.min(PAGE, this.count - after);
    return Array.from({ length }, (_, index) => ({
      id: after + index + 1,
      text: "x".repeat(100),
    }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#api[Symbol.asyncDispose]();
  }
}

/** Half a body, then the connection breaks. */
function brokenOff(): Response {
  const body = new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode('{"data":{"items":[{"id'));
      controller.close();
    },
  });
  return new Response(body, { headers: { "Content-Length": "1000000" } });
}
