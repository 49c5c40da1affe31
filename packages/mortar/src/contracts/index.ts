// This is also what browsers get as `mortar`, so it holds the error class too.
export { type ErrorCategory, type ErrorCode, type Issue, MortarError } from '../errors/index.js';
export { type CloudEventJson, type CloudEventOptions, fromCloudEvent, toCloudEvent } from './cloud-events.js';
export { type CodecOptions, decode, encode } from './codec.js';
export type {
  CommandContract,
  Contract,
  DataOf,
  EventContract,
  FailureOf,
  InputOf,
  QueryContract,
  RequestJsonSchema,
  ResultOf,
  ReturnOf,
  Upcaster,
} from './contract.js';
export {
  createEnvelope,
  type Envelope,
  type EnvelopeOptions,
  envelopeOf,
  type Metadata,
  passedOnBy,
} from './envelope.js';
export { type EventOptions, event } from './event.js';
export {
  type Failure,
  type FailureContract,
  type FailureIn,
  type FailureOut,
  type FailureSchemas,
  failureBrand,
  type NoFailures,
} from './failure.js';
export type { Clock } from './internal/clock.js';
export { checkEnvelopeOptions } from './internal/envelope-check.js';
export { isId, newId } from './internal/ids.js';
export { checkModuleName, checkName, MAX_NAME_LENGTH, moduleOf } from './internal/name.js';
export { checkPriority, type Priority, priorities } from './internal/priority.js';
export { tagsOf } from './internal/tags.js';
export { type Change, type Compatibility, compatibility } from './json-schema/compatibility.js';
export {
  type ContractDocuments,
  jsonSchemaOf,
  type SchemaDocument,
  type SchemaDocuments,
} from './json-schema/documents.js';
export {
  type CallerEnvelope,
  type ClientOf,
  type MethodsOf,
  type PortCallOptions,
  type PortClient,
  type PortContract,
  type PortMethod,
  type PortMethodOptions,
  type PortMethods,
  port,
  type ResultsTakeTheirOwnOutput,
} from './port.js';
export { command, query, type RequestOptions } from './request.js';
export {
  checked,
  checkSchema,
  formatPath,
  type JsonSchema,
  type Schema,
  type SchemaInput,
  type SchemaOutput,
  summarize,
  type Validated,
  validate,
} from './schema.js';
export { personal, REDACTED, redactText, Secret } from './secret.js';
export { upcast } from './upcast.js';
