import type { Binding } from '../../container/index.js';
import { MortarError } from '../../errors/index.js';
import type { Module, ModuleBuilder, ModuleHandler, ModuleSubscription } from '../module.js';
import { invalid } from './fault.js';
import { handlerOf, singletonBinding, subscriptionOf, valueBinding } from './registration.js';

/** Runs a module's registrations and keeps them as data. */
export function recordModule<const N extends string>(
  name: N,
  register: (module: ModuleBuilder<N>) => void,
): Module<N> {
  if (typeof register !== 'function') {
    throw invalid(name, 'a module says what it has.', 'a function that registers it', register);
  }
  const bindings: Binding[] = [];
  const handlers: ModuleHandler[] = [];
  const subscriptions: ModuleSubscription[] = [];
  let isDefined = false;
  const add = <T>(list: T[], make: () => T): void => {
    if (isDefined) throw tooLate(name);
    list.push(make());
  };
  const builder = {
    singleton: (service: unknown, dependencies: unknown = []) =>
      add(bindings, () => singletonBinding(name, service, dependencies)),
    value: (service: unknown, value: unknown) => add(bindings, () => valueBinding(name, service, value)),
    handle: (command: unknown, ...rest: readonly unknown[]) =>
      add(handlers, () => handlerOf(name, 'command', handlers, command, rest)),
    answer: (query: unknown, ...rest: readonly unknown[]) =>
      add(handlers, () => handlerOf(name, 'query', handlers, query, rest)),
    on: (events: unknown, ...rest: readonly unknown[]) =>
      add(subscriptions, () => subscriptionOf(name, subscriptions, events, rest)),
  };
  // The overloads of ModuleBuilder give types to what is untyped here.
  const answer: unknown = register(builder as ModuleBuilder<N>);
  isDefined = true;
  if (answer instanceof Promise) throw goesOn(name, answer);
  for (const list of [bindings, handlers, subscriptions]) Object.freeze(list);
  return Object.freeze({ name, bindings, handlers, subscriptions });
}

function tooLate(module: string): MortarError {
  return new MortarError('MORTAR_MODULE_INVALID', {
    rule: `In module ${module}: a module is defined when its function has returned.`,
    expected: 'every registration before that',
    got: 'one after it',
  });
}

/** What an asynchronous function registers after its first await would be missing from the app. */
function goesOn(module: string, promise: Promise<unknown>): MortarError {
  promise.catch(() => undefined);
  return invalid(module, 'a module is defined at once.', 'a function that is not async', promise);
}
