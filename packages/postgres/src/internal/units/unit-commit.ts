import { MortarError } from 'mortar/errors';
import { type AppendResult, checkAppends, findRepetition, inlineStale } from 'mortar/event-store';
import {
  type CommitResult,
  isKnownById,
  messageHandled,
  resultKnown,
  type Unit,
  WriteGuard,
} from 'mortar/unit-of-work';
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
  StatementRefused,
  serverError,
  writeError,
  writeTimeout,
} from '../connection/failures.js';
import { delay, Recovery } from '../connection/recovery.js';
import { beginStatement, send, sendCommit } from '../connection/transacting.js';
import type { TurnKind } from '../connection/turns.js';
import { changeStatements, unfitDocument } from '../documents/change-statements.js';
import { readByIds } from '../reading/reading.js';
import { behind, isProjecting, lockStreams, project } from './projecting.js';
import { isSettling, settlementOf, settleStatement } from './settlement.js';

const MAX_TRIES = 20;
const QUERY_CANCELED = '57014';
const NOTHING_AGAIN: AppendResult = { positions: [], versions: [], isRepeated: true };

/** What a unit's own functions have come to in one try. */
interface Tried {
  readonly written: readonly unknown[];
}

/** What is sent with the append of a unit, and what was sent before and is not done yet. */
interface AroundAppend {
  readonly before: readonly Statement[];
  readonly afterwards: readonly Statement[];
  readonly ahead: Promise<void>;
}

/** What a try says of itself as it goes on. */
interface Progress {
  /** Every try before this one has ended, and in vain. */
  readonly onClaimed: () => void;
  readonly onSending: (tried: Tried) => void;
}

/** What commits units that need a transaction to themselves. */
export interface UnitCommitParts {
  readonly database: Database;
  readonly appender: Appender;
  readonly onCommitted: (unit: Unit) => void;
}

/**
 * Commits units, each in a transaction of its own, in the order of locks that everybody keeps: whatever its functions do;
 * what it leaves behind; its streams; what its projections do; the floor; and then nothing but the commit, which is sent with
 * the append.
 *
 * A unit with functions claims its id before they run: the row of a try that may still be committing makes the next one wait
 * for its end, and refuses it where it was committed. So functions never run beside an earlier run of theirs, nor after one
 * that was committed, whatever they publish.
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
    let wasOpen = recovery.isOpen;
    const endInVain = (): void => {
      tried = undefined;
      recovery.end();
    };
    const progress: Progress = {
      onClaimed: endInVain,
      onSending: (found) => {
        tried = found;
        wasOpen = recovery.isOpen;
        recovery.begin();
      },
    };
    for (let tries = 1; ; tries += 1) {
      wasOpen = recovery.isOpen;
      try {
        const { result, isKnown } = await database.use(async (connection) => {
          // A unit that may have been committed is looked up first, and so is one whose functions should not run for nothing.
          if (recovery.isOpen || unit.writes.length > 0) {
            const known = await this.findKnown(unit, recovery.isOpen, connection);
            if (known !== undefined)
              return { result: { append: known, written: tried?.written ?? [] }, isKnown: true };
          }
          return { result: await this.#try(connection, unit, progress), isKnown: false };
        }, kindOf(unit));
        if (!isKnown) this.#parts.onCommitted(unit);
        return result;
      } catch (error) {
        // What the server has refused was not committed; only of an earlier try it may still not be known.
        if (!isLost(error) && !wasOpen) endInVain();
        const lasting = await this.#lastingFailure(unit, error, tries, recovery);
        if (lasting === undefined) continue;
        if ('known' in lasting) return { append: lasting.known, written: tried?.written ?? [] };
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
    if (isLost(error)) return waitLonger(recovery, error);
    try {
      const known = await this.findKnown(unit, recovery.isOpen);
      if (known !== undefined) return { known };
    } catch (found) {
      return isLost(found) ? waitLonger(recovery, found) : { error: found };
    }
    const isPassing = isTransient(error) || isRaced(error, database.options.schemaName);
    if (isPassing && tries < MAX_TRIES) {
      await delay(tries);
      return undefined;
    }
    return recovery.isOpen && !isOfUnit(error)
      ? waitLonger(recovery, error)
      : { error: await this.errorOf(unit, error) };
  }

  async #try(connection: Connection, unit: Unit, { onClaimed, onSending }: Progress): Promise<CommitResult> {
    const { database, appender } = this.#parts;
    const isClaiming = unit.writes.length > 0;
    const guard = new WriteGuard(database.options.writeTimeoutMs);
    try {
      const opening = [beginStatement(database), ...(isClaiming ? [claimStatement(database, unit)] : [])];
      if (isClaiming) {
        await send(connection, opening.splice(0));
        onClaimed();
      }
      const written = await runWrites(connection, unit, guard);
      if (written.length > 0) checkAppends(unit.appends, unit.condition);
      const settlement = settlementOf(unit, !isClaiming && isKnownById(unit));
      const rest: readonly Statement[] = [
        ...opening,
        ...(isClaiming ? [CONSTRAINTS_NOW] : []),
        ...(settlement === undefined ? [] : [settleStatement(database, [settlement])]),
        ...changeStatements(database, unit.documents ?? []),
      ];
      const { before, afterwards, ahead } = await this.#project(connection, unit, rest, guard);
      onSending({ written });
      const append = appender.statement([unit], true);
      const answers = await behind(ahead, sendCommit(connection, [...before, append, ...afterwards]));
      const [, versions, positions] = answers[before.length]?.[0] ?? [];
      return { append: new Places(numbersOf(versions), numbersOf(positions)).take(unit), written };
    } catch (error) {
      // A statement may still be under way where the time was up; the server ends it with the connection.
      if (isOutOfTime(error)) connection.drop();
      else if (!isLost(error)) await connection.rows({ text: 'ROLLBACK' }).catch(() => connection.drop());
      throw error;
    }
  }

  /** Brings inline projections on, if there are some. */
  async #project(
    connection: Connection,
    unit: Unit,
    before: readonly Statement[],
    guard: WriteGuard,
  ): Promise<AroundAppend> {
    if (!isProjecting(unit)) return { before, afterwards: [], ahead: Promise.resolve() };
    const { database } = this.#parts;
    const streams = await lockStreams(connection, database, before, [unit]);
    const { releases, ahead } = await project(connection, database, unit, streams, guard.successor());
    return { before: [...releases, CONSTRAINTS_NOW], afterwards: streams.afterwards, ahead };
  }

  /** What a unit comes to that was committed before; an error where it is refused for what is known. */
  async findKnown(
    unit: Unit,
    mayBeOwn: boolean,
    asked: Pick<Connection, 'rows'> = this.#parts.database,
  ): Promise<AppendResult | undefined> {
    const { database } = this.#parts;
    const { schema } = database;
    const { keep, inbox } = unit;
    const [row] = await asked.rows({
      text: `SELECT (SELECT json_build_array(digest, unit_id) FROM ${schema}.results WHERE key = $2 AND expires_at > ${schema}.now_ms()),
        (SELECT unit_id FROM ${schema}.inbox WHERE subscription = $3 AND message_id = $4),
        (SELECT id FROM ${schema}.units WHERE id = $1)`,
      values: [unit.id, keep?.key, inbox?.subscription, inbox?.messageId],
    });
    // The events last: where the unit was committed between the two looks, they are there, and say where they lie.
    const ids = unit.appends.flatMap(({ events }) => events.map(({ id }) => id));
    if (ids.length > 0) {
      const entries = await readByIds(database, ids, asked);
      const repeated = findRepetition(unit.appends, (id) => entries.get(id));
      if (repeated !== undefined) return repeated;
    }
    const [digest, keptBy] = parsed(row?.[0]);
    const handledBy = row?.[1];
    if (mayBeOwn && (keptBy === unit.id || handledBy === unit.id)) return NOTHING_AGAIN;
    if (keep !== undefined && digest !== undefined) throw resultKnown(keep, { digest });
    if (inbox !== undefined && handledBy != null) throw messageHandled(inbox);
    return row?.[2] == null ? undefined : NOTHING_AGAIN;
  }

  /** What the caller of a unit gets for an error of its transaction. */
  async errorOf(unit: Unit, error: unknown): Promise<unknown> {
    const { appender, database } = this.#parts;
    if (error instanceof StatementRefused) return error.cause;
    const unfit = unfitDocument(error);
    if (unfit !== undefined) return unfit.error;
    const found = serverError(error);
    if (found?.code === QUERY_CANCELED) return writeTimeout(error, database.options.writeTimeoutMs);
    if (found?.code === RAISED.stale) return inlineStale();
    if (found?.code !== RAISED.failed) return asFailure(error, database.place);
    const [failure] = JSON.parse(found.detail ?? '[]') as readonly MemberFailure[];
    if (failure === undefined) return asFailure(error, database.place);
    const outcome = await appender.failure(unit, failure, 1);
    return outcome.ok ? asFailure(error, database.place) : outcome.error;
  }
}

/** So that a constraint that waits for the commit fails before the floor is held. */
export const CONSTRAINTS_NOW: Statement = { text: 'SET CONSTRAINTS ALL IMMEDIATE' };

/** Runs the functions of a unit in its transaction. Rejects as `writeError` answers. */
export async function runWrites(
  connection: Connection,
  { writes }: Pick<Unit, 'writes'>,
  guard: WriteGuard,
): Promise<readonly unknown[]> {
  if (writes.length === 0) return [];
  try {
    return await guard.run(writes, new PostgresTransaction(connection, guard));
  } catch (error) {
    throw writeError(error);
  }
}

/** Functions of a user may take long. */
function kindOf({ writes, project: projecting }: Unit): TurnKind {
  return writes.length > 0 || projecting !== undefined ? 'long' : 'short';
}

/** Whether a unit has nothing but events of its own, so that it may share a statement with others. */
export function isPlain(unit: Unit): boolean {
  const hasOthers = unit.writes.length > 0 || unit.project !== undefined || isSettling(unit);
  return unit.appends.length > 0 && !hasOthers;
}

function claimStatement({ schema }: Database, { id }: Unit): Statement {
  return {
    text: `INSERT INTO ${schema}.units (id, committed_at) VALUES ($1, ${schema}.now_ms())`,
    values: [id],
  };
}

/** Nothing once there is time for another try. */
async function waitLonger(
  recovery: Recovery,
  error: unknown,
): Promise<{ readonly error: unknown } | undefined> {
  const over = await recovery.wait(error);
  return over === undefined ? undefined : { error: over };
}

/** Whether a unit is refused for what it is: an earlier try, where it has not ended, would be refused as well. */
function isOfUnit(error: unknown): boolean {
  const found = serverError(error);
  return found === undefined || found.code === RAISED.failed || found.code === RAISED.stale;
}

/** Whether something of a transaction may still be under way on the server. */
function isOutOfTime(error: unknown): boolean {
  return error instanceof MortarError && error.code === 'MORTAR_WRITE_TIMEOUT';
}

/** The digest of a kept result, and the unit that kept it. */
function parsed(column: string | null | undefined): readonly [digest?: string, keptBy?: string] {
  return typeof column === 'string' ? JSON.parse(column) : [];
}

/** What a `write` threw is its own, and so is what its triggers raise at the end; else it is an error of the store. */
export function asFailure(error: unknown, place: string): unknown {
  const found = serverError(error);
  return found === undefined || found.code?.startsWith('P0') === true ? error : failureOf(error, place);
}
