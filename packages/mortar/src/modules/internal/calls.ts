import { isDependency } from '../../container/index.js';
import type { PortContract } from '../../contracts/index.js';
import type { ModuleImplementation, ModulePortUse } from '../module.js';
import { checkDependencies, isFunction, isList, isOptions, isPort } from './arguments.js';
import { invalid } from './fault.js';
import { checkOwner } from './handlers.js';
import type { Site } from './place.js';

type Arguments = readonly unknown[];

/** @throws MortarError `MORTAR_MODULE_INVALID`, `MORTAR_NOT_OWNER` */
export function implementationOf({ module, place }: Site, [port, ...rest]: Arguments): ModuleImplementation {
  if (!isPort(port)) throw invalid(module, 'implement takes a port.', 'a port', port);
  checkOwner(module, 'implement', port);
  const label = `implement ${port.name}`;
  const [first, ...others] = rest;
  const [service, ...surplus] = isList(first) ? others : rest;
  if (surplus.length > 0)
    throw invalid(module, `${label} takes dependencies and methods.`, 'nothing after them', surplus[0]);
  if (!isList(first) && isDependency(service))
    return { port, place, dependencies: [service], methods: undefined };
  const dependencies = isList(first) ? checkDependencies(module, label, first) : [];
  return { port, place, dependencies, methods: methodsOf(module, label, port, service) };
}

/** Exactly the methods of the port: one that is missing or misspelt is refused. What is no function may be state of theirs. */
function methodsOf(
  module: string,
  label: string,
  port: PortContract,
  given: unknown,
): NonNullable<ModuleImplementation['methods']> {
  const rule = `${label} has a function for each method of the port.`;
  if (!isOptions(given)) throw invalid(module, rule, 'an object with the methods', given);
  const expected = Object.keys(port.methods);
  const unknown = Object.keys(given).find((name) => !expected.includes(name) && isFunction(given[name]));
  if (unknown !== undefined) throw invalid(module, rule, expected.join(', '), unknown);
  return Object.fromEntries(
    expected.map((name) => {
      const method = given[name];
      if (!isFunction(method)) throw invalid(module, rule, `a function for ${name}`, method);
      // Called off the object it stands on, so that `this` is what its author wrote.
      return [name, (...args: readonly never[]) => Reflect.apply(method, given, args)];
    }),
  );
}

/**
 * What the policy says is checked when the app is made: the guards that it makes are loaded only then.
 * @throws MortarError `MORTAR_MODULE_INVALID`
 */
export function useOf({ module, place }: Site, [port, policy]: Arguments): ModulePortUse {
  if (!isPort(port)) throw invalid(module, 'uses takes a port and a policy.', 'a port', port);
  if (!isOptions(policy)) throw invalid(module, `uses ${port.name} takes a policy.`, 'an object', policy);
  return { port, place, policy };
}
