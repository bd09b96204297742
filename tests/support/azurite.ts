/**
 * The real emulator of Azure Blob Storage, as a process in memory.
 *
 * @module
 */

const PACKAGE = "npm:azurite@3.35.0/azurite-blob";
/** The emulator's own, known to everybody. */
const ACCOUNT = "devstoreaccount1";
const KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq" +
  "/K1SZFPTOtr/KBHBeksoGMGw==";

/** A running one; ends with its brace. */
export class Azurite implements AsyncDisposable {
  private constructor(
    readonly process: Deno.ChildProcess,
    readonly url: string,
    readonly draining: Promise<unknown>,
  ) {}

  static async start(): Promise<Azurite> {
    const process = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "-A",
        "--no-lock",
        "--no-config",
        PACKAGE,
        "--blobHost",
        "127.0.0.1",
        "--blobPort",
        "0",
        "--inMemoryPersistence",
        "--skipApiVersionCheck",
        "--disableTelemetry",
        "--silent",
      ],
      stdout: "piped",
      stderr: "null",
    }).spawn();
    let text = "";
    const [head, rest] = process.stdout.tee();
    const draining = rest.pipeTo(new WritableStream());
    for await (const part of head.pipeThrough(new TextDecoderStream())) {
      text += part;
      const url = /listens on (http:\S+)/.exec(text)?.[1];
      if (url !== undefined) return new Azurite(process, url, draining);
    }
    throw new Error(`Azurite didn't start: ${text}`);
  }

  get connectionString(): string {
    return `DefaultEndpointsProtocol=http;AccountName=${ACCOUNT};` +
      `AccountKey=${KEY};BlobEndpoint=${this.url}/${ACCOUNT};`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.process.kill("SIGKILL");
    await this.process.status;
    await this.draining.catch(() => {});
  }
}
