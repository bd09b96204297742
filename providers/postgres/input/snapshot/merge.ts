/**
 * Several streams at the same time as one.
 *
 * @module
 */

/**
 * Yields what comes from any of them, as it comes. Each is asked for one thing
 * ahead, so what waits is bounded by their number. When one fails, or nobody wants
 * more, all are ended.
 */
export async function* merge<T>(
  streams: readonly AsyncGenerator<T>[],
): AsyncGenerator<T> {
  const pending = new Map(
    streams.map((stream) => [stream, ask(stream)] as const),
  );
  try {
    while (pending.size > 0) {
      const { stream, result } = await Promise.race(pending.values());
      if (result.done) {
        pending.delete(stream);
        continue;
      }
      pending.set(stream, ask(stream));
      yield result.value;
    }
  } finally {
    for (const each of pending.values()) each.catch(() => {});
    await Promise.allSettled(streams.map((stream) => stream.return(undefined)));
  }
}

async function ask<T>(stream: AsyncGenerator<T>) {
  return { stream, result: await stream.next() };
}
