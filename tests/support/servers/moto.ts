/**
 * moto: an AWS of a test's own, with users, roles and policies that count.
 *
 * @module
 */

import { AwsClient } from "aws4fetch";
import { pythonOf } from "../../../scripts/setup/folders.ts";
import { type ServerProcess, startServer } from "./server_process.ts";

const ACCOUNT = "123456789012";
const REGION = "us-east-1";

/** A running one. */
export class Moto implements AsyncDisposable {
  readonly region = REGION;
  readonly #anybody = new AwsClient({
    accessKeyId: "any",
    secretAccessKey: "any",
    region: REGION,
  });

  constructor(readonly process: ServerProcess) {}

  get endpoint(): string {
    return `http://127.0.0.1:${this.process.ports[0]}`;
  }

  async makeBucket(name: string): Promise<void> {
    await this.#send("s3", `${this.endpoint}/${name}`, { method: "PUT" });
  }

  /** The text of an object. */
  async readAll(bucket: string): Promise<string> {
    const list = await this.#send("s3", `${this.endpoint}/${bucket}`);
    const texts: string[] = [];
    for (const [, key] of list.matchAll(/<Key>([^<]+)<\/Key>/g)) {
      texts.push(await this.#send("s3", `${this.endpoint}/${bucket}/${key}`));
    }
    return texts.join("");
  }

  /** A user who may do this and nothing else. @returns The user's keys. */
  async makeUser(
    name: string,
    action: string,
  ): Promise<{ accessKeyId: string; secretAccessKey: string }> {
    await this.#iam({ Action: "CreateUser", UserName: name });
    await this.#iam({
      Action: "PutUserPolicy",
      UserName: name,
      PolicyName: "may",
      PolicyDocument: policyOf(action),
    });
    const key = await this.#iam({ Action: "CreateAccessKey", UserName: name });
    return {
      accessKeyId: /<AccessKeyId>(.*?)</.exec(key)![1],
      secretAccessKey: /<SecretAccessKey>(.*?)</.exec(key)![1],
    };
  }

  /** A role that may do this and nothing else. @returns Its ARN. */
  async makeRole(name: string, action: string): Promise<string> {
    await this.#iam({
      Action: "CreateRole",
      RoleName: name,
      AssumeRolePolicyDocument: policyOf("sts:AssumeRole"),
    });
    await this.#iam({
      Action: "PutRolePolicy",
      RoleName: name,
      PolicyName: "may",
      PolicyDocument: policyOf(action),
    });
    return `arn:aws:iam::${ACCOUNT}:role/${name}`;
  }

  /** From now on policies count, or nobody is asked. */
  async setAuth(isOn: boolean): Promise<void> {
    const response = await fetch(`${this.endpoint}/moto-api/reset-auth`, {
      method: "POST",
      body: isOn ? "0" : "1000000",
    });
    await response.body?.cancel();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.process[Symbol.asyncDispose]();
  }

  async #iam(fields: Record<string, string>): Promise<string> {
    return await this.#send("iam", this.endpoint, {
      method: "POST",
      body: String(new URLSearchParams({ ...fields, Version: "2010-05-08" })),
      headers: { "Content-Type": "application/x-www-form-urlencoded" },
    });
  }

  async #send(
    service: string,
    url: string,
    init: RequestInit = {},
  ): Promise<string> {
    const response = await this.#anybody.fetch(url, {
      ...init,
      aws: { service, region: REGION },
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${service}: ${text}`);
    return text;
  }
}

/** Ask `needs("moto")` before. */
export async function startMoto(): Promise<Moto> {
  const process = await startServer({
    name: "moto",
    command: (_, [port]) => ({
      program: pythonOf("moto"),
      args: ["-m", "moto.server", "-H", "127.0.0.1", "-p", String(port)],
      env: { INITIAL_NO_AUTH_ACTION_COUNT: "1000000" },
    }),
    isReady: async ({ ports: [port] }) => {
      const answer = await fetch(`http://127.0.0.1:${port}/moto-api/`)
        .catch(() => undefined);
      await answer?.body?.cancel();
      return answer?.ok === true;
    },
  });
  return new Moto(process);
}

function policyOf(action: string): string {
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: action, Resource: "*" }],
  });
}
