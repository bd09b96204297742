import { assert } from "../assert.ts";
import { needs } from "../needs.ts";
import { startVersitygw } from "./versitygw.ts";

const ignore = !needs("versitygw");

Deno.test({
  name: "a versitygw refuses whom it doesn't know, and is gone with its brace",
  ignore,
  fn: async () => {
    let endpoint: string;
    {
      await using server = await startVersitygw();
      endpoint = server.endpoint;
      await server.makeBucket("orders");
      const answer = await fetch(`${endpoint}/orders/a.json`);
      assert.match(await answer.text(), /<Code>AccessDenied</);
      assert.equal(answer.status, 403);
    }
    await assert.rejects(() => fetch(endpoint), TypeError);
  },
});
