import type { AppendResult } from 'mortar/event-store';
import {
  type CommitResult,
  isKnownById,
  type KeptResult,
  messageHandled,
  resultKnown,
  type ScheduledEvent,
  type Unit,
  unplacedEntries,
  WriteGuard,
} from 'mortar/unit-of-work';
import { type SqliteSession, SqliteTransaction } from '../transaction.js';
import type { Appender } from './appender.js';
import type { JobContext } from './database/writer.js';
import { DocumentChanges } from './documents/document-changes.js';
import { SqliteProjectionTransaction } from './documents/projection-transaction.js';
import type { Connection, Statement } from './driver/driver.js';

/** What units are committed with. */
export interface UnitCommitterParts {
  readonly writer: Connection;
  readonly appender: Appender;
  readonly session: SqliteSession;
  readonly writeTimeoutMs: number;
}

const NOTHING_AGAIN: AppendResult = { positions: [], versions: [], isRepeated: true };
const NOTHING_WRITTEN: readonly unknown[] = [];

/**
 * Commits units within a transaction, which the caller undoes if this throws. For those that `decidesFirst` names, everything
 * is decided before anything is changed.
 */
export class UnitCommitter {
  readonly #parts: UnitCommitterParts;
  readonly #statements: ReturnType<typeof prepareAll>;
  readonly #documents: DocumentChanges;

  constructor(parts: UnitCommitterParts) {
    this.#parts = parts;
    this.#statements = prepareAll(parts.writer);
    this.#documents = new DocumentChanges(parts.writer);
  }

  /** Answers at once where the unit has no functions. */
  commit(unit: Unit, context: JobContext): CommitResult | Promise<CommitResult> {
    const known = this.#findKnown(unit, context.now);
    if (known !== undefined) return { append: known, written: NOTHING_WRITTEN };
    if (unit.writes.length > 0 || unit.project !== undefined) return this.#commitFunctions(unit, context);
    return { append: this.#commitRest(unit, context), written: NOTHING_WRITTEN };
  }

  /** What the functions publish may show that the unit is known: then what they have done is undone. */
  async #commitFunctions(unit: Unit, context: JobContext): Promise<CommitResult> {
    const { begin, release, rollback } = this.#statements;
    begin.run([]);
    const guard = new WriteGuard(this.#parts.writeTimeoutMs);
    const written = await guard.run(unit.writes, new SqliteTransaction(this.#parts.session, guard));
    const append = this.#commitRest(unit, context);
    if (append.isRepeated) rollback.run([]);
    else await this.#project(unit, append, guard.successor());
    release.run([]);
    return { append, written: append.isRepeated ? NOTHING_WRITTEN : written };
  }

  /** The positions are drawn by then, which nobody else can see: whoever writes has the file to itself. */
  async #project({ appends, project }: Unit, { versions }: AppendResult, guard: WriteGuard): Promise<void> {
    if (project === undefined || appends.length === 0) return;
    const events = unplacedEntries(appends, versions);
    const tx = new SqliteProjectionTransaction(this.#parts.session, guard, this.#documents);
    await guard.run([() => project(tx, events)], tx);
  }

  #commitRest(unit: Unit, context: JobContext): AppendResult {
    const { keep, inbox, forget = [] } = unit;
    const result = keep === undefined ? '' : String(keep.result());
    const append = this.#parts.appender.append(unit, context);
    if (append.isRepeated) return append;
    if (append.positions.length > 0) context.mark('log');
    const { forgetResult, keepResult, keepInbox, keepUnit } = this.#statements;
    for (const key of forget) forgetResult.run([key]);
    if (keep !== undefined) keepResult.run([keep.key, keep.digest, result, keep.expiresAt]);
    if (inbox !== undefined) keepInbox.run([inbox.subscription, inbox.messageId, context.now]);
    if (isKnownById(unit)) keepUnit.run([unit.id, context.now]);
    this.#schedule(unit, context);
    if (unit.documents !== undefined) this.#documents.change(unit.documents);
    return append;
  }

  #schedule({ unschedule = [], fired = [], schedule = [] }: Unit, context: JobContext): void {
    const { unscheduleOne, fire, scheduleOne } = this.#statements;
    for (const name of unschedule) unscheduleOne.run([name]);
    for (const { name, eventId } of fired) fire.run([name, eventId]);
    for (const scheduled of schedule) scheduleOne.run(scheduledRow(scheduled));
    if (schedule.length > 0) context.mark('deliveries');
  }

  #findKnown(unit: Unit, now: number): AppendResult | undefined {
    const { appends, writes, keep, inbox } = unit;
    // Without any of these, the append itself finds out.
    if (writes.length > 0 || keep !== undefined || inbox !== undefined) {
      const repeated = this.#parts.appender.repetitionOf(appends);
      if (repeated !== undefined) return repeated;
    }
    if (keep !== undefined) this.#checkResult(keep, now);
    const { findInbox, findUnit } = this.#statements;
    if (inbox !== undefined && findInbox.first([inbox.subscription, inbox.messageId]) !== undefined)
      throw messageHandled(inbox);
    return isKnownById(unit) && findUnit.first([unit.id]) !== undefined ? NOTHING_AGAIN : undefined;
  }

  #checkResult(keep: KeptResult, now: number): void {
    const [digest] = this.#statements.findResult.first([keep.key, now]) ?? [];
    if (digest !== undefined) throw resultKnown(keep, { digest });
  }
}

/** Whether all of a unit is decided before anything of it is changed. */
export function decidesFirst({ writes, documents, project }: Unit): boolean {
  return writes.length === 0 && documents === undefined && project === undefined;
}

function scheduledRow({ name, dueAt, event }: ScheduledEvent): readonly unknown[] {
  return [name, dueAt, event.id, JSON.stringify(event)];
}

function prepareAll(writer: Connection) {
  const change = (sql: string): Statement<never> => writer.prepare(sql, 'tuples');
  const find = <Row>(sql: string): Statement<Row> => writer.prepare(sql, 'tuples');
  return {
    begin: change('SAVEPOINT mortar_unit'),
    release: change('RELEASE mortar_unit'),
    rollback: change('ROLLBACK TO mortar_unit'),
    findResult: find<readonly [string]>('SELECT digest FROM mortar_results WHERE key = ? AND expires_at > ?'),
    findInbox: find<readonly [1]>('SELECT 1 FROM mortar_inbox WHERE subscription = ? AND message_id = ?'),
    findUnit: find<readonly [1]>('SELECT 1 FROM mortar_units WHERE id = ?'),
    forgetResult: change('DELETE FROM mortar_results WHERE key = ?'),
    keepResult: change('INSERT OR REPLACE INTO mortar_results VALUES (?, ?, ?, ?)'),
    keepInbox: change('INSERT INTO mortar_inbox VALUES (?, ?, ?)'),
    keepUnit: change('INSERT INTO mortar_units VALUES (?, ?)'),
    unscheduleOne: change('DELETE FROM mortar_scheduled WHERE name = ?'),
    fire: change('DELETE FROM mortar_scheduled WHERE name = ? AND event_id = ?'),
    scheduleOne: change('INSERT OR REPLACE INTO mortar_scheduled VALUES (?, ?, ?, ?)'),
  };
}
