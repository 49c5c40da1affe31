import { MortarError } from 'mortar/errors';
import { type AppendResult, checkAppends, findRepetition } from 'mortar/event-store';
import { type CommitResult, messageHandled, resultKnown, type Unit, WriteGuard } from 'mortar/unit-of-work';
import { PostgresTransaction } from '../../transaction.js';
import { type MemberFailure, numbersOf } from '../append/append-answer.js';
import { type Appender, Places } from '../append/appender.js';
import type { Connection, Database, Statement } from '../connection/database.js';
import {
  failureOf,
  isLost,
  isRaced,
  isTransient,
  RAISED,
  serverError,
  writeTimeout,
} from '../connection/failures.js';
import { delay, Recovery } from '../connection/recovery.js';
import { beginStatement, sendCommit } from '../connection/transacting.js';
import { readByIds } from '../reading/reading.js';
import { isSettling, settlementOf, settleStatement } from './settlement.js';

const MAX_TRIES = 20;
const QUERY_CANCELED = '57014';
const NOTHING_AGAIN: AppendResult = { positions: [], versions: [], isRepeated: true };

/** What a unit's own functions have come to in one try. */
interface Tried {
  readonly written: readonly unknown[];
}

/** What commits units that need a transaction to themselves. */
export interface UnitCommitParts {
  readonly database: Database;
  readonly appender: Appender;
  readonly onCommitted: (unit: Unit) => void;
}

/**
 * Commits units, each in a transaction of its own, in the order of locks that everybody keeps: whatever its functions do;
 * what it leaves behind; its streams; the floor; and then nothing but the commit, which is sent with the append.
 */
export class UnitCommit {
  readonly #parts: UnitCommitParts;

  constructor(parts: UnitCommitParts) {
    this.#parts = parts;
  }

  /** Commits a unit that was checked, and may have been committed before by the same call. Rejects with why it was not. */
  async commit(unit: Unit, mayBeCommitted = false): Promise<CommitResult> {
    const { database } = this.#parts;
    const recovery = new Recovery(database);
    if (mayBeCommitted) recovery.begin();
    let tried: Tried | undefined;
    const keepTried = (found: Tried): void => {
      tried = found;
      recovery.begin();
    };
    for (let tries = 1; ; tries += 1) {
      try {
        // A unit that may have been committed is looked up first, and so is one whose functions should not run for nothing.
        if (recovery.hasBegun || unit.writes.length > 0) {
          const known = await this.findKnown(unit, recovery.hasBegun);
          if (known !== undefined) return { append: known, written: tried?.written ?? [] };
        }
        const result = await database.use((connection) => this.#try(connection, unit, keepTried));
        this.#parts.onCommitted(unit);
        return result;
      } catch (error) {
        const lasting = await this.#lastingFailure(unit, error, tries, recovery);
        if (lasting === undefined) continue;
        if ('known' in lasting) return { append: lasting.known, written: [] };
        throw lasting.error;
      }
    }
  }

  /** Nothing where the unit is to be tried again. That it is known already goes before any other failure. */
  async #lastingFailure(
    unit: Unit,
    error: unknown,
    tries: number,
    recovery: Recovery,
  ): Promise<{ readonly known: AppendResult } | { readonly error: unknown } | undefined> {
    const { database } = this.#parts;
    if (isLost(error)) {
      const over = await recovery.wait(error);
      return over === undefined ? undefined : { error: over };
    }
    try {
      const known = await this.findKnown(unit, recovery.hasBegun);
      if (known !== undefined) return { known };
    } catch (found) {
      return { error: found };
    }
    const isPassing = isTransient(error) || isRaced(error, database.options.schemaName);
    if (!isPassing || tries >= MAX_TRIES) return { error: await this.errorOf(unit, error) };
    await delay(tries);
    return undefined;
  }

  async #try(connection: Connection, unit: Unit, onSending: (tried: Tried) => void): Promise<CommitResult> {
    const { database, appender } = this.#parts;
    try {
      await connection.rows(beginStatement(database));
      const written = await runWrites(connection, unit, database.options.writeTimeoutMs);
      if (written.length > 0) checkAppends(unit.appends, unit.condition);
      const settlement = settlementOf(unit, isKnownById(unit));
      const statements = [
        ...(unit.writes.length > 0 ? [CONSTRAINTS_NOW] : []),
        ...(settlement === undefined ? [] : [settleStatement(database, [settlement])]),
        appender.statement([unit], true),
      ];
      onSending({ written });
      const answers = await sendCommit(connection, statements);
      const [, versions, positions] = answers.at(-2)?.[0] ?? [];
      return { append: new Places(numbersOf(versions), numbersOf(positions)).take(unit), written };
    } catch (error) {
      // A statement may still be under way where the time was up; the server ends it with the connection.
      if (isOutOfTime(error)) connection.drop();
      else if (!isLost(error)) await connection.rows({ text: 'ROLLBACK' });
      throw error;
    }
  }

  /** What a unit comes to that was committed before; an error where it is refused for what is known. */
  async findKnown(unit: Unit, mayBeOwn: boolean): Promise<AppendResult | undefined> {
    const { database } = this.#parts;
    const ids = unit.appends.flatMap(({ events }) => events.map(({ id }) => id));
    if (ids.length > 0) {
      const entries = await readByIds(database, ids);
      const repeated = findRepetition(unit.appends, (id) => entries.get(id));
      if (repeated !== undefined) return repeated;
    }
    const { schema } = database;
    const { keep, inbox } = unit;
    const [row] = await database.rows({
      text: `SELECT (SELECT json_build_array(digest, unit_id) FROM ${schema}.results WHERE key = $2 AND expires_at > ${schema}.now_ms()),
        (SELECT unit_id FROM ${schema}.inbox WHERE subscription = $3 AND message_id = $4),
        (SELECT id FROM ${schema}.units WHERE id = $1)`,
      values: [unit.id, keep?.key, inbox?.subscription, inbox?.messageId],
    });
    const [digest, keptBy] = parsed(row?.[0]);
    const handledBy = row?.[1];
    if (mayBeOwn && (keptBy === unit.id || handledBy === unit.id)) return NOTHING_AGAIN;
    if (keep !== undefined && digest !== undefined) throw resultKnown(keep, { digest });
    if (inbox !== undefined && handledBy != null) throw messageHandled(inbox);
    return isKnownById(unit) && row?.[2] != null ? NOTHING_AGAIN : undefined;
  }

  /** What the caller of a unit gets for an error of its transaction. */
  async errorOf(unit: Unit, error: unknown): Promise<unknown> {
    const { appender, database } = this.#parts;
    const found = serverError(error);
    if (found?.code === QUERY_CANCELED) return writeTimeout(error, database.options.writeTimeoutMs);
    if (found?.code !== RAISED.failed) return asFailure(error, database.place);
    const [failure] = JSON.parse(found.detail ?? '[]') as readonly MemberFailure[];
    if (failure === undefined) return asFailure(error, database.place);
    const outcome = await appender.failure(unit, failure, 1);
    return outcome.ok ? asFailure(error, database.place) : outcome.error;
  }
}

/** So that a constraint that waits for the commit fails before the floor is held. */
export const CONSTRAINTS_NOW: Statement = { text: 'SET CONSTRAINTS ALL IMMEDIATE' };

/** Runs the functions of a unit in its transaction. */
export async function runWrites(
  connection: Connection,
  { writes }: Pick<Unit, 'writes'>,
  timeoutMs: number,
): Promise<readonly unknown[]> {
  if (writes.length === 0) return [];
  const guard = new WriteGuard(timeoutMs);
  return guard.run(writes, new PostgresTransaction(connection, guard));
}

/** Whether nothing else but its id would say that a unit was committed. */
export function isKnownById({ appends, keep, inbox }: Unit): boolean {
  return appends.length === 0 && keep === undefined && inbox === undefined;
}

/** Whether a unit has nothing but events of its own, so that it may share a statement with others. */
export function isPlain(unit: Unit): boolean {
  return unit.writes.length === 0 && unit.appends.length > 0 && !isSettling(unit);
}

/** Whether something of a transaction may still be under way on the server. */
function isOutOfTime(error: unknown): boolean {
  return error instanceof MortarError && error.code === 'MORTAR_WRITE_TIMEOUT';
}

/** The digest of a kept result, and the unit that kept it. */
function parsed(column: string | null | undefined): readonly [digest?: string, keptBy?: string] {
  return typeof column === 'string' ? JSON.parse(column) : [];
}

/** What a `write` threw is its own, but for errors of the connection. */
function asFailure(error: unknown, place: string): unknown {
  return serverError(error) === undefined ? error : failureOf(error, place);
}
