import { describeValue, MortarError } from '../errors/index.js';
import type { LogEntry, Position } from '../event-store/index.js';
import { aheadOfLog } from './checkpoint-errors.js';
import type { DocumentTransaction } from './document-store.js';
import {
  type Activation,
  type Fold,
  type Generation,
  type GenerationName,
  type GenerationState,
  type Inlines,
  MAX_REST,
  type ProjectionStore,
  type Promotion,
  subscriptionOf,
} from './projection-store.js';

/** A generation as it is kept. The row stays when it is gone, so that its number never comes again. */
export interface GenerationRow extends Omit<Generation, 'state' | 'inStateMs' | 'isInline'> {
  readonly state: GenerationState | 'gone';
  /** When it came into its state. */
  readonly changedAt: number;
  /** While it is inline: the types of the entries that it takes. */
  readonly inlineTypes: readonly string[] | undefined;
}

/** What operators do to generations. */
export type GenerationAction = 'rebuild' | 'reset' | 'activate' | 'cancel' | 'resume' | 'remove';

/** How far the subscription of a generation has come, and what of it is not resolved. */
export interface GenerationStanding {
  /** Nothing where the subscription is not known. */
  readonly low: Position | undefined;
  readonly heldKeys: number;
  readonly deadLetters: number;
  readonly isPaused: boolean;
  /** Whether something beyond `low` is done already. */
  readonly isAhead: boolean;
}

/** The generations of one projection, in a transaction in which nobody else changes them. */
export interface GenerationsWithin {
  readonly now: number;
  /** All that there ever were, by number. */
  readonly rows: readonly GenerationRow[];
  put(row: GenerationRow): PromiseLike<void> | void;
  record(action: GenerationAction, subscription: string, actor: string | undefined): PromiseLike<void> | void;
  /** Of a subscription, whose checkpoint nobody moves until the transaction ends. */
  standing(subscription: string): PromiseLike<GenerationStanding> | GenerationStanding;
  /**
   * From here on nobody appends until the transaction ends; waits for appends that are under way, a second at most. Comes after
   * `standing` of all subscriptions that it is about, since whoever commits a delivery locks its checkpoint before he appends.
   */
  stopAppends(): PromiseLike<void> | void;
  /** Entries of some types after a position, in their order. */
  entriesAfter(
    position: Position,
    types: readonly string[],
    limit: number,
  ): PromiseLike<readonly LogEntry[]> | readonly LogEntry[];
  /** Runs work with documents, as the `write` of a unit. */
  fold(work: (tx: DocumentTransaction) => Promise<void>): PromiseLike<void>;
  /**
   * Puts the checkpoint of a subscription to the head of the log, with nothing ahead of it, and takes its lease from whoever has it:
   * for nobody, or for `INLINE_OWNER`, from whom nobody can take it.
   */
  toHead(subscription: string, isInline: boolean): PromiseLike<void> | void;
  /** Other generations are inline than before. The last that is done; appends are stopped. */
  changeEpoch(): PromiseLike<void> | void;
}

/** Where a store keeps generations. */
export interface GenerationTables {
  /** Those of a projection, or all, by projection and number; and the time of the store. */
  read(
    projection: string | undefined,
  ): Promise<{ readonly now: number; readonly rows: readonly GenerationRow[] }>;
  /** The rows that are inline, and the epoch, as both are in one moment in which nobody changes them. */
  readInlines(): Promise<{ readonly epoch: number; readonly rows: readonly GenerationRow[] }>;
  /** Runs work in a transaction, perhaps several times; undone where it rejects. */
  within<T>(projection: string, work: (within: GenerationsWithin) => Promise<T>): Promise<T>;
}

/** In this order code goes on with a generation of its own. */
const PREFERENCE: readonly GenerationState[] = ['active', 'building', 'retired', 'cancelled'];
const MAX_NAME_LENGTH = 190;

/** The rules of generations, the same over every store's tables. */
export class StoredGenerations implements ProjectionStore {
  readonly #tables: GenerationTables;

  constructor(tables: GenerationTables) {
    this.#tables = tables;
  }

  async generations(projection?: string): Promise<readonly Generation[]> {
    const { rows, now } = await this.#tables.read(projection);
    return rows.flatMap((row) => generationOf(row, now));
  }

  async begin(projection: string, fingerprint: string): Promise<Generation> {
    checkNames(projection, fingerprint);
    return this.#tables.within(projection, async (within) => {
      const [own] = PREFERENCE.flatMap(
        (state) =>
          within.rows.findLast((row) => row.state === state && row.fingerprint === fingerprint) ?? [],
      );
      const row = own ?? (await added(within, { projection, fingerprint, state: firstStateIn(within) }));
      return {
        ...publicOf(row),
        state: row.state as GenerationState,
        isInline: row.inlineTypes !== undefined,
        inStateMs: within.now - row.changedAt,
      };
    });
  }

  async renew(
    projection: string,
    fingerprint: string,
    as: 'building' | 'active',
    actor?: string,
  ): Promise<Generation> {
    checkNames(projection, fingerprint);
    return this.#tables.within(projection, async (within) => {
      const building = within.rows.find((row) => row.state === 'building' && row.fingerprint === fingerprint);
      if (building !== undefined && as === 'building') throw wrongState(building, 'none that is being built');
      const wasInline = as === 'active' && (await retireActive(within));
      const row = await added(within, { projection, fingerprint, state: as });
      await within.record(as === 'active' ? 'reset' : 'rebuild', subscriptionOf(row), actor);
      if (wasInline) await within.changeEpoch();
      return { ...publicOf(row), state: as, isInline: false, inStateMs: 0 };
    });
  }

  async activate(
    name: GenerationName,
    { force = false, actor }: { readonly force?: boolean; readonly actor?: string } = {},
  ): Promise<Activation> {
    return this.#tables.within(name.projection, async (within) => {
      const row = rowOf(within, name);
      if (row.state === 'active') return { kind: 'ok' };
      if (row.state !== 'building' && row.state !== 'retired')
        throw wrongState(row, 'one that is building or retired');
      // How far an inline one has come is known once it is not inline any more; it stays so where the other is behind.
      const active = activeOf(within);
      if (active !== undefined) await within.standing(subscriptionOf(active));
      await within.standing(subscriptionOf(row));
      const wasInline = active !== undefined && (await leaveInline(within, active, 'active'));
      const obstacle = await obstacleTo(within, row, force);
      if (obstacle === undefined) {
        await retireActive(within);
        await changed(within, row, 'active');
        await within.record('activate', subscriptionOf(row), actor);
      }
      if (wasInline) await within.changeEpoch();
      return obstacle ?? { kind: 'ok' };
    });
  }

  async inlines(): Promise<Inlines> {
    const { epoch, rows } = await this.#tables.readInlines();
    return {
      epoch,
      generations: rows.flatMap(({ projection, number, fingerprint, inlineTypes: types }) =>
        types === undefined ? [] : [{ projection, number, fingerprint, types }],
      ),
    };
  }

  async promote(
    name: GenerationName,
    types: readonly string[],
    fold: Fold,
    { force = false }: { readonly force?: boolean } = {},
  ): Promise<Promotion> {
    return this.#tables.within(name.projection, async (within) => {
      const row = rowOf(within, name);
      if (row.inlineTypes !== undefined) return { kind: 'ok' };
      if (row.state !== 'active' && row.state !== 'building')
        throw wrongState(row, 'one that is active or building');
      const active = activeOf(within);
      if (active !== undefined && active !== row) await within.standing(subscriptionOf(active));
      const standing = await within.standing(subscriptionOf(row));
      const obstacle = obstacleToInline(standing, force);
      const { low } = standing;
      if (obstacle !== undefined || low === undefined) return obstacle ?? BEHIND;
      // Looked at before anybody is stopped, and again when nobody appends any more.
      const seen = await within.entriesAfter(low, types, MAX_REST + 1);
      if (seen.length > MAX_REST) return BEHIND;
      await within.stopAppends();
      const rest = await within.entriesAfter(low, types, MAX_REST + 1);
      if (rest.length > MAX_REST) return BEHIND;
      if (rest.length > 0) await within.fold((tx) => fold(tx, rest));
      if (active !== row) await retireActive(within);
      const changedAt = row.state === 'active' ? row.changedAt : within.now;
      await within.put({ ...row, state: 'active', changedAt, inlineTypes: types });
      await within.toHead(subscriptionOf(row), true);
      const { low: head = low } = await within.standing(subscriptionOf(row));
      if (head < low) throw aheadOfLog(subscriptionOf(row), low, head);
      await within.changeEpoch();
      return { kind: 'ok' };
    });
  }

  async demote(name: GenerationName): Promise<boolean> {
    return this.#tables.within(name.projection, async (within) => {
      const row = rowOf(within, name);
      const wasInline = await leaveInline(within, row, row.state);
      if (wasInline) await within.changeEpoch();
      return wasInline;
    });
  }

  cancel(name: GenerationName, actor?: string): Promise<void> {
    return this.#change(name, { from: ['building'], to: 'cancelled', action: 'cancel' }, actor);
  }

  resume(name: GenerationName, actor?: string): Promise<void> {
    return this.#change(name, { from: ['cancelled'], to: 'building', action: 'resume' }, actor);
  }

  async remove(name: GenerationName, actor?: string): Promise<void> {
    return this.#tables.within(name.projection, async (within) => {
      const row = within.rows.find(({ number }) => number === name.number);
      if (row === undefined || row.state === 'gone' || row.state === 'removing') return;
      if (row.state === 'active' || row.state === 'building')
        throw wrongState(row, 'one that is neither read nor built');
      await changed(within, row, 'removing');
      await within.record('remove', subscriptionOf(row), actor);
    });
  }

  async removed(name: GenerationName): Promise<void> {
    return this.#tables.within(name.projection, async (within) => {
      const row = within.rows.find(({ number }) => number === name.number);
      if (row?.state === 'removing') await changed(within, row, 'gone');
    });
  }

  #change(
    name: GenerationName,
    { from, to, action }: { from: readonly GenerationState[]; to: GenerationState; action: GenerationAction },
    actor: string | undefined,
  ): Promise<void> {
    return this.#tables.within(name.projection, async (within) => {
      const row = rowOf(within, name);
      if (!from.some((state) => state === row.state))
        throw wrongState(row, `one that is ${from.join(' or ')}`);
      await changed(within, row, to);
      await within.record(action, subscriptionOf(row), actor);
    });
  }
}

function firstStateIn({ rows }: GenerationsWithin): GenerationState {
  return rows.some(({ state }) => state === 'active') ? 'building' : 'active';
}

async function added(
  within: GenerationsWithin,
  parts: Pick<GenerationRow, 'projection' | 'fingerprint' | 'state'>,
): Promise<GenerationRow> {
  const { now, rows } = within;
  const number = (rows.at(-1)?.number ?? 0) + 1;
  const row = { ...parts, number, begunAt: now, changedAt: now, inlineTypes: undefined };
  await within.put(row);
  return row;
}

async function changed(
  within: GenerationsWithin,
  row: GenerationRow,
  state: GenerationRow['state'],
): Promise<void> {
  await within.put({ ...row, state, changedAt: within.now });
}

/** Answers whether it was inline. */
async function retireActive(within: GenerationsWithin): Promise<boolean> {
  const active = activeOf(within);
  if (active === undefined) return false;
  if (await leaveInline(within, active, 'retired')) return true;
  await changed(within, active, 'retired');
  return false;
}

/** Its checkpoint is exact from then on. Nothing happens to one that is not inline; answers whether it was. */
async function leaveInline(
  within: GenerationsWithin,
  row: GenerationRow,
  state: GenerationRow['state'],
): Promise<boolean> {
  if (row.inlineTypes === undefined) return false;
  const subscription = subscriptionOf(row);
  await within.standing(subscription);
  await within.stopAppends();
  await within.toHead(subscription, false);
  const changedAt = state === row.state ? row.changedAt : within.now;
  await within.put({ ...row, state, changedAt, inlineTypes: undefined });
  return true;
}

function activeOf({ rows }: GenerationsWithin): GenerationRow | undefined {
  return rows.find(({ state }) => state === 'active');
}

const BEHIND: Promotion = Object.freeze({ kind: 'behind' });

function obstacleToInline(
  { low, isPaused, isAhead, heldKeys, deadLetters }: GenerationStanding,
  force: boolean,
): Promotion | undefined {
  if (low === undefined) return BEHIND;
  if (isPaused) return { kind: 'paused' };
  if (!force && heldKeys + deadLetters > 0) return { kind: 'unresolved', heldKeys, deadLetters };
  return isAhead ? BEHIND : undefined;
}

/** Whoever reads must never be taken back to before what he has seen. The active one comes first: nobody moves it from then on. */
async function obstacleTo(
  within: GenerationsWithin,
  row: GenerationRow,
  force: boolean,
): Promise<Activation | undefined> {
  const active = within.rows.find(({ state }) => state === 'active');
  const { low: activeLow } =
    active === undefined ? { low: undefined } : await within.standing(subscriptionOf(active));
  const { low, heldKeys, deadLetters } = await within.standing(subscriptionOf(row));
  if (low === undefined || low < (activeLow ?? 0))
    return { kind: 'behind', low: low ?? (0 as Position), activeLow: activeLow ?? (0 as Position) };
  return force || heldKeys + deadLetters === 0 ? undefined : { kind: 'unresolved', heldKeys, deadLetters };
}

function rowOf({ rows }: GenerationsWithin, name: GenerationName): GenerationRow {
  const row = rows.find(({ number, state }) => number === name.number && state !== 'gone');
  if (row !== undefined) return row;
  throw new MortarError('MORTAR_GENERATION_MISSING', {
    rule: 'A generation of a projection is there until it is removed.',
    expected: `a generation ${describeValue(name.number)} of ${describeValue(name.projection)}`,
    got: 'none of that number',
    details: { projection: name.projection, number: name.number },
  });
}

function wrongState({ projection, number, state }: GenerationRow, expected: string): MortarError {
  return new MortarError('MORTAR_GENERATION_STATE', {
    rule: 'What is done to a generation fits its state.',
    expected,
    got: `generation ${number} of ${projection}, which is ${state}`,
    details: { projection, number, state },
  });
}

function generationOf(row: GenerationRow, now: number): readonly Generation[] {
  const { state, changedAt, inlineTypes } = row;
  if (state === 'gone') return [];
  const inStateMs = Math.max(0, now - changedAt);
  return [{ ...publicOf(row), state, isInline: inlineTypes !== undefined, inStateMs }];
}

function publicOf({
  projection,
  number,
  fingerprint,
  begunAt,
}: GenerationRow): Omit<Generation, 'state' | 'inStateMs' | 'isInline'> {
  return { projection, number, fingerprint, begunAt };
}

/** The name of its subscription has its number as well, and is a name like any other. */
function checkNames(projection: string, fingerprint: string): void {
  for (const name of [projection, fingerprint]) {
    const isFit = typeof name === 'string' && name !== '' && name.length <= MAX_NAME_LENGTH;
    if (isFit && !/[\p{Cc}\p{Surrogate}]/u.test(name)) continue;
    throw new MortarError('MORTAR_OPTIONS_INVALID', {
      rule: 'Generations are known by the names of their projections, and by fingerprints.',
      expected: `1 to ${MAX_NAME_LENGTH} characters without control characters`,
      got: describeValue(name),
    });
  }
}
