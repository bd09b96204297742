/**
 * Apicurio Registry, a schema registry that nobody here wrote.
 *
 * @module
 */

import { APICURIO_JAR } from "../../../scripts/setup/apicurio.ts";
import { type ServerProcess, startServer } from "./server_process.ts";

/** A running one; ends with its brace. */
export class Apicurio implements AsyncDisposable {
  constructor(readonly process: ServerProcess) {}

  /** Where it speaks Confluent's API. */
  get url(): string {
    return `http://127.0.0.1:${this.process.ports[0]}/apis/ccompat/v7`;
  }

  /** What a subject allows: NONE (as it comes), BACKWARD, FORWARD, FULL. */
  async setCompatibility(subject: string, level: string): Promise<void> {
    const response = await fetch(`${this.url}/config/${subject}`, {
      method: "PUT",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ compatibility: level }),
    });
    const said = await response.text();
    if (!response.ok) throw new Error(said);
  }

  /** A schema's text, and its number. */
  async latest(subject: string): Promise<{ id: number; schema: string }> {
    const path = `subjects/${encodeURIComponent(subject)}/versions/latest`;
    const response = await fetch(`${this.url}/${path}`);
    if (!response.ok) throw new Error(await response.text());
    return await response.json();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.process[Symbol.asyncDispose]();
  }
}

/** With nothing in it, kept in memory. Ask `needs("apicurio")` before. */
export async function startApicurio(): Promise<Apicurio> {
  const process = await startServer({
    name: "Apicurio Registry",
    command: (_folder, [port]) => ({
      program: "java",
      args: [
        "-Xmx384m",
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",
        "-Dquarkus.http.host=127.0.0.1",
        `-Dquarkus.http.port=${port}`,
        "-jar",
        APICURIO_JAR,
      ],
    }),
    isReady: async (server) => (await server.log()).includes("Listening on"),
  });
  return new Apicurio(process);
}
