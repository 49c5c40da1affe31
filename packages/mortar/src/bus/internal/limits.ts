import type { Clock } from '../../contracts/index.js';
import { MortarError } from '../../errors/index.js';
import type { Guard } from '../../resilience/guard.js';
import { isThenable } from '../handler.js';
import type { AnySubscribeOptions } from '../subscription.js';
import type { HandlerContext } from './handler-context.js';
import { awaitMortarHandler } from './settle-handler.js';

/** What an attempt needs to know of its subscription's limits. */
type Limits = Pick<AnySubscribeOptions, 'timeoutMs' | 'guards'>;

/**
 * Calls a handler inside its subscription's guards (the outermost first) and its timeout.
 * Each call starts with nothing published, since a guard may call more than once.
 */
export function callWithin(
  limits: Limits,
  context: HandlerContext,
  call: (context: HandlerContext) => unknown,
  clock: Clock,
): unknown {
  const { timeoutMs, guards } = limits;
  const work = guards === undefined ? call(context) : callGuarded(guards, context, call);
  return timeoutMs === undefined ? work : withTimeout(timeoutMs, context, work, clock);
}

/**
 * Each guard follows the signal of the one outside it, and the handler that of the innermost. So a guard that gives one
 * call up, as a timeout inside a retry does, does not spoil the next.
 */
function callGuarded(
  guards: readonly Guard[],
  context: HandlerContext,
  call: (context: HandlerContext) => unknown,
): unknown {
  const guarded = guards.reduceRight<(signal: AbortSignal) => unknown>(
    (inner, guard) => (signal) => guard.execute(inner, signal),
    (signal) => callInside(signal, context, call),
  );
  return guarded(context.signal);
}

/** A call that failed has published nothing, also where a guard makes good for it. */
async function callInside(
  signal: AbortSignal,
  context: HandlerContext,
  call: (context: HandlerContext) => unknown,
): Promise<unknown> {
  context.restart(signal);
  try {
    const work = call(context);
    if (isThenable(work)) return await awaitMortarHandler(work);
    context.throwRefusal();
    return work;
  } catch (error) {
    context.restart(signal);
    throw error;
  }
}

/** Fails when the time is up, whether or not the handler heeds its signal; what it does after that counts no more. */
export function withTimeout(
  timeoutMs: number,
  context: HandlerContext,
  work: unknown,
  clock: Clock,
): unknown {
  if (!isThenable(work)) return work;
  return new Promise((resolve, reject) => {
    const cancel = clock.after(timeoutMs, () => {
      const error = new MortarError('MORTAR_HANDLER_TIMEOUT', {
        rule: 'A handler ends within its time.',
        expected: `${context.handler.name} to end within ${timeoutMs} ms`,
        got: 'a handler that was still running',
      });
      reject(error);
      context.abort(error);
    });
    awaitMortarHandler(work).then(resolve, reject).finally(cancel);
  });
}
