/**
 * An authority of a test's own, with a server's and a client's certificate.
 *
 * @module
 */

import type { TempFolder } from "../temp_folder.ts";
import { runTool } from "../tools.ts";

/** PEM files; those named `…Key` hold the key alone. */
export interface Certificates {
  readonly authority: string;
  /** Of `127.0.0.1` and `localhost`. */
  readonly server: string;
  readonly serverKey: string;
  readonly client: string;
  readonly clientKey: string;
}

/** Ask `needs("openssl")` before. */
export async function makeCertificates(
  folder: TempFolder,
): Promise<Certificates> {
  const authority = folder.join("ca.pem");
  const authorityKey = folder.join("ca-key.pem");
  await openssl(
    "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes " +
      "-days 30 -subj /CN=test-authority",
    ["-keyout", authorityKey, "-out", authority],
  );
  const issue = async (name: string, extension: string) => {
    const key = folder.join(`${name}-key.pem`);
    const request = folder.join(`${name}.csr`);
    const certificate = folder.join(`${name}.pem`);
    const extensions = await folder.write(`${name}.ext`, extension);
    await openssl(
      "req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes " +
        `-subj /CN=${name}`,
      ["-keyout", key, "-out", request],
    );
    await openssl("x509 -req -days 30 -CAcreateserial", [
      "-in",
      request,
      "-CA",
      authority,
      "-CAkey",
      authorityKey,
      "-extfile",
      extensions,
      "-out",
      certificate,
    ]);
    return [certificate, key];
  };
  const [server, serverKey] = await issue(
    "server",
    "subjectAltName=IP:127.0.0.1,DNS:localhost\n",
  );
  const [client, clientKey] = await issue(
    "client",
    "basicConstraints=CA:false\n",
  );
  return { authority, server, serverKey, client, clientKey };
}

function openssl(words: string, paths: readonly string[]): Promise<string> {
  return runTool("openssl", [...words.split(" "), ...paths]);
}
