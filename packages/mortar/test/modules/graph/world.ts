import { z } from 'zod';
import { type AnyDependency, lazy, type Token, token } from '../../../src/container/index.js';
import {
  type CommandContract,
  command,
  event,
  type PortContract,
  port,
} from '../../../src/contracts/index.js';
import { defineModule, type Module, type ModuleBuilder } from '../../../src/modules/index.js';
import type { ModulePlan, ServicePlan, WorldPlan } from './plan.js';

const nothing = z.object({});

/** Modules as a plan says, and what became of them. */
export interface World {
  /** In the order in which they are listed. */
  readonly modules: readonly Module[];
  readonly commands: readonly CommandContract<string, unknown, object>[];
  /** The numbers of the modules, as they start and stop. */
  readonly started: number[];
  readonly stopped: number[];
  /** The services that were made, as `<module>/<place>`. */
  readonly made: string[];
  /** The number of the module whose hook at the start fails. */
  failing: number | undefined;
}

const Happened = event('world.happened', { data: nothing });
const MOST = 6;
const indexes = Array.from({ length: MOST }, (_, index) => index);
const names = indexes.map((index) => `module-${index}` as const);
const ports: readonly PortContract<`${string}.${string}`>[] = names.map((name) =>
  port(`${name}.port`, { call: { data: nothing, result: z.string() } }),
);
const commands = names.map((name) => command(`${name}.go`, { data: nothing }));

/** Makes the modules of a plan. */
export function worldOf({ modules, listed }: WorldPlan): World {
  const log: Log = { started: [], stopped: [], made: [], failing: undefined };
  const made = modules.map((plan, index) =>
    defineModule(nameOf(index), (module) =>
      register(module as unknown as ModuleBuilder<string>, plan, index, log),
    ),
  );
  const parts = {
    modules: listed.flatMap((index) => made[index] ?? []),
    commands: commands.slice(0, modules.length),
  };
  return Object.assign(log, parts);
}

type Log = Pick<World, 'started' | 'stopped' | 'made' | 'failing'>;

function register(module: ModuleBuilder<string>, plan: ModulePlan, index: number, log: Log): void {
  const tokens = [...plan.services, 'bound nowhere'].map((_, place) => token<string>(`${index}/${place}`));
  for (const [place, service] of plan.services.entries()) bind(module, service, place, tokens, log);
  for (let time = 0; time < plan.implemented; time += 1)
    module.implement(portOf(index), { call: () => 'called' });
  for (let time = 0; time < plan.handled; time += 1) module.handle(commandOf(index), () => {});
  // Calls each port that it needs, which is implemented by a module that has started.
  module.onStart(plan.callsAtStart.map(portOf), async (_, ...clients) => {
    for (const client of clients) await client['call']?.({});
    if (log.failing === index) throw new Error('not yet');
    log.started.push(index);
  });
  module.onStop(() => void log.stopped.push(index));
  module.on(Happened, { name: `subscription ${plan.subscription}` }, plan.callsLater.map(portOf), () => {});
  module.startsAfter(...plan.startsAfter.map(nameOf));
  module.dispatches(...plan.dispatches.map(commandOf));
}

function bind(
  module: ModuleBuilder<string>,
  { lifetime, needs, needsLazily, ports: called }: ServicePlan,
  place: number,
  tokens: readonly Token<string>[],
  log: Log,
): void {
  const dependencies: AnyDependency[] = [
    ...needs.flatMap((other) => tokens[other] ?? []),
    ...needsLazily.flatMap((other) => tokens[other] ?? []).map((one) => lazy(one)),
    ...called.map(portOf),
  ];
  const [own] = tokens.slice(place);
  if (own === undefined) return;
  const make = (): string => {
    log.made.push(own.name);
    return own.name;
  };
  module.factory(own, dependencies, make, { lifetime });
}

function nameOf(index: number): (typeof names)[number] {
  return `module-${index}`;
}

function portOf(index: number): (typeof ports)[number] {
  const [found] = ports.slice(index);
  if (found === undefined) throw new RangeError(`There are ${MOST} ports.`);
  return found;
}

function commandOf(index: number): (typeof commands)[number] {
  const [found] = commands.slice(index);
  if (found === undefined) throw new RangeError(`There are ${MOST} commands.`);
  return found;
}
