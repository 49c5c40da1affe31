import { describeValue, MortarError } from '../../../errors/index.js';
import type { HandlerContext } from '../handler-context.js';

/** A handler in the form in which the bus calls it. */
export type Invocation = (context: HandlerContext) => unknown;

/** So that a handler object registered twice is seen to be the same. */
const methods = new WeakMap<object, Invocation>();

/**
 * Makes an invocation of a function, or of an object with a method `handle`.
 * @throws MortarError `MORTAR_HANDLER_INVALID`
 */
export function invocationOf(handler: unknown): Invocation {
  if (typeof handler === 'function' && !isClass(handler) && !isGenerator(handler))
    return handler as Invocation;
  if (
    typeof handler === 'object' &&
    handler !== null &&
    'handle' in handler &&
    typeof handler.handle === 'function'
  ) {
    return methodOf(handler as { handle: Invocation });
  }
  throw new MortarError('MORTAR_HANDLER_INVALID', {
    rule: 'A handler can be called.',
    expected: 'a function, or an object with a method named handle',
    got: describeHandler(handler),
  });
}

function describeHandler(handler: unknown): string {
  if (typeof handler !== 'function') return describeValue(handler);
  return isClass(handler)
    ? `the class ${handler.name}, not an object of it`
    : 'a generator, whose body would not run';
}

function isGenerator(handler: object): boolean {
  return Object.prototype.toString.call(handler).endsWith('GeneratorFunction]');
}

function isClass(handler: object): boolean {
  return /^class\b/.test(Function.prototype.toString.call(handler));
}

/** Makes an invocation of a handler that takes a batch: the context that leads the batch brings all of it. */
export function batchInvocationOf(handler: unknown): Invocation {
  const call = invocationOf(handler) as (batch: never) => unknown;
  return (context) => (call as (batch: readonly HandlerContext[]) => unknown)(context.batch ?? [context]);
}

function methodOf(handler: { handle: Invocation }): Invocation {
  const known = methods.get(handler) ?? ((context) => handler.handle(context));
  methods.set(handler, known);
  return known;
}
