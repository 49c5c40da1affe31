import { checkKeys, checkOneOf, describeValue, MortarError } from '../../errors/index.js';
import type { Binding, Root } from '../binding.js';
import type { ContainerOptions, FactoryOptions } from '../container.js';
import { type AnyDependency, DEPENDENCY, isDependency, isKey, nameOf } from '../token.js';

const CONTAINER_KEYS = [
  'name',
  'isDevelopment',
  'onLeak',
] as const satisfies readonly (keyof ContainerOptions)[];
const FACTORY_KEYS = ['lifetime', 'dispose'] as const satisfies readonly (keyof FactoryOptions<never>)[];
const FACTORY_LIFETIMES = ['singleton', 'scoped', 'transient'] as const;
const ROOT_KEYS = [
  'owner',
  'dependencies',
  'isSync',
  'isUnscoped',
] as const satisfies readonly (keyof Root)[];
const LIFETIMES: readonly string[] = [...FACTORY_LIFETIMES, 'value', 'contextual'];

/** @throws MortarError `MORTAR_OPTIONS_INVALID` */
export function checkContainerOptions(options: ContainerOptions): void {
  checkKeys('createContainer', options, CONTAINER_KEYS);
  const { name, isDevelopment, onLeak } = options;
  if (name !== undefined && typeof name !== 'string')
    throw invalid('The name of a container is a text.', 'a text', name);
  if (isDevelopment !== undefined && typeof isDevelopment !== 'boolean')
    throw invalid('The option isDevelopment says yes or no.', 'true or false', isDevelopment);
  if (onLeak !== undefined && typeof onLeak !== 'function')
    throw invalid('The option onLeak is called with leaks.', 'a function', onLeak);
}

/** @throws MortarError `MORTAR_OPTIONS_INVALID` */
export function checkFactoryOptions(options: FactoryOptions<never>): void {
  checkKeys('a factory', options, FACTORY_KEYS);
  if (options.lifetime !== undefined) checkOneOf('lifetime', options.lifetime, FACTORY_LIFETIMES);
}

/** @throws MortarError `MORTAR_OPTIONS_INVALID` */
export function checkBinding(binding: Binding): void {
  if (typeof binding !== 'object' || binding === null)
    throw invalid('A binding is plain data.', 'an object', binding);
  const { service, lifetime, dependencies, how, dispose, owner } = binding;
  if (!isKey(service))
    throw invalid('A service is bound under what it is asked for by.', 'a class, a token or a port', service);
  if (typeof how !== 'object' || how === null || !isHow(how))
    throw invalid(
      `What makes ${nameOf(service)} is of a kind.`,
      'a class, a factory, an async-factory, a value or a context, with what it calls',
      how,
    );
  if (how.kind === 'class' && !isConstructor(how.create))
    throw invalid(`${nameOf(service)} is made by new.`, 'a class', how.create);
  if (!LIFETIMES.includes(lifetime)) checkOneOf(`lifetime of ${nameOf(service)}`, lifetime, LIFETIMES);
  if ((how.kind === 'value') !== (lifetime === 'value'))
    throw invalid(`What is bound as a value is there already.`, 'a value of the lifetime value', lifetime);
  checkDependencies(service, dependencies);
  if (dispose !== undefined && typeof dispose !== 'function')
    throw invalid(`The option dispose of ${nameOf(service)} is called with it.`, 'a function', dispose);
  if (typeof owner !== 'string') throw invalid(`Someone binds ${nameOf(service)}.`, 'a text as owner', owner);
}

function isHow(how: { readonly kind?: unknown; readonly create?: unknown }): boolean {
  if (how.kind === 'value') return true;
  const isKnown =
    how.kind === 'class' || how.kind === 'factory' || how.kind === 'async-factory' || how.kind === 'context';
  return isKnown && typeof how.create === 'function';
}

/** @throws MortarError `MORTAR_OPTIONS_INVALID` */
export function checkDependencies(owner: AnyDependency | string, dependencies: unknown): void {
  // Names are made for errors alone: there are a thousand bindings, and none of them is wrong.
  const name = (): string => (typeof owner === 'string' ? owner : nameOf(owner));
  if (!Array.isArray(dependencies))
    throw invalid(`What ${name()} depends on is a list.`, `a list of ${DEPENDENCY}`, dependencies);
  for (let index = 0; index < dependencies.length; index += 1) {
    if (!isDependency(dependencies[index]))
      throw invalid(`Dependency ${index} of ${name()} can be asked for.`, DEPENDENCY, dependencies[index]);
  }
}

/** Its members are checked when they are resolved. @throws MortarError `MORTAR_OPTIONS_INVALID` */
export function checkList(dependencies: readonly unknown[]): void {
  if (!Array.isArray(dependencies))
    throw invalid('Several services are resolved by a list.', 'a list', dependencies);
}

/** @throws MortarError `MORTAR_OPTIONS_INVALID` */
export function checkDependency(dependency: unknown): void {
  if (!isDependency(dependency)) throw invalid('What is resolved can be asked for.', DEPENDENCY, dependency);
}

/** @throws MortarError `MORTAR_OPTIONS_INVALID` */
export function checkRoots(roots: readonly Root[]): void {
  if (!Array.isArray(roots)) throw invalid('Roots are a list.', 'a list of who needs services', roots);
  for (const root of roots) {
    const known: unknown = root;
    checkKeys('a root', known, ROOT_KEYS);
    const { owner, dependencies } = root;
    if (typeof owner !== 'string') throw invalid('A root has an owner.', 'a text', owner);
    checkDependencies(owner, dependencies);
  }
}

type AnyClass = new (...args: readonly never[]) => unknown;

/** What has a prototype is taken for a class, which saves 30 ns a class: `new` asks again when the service is made. */
function isConstructor(create: AnyClass): boolean {
  if (create.prototype !== undefined) return true;
  try {
    // Only asks whether it could be called by new; nothing of it runs.
    Reflect.construct(Object, [], create);
    return true;
  } catch {
    return false;
  }
}

/** The error of a wrong argument. */
export function invalid(rule: string, expected: string, got: unknown): MortarError {
  return new MortarError('MORTAR_OPTIONS_INVALID', { rule, expected, got: describeValue(got) });
}
