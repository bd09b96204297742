/**
 * Where the documentation says what is checked.
 *
 * @module
 */

const WRITING = "docs/writing-providers.md";

/** By what they are about; a test holds them to the headings there are. */
export const pages = {
  startLine: `${WRITING}#the-start-line`,
  handshake: `${WRITING}#the-handshake`,
  streams: `${WRITING}#stdout-stderr-exit-status`,
  end: `${WRITING}#the-end`,
  version2: `${WRITING}#version-2-nothing-is-lost`,
  outputs: `${WRITING}#outputs-acknowledge`,
  inputs: `${WRITING}#inputs-can-go-on-where-they-were`,
  lifecycle: `${WRITING}#lifecycle-commands`,
  spec: `${WRITING}#describing-yourself`,
  words: `${WRITING}#the-command-line`,
} as const;
