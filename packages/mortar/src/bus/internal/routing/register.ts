import type { EventContract } from '../../../contracts/index.js';
import { describeValue, MortarError } from '../../../errors/index.js';
import { type AnySubscribeOptions, checkSubscribeOptions, type Selector } from '../../subscription.js';
import type { BusCore } from '../bus-core.js';
import { threadInvocation } from '../threads/thread-pool.js';
import { batchInvocationOf, type Invocation, invocationOf } from './invocation.js';
import { parsePattern } from './pattern.js';
import { Registration, type Source } from './registration.js';

/** Registers a handler from the arguments of `subscribe` after its selector: options, if any, and the handler. */
export function register(core: BusCore, selector: Selector, rest: readonly unknown[]): Registration {
  const [options, handler] = rest.length > 1 ? rest : [undefined, rest[0]];
  if (options !== undefined) checkSubscribeOptions(options as AnySubscribeOptions);
  const settings = options as AnySubscribeOptions | undefined;
  core.checkOpen();
  core.registrations += 1;
  const registration = new Registration(
    core,
    sourceOf(selector),
    makeInvocation(core, handler, settings),
    settings,
    settings?.name ?? core.registrations,
  );
  core.router.add(registration);
  return registration;
}

function sourceOf(selector: Selector): Source {
  if (typeof selector === 'string') return parsePattern(selector);
  const contracts: readonly unknown[] = Array.isArray(selector) ? selector : [selector];
  if (contracts.length > 0 && contracts.every(isEvent)) {
    const names = new Set(contracts.map(({ name }) => name));
    const [first] = contracts;
    if (first !== undefined && names.size === contracts.length)
      return names.size === 1 ? first : [...contracts];
  }
  throw new MortarError('MORTAR_HANDLER_INVALID', {
    rule: 'A subscription says which events it is for.',
    expected: 'an event contract, an array of different ones, or a pattern',
    got: Array.isArray(selector)
      ? `[${contracts.map(describeSelected).join(', ')}]`
      : describeSelected(selector),
  });
}

function isEvent(value: unknown): value is EventContract {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'event';
}

function describeSelected(value: unknown): string {
  const isContract = typeof value === 'object' && value !== null && 'kind' in value && 'name' in value;
  return isContract ? `${value.kind} ${value.name}` : describeValue(value);
}

function makeInvocation(
  core: BusCore,
  handler: unknown,
  options: AnySubscribeOptions | undefined,
): Invocation {
  if (options?.runOn === 'thread') return threadInvocation(core, handler, options.export);
  return options?.batch === undefined ? invocationOf(handler) : batchInvocationOf(handler);
}
