export { type BusOptions, systemClock } from './bus-options.js';
export type { DeadDelivery, DeadLetterSink, DeadReason } from './dead-letter-sink.js';
export { createEventBus, type DrainOptions, type DrainReport, type EventBus } from './event-bus.js';
export {
  type Attempts,
  decide,
  type FailureDecision,
  type FinalAction,
  type RetryPolicy,
} from './failure-policy.js';
export type {
  Awaitable,
  BatchHandler,
  CommandHandler,
  ContextOfEvent,
  EventContext,
  EventHandler,
  Handler,
  MessageContext,
  PublishOptions,
  QueryHandler,
  RequestContext,
  RequestEnvelope,
  ThreadContext,
  ThreadHandler,
} from './handler.js';
export type { HandlerEntry, HandlerRegistry } from './handler-registry.js';
export type { StreamOptions } from './internal/readers/stream.js';
export type { WaitOptions } from './internal/readers/wait-for.js';
export { createMessageBus, type MessageBus } from './message-bus.js';
export type {
  HandleMiddleware,
  HandleNext,
  HandlingContext,
  PublishMiddleware,
  PublishNext,
} from './middleware/middleware.js';
export { correlation, deduplication, logging, timeout, validation } from './middleware/standard.js';
export type { HandledOutcome, Outcome, UnhandledOutcome } from './outcome.js';
export type { RequestBus, RequestHandlerOptions, RequestOptions } from './request-bus.js';
export type {
  AnySubscribeOptions,
  BatchOptions,
  BatchSubscribeOptions,
  QueueOptions,
  Selector,
  SubscribeOptions,
  Subscription,
  ThreadSubscribeOptions,
  WhenFull,
} from './subscription.js';
