import { compatibility, type EventContract, jsonSchemaOf } from '../../../contracts/index.js';
import type { Issue } from '../../../errors/index.js';
import type { Module } from '../../module.js';

/** A contract, and the first module that says it. */
interface Said {
  readonly contract: EventContract;
  readonly module: string;
}

/** What is not known to differ, or changes nothing for the data of an event. */
const HARMLESS: readonly string[] = ['opaque', 'key', 'upcasters'];

/**
 * Events of one name whose contracts are not the same, as those of two versions of a package: one module would handle what the other
 * has checked by another schema. Copies that are alike, and schemas of which nothing is known, are let be. Of commands, queries
 * and ports the contract of who takes them counts alone.
 */
export function differingEvents(modules: readonly Module[]): readonly Issue[] {
  const copies = new Map<string, Map<EventContract, Said>>();
  for (const module of modules) {
    for (const contract of eventsOf(module)) {
      const { name } = contract;
      const known = copies.get(name) ?? new Map<EventContract, Said>();
      if (!known.has(contract)) known.set(contract, { contract, module: module.name });
      copies.set(name, known);
    }
  }
  return [...copies.values()].flatMap((said) => faultsAmong([...said.values()]));
}

/** Each against that of the owner; against the first one where the owner says none. */
function faultsAmong(said: readonly Said[]): readonly Issue[] {
  const first = said.find(({ contract, module }) => contract.module === module) ?? said[0];
  return said.flatMap((other): readonly Issue[] => {
    if (first === undefined || other === first) return [];
    const difference = differenceBetween(first.contract, other.contract);
    if (difference === undefined) return [];
    const path = `event ${other.contract.name}`;
    const message = `is one contract in module ${first.module} and another one in module ${other.module}: ${difference}; the modules of an app take a contract from one place`;
    return [{ path, message, code: 'MORTAR_CONTRACT_INVALID' }];
  });
}

/** What makes data of the one no data of the other, if anything is known to. */
function differenceBetween(one: EventContract, other: EventContract): string | undefined {
  if (one.schemaVersion !== other.schemaVersion)
    return `schemaVersion is ${one.schemaVersion} and ${other.schemaVersion}`;
  if (documentOf(one) === documentOf(other)) return undefined;
  const compared = compatibility(one, other);
  if (compared.compatible) return undefined;
  const change = compared.changes.find(({ rule }) => !HARMLESS.includes(rule));
  // What it says of old and new is said of two that are there at once.
  return change === undefined ? undefined : `its schemas differ at ${change.path} (${change.rule})`;
}

/** The same for copies that are alike, also of what can't be proven compatible. */
function documentOf(contract: EventContract): string {
  return JSON.stringify(jsonSchemaOf(contract).data);
}

function eventsOf({
  exposes,
  sends,
  subscriptions,
  projections,
  schedules,
}: Module): readonly EventContract[] {
  return [
    ...exposes.filter((contract) => contract.kind === 'event'),
    ...(sends.publishes ?? []),
    ...subscriptions.flatMap(({ events }) => events),
    ...projections.flatMap(({ projection }) => [...projection.events.values()]),
    ...schedules.map(({ event }) => event),
  ];
}
