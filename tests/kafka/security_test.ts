/**
 * TLS, certificates of clients and every login, with a real broker.
 *
 * @module
 */

import type { JsonObject } from "@dstream/sdk";
import { assert, assertEquals } from "../support/assert.ts";
import { change, open, range, Topic } from "../support/kafka/topic.ts";
import { needs } from "../support/needs.ts";
import { startKafka } from "../support/servers/kafka.ts";
import { batchOf } from "../support/servicebus_output.ts";

const ignore = !needs("kafka") || !needs("kafka-client") || !needs("openssl");

Deno.test({
  name: "every way to log in at a broker",
  ignore,
  fn: async (t) => {
    await using server = await startKafka({}, { withTls: true });
    const topic = await Topic.make(server);
    const { authority, client, clientKey } = server.certificates!;
    const { user: username, password } = server;
    const sasl = { username, password };
    const tls = { ca_file: authority };
    const openAt = (bootstrap_servers: string, more: JsonObject) =>
      open(server, { bootstrap_servers, topic: topic.name, ...more });

    const ways: [string, string, JsonObject][] = [
      ...["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"].map((mechanism) =>
        [mechanism, server.saslBootstrap, { sasl: { mechanism, ...sasl } }] as [
          string,
          string,
          JsonObject,
        ]
      ),
      ["OAUTHBEARER with a token", server.saslBootstrap, {
        sasl: { mechanism: "OAUTHBEARER", token: unsigned("somebody") },
      }],
      ["TLS with a client's certificate", server.tlsBootstrap, {
        tls: { ...tls, cert_file: client, key_file: clientKey },
      }],
      ["TLS and a password", server.saslTlsBootstrap, {
        tls,
        sasl: { mechanism: "SCRAM-SHA-256", ...sasl },
      }],
    ];
    for (const [name, bootstrap, config] of ways) {
      await t.step(name, async () => {
        await using output = await openAt(bootstrap, config);
        assertEquals(await output.write(batchOf([change({ id: 1 })])), {});
      });
    }
    assertEquals((await topic.values()).length, ways.length);

    await t.step(
      "OAUTHBEARER gets a token, and a new one before it expires",
      async () => {
        let asked = 0;
        await using tokens = Deno.serve({
          port: 0,
          hostname: "127.0.0.1",
          onListen() {},
        }, async (request) => {
          const form = new URLSearchParams(await request.text());
          assertEquals(form.get("client_secret"), "s3cret");
          asked++;
          return Response.json({ access_token: unsigned("c"), expires_in: 30 });
        });
        const mechanism = "OAUTHBEARER";
        await using output = await openAt(server.saslBootstrap, {
          sasl: {
            mechanism,
            token_url: `http://127.0.0.1:${tokens.addr.port}/token`,
            client_id: "c",
            client_secret: "s3cret",
          },
        });
        await output.write(batchOf(range(3).map((id) => change({ id }))));
        assert.ok(asked >= 2, "each connection asks for a token that lives");
      },
    );

    const wrong: [string, string, JsonObject, string, RegExp][] = [
      [
        "a wrong password",
        server.saslBootstrap,
        {
          sasl: { mechanism: "SCRAM-SHA-256", username, password: "nope" },
        },
        "config.sasl",
        /refused the login/,
      ],
      [
        "a login the brokers don't offer",
        server.saslTlsBootstrap,
        {
          tls,
          sasl: { mechanism: "PLAIN", ...sasl },
        },
        "config.sasl",
        /refused the login/,
      ],
      [
        "an authority nobody named",
        server.saslTlsBootstrap,
        {
          tls: {},
          sasl: { mechanism: "SCRAM-SHA-256", ...sasl },
        },
        "config.tls",
        /certificate .* is not accepted/,
      ],
      [
        "a server of another name",
        server.saslTlsBootstrap,
        {
          tls: { ...tls, server_name: "elsewhere.example" },
          sasl: { mechanism: "SCRAM-SHA-256", ...sasl },
        },
        "config.tls",
        /certificate .* is not accepted/,
      ],
      [
        "no TLS where it is wanted",
        server.tlsBootstrap,
        {},
        "config.tls",
        /wants TLS/,
      ],
      [
        "a file that isn't there",
        server.tlsBootstrap,
        {
          tls: { ca_file: "/nowhere/ca.pem" },
        },
        "config.tls.ca_file",
        /cannot read/,
      ],
    ];
    for (const [name, bootstrap, config, path, message] of wrong) {
      await t.step(`${name} is told before anything streams`, async () => {
        await assert.rejects(
          () => openAt(bootstrap, config),
          (error: Error & { path?: string }) => {
            assert.match(error.message, message);
            assertEquals(error.path, path);
            return true;
          },
        );
      });
    }
  },
});

/** A token without a signature, as a broker of tests takes it. */
function unsigned(subject: string): string {
  const part = (value: JsonObject) =>
    btoa(JSON.stringify(value)).replace(/=+$/, "");
  const now = Math.floor(Date.now() / 1000);
  const claims = { sub: subject, iat: now, exp: now + 3600 };
  return `${part({ alg: "none" })}.${part(claims)}.`;
}
