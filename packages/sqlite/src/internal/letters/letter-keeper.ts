import { moduleOf, newId } from 'mortar/contracts';
import {
  type AuditRecord,
  type DeadLetter,
  type DeadLetterState,
  type Death,
  deathInLog,
  type LetterAction,
  type LetterChange,
  letterOf,
} from 'mortar/delivery';
import { encodeEvent, keyHashOf, orderKeyOf } from 'mortar/event-store';
import type { JobContext } from '../database/writer.js';
import type { Connection, Statement } from '../driver/driver.js';
import { Letters } from './letters.js';

/** What an audit record says beside its id and its time. */
export type Audited = Partial<AuditRecord> & Pick<AuditRecord, 'action'>;

/** Changes dead letters, within a transaction. */
export class LetterKeeper {
  readonly letters: Letters;
  readonly #put: Statement<never>;
  readonly #change: Statement<never>;
  readonly #progress: Statement<never>;
  readonly #end: Statement<never>;
  readonly #audit: Statement<never>;
  readonly #revise: Statement<never>;

  constructor(writer: Connection) {
    const sql = (text: string): Statement<never> => writer.prepare(text, 'tuples');
    this.letters = new Letters(writer);
    this.#put = sql(PUT);
    this.#change = sql(`UPDATE mortar_dead_letters SET state = ?, ended_at = ?, note = coalesce(?, note),
      actor = coalesce(?, actor), edited = coalesce(?, edited), ${NO_REPLAY} WHERE id = ?`);
    this.#progress =
      sql(`UPDATE mortar_dead_letters SET replay_attempts = ?, replay_is_running = ?, replay_due_at = ?,
      replay_failures = ? WHERE id = ? AND state = 'replaying'`);
    this.#end =
      sql(`UPDATE mortar_dead_letters SET state = 'replayed', ended_at = ?, note = coalesce(?, note), ${NO_REPLAY}
      WHERE id = ? AND state = 'replaying'`);
    this.#audit = sql('INSERT INTO mortar_audit VALUES (?, ?, ?, ?, ?, ?, ?, ?)');
    this.#revise = sql('UPDATE mortar_subscriptions SET revision = revision + 1 WHERE name = ?');
  }

  /** Changes letters as a batch of deliveries says. */
  apply(subscription: string, change: LetterChange, { now }: JobContext): void {
    if (change.kind === 'dead') this.bury(deathInLog(subscription, change), now);
    else if (change.kind === 'replayed') this.#end.run([now, change.note ?? null, change.letterId]);
    else {
      const { attempts, isRunning, dueAt, failures, letterId } = change;
      this.#progress.run([attempts, Number(isRunning), dueAt, JSON.stringify(failures), letterId]);
    }
  }

  /** Keeps the letter of a death. */
  bury(death: Death, now: number): DeadLetter {
    const letter = letterOf(death, this.letters.find(death.subscription, death.envelope.id), now);
    this.#put.run(letterRow(letter));
    return letter;
  }

  /** Puts a letter into another state, and answers with it. */
  change(letter: DeadLetter, to: DeadLetterState, action: LetterAction, context: JobContext): DeadLetter {
    const { actor, note, edited } = action;
    const endedAt = to === 'replayed' || to === 'discarded' ? context.now : undefined;
    const editedJson = edited === undefined ? null : JSON.stringify(edited);
    this.#change.run([to, endedAt ?? null, note ?? null, actor ?? null, editedJson, letter.id]);
    if (letter.entry !== undefined && (letter.state === 'dead' || to === 'replaying'))
      this.revise(letter.subscription, context);
    return {
      ...letter,
      state: to,
      endedAt,
      note: note ?? letter.note,
      actor: actor ?? letter.actor,
      edited: edited ?? letter.edited,
    };
  }

  /** Notes what an operator did. */
  record({ action, actor, subscription, letterId, jobId, note }: Audited, now: number): void {
    const told = [actor, subscription, letterId, jobId, note].map((value) => value ?? null);
    this.#audit.run([newId(), now, action, ...told]);
  }

  /** Tells the processors of a subscription, if there is one, that something of it has changed. */
  revise(subscription: string, context: JobContext): void {
    this.#revise.run([subscription]);
    context.mark('deliveries');
  }
}

/** The rest of the columns is of a replay, and as it is where there is none. */
const COLUMNS: readonly string[] = [
  'id',
  'state',
  'subscription',
  'event_id',
  'position',
  'event',
  'key_hash',
  'type',
  'module',
  'key',
  'correlation_id',
  'tenant',
  'reason',
  'category',
  'fingerprint',
  'attempts',
  'replays',
  'first_dead_at',
  'last_dead_at',
  'ended_at',
  'note',
  'actor',
  'error',
  'failures',
  'edited',
];
const PUT = `INSERT OR REPLACE INTO mortar_dead_letters (${COLUMNS.join(', ')})
  VALUES (${COLUMNS.map(() => '?').join(', ')})`;
const NO_REPLAY = "replay_attempts = 0, replay_is_running = 0, replay_due_at = 0, replay_failures = '[]'";

function letterRow(letter: DeadLetter): readonly unknown[] {
  const { envelope, entry, error, edited } = letter;
  return [
    letter.id,
    letter.state,
    letter.subscription,
    envelope.id,
    entry?.position ?? null,
    // What is in the log is not kept twice.
    entry === undefined ? JSON.stringify(encodeEvent(envelope)) : null,
    keyHashOf(orderKeyOf(envelope, entry?.streamId)),
    envelope.type,
    moduleOf(envelope.type),
    envelope.key ?? null,
    envelope.correlationId,
    envelope.tenant ?? null,
    letter.reason,
    error.category,
    letter.fingerprint,
    letter.attempts,
    letter.replays,
    letter.firstDeadAt,
    letter.lastDeadAt,
    letter.endedAt ?? null,
    letter.note ?? null,
    letter.actor ?? null,
    JSON.stringify(error),
    JSON.stringify(letter.failures),
    edited === undefined ? null : JSON.stringify(edited),
  ];
}
