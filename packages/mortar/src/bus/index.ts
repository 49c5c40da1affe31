export { type BusOptions, type IdempotencyOptions, systemClock } from './bus-options.js';
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
  HandlerReturn,
  MessageContext,
  PortCallContext,
  PortMethodHandler,
  PublishOptions,
  QueryHandler,
  RequestContext,
  RequestEnvelope,
  ScheduleOptions,
  ScheduleVerbs,
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
export {
  type CacheOptions,
  type CacheVary,
  type CommandOptions,
  checkHandlerOptions,
  type HandlerOptions,
  type QueryOptions,
  type RequestHandlerOptions,
} from './requests/handler-options.js';
export type { IdempotencyKeys, KeyClaim, KeyOrigin } from './requests/idempotency-keys.js';
export { type AnyMessageContext, isMessageContext } from './requests/message-context.js';
export type { CacheStats, Invalidation } from './requests/query-cache.js';
export type { RequestBus, RequestRegistration } from './requests/request-bus.js';
export type {
  CallOptions,
  DispatchOptions,
  DispatchTerms,
  RequestOptions,
  RequestOrigin,
  RequestTerms,
  SentOptions,
} from './requests/request-options.js';
export { fail, isFailure, type Result } from './requests/result.js';
export type { Rule, RuleAnswer, RuleContext } from './requests/rule.js';
export type { Sends } from './sends.js';
export {
  type AnySubscribeOptions,
  type BatchOptions,
  type BatchSubscribeOptions,
  checkSubscribeOptions,
  type QueueOptions,
  type Selector,
  type SubscribeOptions,
  type Subscription,
  type ThreadSubscribeOptions,
  type WhenFull,
} from './subscription.js';
export { createDurableBus, type DurableBus } from './units/durable-bus.js';
export type { Attempt, LogHandler, LogHandlers } from './units/log-handlers.js';
export type { MadeEvent, Published, Publisher } from './units/publisher.js';
export type { ReadingHandler, ReadModels } from './units/read-models.js';
export type { OnCommit, WriteOptions, WriteUnit } from './units/write.js';
