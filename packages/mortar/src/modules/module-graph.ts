import { type Binding, nameOf, type Root } from '../container/index.js';
import type { PortContract } from '../contracts/index.js';
import type { Issue } from '../errors/index.js';
import { isPort } from './internal/arguments.js';
import { differingEvents } from './internal/graph/event-copies.js';
import { portsAmong, unmarked } from './internal/graph/port-keys.js';
import { orderByDependencies } from './internal/graph/start-order.js';
import type { Module } from './module.js';
import type { Override } from './override.js';

/** What the surroundings of modules offer beside the modules themselves. */
export interface GraphSurroundings {
  /** Ports of modules that are not loaded may be served elsewhere. */
  readonly hasTransport: boolean;
  /** Someone says whether an actor has a permission. */
  readonly hasAuthorizer: boolean;
  /** Events are committed to a durable log. */
  readonly hasStore?: boolean;
  /** What something else is put in place of, ports among them: of those, no implementation is called. */
  readonly overrides?: readonly Override[];
  /** What all modules share. */
  readonly shared?: readonly Binding[];
}

/** Modules in the order in which they start, or what keeps them from having one. */
export interface StartOrder {
  readonly modules: readonly Module[];
  readonly faults: readonly Issue[];
}

/** All that is wrong between modules that are each well formed; of their services, see `Container.faults`. */
export function moduleFaults(modules: readonly Module[], surroundings: GraphSurroundings): readonly Issue[] {
  return [
    ...duplicateModules(modules),
    ...duplicateHandlers(modules),
    ...duplicateSubscriptions(modules),
    ...withinTransaction(modules, surroundings),
    ...scheduled(modules, surroundings),
    ...projected(modules, surroundings),
    ...duplicateImplementations(modules),
    ...duplicateHealthChecks(modules),
    ...differingEvents(modules),
    ...uselessPolicies(modules),
    ...exposedAndMissing(modules),
    ...sentAndMissing(modules),
    ...calledAndMissing(modules, surroundings),
    ...unauthorized(modules, surroundings),
    ...replacingNothing(modules, surroundings),
    ...startOrderOf(modules).faults,
  ];
}

/**
 * The order in which modules start: each after the modules whose ports its singletons or its hooks at the start need,
 * and after those that it says it starts after; else as they are listed.
 */
export function startOrderOf(modules: readonly Module[]): StartOrder {
  const byName = new Map(modules.map((module) => [module.name, module]));
  const unknown = modules.flatMap(({ name, startsAfter }) =>
    startsAfter.filter((other) => !byName.has(other)).map((other) => notLoaded(name, other, byName)),
  );
  const { order, cycles } = orderByDependencies([...byName.keys()], (name) => {
    const module = byName.get(name);
    return module === undefined ? [] : neededAtStart(module).filter((other) => byName.has(other));
  });
  return {
    modules: order.flatMap((name) => byName.get(name) ?? []),
    faults: [
      ...unknown,
      ...cycles.map((path): Issue => {
        const message = 'each of them starts after the next, by its ports or startsAfter';
        return { path: path.join(' → '), message, code: 'MORTAR_MODULE_CYCLE' };
      }),
    ],
  };
}

/** Who needs services of a module without being one. */
export function rootsOf(module: Module): readonly Root[] {
  return [
    ...module.handlers.map(({ contract, dependencies }) => ({
      owner: `handler of ${contract.name}`,
      dependencies,
    })),
    ...module.subscriptions.map(({ name, dependencies }) => ({
      owner: `subscription ${name}`,
      dependencies,
    })),
    ...module.implementations.map(({ port, dependencies }) => ({ owner: `port ${port.name}`, dependencies })),
    ...module.hooks.map(({ when, dependencies }) => ({
      owner: `on${when === 'start' ? 'Start' : 'Stop'} of ${module.name}`,
      dependencies,
      isUnscoped: true,
    })),
    ...module.healthChecks.map(({ name, dependencies }) => ({
      owner: `health check ${module.name}/${name}`,
      dependencies,
      isUnscoped: true,
    })),
  ];
}

/** Every port that a module lists as a dependency, by name. */
export function portsUsedBy(module: Module): readonly PortContract[] {
  const lists = [...module.bindings, ...rootsOf(module)].map(({ dependencies }) => dependencies);
  const ports = new Map(lists.flatMap((list) => portsAmong(list)).map((port) => [port.name, port]));
  return [...ports.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The modules whose ports the singletons and the hooks at the start reach, and those named. */
function neededAtStart(module: Module): readonly string[] {
  const bindings = new Map<unknown, Binding[]>();
  for (const binding of module.bindings)
    bindings.set(binding.service, [...(bindings.get(binding.service) ?? []), binding]);
  const waiting = [
    ...module.bindings.filter(({ lifetime }) => lifetime === 'singleton'),
    ...module.hooks.filter(({ when }) => when === 'start'),
  ].map(({ dependencies }) => dependencies);
  const seen = new Set<unknown>();
  const needed = new Set<string>(module.startsAfter);
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    for (const dependency of next) {
      const service = unmarked(dependency, 'now');
      if (seen.has(service)) continue;
      seen.add(service);
      if (isPort(service)) needed.add(service.module);
      for (const binding of bindings.get(service) ?? []) waiting.push(binding.dependencies);
    }
  }
  if (!module.startsAfter.includes(module.name)) needed.delete(module.name);
  return [...needed];
}

function duplicateModules(modules: readonly Module[]): readonly Issue[] {
  return [...groupsBy(modules, ({ name }) => name)].map(([name, group]) => ({
    path: `module ${name}`,
    message: `is there ${group.length} times; the name of a module is unique in its app`,
    code: 'MORTAR_MODULE_INVALID',
  }));
}

function duplicateHandlers(modules: readonly Module[]): readonly Issue[] {
  const handlers = modules.flatMap((module) => module.handlers);
  return [...groupsBy(handlers, ({ contract }) => contract.name)].map(([name, group]) => ({
    path: `${group[0]?.contract.kind} ${name}`,
    message: `has ${group.length} handlers, at ${placesOf(group)}; it takes exactly one`,
    code: 'MORTAR_HANDLER_DUPLICATE',
  }));
}

function duplicateSubscriptions(modules: readonly Module[]): readonly Issue[] {
  const subscriptions = modules.flatMap((module) => module.subscriptions);
  return [...groupsBy(subscriptions, ({ name }) => name)].map(([name, group]) => ({
    path: `subscription ${name}`,
    message: `is there ${group.length} times, at ${placesOf(group)}; give one of them another option name`,
    code: 'MORTAR_HANDLER_DUPLICATE',
  }));
}

/** Who takes part in a transaction belongs to the module whose transaction it is, in an app that has any. */
function withinTransaction(
  modules: readonly Module[],
  { hasStore = false }: GraphSurroundings,
): readonly Issue[] {
  const pairs = modules.flatMap((module) =>
    module.subscriptions
      .filter(({ options }) => options.within === 'transaction')
      .map((subscription) => ({ module: module.name, ...subscription })),
  );
  return pairs.flatMap(({ module, name, events, place }): readonly Issue[] => {
    const path = `subscription ${name}`;
    const strangers = events.filter((event) => event.module !== module);
    const owned = strangers.map(({ name: event }): Issue => {
      const message = `handles ${event} within the transaction, at ${place}, which only the module of the event may`;
      return { path, message, code: 'MORTAR_NOT_OWNER' };
    });
    if (hasStore) return owned;
    const message = `handles its events within the transaction, at ${place}, and the app has no option store`;
    return [...owned, { path, message, code: 'MORTAR_STORE_MISSING' }];
  });
}

/** A schedule has a name of its own, and what waits for its time is kept in a store. */
function scheduled(modules: readonly Module[], { hasStore = false }: GraphSurroundings): readonly Issue[] {
  const schedules = modules.flatMap((module) => module.schedules);
  const twice = [...groupsBy(schedules, ({ name }) => name)].map(([name, group]): Issue => {
    const message = `is there ${group.length} times, at ${placesOf(group)}`;
    return { path: `schedule ${name}`, message, code: 'MORTAR_SCHEDULE_INVALID' };
  });
  if (hasStore) return twice;
  const homeless = schedules.map(({ name, place }): Issue => {
    const message = `publishes later, at ${place}, and the app has no option store`;
    return { path: `schedule ${name}`, message, code: 'MORTAR_STORE_MISSING' };
  });
  return [...twice, ...homeless];
}

/** A projection has one module and a name of its own there, and folds what is kept in a store. */
function projected(modules: readonly Module[], { hasStore = false }: GraphSurroundings): readonly Issue[] {
  const projections = modules.flatMap((module) => module.projections);
  const twice = projections.flatMap((one): readonly Issue[] => {
    const group = projections.filter(
      ({ name, projection }) => name === one.name || projection === one.projection,
    );
    if (group.length === 1 || group[0] !== one) return [];
    const message = `is there ${group.length} times, at ${placesOf(group)}`;
    return [{ path: `projection ${one.name}`, message, code: 'MORTAR_MODULE_INVALID' }];
  });
  if (hasStore) return twice;
  const homeless = projections.map(({ name, place }): Issue => {
    const message = `is folded from the log, at ${place}, and the app has no option store`;
    return { path: `projection ${name}`, message, code: 'MORTAR_STORE_MISSING' };
  });
  return [...twice, ...homeless];
}

function duplicateImplementations(modules: readonly Module[]): readonly Issue[] {
  const implementations = modules.flatMap((module) => module.implementations);
  return [...groupsBy(implementations, ({ port }) => port.name)].map(([name, group]) => ({
    path: `port ${name}`,
    message: `has ${group.length} implementations, at ${placesOf(group)}; it takes exactly one`,
    code: 'MORTAR_HANDLER_DUPLICATE',
  }));
}

function duplicateHealthChecks(modules: readonly Module[]): readonly Issue[] {
  return modules.flatMap((module) =>
    [...groupsBy(module.healthChecks, ({ name }) => name)].map(
      ([name, group]): Issue => ({
        path: `health check ${module.name}/${name}`,
        message: `is there ${group.length} times, at ${placesOf(group)}`,
        code: 'MORTAR_MODULE_INVALID',
      }),
    ),
  );
}

/** What a module says is its own, and does nothing for. */
function exposedAndMissing(modules: readonly Module[]): readonly Issue[] {
  const handled = handledBy(modules);
  const implemented = implementedBy(modules);
  return modules.flatMap((module) =>
    module.exposes.flatMap(({ kind, name }): readonly Issue[] => {
      const path = `module ${module.name} → ${kind} ${name}`;
      if (kind === 'port' && !implemented.has(name))
        return [{ path, message: 'is exposed and not implemented', code: 'MORTAR_PORT_MISSING' }];
      if ((kind !== 'command' && kind !== 'query') || handled.has(name)) return [];
      const message = kind === 'command' ? 'is exposed and has no handler' : 'is exposed and has no answer';
      return [{ path, message, code: 'MORTAR_HANDLER_MISSING' }];
    }),
  );
}

/** What a module says it sends, and nobody takes. */
function sentAndMissing(modules: readonly Module[]): readonly Issue[] {
  const handled = handledBy(modules);
  return modules.flatMap(({ name: module, sends: { dispatches = [], asks = [] } }) =>
    [...dispatches, ...asks]
      .filter(({ name }) => !handled.has(name))
      .map(({ kind, name }): Issue => {
        const verb = kind === 'command' ? 'dispatches' : 'asks';
        const message = kind === 'command' ? 'has no handler' : 'has no answer';
        return {
          path: `module ${module} ${verb} → ${kind} ${name}`,
          message: `${message} in any loaded module`,
          code: 'MORTAR_HANDLER_MISSING',
        };
      }),
  );
}

/** Ports that are used, implemented by no loaded module, and can't be reached elsewhere. */
function calledAndMissing(
  modules: readonly Module[],
  { hasTransport, overrides = [] }: GraphSurroundings,
): readonly Issue[] {
  if (hasTransport) return [];
  const implemented = implementedBy(modules);
  const replaced = new Set<unknown>(overrides.map(({ service }) => service));
  const there = [...implemented].sort().join(', ') || 'no port at all';
  return modules.flatMap((module) =>
    portsUsedBy(module)
      .filter((port) => !implemented.has(port.name) && !replaced.has(port))
      .map(({ name }): Issue => {
        const message = `is not implemented by any loaded module; there is ${there}`;
        return { path: `module ${module.name} → port ${name}`, message, code: 'MORTAR_PORT_MISSING' };
      }),
  );
}

/** A permission that nobody can grant would refuse every call. */
function unauthorized(modules: readonly Module[], { hasAuthorizer }: GraphSurroundings): readonly Issue[] {
  if (hasAuthorizer) return [];
  const ports = modules.flatMap((module) => [
    ...module.implementations.map(({ port }) => port),
    ...portsUsedBy(module),
  ]);
  const methods = ports.flatMap(({ methods: all }) => Object.values(all));
  const guarded = methods.filter(({ permission }) => permission !== undefined);
  return [...new Map(guarded.map((method) => [method.name, method])).values()].map(
    ({ name, permission }): Issue => {
      const message = `wants permission ${permission}, and the app has no option authorize`;
      return { path: `port ${name}`, message, code: 'MORTAR_PERMISSION_DENIED' };
    },
  );
}

/** A policy for a port that the module does not call, or a second one, guards nothing. */
function uselessPolicies(modules: readonly Module[]): readonly Issue[] {
  return modules.flatMap((module) => {
    const called = new Set(portsUsedBy(module).map(({ name }) => name));
    const pathOf = (port: string): string => `module ${module.name} uses → port ${port}`;
    const twice = [...groupsBy(module.uses, ({ port }) => port.name)].map(([port, group]): Issue => {
      const message = `has ${group.length} policies, at ${placesOf(group)}; it takes one`;
      return { path: pathOf(port), message, code: 'MORTAR_MODULE_INVALID' };
    });
    const idle = module.uses
      .filter(({ port }) => !called.has(port.name))
      .map(({ port, place }): Issue => {
        const message = `has a policy, at ${place}, and is not among the dependencies of the module`;
        return { path: pathOf(port.name), message, code: 'MORTAR_MODULE_INVALID' };
      });
    return [...twice, ...idle];
  });
}

/** An override that does nothing is one of the wrong thing. */
function replacingNothing(
  modules: readonly Module[],
  { overrides = [], shared = [] }: GraphSurroundings,
): readonly Issue[] {
  const there = new Set<unknown>(
    modules.flatMap((module) => [...module.bindings.map(({ service }) => service), ...portsUsedBy(module)]),
  );
  for (const { service } of shared) there.add(service);
  return overrides
    .filter(({ service }) => !there.has(service))
    .map(({ service }) => ({
      path: `overrides → ${nameOf(service)}`,
      message:
        'is put in place of nothing: neither a loaded module nor the app binds it, or calls it as a port',
      code: 'MORTAR_BINDING_MISSING',
    }));
}

function handledBy(modules: readonly Module[]): ReadonlySet<string> {
  return new Set(modules.flatMap(({ handlers }) => handlers.map(({ contract }) => contract.name)));
}

function implementedBy(modules: readonly Module[]): ReadonlySet<string> {
  return new Set(modules.flatMap(({ implementations }) => implementations.map(({ port }) => port.name)));
}

function notLoaded(module: string, other: string, loaded: ReadonlyMap<string, Module>): Issue {
  return {
    path: `module ${module} startsAfter → module ${other}`,
    message: `is not loaded; there is ${[...loaded.keys()].join(', ')}`,
    code: 'MORTAR_MODULE_MISSING',
  };
}

/** Those of which there are several. */
function groupsBy<T>(items: readonly T[], keyOf: (item: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return new Map([...groups].filter(([, group]) => group.length > 1));
}

function placesOf(group: readonly { readonly place: string }[]): string {
  return group.map(({ place }) => place).join(' and at ');
}
