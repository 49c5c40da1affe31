import type { Module } from '../../module.js';

/** A subscription to an event that its module does not say it publishes. */
export interface UnpublishedEvent {
  readonly subscription: string;
  readonly event: string;
  /** Where in the source the subscription was registered. */
  readonly place: string;
}

/**
 * Events that are subscribed to, and that a loaded module which says what it publishes neither publishes nor exposes: most likely
 * a name that was misspelt. No fault, since the program may publish them, and the log may hold some.
 */
export function unpublishedEvents(modules: readonly Module[]): readonly UnpublishedEvent[] {
  const byName = new Map(modules.map((module) => [module.name, module]));
  return modules.flatMap(({ subscriptions }) =>
    subscriptions.flatMap(({ name: subscription, events, place }) =>
      events
        .filter(({ name, module }) => knownOf(byName.get(module))?.has(name) === false)
        .map(({ name: event }) => ({ subscription, event, place })),
    ),
  );
}

/** The names of all events that a module tells of; nothing where it does not say what it publishes. */
function knownOf(module: Module | undefined): ReadonlySet<string> | undefined {
  const publishes = module?.sends.publishes;
  if (module === undefined || publishes === undefined) return undefined;
  const known = [...publishes, ...module.exposes, ...module.schedules.map(({ event }) => event)];
  return new Set(known.map(({ name }) => name));
}
