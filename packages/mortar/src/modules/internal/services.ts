import { type Binding, isDependency, type Lifetime, nameOf } from '../../container/index.js';
import { checkKeys, checkOneOf } from '../../errors/index.js';
import { checkDependencies, isConstructor, isFunction, isList, isOptions } from './arguments.js';
import { checkIn, invalid } from './fault.js';
import type { Site } from './place.js';

type Arguments = readonly unknown[];

/** @throws MortarError `MORTAR_MODULE_INVALID` */
export function classBinding(
  site: Site,
  lifetime: 'singleton' | 'transient' | 'scoped',
  [service, dependencies = [], ...surplus]: Arguments,
): Binding {
  const rule = `a ${lifetime} is bound by its class and the list of what its constructor takes.`;
  if (!isConstructor(service)) throw invalid(site.module, rule, 'a class', service);
  const label = `${lifetime} ${nameOf(service)}`;
  if (!isList(dependencies) || surplus.length > 0)
    throw invalid(site.module, rule, `one list for ${label}`, surplus[0] ?? dependencies);
  const checked = checkDependencies(site.module, label, dependencies);
  const how = { kind: 'class', create: service } as const;
  return { service, lifetime, dependencies: checked, how, owner: ownerOf(site) };
}

/** @throws MortarError `MORTAR_MODULE_INVALID` */
export function valueBinding(site: Site, [service, value]: Arguments): Binding {
  if (isDependency(service) && !isMarked(service)) {
    const how = { kind: 'value', value } as const;
    return { service, lifetime: 'value', dependencies: [], how, owner: ownerOf(site) };
  }
  throw invalid(site.module, 'a value is bound by its class or a token.', 'a class or a token', service);
}

/** @throws MortarError `MORTAR_MODULE_INVALID`, `MORTAR_OPTIONS_INVALID` */
export function factoryBinding(site: Site, args: Arguments): Binding {
  return madeBinding(site, 'factory', args);
}

/** @throws MortarError `MORTAR_MODULE_INVALID`, `MORTAR_OPTIONS_INVALID` */
export function asyncFactoryBinding(site: Site, args: Arguments): Binding {
  return madeBinding(site, 'async-factory', args);
}

function madeBinding(site: Site, kind: 'factory' | 'async-factory', args: Arguments): Binding {
  const [service, dependencies, create, options = {}] = args;
  const rule = 'a factory is bound by a class or a token, a list of dependencies, and a function.';
  if (!isDependency(service) || isMarked(service))
    throw invalid(site.module, rule, 'a class or a token', service);
  const label = `factory of ${nameOf(service)}`;
  if (!isList(dependencies)) throw invalid(site.module, rule, `a list for the ${label}`, dependencies);
  if (!isFunction(create)) throw invalid(site.module, rule, `a function for the ${label}`, create);
  const { lifetime, dispose } = checkFactoryOptions(site, label, options);
  return {
    service,
    lifetime,
    dependencies: checkDependencies(site.module, label, dependencies),
    // The overloads of ServiceBuilder give types to what is untyped here.
    how: { kind, create } as Binding['how'],
    owner: ownerOf(site),
    ...(dispose === undefined ? {} : { dispose }),
  };
}

function checkFactoryOptions(
  { module }: Site,
  label: string,
  options: unknown,
): { readonly lifetime: Lifetime; readonly dispose: Binding['dispose'] } {
  if (!isOptions(options)) throw invalid(module, `the ${label} takes options.`, 'an object', options);
  checkIn(module, `the ${label}`, () => checkKeys('factory', options, ['lifetime', 'dispose']));
  const { lifetime = 'singleton', dispose } = options;
  checkIn(module, `the ${label}`, () =>
    checkOneOf('lifetime', lifetime, ['singleton', 'transient', 'scoped']),
  );
  if (dispose !== undefined && !isFunction(dispose))
    throw invalid(module, `the option dispose of the ${label} is a function.`, 'a function', dispose);
  return { lifetime: lifetime as Lifetime, dispose };
}

function isMarked(service: unknown): boolean {
  return (
    typeof service === 'object' &&
    service !== null &&
    'kind' in service &&
    ['all', 'lazy', 'optional', 'port'].includes(String(service.kind))
  );
}

function ownerOf({ module, place }: Site): string {
  return `module ${module} (${place})`;
}
