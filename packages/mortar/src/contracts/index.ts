export type { Clock } from './clock.js';
export type {
  CommandContract,
  Contract,
  DataOf,
  EventContract,
  InputOf,
  QueryContract,
  RequestJsonSchema,
  ResultOf,
  ReturnOf,
  Upcaster,
} from './contract.js';
export { createEnvelope, type Envelope, type EnvelopeOptions, envelopeOf, type Metadata } from './envelope.js';
export { type EventOptions, event } from './event.js';
export { isId, newId } from './ids.js';
export { checkModuleName, checkName, MAX_NAME_LENGTH, moduleOf } from './name.js';
export { checkPriority, type Priority, priorities } from './priority.js';
export { command, query, type RequestOptions } from './request.js';
export {
  checkSchema,
  formatPath,
  type JsonSchema,
  type Schema,
  type SchemaInput,
  type SchemaOutput,
  type Validated,
  validate,
} from './schema.js';
