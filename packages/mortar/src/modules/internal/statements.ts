import { placeSettings, type SettingGroup } from '../../config/index.js';
import type { Token } from '../../container/index.js';
import {
  type CommandContract,
  checkModuleName,
  checkSchema,
  type EventContract,
  type QueryContract,
} from '../../contracts/index.js';
import { checkKeys } from '../../errors/index.js';
import type { ModuleSettings } from '../module.js';
import type { Exposed } from '../module-builder.js';
import { isContract, isOptions, isPort } from './arguments.js';
import { checkIn, invalid } from './fault.js';
import { checkOwner, withArticle } from './handlers.js';
import type { Site } from './place.js';

type Arguments = readonly unknown[];

/** The contract type of each kind. */
interface Kinds {
  readonly event: EventContract;
  readonly command: CommandContract;
  readonly query: QueryContract;
}

const VERBS = { event: 'publishes', command: 'dispatches', query: 'asks' } as const;

/** @throws MortarError `MORTAR_MODULE_INVALID`, `MORTAR_NOT_OWNER` */
export function exposedOf({ module }: Site, contracts: Arguments): readonly Exposed[] {
  return contracts.map((contract) => {
    if (!isContract(contract) && !isPort(contract))
      throw invalid(module, 'exposes takes contracts.', 'an event, a command, a query or a port', contract);
    checkOwner(module, 'expose', contract);
    return contract;
  });
}

/** @throws MortarError `MORTAR_MODULE_INVALID`, `MORTAR_NOT_OWNER` for an event of another module */
export function sentOf<K extends keyof Kinds>(
  { module }: Site,
  kind: K,
  contracts: Arguments,
): readonly Kinds[K][] {
  const verb = VERBS[kind];
  return contracts.map((contract) => {
    if (!isOfKind(kind, contract))
      throw invalid(module, `${verb} takes contracts.`, withArticle(kind), contract);
    if (kind === 'event') checkOwner(module, 'publish', contract);
    return contract;
  });
}

function isOfKind<K extends keyof Kinds>(kind: K, contract: unknown): contract is Kinds[K] {
  return isContract(contract) && contract.kind === kind;
}

/** @throws MortarError `MORTAR_NAME_INVALID` */
export function moduleNamesOf({ module }: Site, names: Arguments): readonly string[] {
  checkIn(module, 'startsAfter', () => {
    for (const name of names) checkModuleName(name);
  });
  return names.map(String);
}

/** @throws MortarError `MORTAR_MODULE_INVALID`, `MORTAR_OPTIONS_INVALID`, `MORTAR_CONTRACT_INVALID` */
export function settingsOf(
  { module, place }: Site,
  token: Token<unknown>,
  [options]: Arguments,
): ModuleSettings {
  if (!isOptions(options))
    throw invalid(module, 'settings have a schema and say where each comes from.', 'an object', options);
  const { schema, settings } = options;
  checkIn(module, 'settings', () => {
    checkKeys('settings', options, ['schema', 'settings']);
    checkSchema(schema, 'The settings');
    placeSettings(settings as SettingGroup);
  });
  return { token, place, schema: schema as ModuleSettings['schema'], settings: settings as never };
}
