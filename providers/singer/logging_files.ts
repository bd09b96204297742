/**
 * Files that make a program's log lines readable by log_lines.ts.
 *
 * Meltano's SDK and singer-python each read such a file where a variable names it.
 * Both ask for the plainest formatter there is, which every version has.
 *
 * @module
 */

import type { PrivateFolder } from "./private_folder.ts";

const FORMAT = "level=%(levelname)s logger=%(name)s %(message)s";

/** For `logging.config.dictConfig`; JSON is YAML. */
const SDK = JSON.stringify({
  version: 1,
  disable_existing_loggers: false,
  formatters: { plain: { format: FORMAT } },
  handlers: {
    stderr: {
      class: "logging.StreamHandler",
      formatter: "plain",
      stream: "ext://sys.stderr",
    },
  },
  root: { level: "INFO", handlers: ["stderr"], propagate: true },
});

/** For `logging.config.fileConfig`. */
const SINGER_PYTHON = `[loggers]
keys=root

[handlers]
keys=stderr

[formatters]
keys=plain

[logger_root]
level=INFO
handlers=stderr

[handler_stderr]
class=StreamHandler
formatter=plain
args=(sys.stderr,)

[formatter_plain]
format=${FORMAT}
`;

/** @returns Variables for the program, unless the user chose their own. */
export async function loggingVariables(
  folder: PrivateFolder,
): Promise<Record<string, string>> {
  const wanted: Record<string, string> = {};
  const set = async (variable: string, name: string, text: string) => {
    if (Deno.env.has(variable)) return;
    wanted[variable] = await folder.write(name, text);
  };
  await set("SINGER_SDK_LOG_CONFIG", "logging.json", SDK);
  await set("LOGGING_CONF_FILE", "logging.ini", SINGER_PYTHON);
  return wanted;
}
