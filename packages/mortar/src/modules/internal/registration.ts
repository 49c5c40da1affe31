import { checkSubscribeOptions } from '../../bus/subscription.js';
import { type AnyDependency, type Binding, nameOf } from '../../container/index.js';
import type { Contract, EventContract } from '../../contracts/index.js';
import { checkKeys, MortarError } from '../../errors/index.js';
import type { ModuleHandler, ModuleSubscribeOptions, ModuleSubscription } from '../module.js';
import { faultIn, invalid } from './fault.js';

/** What ends every registration of a handler. */
type Ending = Pick<ModuleHandler, 'dependencies' | 'handler'>;

const OPTION_KEYS: readonly (keyof ModuleSubscribeOptions)[] = [
  'name',
  'concurrency',
  'queue',
  'retry',
  'timeoutMs',
  'guards',
];

/** @throws MortarError `MORTAR_MODULE_INVALID` */
export function singletonBinding(module: string, service: unknown, dependencies: unknown): Binding {
  const rule = 'a singleton is bound by its class and the list of what its constructor takes.';
  if (!isConstructor(service)) throw invalid(module, rule, 'a class', service);
  const label = `singleton ${nameOf(service)}`;
  if (!isList(dependencies)) throw invalid(module, rule, `a list for ${label}`, dependencies);
  const checked = checkDependencies(module, label, dependencies);
  const create = (resolved: readonly unknown[]): unknown => new service(...resolved);
  return { service, dependencies: checked, create, owner: `module ${module}` };
}

/** @throws MortarError `MORTAR_MODULE_INVALID` */
export function valueBinding(module: string, service: unknown, value: unknown): Binding {
  if (isDependency(service))
    return { service, dependencies: [], create: () => value, owner: `module ${module}` };
  throw invalid(module, 'a value is bound by its class or a token.', 'a class or a token', service);
}

/** @throws MortarError `MORTAR_MODULE_INVALID`, `MORTAR_NOT_OWNER`, `MORTAR_HANDLER_DUPLICATE` */
export function handlerOf(
  module: string,
  kind: 'command' | 'query',
  present: readonly ModuleHandler[],
  contract: unknown,
  rest: readonly unknown[],
): ModuleHandler {
  const verb = kind === 'command' ? 'handle' : 'answer';
  if (!isContract(contract) || contract.kind === 'event' || contract.kind !== kind)
    throw invalid(module, 'handle takes a command, answer takes a query.', `a ${kind} for ${verb}`, contract);
  const { name } = contract;
  if (contract.module !== module) {
    throw new MortarError('MORTAR_NOT_OWNER', {
      rule: `Only the module named in the prefix of a ${kind} may ${verb} it.`,
      expected: `a ${kind} of module ${module}`,
      got: name,
    });
  }
  if (present.some((other) => other.contract.name === name)) {
    throw new MortarError('MORTAR_HANDLER_DUPLICATE', {
      rule: `A ${kind} has exactly one handler.`,
      expected: `module ${module} to ${verb} ${name} once`,
      got: 'a second handler',
    });
  }
  return { contract, ...endingOf(module, `${verb} ${name}`, rest) };
}

/** @throws MortarError `MORTAR_MODULE_INVALID`, `MORTAR_OPTIONS_INVALID` */
export function subscriptionOf(
  module: string,
  present: readonly ModuleSubscription[],
  selected: unknown,
  rest: readonly unknown[],
): ModuleSubscription {
  const events = eventsOf(module, selected);
  const label = events.map((event) => event.name).join(', ');
  const [first, ...others] = rest;
  const options = isOptions(first) ? first : {};
  const ending = endingOf(module, `on ${label}`, isOptions(first) ? others : rest);
  if (options.name === undefined && events.length > 1)
    throw invalid(module, `on ${label} takes several events.`, 'the option name', options.name);
  const name = options.name ?? `${module}/${label}`;
  checkOptions(module, label, { ...options, name });
  if (!present.some((other) => other.name === name)) return { name, events, options, ...ending };
  const expected = `another option name for the second subscription on ${label}`;
  throw invalid(module, 'the name of a subscription is unique.', expected, name);
}

function eventsOf(module: string, selected: unknown): readonly EventContract[] {
  const list: readonly unknown[] = isList(selected) ? selected : [selected];
  const events = [...new Set(list.filter(isEvent))];
  if (events.length === list.length && events.length > 0) return events;
  const wrong = list.find((event, place) => !isEvent(event) || list.indexOf(event) !== place);
  throw invalid(module, 'on takes an event, or different ones in a list.', 'an event', wrong ?? selected);
}

function checkOptions(module: string, label: string, options: ModuleSubscribeOptions): void {
  try {
    checkKeys('on', options, OPTION_KEYS);
    checkSubscribeOptions(options);
  } catch (error) {
    throw faultIn(module, `on ${label}`, error);
  }
}

/** A list of dependencies where there is one, and the handler. */
function endingOf(module: string, label: string, rest: readonly unknown[]): Ending {
  const [first, ...others] = rest;
  const [handler, ...surplus] = isList(first) ? others : rest;
  if (!isFunction(handler) || surplus.length > 0) {
    const rule = `${label} takes options (on alone does), then a list of dependencies, then a handler.`;
    throw invalid(module, rule, 'a function as the last argument, and nothing else before it', handler);
  }
  return { dependencies: isList(first) ? checkDependencies(module, label, first) : [], handler };
}

function checkDependencies(
  module: string,
  label: string,
  dependencies: readonly unknown[],
): readonly AnyDependency[] {
  const wrong = dependencies.findIndex((dependency) => !isDependency(dependency));
  if (wrong < 0) return dependencies.filter(isDependency);
  const expected = `a class or a token as dependency ${wrong + 1} (a cycle of imports leaves a class undefined)`;
  throw invalid(module, `${label} depends on classes and tokens.`, expected, dependencies[wrong]);
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

function isOptions(value: unknown): value is ModuleSubscribeOptions {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isFunction(value: unknown): value is ModuleHandler['handler'] {
  return typeof value === 'function';
}

/** A class, and not a function that `new` would refuse. */
function isConstructor(value: unknown): value is new (...args: readonly unknown[]) => unknown {
  return typeof value === 'function' && value.prototype !== undefined;
}

function isDependency(value: unknown): value is AnyDependency {
  if (typeof value === 'function') return value.prototype !== undefined;
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'token';
}

function isContract(value: unknown): value is Contract {
  return typeof value === 'object' && value !== null && 'kind' in value && 'module' in value;
}

function isEvent(value: unknown): value is EventContract {
  return isContract(value) && value.kind === 'event';
}
