import { type AnyDependency, type Lifetime, nameOf } from '../container/index.js';
import type { EventContract } from '../contracts/index.js';
import type { Module } from './module.js';
import { portsUsedBy, startOrderOf } from './module-graph.js';
import { type SettingDescription, variablesOf } from './setting-list.js';

/** Modules and what passes between them, as plain data. The same list of modules always gives the same canvas. */
export interface Canvas {
  /** By name. */
  readonly modules: readonly ModuleCanvas[];
  /** Who meets whom, and in what; by `from`, `to` and message. */
  readonly relations: readonly Relation[];
  /** The names of the modules in the order in which they start. */
  readonly startOrder: readonly string[];
}

/** One module. Every list is sorted by name. */
export interface ModuleCanvas {
  readonly name: string;
  /** Those it handles or says are its own. */
  readonly commands: readonly RequestCanvas[];
  readonly queries: readonly RequestCanvas[];
  /** Its own events: those it publishes or says are its own, and those that loaded modules handle. */
  readonly events: readonly MessageCanvas[];
  readonly handles: readonly SubscriptionCanvas[];
  readonly ports: readonly PortCanvas[];
  /** The ports it calls, by name. */
  readonly uses: readonly string[];
  /** What it sends, by name, where it says so; `undefined` where it does not. */
  readonly publishes: readonly string[] | undefined;
  readonly dispatches: readonly string[] | undefined;
  readonly asks: readonly string[] | undefined;
  readonly services: readonly ServiceCanvas[];
  readonly settings: readonly SettingDescription[];
  readonly healthChecks: readonly string[];
  readonly startsAfter: readonly string[];
}

/** A message. */
export interface MessageCanvas {
  readonly name: string;
  readonly description: string | undefined;
}

/** A command or query of a module. */
export interface RequestCanvas extends MessageCanvas {
  /** Whether it is handled here; else it is only said to be the module's own. */
  readonly isHandled: boolean;
}

/** A subscription of a module. */
export interface SubscriptionCanvas {
  readonly name: string;
  readonly events: readonly string[];
}

/** A port of a module. */
export interface PortCanvas extends MessageCanvas {
  readonly methods: readonly string[];
  readonly isImplemented: boolean;
}

/** A service of a module. */
export interface ServiceCanvas {
  readonly name: string;
  readonly lifetime: Lifetime;
  readonly dependencies: readonly string[];
}

/** That one module meets another in a message. */
export interface Relation {
  readonly from: string;
  readonly to: string;
  /** `event`: `from` owns the event that `to` handles; else `from` sends or calls what `to` takes. */
  readonly kind: 'event' | 'command' | 'query' | 'port';
  readonly message: string;
}

/** What modules say about themselves, as one picture. `startOrder` follows the list of modules where nothing else decides. */
export function canvasOf(modules: readonly Module[]): Canvas {
  const heard = modules.flatMap(({ subscriptions }) => subscriptions.flatMap(({ events }) => events));
  return {
    modules: sorted(
      modules.map((module) => moduleCanvas(module, heard)),
      ({ name }) => name,
    ),
    relations: sorted(
      modules.flatMap(relationsOf),
      ({ from, to, kind, message }) => `${from} ${to} ${kind} ${message}`,
    ),
    startOrder: startOrderOf(modules).modules.map(({ name }) => name),
  };
}

function moduleCanvas(module: Module, heard: readonly EventContract[]): ModuleCanvas {
  const { name, bindings, subscriptions, sends } = module;
  return {
    name,
    commands: requestsOf(module, 'command'),
    queries: requestsOf(module, 'query'),
    events: eventsOf(module, heard),
    handles: sorted(
      subscriptions.map((entry) => ({ name: entry.name, events: entry.events.map((event) => event.name) })),
      (entry) => entry.name,
    ),
    ports: portsOf(module),
    uses: portsUsedBy(module).map((port) => port.name),
    publishes: namesOf(sends.publishes),
    dispatches: namesOf(sends.dispatches),
    asks: namesOf(sends.asks),
    services: sorted(
      bindings.map(({ service, lifetime, dependencies }) => ({
        name: nameOf(service),
        lifetime,
        dependencies: dependencies.map((dependency: AnyDependency) => nameOf(dependency)),
      })),
      // Several may be bound under one token.
      (service) => [service.name, service.lifetime, ...service.dependencies].join('\n'),
    ),
    settings: sorted(module.settings.flatMap(variablesOf), ({ env, path }) => `${env}\n${path}`),
    healthChecks: sorted(
      module.healthChecks.map((check) => check.name),
      (check) => check,
    ),
    startsAfter: sorted([...new Set(module.startsAfter)], (other) => other),
  };
}

function requestsOf(module: Module, kind: 'command' | 'query'): readonly RequestCanvas[] {
  const handled = new Set(module.handlers.map(({ contract }) => contract.name));
  const contracts = [...module.handlers.map(({ contract }) => contract), ...module.exposes];
  return listed(contracts.filter((contract) => contract.kind === kind)).map((contract) => ({
    ...contract,
    isHandled: handled.has(contract.name),
  }));
}

function eventsOf(
  { exposes, sends, name }: Module,
  heard: readonly EventContract[],
): readonly MessageCanvas[] {
  const own = heard.filter(({ module }) => module === name);
  return listed([...exposes.filter(({ kind }) => kind === 'event'), ...(sends.publishes ?? []), ...own]);
}

function portsOf({ implementations, exposes }: Module): readonly PortCanvas[] {
  const implemented = new Set(implementations.map(({ port }) => port.name));
  const ports = [...implementations.map(({ port }) => port), ...exposes].flatMap((contract) =>
    contract.kind === 'port' ? [contract] : [],
  );
  const methods = new Map(ports.map((port) => [port.name, Object.keys(port.methods).sort()]));
  return listed(ports).map((port) => ({
    ...port,
    methods: methods.get(port.name) ?? [],
    isImplemented: implemented.has(port.name),
  }));
}

function relationsOf(module: Module): readonly Relation[] {
  const { name, subscriptions, sends } = module;
  const events = new Set(subscriptions.flatMap((entry) => entry.events.map((event) => event.name)));
  const requests = [...(sends.dispatches ?? []), ...(sends.asks ?? [])];
  return [
    ...[...events].map((event) => relation(ownerOf(event), name, 'event', event)),
    ...unique(requests).map((one) => relation(name, one.module, one.kind, one.name)),
    ...portsUsedBy(module).map((port) => relation(name, port.module, 'port', port.name)),
  ].filter(({ from, to }) => from !== to);
}

function relation(from: string, to: string, kind: Relation['kind'], message: string): Relation {
  return { from, to, kind, message };
}

function ownerOf(message: string): string {
  return message.slice(0, message.indexOf('.'));
}

function listed(
  contracts: readonly { readonly name: string; readonly description: string | undefined }[],
): readonly MessageCanvas[] {
  return sorted(
    unique(contracts).map(({ name, description }) => ({ name, description })),
    ({ name }) => name,
  );
}

function unique<T extends { readonly name: string }>(items: readonly T[]): readonly T[] {
  return [...new Map(items.map((item) => [item.name, item])).values()];
}

function namesOf(contracts: readonly { readonly name: string }[] | undefined): readonly string[] | undefined {
  return contracts === undefined
    ? undefined
    : sorted(
        unique(contracts).map(({ name }) => name),
        (name) => name,
      );
}

/** By code units, so that the order depends on no locale. */
function sorted<T>(items: readonly T[], textOf: (item: T) => string): readonly T[] {
  return items.toSorted((a, b) => {
    const [left, right] = [textOf(a), textOf(b)];
    return left < right ? -1 : left > right ? 1 : 0;
  });
}
