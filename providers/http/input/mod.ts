/**
 * The `http` input: webhooks.
 *
 * @module
 */

import { defineInput } from "@dstream/sdk";
import { check, config } from "./config.ts";
import { HttpInput } from "./input.ts";

export default defineInput({
  name: "http",
  summary: "Takes webhooks, answered when they are delivered",
  config,
  check,
  examples: [
    { listen: "127.0.0.1:8080", path: "/hooks/github" },
  ],
  features: ["ack"],
  open: (config, context) => Promise.resolve(new HttpInput(config, context)),
});
