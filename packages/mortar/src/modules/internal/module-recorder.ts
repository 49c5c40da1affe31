import { token } from '../../container/index.js';
import { MortarError } from '../../errors/index.js';
import type { DeclaredSends, Module } from '../module.js';
import type { ModuleBuilder } from '../module-builder.js';
import { implementationOf, useOf } from './calls.js';
import { invalid } from './fault.js';
import { handlerOf, subscriptionOf } from './handlers.js';
import { healthCheckOf, hookOf } from './hooks.js';
import { placeOfCall, type Site } from './place.js';
import { projectionOf } from './projections.js';
import { scheduleOf } from './schedules.js';
import { asyncFactoryBinding, classBinding, factoryBinding, valueBinding } from './services.js';
import { exposedOf, moduleNamesOf, sentOf, settingsOf } from './statements.js';

type Arguments = readonly unknown[];
type Make<T> = (site: Site, args: Arguments) => T;

/** A module while it is being recorded. */
type Recording = {
  -readonly [K in keyof Module]: Module[K] extends readonly (infer Item)[] ? Item[] : Module[K];
};

/** Runs a module's registrations and keeps them as data. */
export function recordModule<const N extends string>(
  name: N,
  register: (module: ModuleBuilder<N>) => void,
): Module<N> {
  if (typeof register !== 'function') {
    throw invalid(name, 'a module says what it has.', 'a function that registers it', register);
  }
  const module = recording(name);
  const state = { isDefined: false };
  // The overloads of ModuleBuilder give types to what is untyped here.
  const answer: unknown = register({ name, ...builderOf(module, state) } as ModuleBuilder<N>);
  state.isDefined = true;
  if (answer instanceof Promise) throw goesOn(name, answer);
  for (const part of Object.values(module)) {
    for (const entry of Object.values(part)) Object.freeze(entry);
    Object.freeze(part);
  }
  return Object.freeze({ ...module, name });
}

function recording(name: string): Recording {
  return {
    name,
    bindings: [],
    handlers: [],
    subscriptions: [],
    implementations: [],
    uses: [],
    schedules: [],
    projections: [],
    hooks: [],
    healthChecks: [],
    settings: [],
    exposes: [],
    sends: {},
    startsAfter: [],
  };
}

function builderOf(
  module: Recording,
  state: { readonly isDefined: boolean },
): Record<Exclude<keyof ModuleBuilder<string>, 'name'>, (...args: Arguments) => unknown> {
  /** A verb of the builder, which records what its arguments make. */
  const verb = <T, R>(make: Make<T>, keep: (made: T) => R): ((...args: Arguments) => R) => {
    const record = (...args: Arguments): R => {
      if (state.isDefined) throw tooLate(module.name);
      return keep(make({ module: module.name, place: placeOfCall(record) }, args));
    };
    return record;
  };
  const into =
    <T>(list: T[]) =>
    (made: T): void =>
      void list.push(made);
  const declare = (sends: DeclaredSends): void => {
    module.sends = { ...module.sends, ...sends };
  };
  const { bindings, handlers, subscriptions, implementations, uses, hooks } = module;
  return {
    singleton: verb((site, args) => classBinding(site, 'singleton', args), into(bindings)),
    transient: verb((site, args) => classBinding(site, 'transient', args), into(bindings)),
    scoped: verb((site, args) => classBinding(site, 'scoped', args), into(bindings)),
    value: verb(valueBinding, into(bindings)),
    factory: verb(factoryBinding, into(bindings)),
    asyncFactory: verb(asyncFactoryBinding, into(bindings)),
    handle: verb((site, args) => handlerOf(site, 'command', args), into(handlers)),
    answer: verb((site, args) => handlerOf(site, 'query', args), into(handlers)),
    on: verb(subscriptionOf, into(subscriptions)),
    implement: verb(implementationOf, into(implementations)),
    uses: verb(useOf, into(uses)),
    schedule: verb(scheduleOf, into(module.schedules)),
    project: verb(projectionOf, into(module.projections)),
    onStart: verb((site, args) => hookOf(site, 'start', args), into(hooks)),
    onStop: verb((site, args) => hookOf(site, 'stop', args), into(hooks)),
    health: verb(healthCheckOf, into(module.healthChecks)),
    settings: verb(
      (site, args) => settingsOf(site, token(`settings of ${module.name}`), args),
      (made) => {
        module.settings.push(made);
        return made.token;
      },
    ),
    exposes: verb(exposedOf, (made) => void module.exposes.push(...made)),
    publishes: verb(
      (site, args) => sentOf(site, 'event', args),
      (publishes) => declare({ publishes: [...(module.sends.publishes ?? []), ...publishes] }),
    ),
    dispatches: verb(
      (site, args) => sentOf(site, 'command', args),
      (dispatches) => declare({ dispatches: [...(module.sends.dispatches ?? []), ...dispatches] }),
    ),
    asks: verb(
      (site, args) => sentOf(site, 'query', args),
      (asks) => declare({ asks: [...(module.sends.asks ?? []), ...asks] }),
    ),
    startsAfter: verb(moduleNamesOf, (made) => void module.startsAfter.push(...made)),
  };
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
