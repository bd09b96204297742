/**
 * The dstream executable: real ports and built-in providers → cli.
 *
 * @module
 */

import { runCli } from "./cli/mod.ts";

if (import.meta.main) Deno.exit(await runCli(Deno.args));
