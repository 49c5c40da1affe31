import type { HandlingContext } from '../bus/index.js';
import { type AnyDependency, type Binding, type Container, type Token, token } from '../container/index.js';
import type { PortContract } from '../contracts/index.js';
import type { Module } from './module.js';
import { portsUsedBy } from './module-graph.js';
import type { Override } from './override.js';

/** The message that is being handled, for scoped services: its actor, tenant, logger, signal. */
export const CurrentMessage: Token<HandlingContext> = token('CurrentMessage');

/** What a module's services get from outside the module. */
export interface ModuleSurroundings {
  /** Has the services that all modules share. */
  readonly shared: Container;
  /** The settings that were read, by their token. */
  readonly settings: ReadonlyMap<Token<unknown>, unknown>;
  readonly overrides: readonly Override[];
  /** The client of a port, on behalf of the message that is handled, if any. */
  clientOf(port: PortContract, module: string, context: HandlingContext | undefined): unknown;
}

/** The container of a module: a child of the shared one, with the services that are the module's alone. */
export function containerOf(module: Module, surroundings: ModuleSurroundings): Container {
  const { shared, settings, overrides, clientOf } = surroundings;
  // The app closes every scope it opens, so there is nothing to look for.
  const container = shared.child({ name: module.name, isDevelopment: false });
  for (const binding of overriddenBy(overrides, module.bindings)) container.bind(binding);
  for (const { token: key } of module.settings) container.bind(fixed(key, settings.get(key)));
  for (const port of portsUsedBy(module)) {
    const client = contextual(port, 'contextual', (context) => clientOf(port, module.name, context));
    for (const binding of overriddenBy(overrides, [client])) container.bind(binding);
  }
  container.bind(contextual(CurrentMessage, 'scoped', (context) => context));
  return container;
}

/** Bindings with overrides in the place of what they override; one in place of several. */
export function overriddenBy(
  overrides: readonly Override[],
  bindings: readonly Binding[],
): readonly Binding[] {
  const values = new Map(overrides.map(({ service, value }) => [service, value]));
  const kept = bindings.filter(({ service }) => !values.has(service));
  const replaced = new Set(bindings.map(({ service }) => service).filter((service) => values.has(service)));
  return [...kept, ...Array.from(replaced, (service) => fixed(service, values.get(service)))];
}

function fixed(service: AnyDependency, value: unknown): Binding {
  return { service, lifetime: 'value', dependencies: [], how: { kind: 'value', value }, owner: 'the app' };
}

/** The context of a module's scopes is the context of the message that is handled. */
function contextual(
  service: AnyDependency,
  lifetime: 'contextual' | 'scoped',
  create: (context: HandlingContext | undefined) => unknown,
): Binding {
  const how = { kind: 'context', create: create as (context: unknown) => unknown } as const;
  return { service, lifetime, dependencies: [], how, owner: 'the app' };
}
