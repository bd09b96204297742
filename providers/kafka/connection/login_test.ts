import { assert, assertEquals } from "../../../tests/support/assert.ts";
import { saslOptions } from "./login.ts";

type Handler = (request: Request) => Response | Promise<Response>;

function serve(handler: Handler) {
  return Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, handler);
}

function tokenOf(server: Deno.HttpServer<Deno.NetAddr>) {
  const sasl = {
    mechanism: "OAUTHBEARER",
    tokenUrl: `http://127.0.0.1:${server.addr.port}/token`,
    clientId: "me",
    clientSecret: "never-to-be-told",
  };
  const { token } = saslOptions({ sasl } as never) as unknown as {
    token: () => Promise<string>;
  };
  return token;
}

Deno.test("a client's secret follows no redirect to another host", async () => {
  let isTold = false;
  await using other = serve(() => {
    isTold = true;
    return Response.json({ access_token: "x" });
  });
  const location = `http://127.0.0.1:${other.addr.port}/token`;
  await using server = serve(() =>
    new Response(null, { status: 307, headers: { location } })
  );
  await assert.rejects(tokenOf(server), /gives no token: status 307/);
  assert(!isTold);
});

Deno.test("a token lives as long as it lives, wherever the clock is set", async () => {
  let given = 0;
  await using server = serve(() =>
    Response.json({ access_token: `${++given}`, expires_in: 3600 })
  );
  const token = tokenOf(server);
  const { now } = performance;
  const { now: wallNow } = Date;
  try {
    assertEquals(await token(), "1");
    Date.now = () => wallNow() + 24 * 3_600_000;
    assertEquals(await token(), "1");
    Date.now = () => wallNow() - 24 * 3_600_000;
    const startMs = now.call(performance);
    performance.now = () => startMs + 3_600_000;
    assertEquals(await token(), "2");
  } finally {
    Date.now = wallNow;
    performance.now = now;
  }
});
