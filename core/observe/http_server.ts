/**
 * Metrics and health over HTTP, for as long as a run lasts.
 *
 * A sample is taken for each request. What the operating system is asked for is
 * shared by requests that come at the same time.
 *
 * @module
 */

import { DstreamError } from "../base/errors.ts";
import { chooseFormat, CONTENT_TYPES, formatMetrics } from "./exposition.ts";
import { readinessOf } from "./health.ts";
import { formatAddress, type ListenAddress } from "./listen_address.ts";
import { metricsOf, type Surroundings } from "./metrics.ts";
import { type ProcessUsage, readProcessUsage } from "./process_usage.ts";
import type { RunSample } from "./sample.ts";
import { SmallHttpServer } from "./small_http.ts";

const INDEX = `dstream

/metrics  Prometheus metrics
/healthz  the process lives
/readyz   all providers are ready and acknowledgements move
`;

/** What is served. */
export interface MetricsServerOptions {
  readonly address: ListenAddress;
  readonly sample: () => RunSample;
  readonly platform: Surroundings["platform"];
  readonly readUsage?: typeof readProcessUsage;
}

/** A server that listens. Leaving its scope ends it. */
export class MetricsServer implements AsyncDisposable {
  readonly #server: SmallHttpServer;
  readonly #options: MetricsServerOptions;
  #asking: Promise<ReadonlyMap<number, ProcessUsage>> | undefined;

  /**
   * Listens from now on.
   * @throws {DstreamError} `observe.address_in_use`,
   * `observe.address_unavailable`
   */
  constructor(options: MetricsServerOptions) {
    this.#options = options;
    const { host, port } = options.address;
    try {
      this.#server = new SmallHttpServer(
        host,
        port,
        (request) => this.#answer(request),
      );
    } catch (error) {
      throw notListening(options.address, error);
    }
  }

  /** `http://127.0.0.1:9464` */
  get url(): string {
    const { hostname, port } = this.#server.addr;
    return `http://${formatAddress({ host: hostname, port })}`;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#server[Symbol.dispose]();
    return Promise.resolve();
  }

  async #answer(request: Request): Promise<Response> {
    if (request.method !== "GET" && request.method !== "HEAD") {
      return text("only GET and HEAD\n", 405, { allow: "GET, HEAD" });
    }
    switch (new URL(request.url).pathname) {
      case "/":
        return text(INDEX);
      case "/metrics":
        return await this.#metrics(request.headers.get("accept"));
      case "/healthz":
        return text("ok\n");
      case "/readyz":
        return this.#readiness();
      default:
        return text("not found; there are /metrics, /healthz, /readyz\n", 404);
    }
  }

  async #metrics(accept: string | null): Promise<Response> {
    const run = this.#options.sample();
    const usage = await this.#usage(run);
    const { platform } = this.#options;
    const format = chooseFormat(accept);
    return text(
      formatMetrics(metricsOf(run, { usage, platform }), format),
      200,
      {
        "content-type": CONTENT_TYPES[format],
      },
    );
  }

  #readiness(): Response {
    const { isReady, reasons } = readinessOf(this.#options.sample());
    return isReady ? text("ready\n") : text(
      ["not ready", ...reasons].map((line) => `${line}\n`).join(""),
      503,
    );
  }

  #usage(run: RunSample): Promise<ReadonlyMap<number, ProcessUsage>> {
    const pids = run.tasks.flatMap(({ providers }) =>
      providers.filter(({ isAlive }) => isAlive).map(({ pid }) => pid)
    );
    const read = this.#options.readUsage ?? readProcessUsage;
    this.#asking ??= read([run.pid, ...pids])
      .finally(() => this.#asking = undefined);
    return this.#asking;
  }
}

function text(
  body: string,
  status = 200,
  headers: Record<string, string> = {},
): Response {
  return new Response(body, {
    status,
    headers: {
      "content-type": "text/plain; charset=utf-8",
      "cache-control": "no-store",
      ...headers,
    },
  });
}

function notListening(address: ListenAddress, cause: unknown): DstreamError {
  const where = formatAddress(address);
  if (cause instanceof Deno.errors.AddrInUse) {
    return new DstreamError(
      "observe.address_in_use",
      `cannot serve metrics on ${where}: somebody listens there already`,
      {
        cause,
        hint: "another run perhaps (`dstream ps`); choose another port, or " +
          "port 0 for any that is free",
      },
    );
  }
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new DstreamError(
    "observe.address_unavailable",
    `cannot serve metrics on ${where}: ${reason}`,
    { cause, hint: "127.0.0.1 always works for readers on this machine" },
  );
}
