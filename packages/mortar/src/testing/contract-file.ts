import type { Contract, PortContract } from '../contracts/index.js';
import { checkKeys, describeValue, MortarError } from '../errors/index.js';
import { changesIn } from './internal/contract-file/changes.js';
import { changesFailure } from './internal/contract-file/changes-errors.js';
import { recordOf } from './internal/contract-file/record.js';
import { readRecord, writeRecord } from './internal/contract-file/record-file.js';
import { checkContractList } from './internal/options/contract-list.js';
import { checkPath } from './internal/options/path.js';

/** What `checkContracts` takes. */
export interface ContractsOptions {
  /** Where the record is kept: a JSON file that is committed with the code. */
  readonly file: string | URL;
  /** All contracts that others rely on. */
  readonly contracts: readonly (Contract | PortContract)[];
  /** What there was and is no more: names, or what `retired` of an aggregate lists. */
  readonly retired?: readonly (string | { readonly type: string })[];
  /** Writes the file where nothing breaks; unless said, where `MORTAR_UPDATE_CONTRACTS` is 1. */
  readonly update?: boolean;
}

/**
 * Compares contracts with what a file says they were, so that a change that breaks others is seen in a test, and one that does not
 * in a review: the file is JSON in a stable order.
 *
 * Fails, once for all of them, for each contract that `compatibility` says may not take the place of the recorded one (an event may
 * under a raised schemaVersion, with an upcaster), for each that is gone and not named in `retired`, and for each of which no JSON
 * Schema tells anything. Where nothing breaks, it fails for a file that is not up to date, unless it is to be updated.
 * @example
 * await checkContracts({ file: new URL('contracts.json', import.meta.url), contracts: [Opened, Deposited, Transfer] });
 * @throws AssertionError that names every fault, and how to mend it
 * @throws MortarError `MORTAR_OPTIONS_INVALID`, also for a file that is none of these
 */
export async function checkContracts(options: ContractsOptions): Promise<void> {
  checkKeys('checkContracts', options, ['file', 'contracts', 'retired', 'update']);
  const { contracts, update = process.env['MORTAR_UPDATE_CONTRACTS'] === '1' } = options;
  const file = checkPath('file', options.file);
  checkContractList('contracts lists contracts', contracts, ['event', 'command', 'query', 'port']);
  if (typeof update !== 'boolean') throw invalid('update is a truth value.', 'true or false', update);
  const retired = namesOf(options);
  const recorded = await readRecord(file);
  const changes = changesIn(recorded ?? [], contracts.map(recordOf), retired);
  if (changes.breaches.length === 0 && changes.notes.length === 0) return;
  if (changes.breaches.length > 0 || !update) throw changesFailure(file, changes, recorded === undefined);
  await writeRecord(file, changes.record);
}

function namesOf({ contracts, retired = [] }: ContractsOptions): ReadonlySet<string> {
  if (!Array.isArray(retired)) throw invalid('retired is a list.', 'a list of names', retired);
  const names = retired.map((one: unknown) => {
    const name = typeof one === 'object' && one !== null && 'type' in one ? one.type : one;
    if (typeof name === 'string') return name;
    throw invalid('retired lists contracts that are gone.', 'a name, or { type }', one);
  });
  const there = contracts.find(({ name }) => names.includes(name));
  if (there !== undefined)
    throw invalid('A contract is retired when it is gone.', 'names that are not in contracts', there.name);
  return new Set(names);
}

function invalid(rule: string, expected: string, got: unknown): MortarError {
  return new MortarError('MORTAR_OPTIONS_INVALID', { rule, expected, got: describeValue(got) });
}
