import type { CodecOptions, EventContract } from '../../contracts/index.js';
import { MortarError } from '../../errors/index.js';
import { decodeEntry, decodeEntryAs } from '../encoding.js';
import type { LogEntry } from '../event-store.js';

/** Finds the contract of a type of events. */
export type ContractOf = (type: string) => EventContract | undefined;

/**
 * How entries are read: as the contracts of their types are today; without a contract, as they were written. Where
 * contracts are given, entries of other types are left out.
 */
export function entryReader<T>(
  contracts: readonly EventContract[] | undefined,
  contractOf: ContractOf,
  codec: CodecOptions | undefined,
): (entry: LogEntry) => T | undefined {
  const wanted = contracts && new Map(contracts.map((contract) => [contract.name, contract]));
  return (entry) => {
    const contract = wanted === undefined ? contractOf(entry.type) : wanted.get(entry.type);
    if (contract === undefined && wanted !== undefined) return undefined;
    try {
      const event =
        contract === undefined ? decodeEntry(entry, codec) : decodeEntryAs(contract, entry, codec);
      return event as T;
    } catch (error) {
      throw unreadable(entry, error);
    }
  };
}

/** The same error, with where the entry lies. */
function unreadable({ position, type, id }: LogEntry, error: unknown): unknown {
  if (!(error instanceof MortarError)) return error;
  const { code, rule, expected, got, issues } = error;
  return new MortarError(code, {
    rule,
    expected,
    got,
    issues,
    details: { position, type, id },
    cause: error,
  });
}
