// Building an application
export {
  type App,
  type AppOptions,
  type AppStats,
  createApp,
  type DurableApp,
  type Identity,
  type Sender,
  type SenderAs,
  type SignalOptions,
  stopOnSignals,
  type WaitForHandlers,
} from './app.js';
// Handlers
export {
  type CommandHandler,
  type DispatchOptions,
  type DrainOptions,
  type DrainReport,
  type EventContext,
  type EventHandler,
  fail,
  type HandlerRegistry,
  type HandlingContext,
  isFailure,
  type MessageContext,
  type Outcome,
  type QueryHandler,
  type RequestContext,
  type RequestOptions,
  type Result,
  type RetryPolicy,
  type Rule,
} from './bus/index.js';
// Services
export { all, type Dependency, lazy, optional, type Token, token } from './container/index.js';
// Contracts
export {
  type ClientOf,
  type CommandContract,
  type Contract,
  command,
  type DataOf,
  type Envelope,
  type EnvelopeOptions,
  type EventContract,
  type EventOptions,
  event,
  type Failure,
  type FailureOf,
  type InputOf,
  type Metadata,
  type PortContract,
  type Priority,
  port,
  type QueryContract,
  query,
  type RequestOptions as RequestContractOptions,
  type ResultOf,
  type ReturnOf,
  type Schema,
} from './contracts/index.js';
// Errors
export { type ErrorCategory, type ErrorCode, type Issue, MortarError } from './errors/index.js';
// Modules
export {
  type Canvas,
  CurrentMessage,
  canvasMarkdown,
  defineModule,
  type Module,
  type ModuleBuilder,
  type ModuleSubscribeOptions,
  type Override,
  override,
} from './modules/index.js';
export type { PortImplementation } from './ports/index.js';
export { exchange, translate } from './ports/translation.js';
