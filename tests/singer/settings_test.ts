/**
 * S30: what `dstream validate` says of a tap's or target's own settings.
 *
 * @module
 */

import { openProject } from "../../mod.ts";
import { assert } from "../support/assert.ts";
import { TempFolder } from "../support/temp_folder.ts";

const ABOUT = {
  name: "tap-shop",
  settings: {
    type: "object",
    properties: {
      host: { type: ["string"] },
      port: { type: ["integer", "null"] },
      token: { type: ["string", "null"] },
    },
    required: ["host"],
  },
};

/** What a program answers, by the words of its command line. */
const TELLS = `#!/bin/sh
echo "$@" >> asked
if [ "$*" = "--about --format json" ]; then
  echo '${JSON.stringify(ABOUT)}'
else
  exit 2
fi
`;

const task = (settings: string, tap = "./tap-shop") =>
  `task "copy" {
  input {
    provider = "singer"
    config {
      tap = "${tap}"
      ${settings}
    }
  }
  output {
    provider = "singer"
    config {
      target = "${tap}"
      target_config = { host = "x" }
    }
  }
}
`;

/** Settings, and what is said of them. */
const CASES: Readonly<Record<string, readonly [string, ...string[]]>> = {
  "all is right": ['tap_config = { host = "x", port = 5 }'],
  "a wrong type is an error at its value": [
    'tap_config = { host = "x", port = "y" }',
    'error 6:41: tap-shop: "tap_config.port" must be a whole number, got "y"',
  ],
  "one that is needed is an error": [
    "tap_config = { port = 5 }",
    'error 6:20: tap-shop: "tap_config" needs "host"',
  ],
  "no settings at all, where one is needed": [
    "",
    'error 4:5: tap-shop: the config needs "tap_config"',
  ],
  "one that the program doesn't tell of is a warning with the nearest": [
    'tap_config = { host = "x", prt = 5 }',
    'warning 6:40: tap-shop: there is no key "prt" in "tap_config" ' +
    '(did you mean "port"?)',
  ],
  "in a block as in a map": [
    'tap_config {\n        host = "x"\n        port = true\n      }',
    'error 8:16: tap-shop: "tap_config.port" must be a whole number, got true',
  ],
  "a secret is not shown": [
    'tap_config = { host = "x", token = 12345678 }',
    'error 6:20: tap-shop: "tap_config.token" must be a string, got a ' +
    "sensitive value",
  ],
  "of a file nothing is known": ['tap_config = "settings.json"'],
};

const ignore = Deno.build.os === "windows";

for (const [name, [settings, ...expected]] of Object.entries(CASES)) {
  Deno.test({
    name: `S30: validate: ${name}`,
    ignore,
    async fn() {
      await using folder = await makeFolder(task(settings));
      assert.deepEqual(await validate(folder), expected);
    },
  });
}

Deno.test({
  name: "S30: validate asks each program once, and who can't tell is let be",
  ignore,
  async fn() {
    await using folder = await makeFolder(task('tap_config = { host = "x" }'));
    await validate(folder);
    assert.equal(await folder.read("asked"), "--about --format json\n");
    for (const tap of ["false", "no-such-tap-anywhere"]) {
      await folder.write("dstream.hcl", task("", tap));
      assert.deepEqual(await validate(folder), []);
    }
  },
});

async function makeFolder(text: string): Promise<TempFolder> {
  const folder = await TempFolder.make({ "dstream.hcl": text });
  await folder.writeExecutable("tap-shop", TELLS);
  return folder;
}

async function validate(folder: TempFolder): Promise<string[]> {
  const project = await openProject({ path: folder.path, self: ["dstream"] });
  const { diagnostics } = await project.validate();
  return diagnostics.map(({ severity, at, message, hint }) =>
    `${severity} ${at?.line}:${at?.column}: ${message}` +
    (hint === undefined ? "" : ` (${hint})`)
  );
}
