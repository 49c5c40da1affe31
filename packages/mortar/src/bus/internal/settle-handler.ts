import type { Delivery } from './delivery.js';
import type { HandlerContext } from './handler-context.js';

/** Who is told how an asynchronous handler ended. */
export interface AttemptEnd {
  succeeded(delivery: Delivery, context: HandlerContext): void;
  failed(delivery: Delivery, context: HandlerContext, error: unknown): void;
}

/*
 * These functions stand in the asynchronous stack trace of every handler, since V8 follows the chain of awaits.
 * That is how `countHandlersOfTrace` knows, without a tax on every promise (as AsyncLocalStorage has on Node 20),
 * whether a drain was asked for by a handler, which the drain must then not wait for.
 */

/** Waits for an asynchronous handler and tells how it ended. Never rejects. */
export async function settleMortarHandler(
  end: AttemptEnd,
  delivery: Delivery,
  context: HandlerContext,
  work: PromiseLike<unknown>,
): Promise<void> {
  try {
    await work;
  } catch (error) {
    end.failed(delivery, context, error);
    return;
  }
  end.succeeded(delivery, context);
}

/** Waits for an asynchronous handler inside its guards, its timeout or its batch, and answers with its result. */
export async function awaitMortarHandler<T>(work: PromiseLike<T>): Promise<T> {
  return await work;
}

/** Waits for an asynchronous handler outside of its guards and its timeout, and answers with its result. */
export async function awaitMortarAttempt<T>(work: PromiseLike<T>): Promise<T> {
  return await work;
}

/** Waits for the asynchronous handler of a command or query, and answers with its result. */
export async function awaitMortarRequest<T>(work: PromiseLike<T>): Promise<T> {
  return await work;
}

const STACK_DEPTH = 200;

/**
 * How many handlers the caller runs inside of, after an await or more: one, and those that wait for it since it
 * handles their command or query. Costs a stack trace.
 */
export function countHandlersOfTrace(): number {
  let count = 0;
  let isInside = false;
  for (const name of markedFrames()) {
    // What waits inside guards is the same handler as what settles it; the trace may end before that.
    if (!isInside || name === awaitMortarRequest.name) count += 1;
    isInside = name === awaitMortarHandler.name;
  }
  return count;
}

/** The names of the functions above among those that wait for the caller, from the innermost. */
function markedFrames(): readonly string[] {
  const here = callSites()[0]?.getFileName();
  return callSites()
    .filter((site) => site.isAsync() && site.getFileName() === here)
    .map((site) => site.getFunctionName() ?? '');
}

function callSites(): readonly NodeJS.CallSite[] {
  const { prepareStackTrace, stackTraceLimit } = Error;
  const holder: { stack?: readonly NodeJS.CallSite[] } = {};
  try {
    Error.prepareStackTrace = (_, sites) => sites;
    Error.stackTraceLimit = STACK_DEPTH;
    Error.captureStackTrace(holder, callSites);
    return holder.stack ?? [];
  } finally {
    Error.prepareStackTrace = prepareStackTrace;
    Error.stackTraceLimit = stackTraceLimit;
  }
}
