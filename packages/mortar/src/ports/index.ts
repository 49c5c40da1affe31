export type { PortAuthorization, PortAuthorizer } from './authorization.js';
export type { PortContext, PortDataOf, PortImplementation, PortReturnOf } from './implementation.js';
export type { LocalCall, LocalPorts } from './local-ports.js';
export { type MemoryTransportOptions, memoryTransport } from './memory-transport.js';
export {
  checkPortPolicy,
  type PortBreaker,
  type PortPolicy,
  type PortRetry,
  type PortUse,
} from './policy.js';
export { createPorts, type PortCaller, type Ports, type PortsOptions } from './ports.js';
export { type RemoteServingOptions, serveRemotely } from './remote-serving.js';
export type { CallObserver, CallReport, PortStats } from './stats.js';
export {
  type CheckedExchangeSteps,
  type Exchange,
  type ExchangeSteps,
  type Exchanges,
  exchange,
  type OutsideCall,
  type OutsideErrors,
  type Passage,
  type TranslationOptions,
  translate,
} from './translation.js';
export type {
  RemoteError,
  ReplyMessage,
  RequestMessage,
  RequestServer,
  RequestTransport,
} from './transport.js';
