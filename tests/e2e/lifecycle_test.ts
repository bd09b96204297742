/**
 * `plan`, `init`, `status`, `destroy` with real processes: what a provider says of
 * its failure is what the user reads.
 *
 * @module
 */

import { assert, assertEquals } from "../support/assert.ts";
import { TempFolder } from "../support/temp_folder.ts";
import { dstream } from "./support/program.ts";

const CONFIGURATION = `task "t" {
  input {
    provider = "counter"
  }
  output {
    provider_path = "./picky.sh"
  }
}
`;

Deno.test({
  name: "a provider's report of its failure is shown, whatever its exit status",
  ignore: Deno.build.os === "windows",
  fn: async (t) => {
    for (const status of [0, 1]) {
      await t.step(`exit status ${status}`, async () => {
        await using folder = await TempFolder.make({
          "dstream.hcl": CONFIGURATION,
        });
        await folder.writeExecutable(
          "picky.sh",
          `#!/bin/sh
read -r start
echo '{"status":"ready"}'
echo '{"status":"Failed","error":"login failed for user reader"}'
exit ${status}
`,
        );
        const { code, stdout, stderr } = await dstream(["plan", "t"], {
          cwd: folder.path,
        });
        assertEquals(code, 1);
        assert.match(stdout, /login failed for user reader/);
        assert.match(stderr, /plan failed for task "t"/);
      });
    }
  },
});
