/**
 * The `gcs` input as an executable of its own.
 *
 * @module
 */

import { runAsMain } from "@dstream/sdk";
import provider from "./mod.ts";

if (import.meta.main) await runAsMain(provider);
