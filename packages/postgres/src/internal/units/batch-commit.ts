import { type BatchOutcome, type DeliveryBatch, leaseLost } from 'mortar/delivery';
import {
  type AppendCondition,
  type AppendResult,
  BEGINNING,
  checkAppends,
  inlineStale,
} from 'mortar/event-store';
import { type CommitResult, type Unit, WriteGuard } from 'mortar/unit-of-work';
import { type MemberFailure, numbersOf } from '../append/append-answer.js';
import { type Appender, Places } from '../append/appender.js';
import type { Connection, Database, Statement } from '../connection/database.js';
import {
  commitUnknown,
  failureOf,
  isLost,
  isRaced,
  isTransient,
  RAISED,
  serverError,
} from '../connection/failures.js';
import { delay } from '../connection/recovery.js';
import { beginStatement, send, sendCommit, undoing } from '../connection/transacting.js';
import { changeStatements, unfitDocument } from '../documents/change-statements.js';
import { changeLetters } from '../letters/letter-changes.js';
import { aheadText } from './ahead.js';
import { isProjecting, lockStreams, project } from './projecting.js';
import { type Settlement, settlementOf, settleStatement } from './settlement.js';
import { asFailure, CONSTRAINTS_NOW, runWrites, type UnitCommit } from './unit-commit.js';

const MAX_TRIES = 20;

/** What commits batches of deliveries. */
export interface BatchCommitParts {
  readonly database: Database;
  readonly appender: Appender;
  readonly units: UnitCommit;
}

/** Carries the failure of a unit out of the transaction that it ends. */
class UnitFailed extends Error {
  readonly unit: string | undefined;

  constructor(unit: string | undefined, cause: unknown) {
    super('A unit of a batch has failed.', { cause });
    this.unit = unit;
  }
}

/** One try to commit a batch. */
interface Try {
  readonly batch: DeliveryBatch;
  /** What units come to that were committed before, by their ids: they are left out. */
  readonly known: ReadonlyMap<string, AppendResult>;
  readonly onSending: () => void;
}

/** What the functions of units have come to, by the units' ids. */
interface Ran {
  readonly written: Map<string, readonly unknown[]>;
  readonly guards: Map<string, WriteGuard>;
}

/** What is sent with the append of a batch. */
interface AroundAppend {
  readonly before: readonly Statement[];
  readonly afterwards: readonly Statement[];
}

/**
 * Commits batches of deliveries, each in one transaction: its checkpoints, under their leases; what the functions of its
 * units do; keys and letters; what the units leave behind; their events. Without functions and letters it is one round trip.
 */
export class BatchCommit {
  readonly #parts: BatchCommitParts;

  constructor(parts: BatchCommitParts) {
    this.#parts = parts;
  }

  /** See `DeliveryStore.commit`. */
  async commit(batch: DeliveryBatch): Promise<BatchOutcome> {
    const { database } = this.#parts;
    const known = new Map<string, AppendResult>();
    for (let tries = 1; ; tries += 1) {
      let isSent = false;
      const onSending = (): void => {
        isSent = true;
      };
      try {
        const results = await database.use((connection) =>
          undoing(connection, () => this.#try(connection, { batch, known, onSending })),
        );
        return { ok: true, results };
      } catch (error) {
        if (error instanceof UnitFailed) return { ok: false, unit: error.unit, error: error.cause };
        if (isLost(error))
          throw isSent ? commitUnknown(database.place, error) : failureOf(error, database.place);
        const outcome = await this.#outcomeOf(error, batch, known, tries);
        if (outcome !== undefined) return outcome;
        await delay(tries);
      }
    }
  }

  /** What has become of a batch that was refused; nothing where it is to be tried again. */
  async #outcomeOf(
    error: unknown,
    batch: DeliveryBatch,
    known: Map<string, AppendResult>,
    tries: number,
  ): Promise<BatchOutcome | undefined> {
    const { database } = this.#parts;
    const found = serverError(error);
    if (found?.code === RAISED.leaseLost)
      throw leaseLost(batch.subscription, JSON.parse(found.detail ?? '[]') as readonly number[]);
    if (found?.code === RAISED.stale) return { ok: false, unit: undefined, error: inlineStale() };
    const unfit = unfitDocument(error, batch.units);
    if (unfit !== undefined) return { ok: false, unit: unfit.unit?.id, error: unfit.error };
    const isOfUnit = found?.code === RAISED.failed || found?.code === RAISED.known;
    const isRace = isRaced(error, database.options.schemaName);
    if (isOfUnit || isRace) {
      const outcome = await this.#findKnown(batch, known);
      if (outcome !== undefined) return outcome;
    }
    if (tries < MAX_TRIES && (isRace || isTransient(error) || found?.code === RAISED.known)) return undefined;
    if (found?.code === RAISED.failed) return this.#failureOf(found.detail, batch, known);
    const failure = asFailure(error, database.place);
    if (failure !== error && failureOf(error, database.place).code !== 'MORTAR_CONSTRAINT_VIOLATED')
      throw failure;
    const writing = batch.units.filter(({ writes }) => writes.length > 0);
    return { ok: false, unit: writing.length === 1 ? writing[0]?.id : undefined, error: failure };
  }

  /** Units that are known go before all others: they are left out from now on, or fail the batch. */
  async #findKnown(
    batch: DeliveryBatch,
    known: Map<string, AppendResult>,
  ): Promise<BatchOutcome | undefined> {
    for (const unit of batch.units) {
      if (known.has(unit.id)) continue;
      try {
        const found = await this.#parts.units.findKnown(unit, false);
        if (found !== undefined) known.set(unit.id, found);
      } catch (error) {
        return { ok: false, unit: unit.id, error };
      }
    }
    return undefined;
  }

  async #failureOf(
    detail: string | undefined,
    { units }: DeliveryBatch,
    known: ReadonlyMap<string, AppendResult>,
  ): Promise<BatchOutcome | undefined> {
    const [failure] = JSON.parse(detail ?? '[]') as readonly MemberFailure[];
    const members = units.filter(({ id }) => !known.has(id));
    const unit = members[failure?.member ?? 0];
    if (failure === undefined || unit === undefined || failure.kind === 'known') return undefined;
    const before = members.slice(0, failure.member).reduce((sum, { appends }) => sum + appends.length, 1);
    const outcome = await this.#parts.appender.failure(unit, failure, before);
    return outcome.ok ? undefined : { ok: false, unit: unit.id, error: outcome.error };
  }

  async #try(connection: Connection, current: Try): Promise<readonly CommitResult[]> {
    const { appender, database } = this.#parts;
    const { batch, known, onSending } = current;
    const fresh = batch.units.filter(({ id }) => !known.has(id));
    const ran: Ran = { written: new Map(), guards: new Map() };
    const begun = await this.#begin(connection, batch, fresh, ran);
    const around = fresh.some(isProjecting)
      ? await this.#project(connection, begun, fresh, ran)
      : {
          before: [
            ...begun,
            ...changeStatements(
              database,
              fresh.flatMap(({ documents = [] }) => documents),
            ),
          ],
          afterwards: [],
        };
    const isAppending = fresh.some((unit) => unit.appends.length > 0 || unit.condition !== undefined);
    if (fresh.some(({ condition }) => condition !== undefined))
      return this.#appendOneByOne(connection, around, fresh, current, ran.written);
    onSending();
    const appends = isAppending ? [appender.statement(fresh, true), ...around.afterwards] : [];
    const answers = await sendCommit(connection, [...around.before, ...appends]);
    const [, versions, positions] = isAppending ? (answers[around.before.length]?.[0] ?? []) : [];
    const places = new Places(numbersOf(versions), numbersOf(positions));
    return batch.units.map((unit) => ({
      append: known.get(unit.id) ?? places.take(unit),
      written: ran.written.get(unit.id) ?? [],
    }));
  }

  /** Runs the functions, if there are some; answers with what is to be sent before documents and events. */
  async #begin(
    connection: Connection,
    batch: DeliveryBatch,
    fresh: readonly Unit[],
    { written, guards }: Ran,
  ): Promise<readonly Statement[]> {
    const { database } = this.#parts;
    const { letters, hold, release, subscription } = batch;
    const opening = [beginStatement(database), this.#advance(batch)];
    const isInteractive = letters.length > 0 || fresh.some(({ writes }) => writes.length > 0);
    if (isInteractive) {
      await send(connection, opening.splice(0));
      for (const unit of fresh) {
        const guard = new WriteGuard(database.options.writeTimeoutMs);
        guards.set(unit.id, guard);
        written.set(unit.id, await this.#run(connection, unit, guard));
      }
      if (letters.length > 0) await changeLetters(connection, database, subscription, letters);
    }
    const statements = [...opening, ...(hold.length + release.length > 0 ? [this.#hold(batch)] : [])];
    if (isInteractive) statements.push(CONSTRAINTS_NOW);
    const settlements = fresh.flatMap((unit): readonly Settlement[] => {
      const settlement = settlementOf(unit, false);
      return settlement === undefined ? [] : [settlement];
    });
    return settlements.length > 0 ? [...statements, settleStatement(database, settlements)] : statements;
  }

  /** All projections end before the first floor is held. Each finds what the units before it have done to documents. */
  async #project(
    connection: Connection,
    before: readonly Statement[],
    fresh: readonly Unit[],
    { guards }: Ran,
  ): Promise<AroundAppend> {
    const { database } = this.#parts;
    const streams = await lockStreams(connection, database, before, fresh);
    const releases: Statement[] = [];
    for (const unit of fresh) {
      const guard = guards.get(unit.id)?.successor() ?? new WriteGuard(database.options.writeTimeoutMs);
      const own = await this.#ofUnit(unit, async () => {
        await send(connection, changeStatements(database, unit.documents ?? []));
        const projected = await project(connection, database, unit, streams, guard);
        await projected.ahead;
        return projected.releases;
      });
      releases.push(...own);
    }
    return { before: [...releases, CONSTRAINTS_NOW], afterwards: streams.afterwards };
  }

  /**
   * A unit with a condition is appended by itself, since the condition is of the log with those before it. All that appends
   * wait for is locked before the first of them holds a floor.
   */
  async #appendOneByOne(
    connection: Connection,
    { before, afterwards }: AroundAppend,
    fresh: readonly Unit[],
    { batch, known, onSending }: Try,
    written: ReadonlyMap<string, readonly unknown[]>,
  ): Promise<readonly CommitResult[]> {
    await send(connection, [...before, ...this.#lockAll(fresh)]);
    const results = new Map<string, AppendResult>(known);
    for (const unit of fresh) {
      const rows = await connection
        .rows(this.#parts.appender.statement([unit], true))
        .catch(async (error) => {
          const detail = serverError(error)?.code === RAISED.failed ? serverError(error)?.detail : undefined;
          const [failure] = JSON.parse(detail ?? '[]') as readonly MemberFailure[];
          if (failure === undefined || failure.kind === 'known') throw error;
          const outcome = await this.#parts.appender.failure(unit, failure, 1);
          throw outcome.ok ? error : new UnitFailed(unit.id, outcome.error);
        });
      const [, versions, positions] = rows[0] ?? [];
      results.set(unit.id, new Places(numbersOf(versions), numbersOf(positions)).take(unit));
    }
    onSending();
    await sendCommit(connection, afterwards);
    return batch.units.map(({ id }) => ({
      append: results.get(id) ?? { positions: [], versions: [], isRepeated: false },
      written: written.get(id) ?? [],
    }));
  }

  /** K, by an append of nothing under a condition that nothing breaks, which holds it exclusively; then the streams. */
  #lockAll(units: readonly Unit[]): readonly Statement[] {
    const { database, appender } = this.#parts;
    const condition: AppendCondition = { query: [], after: BEGINNING };
    const streams = units.flatMap(({ appends }) =>
      appends.flatMap(({ streamId }) => (streamId === undefined ? [] : [streamId])),
    );
    return [
      appender.statement([{ appends: [], condition }], true),
      {
        text: `SELECT 1 FROM ${database.schema}.streams WHERE stream_id = ANY ($1::text[]) ORDER BY stream_id FOR UPDATE`,
        values: [streams],
      },
    ];
  }

  #run(connection: Connection, unit: Unit, guard: WriteGuard): Promise<readonly unknown[]> {
    return this.#ofUnit(unit, async () => {
      const written = await runWrites(connection, unit, guard);
      if (written.length > 0) checkAppends(unit.appends, unit.condition);
      return written;
    });
  }

  /** Rejects with `UnitFailed`, unless the batch may succeed when it is tried again. */
  async #ofUnit<T>(unit: Unit, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (isLost(error) || isTransient(error)) throw error;
      throw new UnitFailed(unit.id, await this.#parts.units.errorOf(unit, error));
    }
  }

  #advance({ subscription, progress }: DeliveryBatch): Statement {
    const rows = progress.map(({ partition, token, low, ahead }) => ({
      partition,
      token,
      low,
      ahead: aheadText(low, ahead),
    }));
    const { schema } = this.#parts.database;
    return { text: `SELECT ${schema}.advance($1, $2)`, values: [subscription, JSON.stringify(rows)] };
  }

  #hold({ subscription, hold, release }: DeliveryBatch): Statement {
    const { schema } = this.#parts.database;
    return {
      text: `SELECT ${schema}.hold($1, $2, $3)`,
      values: [subscription, JSON.stringify(hold), JSON.stringify(release)],
    };
  }
}
