import { RegistryServer } from "../../../tests/support/kafka/registry_server.ts";
import {
  assert,
  assertEquals,
  assertRejects,
} from "../../../tests/support/assert.ts";
import type { RegistryConfig } from "./fields.ts";
import { Registry } from "./registry.ts";
import { RegistryUnreachable } from "./requests.ts";

const SCHEMA = '"string"';

function open(url: string, more: object = {}): Registry {
  return new Registry({ url, ...more } as unknown as RegistryConfig);
}

Deno.test("a schema is asked for once, however often it is needed", async () => {
  await using server = new RegistryServer();
  const registry = open(`${server.url}/`);
  const id = await registry.register("a", "AVRO", SCHEMA);
  for (let round = 0; round < 3; round++) {
    const { type, text } = (await registry.schema(id))!;
    assertEquals([type, text], ["AVRO", SCHEMA]);
  }
  assertEquals(server.asked, 1);
  assertEquals(await registry.schema(99), undefined);
});

Deno.test("a registry is told who asks, and a wrong login is final", async (t) => {
  await using server = new RegistryServer();
  const logins = [
    [{ username: "who", password: "secret" }, "Basic d2hvOnNlY3JldA=="],
    [{ token: "t0ken" }, "Bearer t0ken"],
    [{}, undefined],
  ] as const;
  for (const [more, said] of logins) {
    await t.step(String(said), async () => {
      await open(server.url, more).schema(1);
      assertEquals(server.login, said);
    });
  }
  await t.step("a wrong one", async () => {
    server.wantedLogin = "Bearer other";
    const { message } = await assertRejects(
      () => open(server.url, { token: "t0ken" }).schema(1),
      "config.value_invalid",
    );
    assert.match(message, /refuses the login: status 401/);
    assert.doesNotMatch(message, /t0ken/);
  });
});

Deno.test("what passes by itself is told apart from what is final", async (t) => {
  await using server = new RegistryServer();
  await t.step("a registry that is down for a moment", async () => {
    server.failures = 1;
    await assert.rejects(() => open(server.url).schema(1), RegistryUnreachable);
  });
  await t.step("nobody there", () =>
    assert.rejects(
      () => open("http://127.0.0.1:1").schema(1),
      RegistryUnreachable,
    ));
  await t.step("an address of something else", async () => {
    await using page = new Page();
    const { message } = await assertRejects(
      () => open(page.url).latest("a"),
      "kafka.registry_answer",
    );
    assert.match(message, /answers with status 200/);
  });
  await t.step(
    "a schema that is refused, without names of classes",
    async () => {
      server.refusal = "io.apicurio.registry.rules.RuleViolationException: No";
      const { message, hint } = await assertRejects(
        () => open(server.url).register("a-value", "AVRO", SCHEMA),
        "kafka.schema_refused",
      );
      assert.match(message, /refuses the schema for "a-value": No$/);
      assert.match(String(hint), /compatibility/);
    },
  );
});

/** No registry, but something that answers. */
class Page implements AsyncDisposable {
  readonly #server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => new Response("<html>"),
  );

  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}
