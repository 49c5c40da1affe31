import assert from 'node:assert/strict';
import { newId } from '../../../contracts/index.js';
import type { ErrorCode } from '../../../errors/index.js';
import type { EventStore } from '../../../event-store/index.js';
import type { DocumentStore } from '../../../read-models/index.js';
import type {
  CommitResult,
  KeptResult,
  ScheduledEvent,
  Unit,
  UnitOutcome,
  UnitStore,
  Write,
} from '../../../unit-of-work/index.js';
import type { CaseOf, Disposable } from '../case-list.js';
import type { Effects } from './effects.js';

/** What a unit store may leave out. */
export type UnitStoreFeature =
  /** A second handle on the same database, as another process has. */
  'second handle';

/** What a case is run on: an empty store of its own. */
export interface UnitStoreSubject extends Disposable {
  readonly events: EventStore;
  readonly units: UnitStore;
  readonly documents: DocumentStore;
  /** The same store, opened a second time. */
  readonly second?: { readonly events: EventStore; readonly units: UnitStore };
  /** Empty. */
  readonly effects: Effects;
  /** Scheduled events that are due, in any order. */
  scheduled(): Promise<readonly ScheduledEvent[]>;
  /** How long writes may take in this store; 5,000 unless said. */
  readonly writeTimeoutMs?: number;
}

/** A case of a unit store. */
export type UnitStoreCase = CaseOf<UnitStoreSubject, UnitStoreFeature>;

/** A unit of what is said. */
export function aUnit(parts: Partial<Unit> = {}): Unit {
  return { id: newId(), writes: [], appends: [], ...parts };
}

/** A unit of these writes. */
export function writing(...writes: readonly Write[]): Unit {
  return aUnit({ writes });
}

/** A result to keep under a key, for ever unless said. */
export function kept(key: string, parts: Partial<KeptResult> = {}): KeptResult {
  return { key, digest: 'digest', result: () => '{"ok":true}', expiresAt: 8.64e15, ...parts };
}

/** Commits one unit that must succeed. */
export async function commits(units: UnitStore, unit: Unit): Promise<CommitResult> {
  const [outcome, ...others] = await units.commit([unit]);
  assert.equal(others.length, 0, 'each unit has one outcome');
  return resultOf(outcome);
}

/** The result of a unit that must have succeeded. */
export function resultOf(outcome: UnitOutcome | undefined): CommitResult {
  assert.ok(outcome !== undefined, 'each unit has an outcome');
  if (outcome.ok) return outcome.result;
  throw new assert.AssertionError({ message: `the unit is committed, but: ${stackOf(outcome.error)}` });
}

/** Commits one unit that must fail with this code, and answers with its error. */
export async function fails(units: UnitStore, unit: Unit, code: ErrorCode): Promise<unknown> {
  const [outcome] = await units.commit([unit]);
  return failed(outcome, code);
}

/** Asserts that an outcome is a failure with this code, and answers with the error. */
export function failed(outcome: UnitOutcome | undefined, code: ErrorCode): unknown {
  assert.ok(outcome !== undefined && !outcome.ok, `the unit fails with ${code}`);
  const { name, code: found } = Object(outcome.error);
  assert.equal(found, code, stackOf(outcome.error));
  assert.equal(name, 'MortarError');
  return outcome.error;
}

/** The code of each outcome: `ok` for a success. */
export function codesOf(outcomes: readonly UnitOutcome[]): readonly string[] {
  return outcomes.map((outcome) => (outcome.ok ? 'ok' : String(Object(outcome.error).code)));
}

/** Commits units at once, each by a caller of its own, in turn on the handles. */
export async function commitAtOnce(
  handles: readonly UnitStore[],
  units: readonly Unit[],
): Promise<readonly UnitOutcome[]> {
  const outcomes = await Promise.all(
    units.map((unit, index) => handles[index % handles.length]?.commit([unit]) ?? []),
  );
  return outcomes.flat();
}

/** The handles of a subject, of which there must be two. */
export function handlesOf({ units, second }: UnitStoreSubject): readonly UnitStore[] {
  assert.ok(second !== undefined, 'a second handle on the same store is given, or the feature is left out');
  return [units, second.units];
}

function stackOf(error: unknown): string {
  return error instanceof Error ? String(error.stack) : String(error);
}
