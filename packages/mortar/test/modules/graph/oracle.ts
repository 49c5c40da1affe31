import type { ErrorCode } from '../../../src/errors/index.js';
import type { ModulePlan, ServicePlan, WorldPlan } from './plan.js';

/** The codes of all that is wrong with a world, told from its plan alone. */
export function wrongWith({ modules }: WorldPlan): ReadonlySet<ErrorCode> {
  const codes = new Set<ErrorCode>();
  const say = (code: ErrorCode, isSo: boolean): void => {
    if (isSo) codes.add(code);
  };
  const isLoaded = (index: number): boolean => index < modules.length;
  for (const [index, module] of modules.entries()) {
    sayOfServices(module.services, say);
    const handled = (other: number): boolean => (modules[other]?.handled ?? 0) > 0;
    say('MORTAR_HANDLER_MISSING', !module.dispatches.every(handled));
    say('MORTAR_HANDLER_DUPLICATE', module.handled > 1 || module.implemented > 1);
    const isNamedAlike = modules.some(
      ({ subscription }, other) => other !== index && subscription === module.subscription,
    );
    say('MORTAR_HANDLER_DUPLICATE', isNamedAlike);
    say('MORTAR_PORT_MISSING', !portsOf(module).every((other) => (modules[other]?.implemented ?? 0) > 0));
    say('MORTAR_MODULE_MISSING', !module.startsAfter.every(isLoaded));
  }
  const before = modules.map((module, index) => startsAfter(module, index).filter(isLoaded));
  say('MORTAR_MODULE_CYCLE', isCircular(before));
  return codes;
}

/** The modules that start before one. */
export function startsAfter(module: ModulePlan, index: number): readonly number[] {
  const { services, callsAtStart } = module;
  const needed = reached(
    services.map(({ needs }) => needs),
    [...services.entries()].filter(([, { lifetime }]) => lifetime === 'singleton').map(([place]) => place),
  );
  const ports = [...needed].flatMap((place) => services[place]?.ports ?? []);
  // Its own port is there before its hooks; to start after itself it can only say by mistake.
  return [...[...callsAtStart, ...ports].filter((other) => other !== index), ...module.startsAfter];
}

function portsOf({ services, callsAtStart, callsLater }: ModulePlan): readonly number[] {
  return [...services.flatMap(({ ports }) => ports), ...callsAtStart, ...callsLater];
}

function sayOfServices(
  services: readonly ServicePlan[],
  say: (code: ErrorCode, isSo: boolean) => void,
): void {
  const needs = services.map((service) => service.needs);
  const all = services.map((service) => [...service.needs, ...service.needsLazily]);
  say(
    'MORTAR_BINDING_MISSING',
    all.flat().some((place) => place >= services.length),
  );
  say('MORTAR_BINDING_CYCLE', isCircular(needs));
  // Through transient services, a singleton holds what they hold.
  const through = all.map((places, place) => (services[place]?.lifetime === 'transient' ? places : []));
  for (const [place, { lifetime }] of services.entries()) {
    if (lifetime !== 'singleton') continue;
    const held = reached(through, all[place] ?? []);
    say(
      'MORTAR_BINDING_CAPTIVE',
      [...held].some((other) => services[other]?.lifetime === 'scoped'),
    );
  }
}

function isCircular(next: readonly (readonly number[])[]): boolean {
  return next.some((places, start) => reached(next, places).has(start));
}

/** Everything that can be reached, with where it begins. */
function reached(next: readonly (readonly number[])[], start: readonly number[]): ReadonlySet<number> {
  const found = new Set(start);
  for (const place of found) for (const other of next[place] ?? []) found.add(other);
  return found;
}
