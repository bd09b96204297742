/**
 * Seed 001's pipeline "REST API to Data Lake", its providers replaced by built-ins.
 *
 * @module
 */

import { dstream } from "../e2e/support/program.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { needs } from "../support/needs.ts";
import { readParquet } from "../support/parquet.ts";
import { Api, json, numbered } from "../support/rest/api.ts";
import { TempFolder } from "../support/temp_folder.ts";
import { startVersitygw } from "../support/servers/versitygw.ts";

const pipeline = (endpoint: string) =>
  `task "api-to-s3" {
  type = "providers"
  
  input {
    provider = "rest"
    config {
      endpoint = "${endpoint}"
      auth_token = "{{ env \\"API_TOKEN\\" }}"
      poll_interval = 30000  # Every 30 seconds
    }
  }
  
  output {
    provider = "s3"
    config {
      bucket = "my-data-lake"
      prefix = "events/{{ date \\"2006-01-02\\" }}/"
      format = "parquet"
    }
  }
}
`;

Deno.test({
  name: "seed 001: an API's records are Parquet files that pyarrow reads",
  ignore: !needs("versitygw") || !needs("parquet"),
  async fn() {
    await using api = new Api(() => json(numbered(1, 20)));
    await using server = await startVersitygw();
    await server.makeBucket("my-data-lake");
    await using folder = await TempFolder.make({
      "dstream.hcl": pipeline(api.endpoint),
    });
    const { code, stderr } = await dstream(
      ["run", "api-to-s3", "--max", "20"],
      {
        cwd: folder.path,
        env: {
          API_TOKEN: "a-token",
          AWS_ENDPOINT_URL: server.endpoint,
          AWS_ACCESS_KEY_ID: server.accessKeyId,
          AWS_SECRET_ACCESS_KEY: server.secretAccessKey,
        },
      },
    );
    assertEquals(code, 0, stderr);
    assertEquals(api.asked[0].headers.get("authorization"), "Bearer a-token");
    const files = await readParquet(
      "arrow",
      `${server.bucketsFolder}/my-data-lake`,
    );
    const [[name, { rows }]] = [...files];
    assert.match(name, /events\/\d{4}-\d\d-\d\d\/.*\.parquet$/);
    assertEquals(
      rows.map(({ id }) => Number(id)),
      numbered(1, 20).map(({ id }) => id),
    );
  },
});
