import { checkHandlerOptions } from '../../bus/index.js';
import type { EventContract } from '../../contracts/index.js';
import { checkKeys, MortarError } from '../../errors/index.js';
import type { ModuleHandler, ModuleSubscription } from '../module.js';
import type { ModuleSubscribeOptions } from '../subscribe-options.js';
import { endingOf, isContract, isEvent, isList, isOptions } from './arguments.js';
import { checkIn, invalid } from './fault.js';
import type { Site } from './place.js';
import { checkModuleSubscribeOptions } from './subscribe-options.js';

type Arguments = readonly unknown[];

/** @throws MortarError `MORTAR_MODULE_INVALID`, `MORTAR_NOT_OWNER`, `MORTAR_OPTIONS_INVALID` */
export function handlerOf(
  { module, place }: Site,
  kind: 'command' | 'query',
  [contract, ...rest]: Arguments,
): ModuleHandler {
  const verb = kind === 'command' ? 'handle' : 'answer';
  if (!isContract(contract) || contract.kind === 'event' || contract.kind !== kind)
    throw invalid(module, 'handle takes a command, answer takes a query.', `a ${kind} for ${verb}`, contract);
  const { name } = contract;
  checkOwner(module, verb, contract);
  const [first, ...others] = rest;
  const options = isOptions(first) ? first : {};
  const keys = kind === 'command' ? ['validate'] : ['cache'];
  checkIn(module, `${verb} ${name}`, () => {
    checkKeys(verb, options, keys);
    checkHandlerOptions(contract, options);
  });
  return {
    contract,
    options,
    place,
    ...endingOf(module, `${verb} ${name}`, isOptions(first) ? others : rest),
  };
}

/** @throws MortarError `MORTAR_NOT_OWNER` */
export function checkOwner(
  module: string,
  verb: string,
  contract: { readonly kind: string; readonly name: string; readonly module: string },
): void {
  if (contract.module === module) return;
  throw new MortarError('MORTAR_NOT_OWNER', {
    rule: `Only the module named in the prefix of ${withArticle(contract.kind)} may ${verb} it.`,
    expected: `${withArticle(contract.kind)} of module ${module}`,
    got: contract.name,
  });
}

/** @throws MortarError `MORTAR_MODULE_INVALID`, `MORTAR_OPTIONS_INVALID` */
export function subscriptionOf({ module, place }: Site, [selected, ...rest]: Arguments): ModuleSubscription {
  const events = eventsOf(module, selected);
  const label = events.map((event) => event.name).join(', ');
  const [first, ...others] = rest;
  const options: ModuleSubscribeOptions = isOptions(first) ? first : {};
  const ending = endingOf(module, `on ${label}`, isOptions(first) ? others : rest);
  if (options.name === undefined && events.length > 1)
    throw invalid(module, `on ${label} takes several events.`, 'the option name', options.name);
  const name = options.name ?? `${module}/${label}`;
  checkIn(module, `on ${label}`, () => checkModuleSubscribeOptions(options, name));
  return { name, events, options, place, ...ending };
}

function eventsOf(module: string, selected: unknown): readonly EventContract[] {
  const list: Arguments = isList(selected) ? selected : [selected];
  const events = [...new Set(list.filter(isEvent))];
  if (events.length === list.length && events.length > 0) return events;
  const wrong = list.find((event, index) => !isEvent(event) || list.indexOf(event) !== index);
  throw invalid(module, 'on takes an event, or different ones in a list.', 'an event', wrong ?? selected);
}

/** `an event`, `a command`. */
export function withArticle(kind: string): string {
  return `${kind === 'event' ? 'an' : 'a'} ${kind}`;
}
