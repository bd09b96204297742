import { assert, assertEquals } from "../support/assert.ts";
import { needs } from "../support/needs.ts";
import { makeBucket, stopServer } from "../support/s3_bucket.ts";
import { TempFolder } from "../support/temp_folder.ts";
import { dstream } from "../e2e/support/program.ts";

/** The second half of seed 001's pipeline, with a source that is at hand. */
function configuration(endpoint: string, prefix: string): string {
  return `task "api-to-s3" {
  type = "providers"

  input {
    provider = "generate"
    config {
      count = 10
    }
  }

  output {
    provider = "s3"
    config {
      bucket   = "bucket-1"
      endpoint = "${endpoint}"
      prefix   = "${prefix}"
      format   = "parquet"
    }
  }
}
`;
}

Deno.test("validate warns of a date that stands still, with what to write instead", async () => {
  await using folder = await TempFolder.make({
    "dstream.hcl": configuration(
      "http://127.0.0.1:1",
      'events/{{ date \\"2006-01\\" }}/',
    ),
  });
  const { code, stderr, stdout } = await dstream(["validate"], {
    cwd: folder.path,
  });
  const said = stdout + stderr;
  assertEquals(code, 0, said);
  assert.match(said, /config\.date_stands_still/);
  assert.match(said, /stands still while the task runs/);
  assert.match(said, /hint: write \{date:2006-01\} in its place/);
});

Deno.test("validate says nothing of a placeholder", async () => {
  await using folder = await TempFolder.make({
    "dstream.hcl": configuration("http://127.0.0.1:1", "{date:2006-01-02}/"),
  });
  const { code, stderr, stdout } = await dstream(["validate"], {
    cwd: folder.path,
  });
  assertEquals(code, 0);
  assert(!(stdout + stderr).includes("stands still"));
});

Deno.test({
  name: "3.6.7 the seed's prefix works, with the date of the moment it is read",
  ignore: !needs("versitygw"),
  async fn() {
    const bucket = await makeBucket();
    await using folder = await TempFolder.make({
      "dstream.hcl": configuration(
        bucket.server.endpoint,
        'events/{{ date \\"2006-01-02\\" }}/',
      ),
    });
    const { accessKeyId, secretAccessKey } = bucket.server;
    const { code, stderr } = await dstream(["run", "api-to-s3"], {
      cwd: folder.path,
      env: {
        AWS_ACCESS_KEY_ID: accessKeyId,
        AWS_SECRET_ACCESS_KEY: secretAccessKey,
      },
    });
    assertEquals(code, 0, stderr);
    const [key] = [...(await bucket.objects()).keys()];
    const day = new Date().toISOString().slice(0, 8);
    assert.match(
      key,
      new RegExp(`^events/${day}\\d\\d/generate--.*\\.parquet$`),
    );
  },
});

Deno.test("the server of these tests ends", stopServer);
