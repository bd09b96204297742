import { assert, assertEquals } from "../../../tests/support/assert.ts";
import { parseHandshake } from "./handshake.ts";

Deno.test("P4 a handshake says where the plugin listens", async (t) => {
  const cases = [
    ["of Go", "1|1|unix|/tmp/plugin3863038270|grpc|", {
      network: "unix",
      path: "/tmp/plugin3863038270",
    }],
    ["of .NET, on Windows", " 1|1|tcp|127.0.0.1:50123|grpc\r", {
      network: "tcp",
      host: "127.0.0.1",
      port: 50123,
    }],
    ["with multiplexing", "1|1|tcp|[::1]:1234|grpc||true", {
      network: "tcp",
      host: "::1",
      port: 1234,
    }],
  ] as const;
  for (const [name, line, expected] of cases) {
    await t.step(name, () => assertEquals(parseHandshake(line), expected));
  }
});

Deno.test("P4, P15 what is no such handshake is refused, and shown", async (t) => {
  const cases = [
    ["hello", /is no handshake of a plugin: "hello"/],
    ['{"status":"ready"}', /is no handshake/],
    ["2|1|unix|/x|grpc|", /protocol 2 of go-plugin/],
    ["1|2|unix|/x|grpc|", /version 2 of plugins/],
    ["1|1|unix|/x|netrpc|", /speaks netrpc/],
    ["1|1|pipe|x|grpc|", /listens on "pipe"/],
    ["1|1|tcp|10.0.0.1:80|grpc|", /not this machine's own/],
    ["1|1|tcp|127.0.0.1:x|grpc|", /names no port/],
    ["1|1|unix|/x|grpc|Y2VydA", /asks for TLS/],
  ] as const;
  for (const [line, expected] of cases) {
    await t.step(
      line,
      () => assert.throws(() => parseHandshake(line), expected),
    );
  }
});
