#!/usr/bin/env node
// An output for dstream: appends to a file, acknowledges what is on the disk.
import fs from "node:fs";
import { main } from "./protocol.mjs";

const spec = {
  name: "my-provider",
  version: "0.1.0",
  role: "output",
  description: "Appends the data of each envelope to a file",
  protocol: { version: 2 },
  features: ["ack"],
  commands: [],
  config: {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    type: "object",
    additionalProperties: false,
    required: ["path"],
    properties: {
      path: {
        type: "string",
        description: "The file, one JSON text a line",
        examples: ["out.jsonl"],
      },
    },
  },
  examples: [{ path: "out.jsonl" }],
};

function openFile({ path }) {
  const file = fs.openSync(path, "a");
  /** Returns when all of it is durable. */
  return (data) => {
    fs.writeFileSync(
      file,
      data.map((each) => `${JSON.stringify(each)}\n`).join(""),
    );
    fs.fsyncSync(file);
  };
}

await main(spec, openFile);
