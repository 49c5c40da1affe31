import type { Outcome } from '../outcome.js';
import type { Delivery } from './delivery.js';
import type { HandlerContext } from './handler-context.js';

/** Who is told how an asynchronous handler ended. */
export interface AttemptEnd {
  succeeded(delivery: Delivery, context: HandlerContext): void;
  failed(delivery: Delivery, context: HandlerContext, error: unknown): void;
}

/*
 * The names of these two functions stand in the asynchronous stack trace of every handler, since V8 follows the
 * chain of awaits. That is how `isInsideHandler` knows, without a tax on every promise (as AsyncLocalStorage has on
 * Node 20), whether a drain was asked for by a handler, which the drain must then not wait for.
 */
const MARK = 'MortarHandler';

/**
 * Waits for an asynchronous handler and tells how it ended; resolves with the delivery's outcome, after further
 * attempts if there are any. Never rejects.
 */
export async function settleMortarHandler(
  end: AttemptEnd,
  delivery: Delivery,
  context: HandlerContext,
  work: PromiseLike<unknown>,
): Promise<readonly Outcome[]> {
  try {
    await work;
  } catch (error) {
    end.failed(delivery, context, error);
    return delivery.outcomes();
  }
  end.succeeded(delivery, context);
  return delivery.outcomes();
}

/** Waits for an asynchronous handler and answers with its result. */
export async function awaitMortarHandler<T>(work: PromiseLike<T>): Promise<T> {
  return await work;
}

const STACK_DEPTH = 200;

/** Whether the caller runs, after an await or more, inside a handler. Costs a stack trace. */
export function isInsideHandler(): boolean {
  const holder: { stack?: string } = {};
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = STACK_DEPTH;
  Error.captureStackTrace(holder, isInsideHandler);
  Error.stackTraceLimit = stackTraceLimit;
  return holder.stack?.includes(MARK) ?? false;
}
