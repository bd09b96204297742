import { dstream } from "../e2e/support/program.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { type Fault, FaultyProxy } from "../support/faulty_proxy.ts";
import { needs } from "../support/needs.ts";
import { bucketOn } from "../support/s3_bucket.ts";
import {
  startVersitygw,
  type Versitygw,
} from "../support/servers/versitygw.ts";
import { TempFolder } from "../support/temp_folder.ts";

/** Two files of two parts, then one of a single request. */
const ROWS = 26_000;
const ROW_BYTES = 1000;
const KINDS = ["begin", "part", "end", "whole"] as const;

/** What a request is for. */
type Kind = typeof KINDS[number];

/** By the place of the request among those of its kind, from 1. */
type Plan = Readonly<
  Partial<Record<Kind, Readonly<Record<number, Fault>>>>
>;

const SLOW_DOWN = refusal(503, "SlowDown");
const EXPIRED = refusal(400, "ExpiredToken");
const CUT_BODY: Fault = { kind: "cut_body" };
const CUT_ANSWER: Fault = { kind: "cut_answer" };

const cases: [string, Plan][] = [
  ["refusals, cuts, an error behind a 200, and credentials that end", {
    begin: { 1: SLOW_DOWN },
    part: { 1: CUT_BODY, 3: SLOW_DOWN, 5: EXPIRED },
    end: { 1: refusal(200, "InternalError"), 3: EXPIRED },
    whole: { 1: SLOW_DOWN, 2: CUT_BODY },
  }],
  ["answers that are lost when all has worked", {
    begin: { 1: CUT_ANSWER },
    part: { 2: CUT_ANSWER },
    end: { 1: CUT_ANSWER, 3: CUT_ANSWER },
    whole: { 1: CUT_ANSWER },
  }],
];

Deno.test({
  name: "faults of a store: nothing is lost, nothing is there twice",
  ignore: !needs("versitygw"),
  async fn(t) {
    await using server = await startVersitygw();
    for (const [at, [name, plan]] of cases.entries()) {
      await t.step(name, async () => {
        const bucket = `faults-${at}`;
        await server.makeBucket(bucket);
        const met = await runThrough(server, bucket, plan);
        const wanted = Object.entries(plan).flatMap(([kind, faults]) =>
          Object.keys(faults).map((place) => `${kind} ${place}`)
        );
        assertEquals(met.sort(), wanted.sort());
        await assertOnce(server, bucket);
      });
    }
  },
});

/** @returns Which faults were met. */
async function runThrough(
  server: Versitygw,
  bucket: string,
  plan: Plan,
): Promise<string[]> {
  const met: string[] = [];
  const seen: Partial<Record<Kind, number>> = {};
  const [port] = server.process.ports;
  using proxy = new FaultyProxy(port, ({ method, query }) => {
    const kind = kindOf(method, query);
    if (kind === undefined) return undefined;
    const place = seen[kind] = (seen[kind] ?? 0) + 1;
    const fault = plan[kind]?.[place];
    if (fault !== undefined) met.push(`${kind} ${place}`);
    return fault;
  });
  await using machine = new Credentials(server);
  await using folder = await TempFolder.make({
    "dstream.hcl": configuration(proxy.endpoint, bucket),
  });
  const { code, stderr } = await dstream(["run", "lake"], {
    cwd: folder.path,
    timeoutMs: 600_000,
    env: {
      AWS_CONTAINER_CREDENTIALS_FULL_URI: machine.endpoint,
      AWS_EC2_METADATA_DISABLED: "true",
      AWS_CONFIG_FILE: folder.join("none"),
      AWS_SHARED_CREDENTIALS_FILE: folder.join("none"),
    },
  });
  assertEquals(code, 0, stderr);
  const isRenewed = JSON.stringify(plan).includes("ExpiredToken");
  assert.ok(machine.asked >= (isRenewed ? 2 : 1), `asked ${machine.asked}`);
  return met;
}

function kindOf(method: string, query: URLSearchParams): Kind | undefined {
  if (method === "POST" && query.has("uploads")) return "begin";
  if (method === "POST" && query.has("uploadId")) return "end";
  if (method !== "PUT") return undefined;
  return query.has("partNumber") ? "part" : "whole";
}

/** A machine's role, as containers have it. */
class Credentials implements AsyncDisposable {
  asked = 0;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  constructor({ accessKeyId, secretAccessKey }: Versitygw) {
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      () => {
        this.asked++;
        return Response.json({
          AccessKeyId: accessKeyId,
          SecretAccessKey: secretAccessKey,
          Token: "", // versitygw takes none
          Expiration: new Date(Date.now() + 3_600_000).toISOString(),
        });
      },
    );
  }

  get endpoint(): string {
    return `http://127.0.0.1:${this.#server.addr.port}/credentials`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}

function configuration(endpoint: string, bucket: string): string {
  return `task "lake" {
  input {
    provider = "generate"
    config {
      count = ${ROWS}
      size  = ${ROW_BYTES}
    }
  }
  output {
    provider = "s3"
    config {
      bucket    = "${bucket}"
      endpoint  = "${endpoint}"
      position  = "{data.id}"
      max_bytes = "10MiB"
    }
  }
}
`;
}

async function assertOnce(server: Versitygw, name: string): Promise<void> {
  const texts = await bucketOn(server, name).texts();
  const ids = [...texts.values()].flatMap((text) =>
    text.trimEnd().split("\n").map((line) => JSON.parse(line).id as number)
  ).sort((a, b) => a - b);
  assertEquals([ids.length, new Set(ids).size], [ROWS, ROWS]);
  assertEquals([ids[0], ids.at(-1)], [1, ROWS]);
}

function refusal(status: number, code: string): Fault {
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}` +
    `</Code><Message>as a test wants it</Message></Error>`;
  return { kind: "answer", status, body };
}
