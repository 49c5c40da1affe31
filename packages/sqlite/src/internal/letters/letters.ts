import { type DeadLetter, type DeadLetterReason, type DeadLetterState, envelopeOf } from 'mortar/delivery';
import type { LogEntry } from 'mortar/event-store';
import { StatementCache } from '../database/statement-cache.js';
import type { Connection, Statement } from '../driver/driver.js';
import { errorOf, eventOf, failuresOf } from '../kept-json.js';
import { ENTRY_COLUMNS, type EntryRow, entryOf } from '../rows.js';

/** A dead letter, without the event in the log. */
export interface LetterRow {
  readonly id: string;
  readonly state: DeadLetterState;
  readonly subscription: string;
  /** Of the event in the log. Absent for a delivery of the in-process bus, whose `event` is kept here. */
  readonly position: number | null;
  readonly event: string | null;
  readonly reason: DeadLetterReason;
  readonly attempts: number;
  readonly fingerprint: string;
  readonly replays: number;
  readonly firstDeadAt: number;
  readonly lastDeadAt: number;
  readonly endedAt: number | null;
  readonly note: string | null;
  readonly actor: string | null;
  readonly error: string;
  readonly failures: string;
  readonly edited: string | null;
  readonly replayAttempts: number;
  readonly replayIsRunning: number;
  readonly replayDueAt: number;
  readonly replayFailures: string;
}

const SELECT_LETTER = `SELECT l.id, l.state, l.subscription, l.position, l.event, l.reason, l.attempts, l.fingerprint,
  l.replays, l.first_dead_at AS firstDeadAt, l.last_dead_at AS lastDeadAt, l.ended_at AS endedAt, l.note, l.actor,
  l.error, l.failures, l.edited, l.replay_attempts AS replayAttempts, l.replay_is_running AS replayIsRunning,
  l.replay_due_at AS replayDueAt, l.replay_failures AS replayFailures FROM mortar_dead_letters AS l`;

/** Finds dead letters, on one connection. */
export class Letters {
  readonly #statements: StatementCache<LetterRow>;
  readonly #entry: Statement<EntryRow>;

  constructor(connection: Connection) {
    this.#statements = new StatementCache(connection, 'objects');
    this.#entry = connection.prepare(
      `SELECT ${ENTRY_COLUMNS} FROM mortar_events AS e WHERE e.position = ?`,
      'tuples',
    );
  }

  get(id: string): DeadLetter | undefined {
    return this.where('l.id = ?', [id])[0];
  }

  /** The letter of an event. */
  find(subscription: string, eventId: string): DeadLetter | undefined {
    return this.where('l.subscription = ? AND l.event_id = ?', [subscription, eventId])[0];
  }

  /** `rest` stands after WHERE. */
  where(rest: string, parameters: readonly unknown[]): readonly DeadLetter[] {
    return this.rowsWhere(rest, parameters).map((row) => letterOfRow(row, this.entryOf(row)));
  }

  rowsWhere(rest: string, parameters: readonly unknown[]): readonly LetterRow[] {
    return this.#statements.get(`${SELECT_LETTER} WHERE ${rest}`).all(parameters);
  }

  /** The letter's event in the log, where it has one. */
  entryOf({ position }: LetterRow): LogEntry | undefined {
    const row = position === null ? undefined : this.#entry.first([position]);
    return row === undefined ? undefined : entryOf(row);
  }
}

function letterOfRow(row: LetterRow, entry: LogEntry | undefined): DeadLetter {
  const { id, state, subscription, reason, attempts, fingerprint, replays, firstDeadAt, lastDeadAt } = row;
  return {
    id,
    state,
    subscription,
    envelope: envelopeOf(entry ?? eventOf(row.event ?? '{}')),
    reason,
    attempts,
    error: errorOf(row.error),
    fingerprint,
    replays,
    firstDeadAt,
    lastDeadAt,
    endedAt: row.endedAt ?? undefined,
    note: row.note ?? undefined,
    actor: row.actor ?? undefined,
    failures: failuresOf(row.failures),
    entry,
    edited: row.edited === null ? undefined : eventOf(row.edited),
  };
}
