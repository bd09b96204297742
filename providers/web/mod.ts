/**
 * Requests over HTTP, shared by providers that send them: who asks, at which pace,
 * with how much patience.
 *
 * @module
 */

export { type Ask, WebClient } from "./client.ts";
export type { WebDeps } from "./clock.ts";
export {
  FailedRequest,
  isTransientStatus,
  shownUrl,
} from "./failed_request.ts";
export {
  authFields,
  checkUrl,
  checkWeb,
  secretsOf,
  type WebConfig,
  webFields,
} from "./fields.ts";
export type { WebResponse } from "./response.ts";
export { retryAfterMs, spentForMs } from "./retry_after.ts";
export { Scrubber } from "./secrets.ts";
