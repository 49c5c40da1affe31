import { newId } from '../../contracts/index.js';
import {
  type AuditRecord,
  type DeadLetter,
  type Death,
  deathInLog,
  type LetterChange,
  letterOf,
} from '../../delivery/index.js';
import type { MemoryLog } from '../memory-log.js';
import { rowKey } from './delivery-tables.js';

/** How many audit records are kept. */
const MAX_AUDIT = 100_000;

/** Changes letters as a batch of deliveries says, within a transaction of the log. */
export function changeLetter(log: MemoryLog, subscription: string, change: LetterChange): void {
  const { replays, letters } = log.deliveries;
  if (change.kind === 'dead') {
    bury(log, deathInLog(subscription, change));
    return;
  }
  const letter = letters.get(change.letterId);
  if (letter?.state !== 'replaying') return;
  if (change.kind === 'replaying') {
    const { attempts, isRunning, dueAt, failures } = change;
    replays.set(letter.id, { attempts, isRunning, dueAt, failures });
    return;
  }
  replays.delete(letter.id);
  letters.set(letter.id, {
    ...letter,
    state: 'replayed',
    endedAt: log.clock.now(),
    note: change.note ?? letter.note,
  });
}

/** Keeps the letter of a death, within a transaction of the log. */
export function bury(log: MemoryLog, death: Death): DeadLetter {
  const { letters, letterIds, replays } = log.deliveries;
  const identity = rowKey(death.envelope.id, death.subscription);
  const letter = letterOf(death, letters.get(letterIds.get(identity) ?? ''), log.clock.now());
  letters.set(letter.id, letter);
  letterIds.set(identity, letter.id);
  replays.delete(letter.id);
  return letter;
}

/** Notes what an operator did, within a transaction of the log. */
export function record(
  log: MemoryLog,
  { action, ...told }: Partial<AuditRecord> & Pick<AuditRecord, 'action'>,
): void {
  const { audit } = log.deliveries;
  const { actor, subscription, letterId, jobId, note } = told;
  const id = newId();
  audit.set(id, { id, at: log.clock.now(), action, actor, subscription, letterId, jobId, note });
  const [first] = audit.size > MAX_AUDIT ? audit.entries() : [];
  if (first !== undefined) audit.delete(first[0]);
}
