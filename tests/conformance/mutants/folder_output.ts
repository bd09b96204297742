/**
 * An output that waits while its destination stalls, and its mutants: the
 * environment's MUTANT says how it breaks the promise.
 *
 * @module
 */

import { defineOutput, runAsMain, string } from "@dstream/sdk";

const mutant = Deno.env.get("MUTANT");

await runAsMain(defineOutput({
  name: "folder",
  summary: "Writes when nobody holds the folder",
  config: { path: string({ doc: "The folder", example: "out" }) },
  open: ({ path }) => ({
    write: async (_batch, { sleep, signal }) => {
      const isHeld = () => {
        try {
          return Deno.statSync(`${path}/held`).isFile;
        } catch {
          return false;
        }
      };
      if (mutant === "early") return;
      while (!signal.aborted && (mutant === "never" || isHeld())) {
        await sleep(20);
      }
    },
  }),
}));
