/**
 * An input whose source confirms by taking files away, and its mutants: the
 * environment's MUTANT says how it breaks the promise.
 *
 * @module
 */

import { defineInput, runAsMain, string } from "@dstream/sdk";

const mutant = Deno.env.get("MUTANT");

function confirm(folder: string, name: string): void {
  if (mutant === "never") return;
  Deno.removeSync(`${folder}/${name}`);
  if (mutant === "twice") Deno.writeTextFileSync(`${folder}/twice`, name);
}

await runAsMain(defineInput({
  name: "folder",
  summary: "Sends the names of files, and takes away what is delivered",
  config: { path: string({ doc: "The folder", example: "in" }) },
  features: ["ack"],
  open: ({ path }) => ({
    async *read() {
      const names = [...Deno.readDirSync(path)].map(({ name }) => name).sort();
      for (const [index, name] of names.entries()) {
        if (mutant === "early") confirm(path, name);
        const confirmed = mutant === "disorder" ? names.at(-1 - index)! : name;
        yield {
          envelopes: [{ data: name, metadata: {} }],
          delivered: () => {
            if (mutant !== "early") confirm(path, confirmed);
          },
        };
      }
    },
  }),
}));
