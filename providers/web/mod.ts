/**
 * Requests over HTTP, shared by providers that send them: who asks, at which pace,
 * with how much patience.
 *
 * @module
 */

export { type Ask, WebClient } from "./client.ts";
export { FailedRequest, shownUrl } from "./failed_request.ts";
export { checkUrl, checkWeb, webFields } from "./fields.ts";
export type { WebResponse } from "./response.ts";
export type { Scrubber } from "./secrets.ts";
export { valueAt } from "./value_at.ts";
