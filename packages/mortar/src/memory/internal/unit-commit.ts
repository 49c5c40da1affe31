import { type AppendResult, findRepetition } from '../../event-store/index.js';
import {
  type CommitResult,
  isKnownById,
  type KeptResult,
  messageHandled,
  resultKnown,
  type Unit,
  type UnplacedEntry,
  unplacedEntries,
  WriteGuard,
} from '../../unit-of-work/index.js';
import type { MemoryLog } from '../memory-log.js';
import { MemoryProjectionTransaction } from '../projection-transaction.js';
import { MemoryTransaction } from '../transaction.js';
import { appendWithin } from './append.js';

const NOTHING_AGAIN: AppendResult = { positions: [], versions: [], isRepeated: true };

/**
 * Commits a unit that was checked, within a transaction of the log, which undoes it if this rejects. Several may share
 * a transaction.
 */
export async function commitWithin(log: MemoryLog, unit: Unit): Promise<CommitResult> {
  const known = findKnown(log, unit);
  if (known !== undefined) return { append: known, written: [] };
  const guard = new WriteGuard(log.writeTimeoutMs);
  const written = await guard.run(unit.writes, new MemoryTransaction(log, guard));
  const result = unit.keep?.result();
  const append = appendWithin(log, unit.appends, unit.condition, unit.inlineEpoch);
  log.documents.change(unit.documents ?? []);
  if (unit.project !== undefined) await project(log, unit.project, unplacedOf(unit, append), guard);
  for (const key of unit.forget ?? []) log.results.delete(key);
  if (unit.keep !== undefined) keep(log, unit.keep, String(result));
  if (unit.inbox !== undefined) log.inbox.set(inboxKeyOf(unit.inbox), log.clock.now());
  if (isKnownById(unit)) log.unitIds.set(unit.id, log.clock.now());
  for (const name of unit.unschedule ?? []) log.scheduled.delete(name);
  for (const { name, eventId } of unit.fired ?? [])
    if (log.scheduled.get(name)?.event.id === eventId) log.scheduled.delete(name);
  for (const scheduled of unit.schedule ?? []) log.scheduled.set(scheduled.name, scheduled);
  if (unit.schedule !== undefined) log.deliveries.watchers.notify();
  return { append, written };
}

async function project(
  log: MemoryLog,
  run: NonNullable<Unit['project']>,
  events: readonly UnplacedEntry[],
  before: WriteGuard,
): Promise<void> {
  if (events.length === 0) return;
  const guard = before.successor();
  await guard.run([(tx) => run(tx, events)], new MemoryProjectionTransaction(log, guard));
}

function unplacedOf({ appends }: Unit, { isRepeated, versions }: AppendResult): readonly UnplacedEntry[] {
  return isRepeated ? [] : unplacedEntries(appends, versions);
}

/** Whether a result that is kept counts no more. */
export function isExpired({ expiresAt }: { readonly expiresAt: number }, now: number): boolean {
  return expiresAt <= now;
}

function findKnown(log: MemoryLog, unit: Unit): AppendResult | undefined {
  const repeated = findRepetition(unit.appends, (id) => log.entriesById.get(id));
  if (repeated !== undefined) return repeated;
  const { keep, inbox } = unit;
  const kept = keep === undefined ? undefined : log.results.get(keep.key);
  if (keep !== undefined && kept !== undefined && !isExpired(kept, log.clock.now()))
    throw resultKnown(keep, kept);
  if (inbox !== undefined && log.inbox.has(inboxKeyOf(inbox))) throw messageHandled(inbox);
  return isKnownById(unit) && log.unitIds.has(unit.id) ? NOTHING_AGAIN : undefined;
}

function keep(log: MemoryLog, { key, digest, expiresAt }: KeptResult, result: string): void {
  log.results.set(key, { digest, result, expiresAt });
}

function inboxKeyOf({ subscription, messageId }: NonNullable<Unit['inbox']>): string {
  return JSON.stringify([subscription, messageId]);
}
