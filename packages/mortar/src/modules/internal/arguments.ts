import { type AnyDependency, isDependency } from '../../container/index.js';
import type { Contract, EventContract, PortContract } from '../../contracts/index.js';
import { invalid } from './fault.js';

type AnyFunction = (...args: readonly never[]) => unknown;

/** What ends every registration of a function: a list of dependencies where there is one, and the function. */
export interface Ending {
  readonly dependencies: readonly AnyDependency[];
  readonly handler: AnyFunction;
}

/** @throws MortarError `MORTAR_MODULE_INVALID` */
export function endingOf(module: string, label: string, rest: readonly unknown[]): Ending {
  const [first, ...others] = rest;
  const [handler, ...surplus] = isList(first) ? others : rest;
  if (!isFunction(handler) || surplus.length > 0) {
    const rule = `${label} takes options where it has some, then a list of dependencies, then a function.`;
    throw invalid(module, rule, 'a function as the last argument, and nothing else before it', handler);
  }
  return { dependencies: isList(first) ? checkDependencies(module, label, first) : [], handler };
}

/** @throws MortarError `MORTAR_MODULE_INVALID` */
export function checkDependencies(
  module: string,
  label: string,
  dependencies: readonly unknown[],
): readonly AnyDependency[] {
  const wrong = dependencies.findIndex((dependency) => !isDependency(dependency));
  if (wrong < 0) return dependencies.filter(isDependency);
  const expected = `a class, a token or a port as dependency ${wrong + 1} (a cycle of imports leaves a class undefined)`;
  throw invalid(module, `${label} depends on classes, tokens and ports.`, expected, dependencies[wrong]);
}

export function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

export function isOptions(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isFunction(value: unknown): value is AnyFunction {
  return typeof value === 'function';
}

/** A class, and not a function that `new` would refuse. */
export function isConstructor(value: unknown): value is new (...args: readonly never[]) => unknown {
  return typeof value === 'function' && value.prototype !== undefined;
}

export function isContract(value: unknown): value is Contract {
  return isNamed(value) && ['event', 'command', 'query'].includes(value.kind);
}

export function isEvent(value: unknown): value is EventContract {
  return isContract(value) && value.kind === 'event';
}

export function isPort(value: unknown): value is PortContract {
  return isNamed(value) && value.kind === 'port' && 'methods' in value;
}

function isNamed(value: unknown): value is { readonly kind: string } {
  return typeof value === 'object' && value !== null && 'kind' in value && 'module' in value;
}
