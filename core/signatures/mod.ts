/**
 * Signatures: made, found, judged. As cosign does it, so that each reads the
 * other's.
 *
 * | question                                     | file                 |
 * | -------------------------------------------- | -------------------- |
 * | how is a private key kept?                   | `key_file.ts`        |
 * | what is signed, and how does it lie there?   | `sign.ts`, `bundle.ts`, `statement.ts`, `simple_signing.ts` |
 * | what else is said of an artifact?            | `attestations.ts`    |
 * | where are signatures looked for?             | `find.ts`            |
 * | whose counts, for which registries?          | `trust.ts`           |
 * | is one of them good?                         | `judge.ts`, `public_key.ts` |
 * | and where a certificate says who signed?     | `keyless.ts`, `keyless_sign.ts`, loaded when needed |
 *
 * @module
 */

export * from "./attestations.ts";
export * from "./bundle.ts";
export * from "./find.ts";
export * from "./judge.ts";
export * from "./key_file.ts";
export * from "./public_key.ts";
export * from "./sign.ts";
export * from "./signature.ts";
export * from "./simple_signing.ts";
export * from "./statement.ts";
export * from "./trust.ts";
