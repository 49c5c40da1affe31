import { type Change, compatibility } from '../../../contracts/index.js';
import { areEqual } from '../../like.js';
import type { ContractRecord, EventRecord, RecordedContract } from './record.js';
import { restored } from './restored.js';

/** What keeps a contract from being what it is now. */
export interface Breach {
  /** Such as `event bank.opened`. */
  readonly contract: string;
  readonly faults: readonly string[];
  readonly mend: string;
}

/** How contracts differ from what was recorded of them. */
export interface ContractChanges {
  readonly breaches: readonly Breach[];
  /** What breaks nothing, in words, one for each contract. */
  readonly notes: readonly string[];
  /** What is to be recorded instead, in the order of names. */
  readonly record: readonly ContractRecord[];
}

/** What one contract comes to. */
interface Finding {
  readonly breach?: Breach;
  readonly note?: string;
  readonly record?: ContractRecord;
}

/** Compares contracts with their record. */
export function changesIn(
  recorded: readonly ContractRecord[],
  contracts: readonly RecordedContract[],
  retired: ReadonlySet<string>,
): ContractChanges {
  const before = new Map(recorded.map((record) => [record.name, record]));
  const there = new Set(contracts.map(({ record }) => record.name));
  const findings = [
    ...contracts.map((contract) => findingOf(before.get(contract.record.name), contract)),
    ...recorded.filter(({ name }) => !there.has(name)).map((record) => absenceOf(record, retired)),
  ];
  return {
    breaches: findings.flatMap(({ breach }) => breach ?? []),
    notes: findings.flatMap(({ note }) => note ?? []),
    record: findings.flatMap(({ record }) => record ?? []).sort((a, b) => (a.name < b.name ? -1 : 1)),
  };
}

function findingOf(before: ContractRecord | undefined, { record, opaque }: RecordedContract): Finding {
  const contract = titleOf(record);
  if (opaque.length > 0)
    return { breach: { contract, faults: opaque, mend: 'say it in the jsonSchema option' } };
  if (before === undefined) return { note: `${contract} is new`, record };
  if (areEqual(before, record)) return { record };
  const changes = changesBetween(before, record);
  if (changes.length === 0) return { note: `${contract} ${noteOf(before, record)}`, record };
  const faults = changes.map(({ path, message }) => `${path}: ${message}`);
  return { breach: { contract, faults, mend: mendOf(before, record, changes) } };
}

/** What a contract comes to that is recorded and no longer there. An event stays on record, since the log keeps it. */
function absenceOf(record: ContractRecord, retired: ReadonlySet<string>): Finding {
  const contract = titleOf(record);
  if (record.kind === 'event' && record.isRetired) return { record };
  if (!retired.has(record.name))
    return { breach: { contract, faults: ['it is gone'], mend: 'bring it back, or name it in retired' } };
  const note = `${contract} is retired`;
  return record.kind === 'event' ? { note, record: { ...record, isRetired: true } } : { note };
}

function titleOf({ kind, name }: ContractRecord): string {
  return `${kind} ${name}`;
}

function noteOf(before: ContractRecord, now: ContractRecord): string {
  if (before.kind !== 'event' || now.kind !== 'event') return 'has changed';
  if (before.isRetired) return 'is back';
  const isRaised = now.schemaVersion > before.schemaVersion;
  return isRaised ? `has schema version ${now.schemaVersion}, after ${before.schemaVersion}` : 'has changed';
}

function changesBetween(before: ContractRecord, now: ContractRecord): readonly Change[] {
  const answer = compatibility(restored(before), restored(now));
  return answer.compatible ? [] : answer.changes;
}

const KEEP_OR_RENAME = 'keep what callers rely on, or give the new form a name of its own';

function mendOf(before: ContractRecord, now: ContractRecord, changes: readonly Change[]): string {
  if (before.kind !== now.kind) return 'give what is new a name of its own';
  if (before.kind !== 'event' || now.kind !== 'event') return KEEP_OR_RENAME;
  return [...new Set(changes.map((change) => mendOfEvent(before, now, change)))].join('; ');
}

function mendOfEvent(before: EventRecord, now: EventRecord, { rule }: Change): string {
  const { schemaVersion, readsFrom } = before;
  if (rule === 'key')
    return 'leave the key as it was, or give the new form a name of its own, and retire this one';
  if (rule === 'schemaVersion') return `set schemaVersion to ${schemaVersion} or more`;
  if (rule === 'upcasters') return `give upcasters from ${readsFrom} to ${now.schemaVersion - 1}`;
  return `raise schemaVersion to ${schemaVersion + 1}, and give an upcaster from ${schemaVersion}`;
}
