import type { Json } from "@dstream/sdk";
import { fromSource, testOutput } from "@dstream/sdk/testing";
import { Api } from "../../../tests/support/rest/api.ts";

testOutput({
  name: "http output",
  subject: fromSource(new URL("./main.ts", import.meta.url)),
  destination: async (test) => {
    const arrived: Json[] = [];
    let going = Promise.resolve();
    await using api = new Api(async ({ body }) => {
      await going;
      arrived.push(JSON.parse(body));
      return new Response();
    });
    await test({
      config: { url: api.endpoint, request_timeout: "60s" },
      arrived: () => Promise.resolve(arrived),
      stall: () => {
        const gate = Promise.withResolvers<void>();
        going = gate.promise;
        return Promise.resolve(() => Promise.resolve(gate.resolve()));
      },
    });
  },
});
