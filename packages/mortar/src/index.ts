// Building an application
export { type App, type AppOptions, createApp, type PublishToApp } from './app.js';
// Handlers
export type {
  CommandHandler,
  DrainOptions,
  DrainReport,
  EventContext,
  EventHandler,
  HandlerRegistry,
  MessageContext,
  Outcome,
  QueryHandler,
  RequestContext,
  RequestOptions,
  RetryPolicy,
} from './bus/index.js';
export { type Dependency, type Token, token } from './container/index.js';

// Contracts
export {
  type CommandContract,
  type Contract,
  command,
  type DataOf,
  type Envelope,
  type EnvelopeOptions,
  type EventContract,
  type EventOptions,
  event,
  type InputOf,
  type Metadata,
  type Priority,
  type QueryContract,
  query,
  type RequestOptions as RequestContractOptions,
  type ResultOf,
  type ReturnOf,
  type Schema,
} from './contracts/index.js';
// Errors
export { type ErrorCategory, type ErrorCode, type Issue, MortarError } from './errors/index.js';
export {
  defineModule,
  type Module,
  type ModuleBuilder,
  type ModuleSubscribeOptions,
} from './modules/index.js';
