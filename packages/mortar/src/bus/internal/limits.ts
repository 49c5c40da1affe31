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
  if (limits.timeoutMs === undefined && limits.guards === undefined) return call(context);
  const guarded = (limits.guards ?? []).reduceRight<() => unknown>(
    (inner, guard) => () => executeGuarded(guard, context, inner),
    () => {
      context.restart();
      const work = call(context);
      return isThenable(work) ? awaitMortarHandler(work) : work;
    },
  );
  return limits.timeoutMs === undefined
    ? guarded()
    : withTimeout(limits.timeoutMs, context, guarded(), clock);
}

function executeGuarded(guard: Guard, context: HandlerContext, inner: () => unknown): Promise<unknown> {
  return guard.execute((signal) => {
    signal.addEventListener('abort', () => context.abort(signal.reason), { once: true });
    return inner();
  }, context.signal);
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
