import { assert, assertEquals } from "../support/assert.ts";
import { dstream } from "../e2e/support/program.ts";
import { needs } from "../support/needs.ts";
import { type Moto, startMoto } from "../support/servers/moto.ts";
import { TempFolder } from "../support/temp_folder.ts";

const ROWS = 3;
const BUCKET = "lake";

Deno.test({
  name: "3.6.11 roles are taken on by STS: with keys, and with a web identity",
  ignore: !needs("moto"),
  async fn(t) {
    await using moto = await startMoto();
    await moto.makeBucket(BUCKET);
    const { accessKeyId, secretAccessKey } = await moto
      .makeUser("asker", "sts:AssumeRole");
    const writer = await moto.makeRole("writer", "s3:*");
    const reader = await moto.makeRole("reader", "s3:GetObject");
    const keys = `access_key_id = "${accessKeyId}"
      secret_access_key = "${secretAccessKey}"`;
    await moto.setAuth(true);
    await t.step("the user alone may not write", async () => {
      const { code, stderr } = await write(moto, keys);
      assert(code !== 0);
      assert(/denied|may not|403/i.test(stderr), stderr);
    });
    await t.step("in the role of a writer the user may", async () => {
      const { code, stderr } = await write(
        moto,
        `${keys}\n role_arn = "${writer}"`,
      );
      assertEquals([code, await rowsIn(moto)], [0, ROWS], stderr);
    });
    await t.step("in the role of a reader the user may not", async () => {
      const { code, stderr } = await write(
        moto,
        `${keys}\n role_arn = "${reader}"`,
      );
      assert(code !== 0);
      assert(/denied|may not|403/i.test(stderr), stderr);
    });
    await t.step("a web identity, as Kubernetes gives one, may", async () => {
      // moto has no way to check who asks with a token alone.
      await moto.setAuth(false);
      await using folder = await TempFolder.make({ token: "a.web.token" });
      const { code, stderr } = await write(moto, "", {
        AWS_WEB_IDENTITY_TOKEN_FILE: folder.join("token"),
        AWS_ROLE_ARN: writer,
        AWS_ROLE_SESSION_NAME: "test",
      });
      assertEquals([code, await rowsIn(moto)], [0, 2 * ROWS], stderr);
    });
    await t.step("a bucket that isn't there is told", async () => {
      const { code, stderr } = await write(
        moto,
        `${keys}\n role_arn = "${writer}"`,
        {},
        "nowhere",
      );
      assert(code !== 0);
      assert(stderr.includes("nowhere"), stderr);
    });
  },
});

async function rowsIn(moto: Moto): Promise<number> {
  await moto.setAuth(false);
  const text = await moto.readAll(BUCKET);
  await moto.setAuth(true);
  return text.trimEnd().split("\n").length;
}

/** The whole program, as an executable too: the credentials' code is loaded late. */
async function write(
  moto: Moto,
  config: string,
  env: Readonly<Record<string, string>> = {},
  bucket = BUCKET,
) {
  await using folder = await TempFolder.make({
    "dstream.hcl": `task "lake" {
  input {
    provider = "generate"
    config {
      count = ${ROWS}
    }
  }
  output {
    provider = "s3"
    config {
      bucket   = "${bucket}"
      endpoint = "${moto.endpoint}"
      region   = "${moto.region}"
      ${config}
    }
  }
  restart {
    max_restarts = 0
  }
}
`,
  });
  return await dstream(["run", "lake"], {
    cwd: folder.path,
    timeoutMs: 120_000,
    env: {
      AWS_ENDPOINT_URL_STS: moto.endpoint,
      AWS_EC2_METADATA_DISABLED: "true",
      AWS_CONFIG_FILE: folder.join("none"),
      AWS_SHARED_CREDENTIALS_FILE: folder.join("none"),
      ...env,
    },
  });
}
