/**
 * What the providers for Azure's messaging services share.
 *
 * It is no provider: a folder beside them that they import, so that an expression,
 * a connection or a retry means the same in each. Everything of Azure's own is
 * loaded when it is used.
 *
 * @module
 */

export {
  described,
  idFromText,
  idToText,
  ofType,
  toJson,
} from "./amqp_json.ts";
export { type AmqpType, keepTypes, typesOfMap } from "./amqp_types.ts";
export {
  checkConnection,
  connect,
  type Connection,
  connectionFields,
  namespaceHost,
} from "./connection.ts";
export {
  checkClaimCheck,
  CLAIM_PROPERTY,
  type ClaimCheckConfig,
  claimCheckField,
  ClaimStore,
} from "./claim_check.ts";
export { ConnectionWatch } from "./connection_watch.ts";
export {
  describeFailure,
  failureCode,
  isAboutEntity,
  isTransient,
} from "./failure.ts";
export { hashText, type Position, positionOf } from "./position.ts";
export { isSimple, metadataProperties } from "./properties.ts";
export { type RetryDeps, withRetries } from "./retry.ts";
export {
  propertyTemplates,
  retryWhileOpening,
  retryWhileSending,
  sendingFields,
} from "./sending.ts";
export { openAdministration, openServiceBus } from "./servicebus.ts";
