import type { Envelope } from '../../contracts/index.js';
import type { Awaitable, MessageContext } from '../handler.js';
import type { HandlerContext } from '../internal/handler-context.js';
import { checkEnvelope } from '../internal/routing/sendable.js';
import type { Outcome } from '../outcome.js';

/**
 * Stands around the sending of an event, whatever the verb. It may pass on another envelope, refuse by throwing, or
 * drop the event by answering without a call of `next`. The outcomes are those of `deliver`; other verbs have none.
 */
export interface PublishMiddleware {
  (envelope: Envelope, next: PublishNext): Awaitable<readonly Outcome[]>;
  /**
   * Is told of an event that was let through and then not sent after all, since the handler that published it has
   * failed. It must not throw.
   */
  readonly withdrawn?: (envelope: Envelope) => void;
}

/** The rest of the way of an event into the bus. */
export type PublishNext = (envelope: Envelope) => Awaitable<readonly Outcome[]>;

/**
 * Stands around each call of a handler, of every message. It must pass its context on to `next`. A batch passes
 * once, with the context of its first event.
 */
export type HandleMiddleware = (context: HandlingContext, next: HandleNext) => unknown;

/** The rest of the way of a message to its handler. Answers with the handler's result, or the promise of it. */
export type HandleNext = (context: HandlingContext) => unknown;

/** What a handle middleware sees. */
export interface HandlingContext extends MessageContext {
  readonly type: string;
  readonly data: unknown;
  /** Who is about to be called. */
  readonly handler: { readonly name: string; readonly module: string | undefined };
  readonly envelope: Pick<
    Envelope,
    'id' | 'type' | 'correlationId' | 'causationId' | 'actor' | 'tenant' | 'traceparent'
  >;
}

/** Chains publish middleware, the first outermost, in front of what sends in the end. */
export function composePublish(chain: readonly PublishMiddleware[], last: PublishNext): PublishNext {
  if (chain.length === 0) return last;
  return chain.reduceRight<PublishNext>(
    (next, middleware) => (envelope) => middleware(envelope, next),
    (envelope) => last(checkEnvelope(envelope)),
  );
}

/** Chains handle middleware, the first outermost, in front of what calls the handler in the end. */
export function composeHandle(
  chain: readonly HandleMiddleware[],
  last: (context: HandlerContext) => unknown,
): (context: HandlerContext) => unknown {
  return chain.reduceRight<(context: HandlerContext) => unknown>(
    // What comes back by `next` is the context that was given: a middleware can't make one.
    (next, middleware) => (context) => middleware(context, next as HandleNext),
    last,
  );
}
