import {
  type Clock,
  type Envelope,
  type EnvelopeOptions,
  type EventContract,
  upcast,
} from '../../contracts/index.js';
import { checkWholeNumber, MAX_DELAY_MS, MortarError } from '../../errors/index.js';
import type { Logger } from '../../logging/logger.js';
import { systemClock } from '../bus-options.js';
import { isThenable } from '../handler.js';
import type { HandlerContext } from '../internal/handler-context.js';
import { withTimeout } from '../internal/limits.js';
import type { HandleMiddleware, PublishMiddleware } from './middleware.js';

/** Logs each call of a handler when it has ended: at `debug`, a failure at `warn`. Durations are in milliseconds. */
export function logging(logger: Logger, clock: Clock = systemClock): HandleMiddleware {
  return (context, next) => {
    const { handler, envelope, attempt, type } = context;
    const startedAt = clock.now();
    const line = logger.child({
      type,
      handler: handler.name,
      messageId: envelope.id,
      correlationId: envelope.correlationId,
    });
    const ended = (): { readonly attempt: number; readonly durationMs: number } => ({
      attempt,
      durationMs: clock.now() - startedAt,
    });
    const succeeded = <T>(result: T): T => {
      line.debug(ended(), 'handled');
      return result;
    };
    const failed = (error: unknown): never => {
      line.warn({ ...ended(), error }, 'failed');
      throw error;
    };
    try {
      const work = next(context);
      return isThenable(work) ? work.then(succeeded, failed) : succeeded(work);
    } catch (error) {
      return failed(error);
    }
  };
}

/**
 * Checks envelopes that come from outside (a transport, a file) against their contracts, after bringing old ones up
 * to date. Data that is published by contract is checked anyway.
 * @throws MortarError `MORTAR_ENVELOPE_INVALID` for an event without a contract; those of `upcast`
 */
export function validation(contracts: readonly EventContract[]): PublishMiddleware {
  const byName = new Map(contracts.map((contract) => [contract.name, contract]));
  return (envelope, next) => {
    const contract = byName.get(envelope.type);
    if (contract !== undefined) return next(upToDate(contract, envelope));
    throw new MortarError('MORTAR_ENVELOPE_INVALID', {
      rule: 'Only events of known contracts are let in.',
      expected: [...byName.keys()].join(', ') || 'no event at all',
      got: envelope.type,
    });
  };
}

/** Fills in what the surroundings know of the sender and an event does not say: correlation, actor, tenant, trace. */
export function correlation(
  surroundings: () => Pick<EnvelopeOptions, 'correlationId' | 'actor' | 'tenant' | 'traceparent'>,
): PublishMiddleware {
  return (envelope, next) => {
    // What a handler sends already carries these on from the message that it handles.
    if (envelope.causationId !== undefined) return next(envelope);
    const { correlationId = envelope.correlationId, actor, tenant, traceparent } = surroundings();
    return next({
      ...envelope,
      correlationId: envelope.correlationId === envelope.id ? correlationId : envelope.correlationId,
      actor: envelope.actor ?? actor,
      tenant: envelope.tenant ?? tenant,
      traceparent: envelope.traceparent ?? traceparent,
    });
  };
}

/**
 * Limits each call of a handler to so many milliseconds; then its signal is aborted and the call has failed with
 * `MORTAR_HANDLER_TIMEOUT`.
 */
export function timeout(timeoutMs: number, clock: Clock = systemClock): HandleMiddleware {
  checkWholeNumber('timeoutMs', timeoutMs, 1, MAX_DELAY_MS);
  // Every context of a bus is a HandlerContext; users see less of it.
  return (context, next) => withTimeout(timeoutMs, context as HandlerContext, next(context), clock);
}

/**
 * Drops an event whose id was accepted before, within a window of the last ids; 10,000 unless said. An event that was
 * refused, or whose handler failed after publishing it, is not remembered, so that it may be sent again.
 */
export function deduplication(options: { readonly window?: number } = {}): PublishMiddleware {
  const { window = 10_000 } = options;
  checkWholeNumber('window', window, 1, 10_000_000);
  const seen = new Set<string>();
  const deduplicate: PublishMiddleware = (envelope, next) => {
    if (seen.has(envelope.id)) return [];
    remember(seen, envelope.id, window);
    const forget = (error: unknown): never => {
      seen.delete(envelope.id);
      throw error;
    };
    try {
      const outcomes = next(envelope);
      return isThenable(outcomes) ? outcomes.then((settled) => settled, forget) : outcomes;
    } catch (error) {
      return forget(error);
    }
  };
  return Object.assign(deduplicate, { withdrawn: ({ id }: Envelope) => seen.delete(id) });
}

function upToDate(contract: EventContract, envelope: Envelope): Envelope {
  const data = upcast(contract, envelope.data, envelope.schemaVersion);
  return { ...envelope, data, schemaVersion: contract.schemaVersion };
}

/** A set keeps the order of insertion, so its first is the oldest. */
function remember(seen: Set<string>, id: string, window: number): void {
  seen.add(id);
  if (seen.size <= window) return;
  const [oldest] = seen;
  if (oldest !== undefined) seen.delete(oldest);
}
