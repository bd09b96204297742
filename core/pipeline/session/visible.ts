/**
 * Providers' text on a terminal: control characters become visible, so that no
 * provider can move the cursor or retitle the window. Colours (SGR sequences,
 * ECMA-48 section 8.3.117), tabs and line ends stay.
 *
 * @module
 */

// deno-lint-ignore no-control-regex
const CONTROL = /\x1b\[[0-9;]*m|[\x00-\x08\x0b-\x1f\x7f-\x9f]/g;

/**
 * @example
 * ```ts
 * if (makeVisible("a\x07b") !== "a\u2407b") throw new Error();
 * ```
 */
export function makeVisible(text: string): string {
  return text.replace(CONTROL, (match) => {
    if (match.length > 1) return match;
    const code = match.charCodeAt(0);
    if (code < 0x20) return String.fromCharCode(0x2400 + code);
    return code === 0x7f ? "\u2421" : `\\x${code.toString(16)}`;
  });
}

/** The same for a stream of bytes; a carriage return before a line feed stays. */
export function visibleStream(): TransformStream<Uint8Array, Uint8Array> {
  const decoder = new TextDecoder();
  const encoder = new TextEncoder();
  const transform = (text: string) =>
    encoder.encode(makeVisible(text.replaceAll("\r\n", "\n")));
  return new TransformStream({
    transform(chunk, controller) {
      controller.enqueue(transform(decoder.decode(chunk, { stream: true })));
    },
    flush(controller) {
      const rest = decoder.decode();
      if (rest !== "") controller.enqueue(transform(rest));
    },
  });
}
