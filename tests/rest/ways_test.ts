import { assert, assertEquals, assertRejects } from "../support/assert.ts";
import { needs } from "../support/needs.ts";
import { Api, json, numbered } from "../support/rest/api.ts";
import { runRest } from "../support/rest/rest_input.ts";
import {
  type Certificates,
  makeCertificates,
} from "../support/servers/certificates.ts";
import { startServer } from "../support/servers/server_process.ts";
import { TempFolder } from "../support/temp_folder.ts";
import { toolPath } from "../support/tools.ts";

/** openssl's own server, which nobody here wrote, asks for the client's certificate. */
async function startOpenssl(
  { authority, server, serverKey }: Certificates,
  answer: string,
) {
  return await startServer({
    name: "openssl",
    prepare: async (folder) => void await folder.write("orders", answer),
    command: (folder, [port]) => ({
      program: "/bin/sh",
      args: [
        "-c",
        'cd "$0" && exec "$@"',
        folder.path,
        toolPath("openssl"),
        "s_server",
        "-accept",
        `127.0.0.1:${port}`,
        "-HTTP",
        "-quiet",
        "-Verify",
        "2",
        "-verify_return_error",
        "-CAfile",
        authority,
        "-cert",
        server,
        "-key",
        serverKey,
      ],
    }),
    isReady: async ({ ports: [port] }) => {
      const hostname = "127.0.0.1";
      const connection = await Deno.connect({ hostname, port })
        .catch(() => undefined);
      connection?.close();
      return connection !== undefined;
    },
  });
}

Deno.test({
  name: "a server that wants a certificate of the client's gets it",
  ignore: !needs("openssl") || Deno.build.os === "windows",
  async fn(t) {
    await using folder = await TempFolder.make();
    const made = await makeCertificates(folder);
    const body = '[{"id":1},{"id":2}]';
    const answer = `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${body.length}\r\n\r\n${body}`;
    await using server = await startOpenssl(made, answer);
    const [port] = server.ports;
    const values = {
      endpoint: `https://127.0.0.1:${port}/orders`,
      retry_timeout: 0,
    };
    const ca = { ca_file: made.authority };
    await t.step("with it", async () => {
      const { data } = await runRest({
        ...values,
        tls: { ...ca, cert_file: made.client, key_file: made.clientKey },
      });
      assertEquals(data, [{ id: 1 }, { id: 2 }]);
    });
    await t.step("without it", async () => {
      await assert.rejects(() => runRest({ ...values, tls: ca }));
    });
    await t.step("a server of an unknown authority is none", async () => {
      await assert.rejects(() => runRest(values), /certificate|issuer/i);
    });
    await t.step("a file that isn't there is named", async () => {
      const tls = { ca_file: folder.join("none.pem") };
      const error = await assertRejects(
        () => runRest({ ...values, tls }),
        "config.value_invalid",
      );
      assert.match(error.message, /none\.pem/);
    });
  },
});

Deno.test("requests go by the proxy that is named", async () => {
  // A proxy gets the whole address, and here answers for the one behind it.
  await using proxy = new Api(() => json(numbered(1, 2)));
  const { data } = await runRest({
    endpoint: "http://orders.example/v1/orders",
    proxy: new URL(proxy.endpoint).origin,
  });
  assertEquals(data, [{ id: 1 }, { id: 2 }]);
  assertEquals(proxy.asked[0].headers.get("host"), "orders.example");
});
