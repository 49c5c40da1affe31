import assert from 'node:assert/strict';
import type { Awaitable } from '../../../bus/index.js';
import {
  createEnvelope,
  type EnvelopeOptions,
  type EventContract,
  encode,
  event,
  newId,
  type Schema,
} from '../../../contracts/index.js';
import type { OpenStore } from '../../../delivery/index.js';
import { MortarError } from '../../../errors/index.js';
import { type EncodedEvent, encodeEvent, type LogEntry, type Position } from '../../../event-store/index.js';
import {
  type AnyProjection,
  type FoldWork,
  type Projection,
  type ProjectionRun,
  placeOf,
  projection,
  type ReadModel,
  type ReadModelOptions,
  readModelOf,
  readTablesOf,
  runOf,
  type SqlProjection,
} from '../../../projections/index.js';
import type { CaseOf, Disposable } from '../case-list.js';

/** What a store may leave out of projections. */
export type ProjectionFeature =
  /** Tables of one's own. */
  'sql';

/** The stores that projections are folded in. */
export type ProjectionStores = Pick<OpenStore, 'events' | 'units' | 'documents'>;

/** What a case is run on: an empty store of its own, opened twice. */
export interface ProjectionSubject extends Disposable {
  readonly store: ProjectionStores;
  readonly second: ProjectionStores;
  /** Opens an empty store of its own as near to it as there can be: in another schema of the same database, or in another file beside it. */
  readonly neighbour: () => Awaitable<ProjectionStores>;
}

/** A case of projections. */
export type ProjectionCase = CaseOf<ProjectionSubject, ProjectionFeature>;

/** The schema of data that the compiler alone looks at. */
export function trusted<T>(): Schema<T> {
  return { '~standard': { version: 1, vendor: 'mortar', validate: (value) => ({ value: value as T }) } };
}

interface Move {
  readonly account: string;
  readonly amount: number;
}

interface Transfer {
  readonly from: string;
  readonly to: string;
  readonly amount: number;
}

/** A change of a balance. */
export const Moved: EventContract<'bank.moved', Move> = event('bank.moved', {
  data: trusted<Move>(),
  key: ({ account }) => account,
});

/** A change of two balances. In its first version its amount was always 1. */
export const Transferred: EventContract<'bank.transferred', Transfer> = event('bank.transferred', {
  data: trusted<Transfer>(),
  schemaVersion: 2,
  upcasters: { 1: (data) => ({ ...(data as object), amount: 1 }) },
});

/** What is known of an account. */
export interface Balance {
  readonly balance: number;
  /** Every amount in its order: shows an event that is left out, comes twice or in another order. */
  readonly amounts: readonly number[];
  readonly last: Date;
}

function moved(before: Balance, amount: number, occurredAt: number): Balance | undefined {
  const balance = before.balance + amount;
  if (balance === UNLUCKY) return undefined;
  return { balance, amounts: [...before.amounts, amount], last: new Date(occurredAt) };
}

/** An account whose balance comes to this is removed. */
export const UNLUCKY = 13;

/** A document for each account, by its own events and by its transfers. */
export const balances: Projection<'balances', Balance> = projection('balances', {
  events: [Moved, Transferred],
  initialState: (): Balance => ({ balance: 0, amounts: [], last: new Date(0) }),
  keys: {
    'bank.moved': ({ data }) => [data.account],
    'bank.transferred': ({ data }) => [data.from, data.to],
  },
  on: {
    'bank.moved': (before, { data, occurredAt }) => moved(before, data.amount, occurredAt),
    'bank.transferred': (before, { data, occurredAt }, { key }) =>
      moved(before, key === data.from ? -data.amount : data.amount, occurredAt),
  },
  indexes: ['balance', ['last', 'balance']],
});

/** The same of its own events alone, with one key. */
export const movements: Projection<'movements', Balance> = projection('movements', {
  events: [Moved],
  initialState: (): Balance => ({ balance: 0, amounts: [], last: new Date(0) }),
  key: ({ data }) => data.account,
  on: { 'bank.moved': (before, { data, occurredAt }) => moved(before, data.amount, occurredAt) },
});

/** An event as it is appended. */
export function written<C extends EventContract>(
  contract: C,
  data: unknown,
  options: EnvelopeOptions = {},
  as: Partial<Pick<EncodedEvent, 'schemaVersion' | 'type' | 'payload'>> = {},
): EncodedEvent {
  return {
    ...encodeEvent(createEnvelope(contract, data, { occurredAt: 1_700_000_000_000, ...options })),
    ...as,
  };
}

/** A change of a balance, as it is appended. */
export function move(account: string, amount: number, options: EnvelopeOptions = {}): EncodedEvent {
  return written(Moved, { account, amount }, options);
}

/** Appends events of no stream, and answers with their entries. */
export async function log(
  { events }: ProjectionStores,
  added: readonly EncodedEvent[],
): Promise<readonly LogEntry[]> {
  if (added.length === 0) return [];
  const { positions } = await events.append([{ events: added }]);
  const own = new Set(positions);
  const entries: LogEntry[] = [];
  for (let after = ((positions[0] ?? 1) - 1) as Position; entries.length < added.length; ) {
    const page = await events.readAll({ after });
    entries.push(...page.entries.filter(({ position }) => own.has(position)));
    after = page.next;
  }
  return entries;
}

/** A generation of a projection of the module `bank`, prepared. */
export async function begun(
  store: ProjectionStores,
  definition: AnyProjection,
  number = 1,
): Promise<ProjectionRun> {
  const run = runAt(store, definition, number);
  await run.prepare();
  return run;
}

/** The same, as another process has it: nothing is prepared. */
export function runAt(store: ProjectionStores, definition: AnyProjection, number = 1): ProjectionRun {
  return runOf(definition, { ...placeOf('bank', definition, number), ...store });
}

/** Commits what a page was folded into. Rejects as the unit of work fails. */
export async function commitWork({ units }: ProjectionStores, work: FoldWork): Promise<void> {
  const [outcome] = await units.commit([{ id: newId(), ...work }]);
  if (outcome?.ok === false) throw outcome.error;
}

/** Folds entries page by page, as a generation is made; the sizes of the pages are told one by one. */
export async function foldAll(
  store: ProjectionStores,
  runs: () => ProjectionRun,
  entries: readonly LogEntry[],
  sizeOf: () => number,
): Promise<void> {
  for (let from = 0; from < entries.length; ) {
    const folded = await runs().fold(entries.slice(from, from + sizeOf()));
    assert.ok(folded.entries > 0, 'each page takes an entry at least');
    await commitWork(store, folded.work);
    from += folded.entries;
  }
}

/** The documents that are kept, as texts, by tenant and key. */
export async function keptBy(
  { documents }: ProjectionStores,
  run: ProjectionRun,
  tenant = '',
): Promise<Record<string, string>> {
  const found = await documents.find(run.collection?.name ?? '', {
    tenant,
    where: [],
    order: [],
    limit: 10_000,
  });
  return Object.fromEntries(found.map(({ key, body }) => [key, body]));
}

/** The documents that balances come to, without any of the machinery, as texts. */
export function naively(entries: readonly LogEntry[]): Record<string, string> {
  const all = new Map<string, Balance>();
  const take = (account: string, amount: number, occurredAt: number): void => {
    const before = all.get(account) ?? { balance: 0, amounts: [], last: new Date(0) };
    const after = moved(before, amount, occurredAt);
    if (after === undefined) all.delete(account);
    else all.set(account, after);
  };
  for (const { type, payload, occurredAt, schemaVersion } of entries) {
    const data: Readonly<Record<string, string | number>> = JSON.parse(payload);
    const amount = schemaVersion === 1 && type === Transferred.name ? 1 : Number(data['amount']);
    if (type === Moved.name) take(String(data['account']), amount, occurredAt);
    if (type !== Transferred.name) continue;
    take(String(data['from']), -amount, occurredAt);
    if (data['from'] !== data['to']) take(String(data['to']), amount, occurredAt);
  }
  return Object.fromEntries([...all].map(([key, value]) => [key, encode(value)]));
}

/** The documents of a generation, as they are read. */
export function readModel<Doc>(
  store: ProjectionStores,
  definition: Projection<string, Doc>,
  options?: ReadModelOptions,
  generation: { readonly number: number; readonly fingerprint: string } = {
    number: 1,
    fingerprint: definition.fingerprint,
  },
): ReadModel<Doc> {
  return readModelOf(
    definition,
    { store: () => store, module: 'bank', generation: () => generation },
    options,
  );
}

/** The full name of a table of a generation. */
export function tableIn<T extends string>(
  store: ProjectionStores,
  definition: SqlProjection<string, T>,
  table: T,
  number = 1,
): Promise<string> {
  const { fingerprint } = definition;
  const parts = { store: () => store, module: 'bank', generation: () => ({ number, fingerprint }) };
  return readTablesOf(definition, parts).table(table);
}

/** Runs, and asserts with which code it rejects. Answers with the error. */
export async function refusedWith(code: string, run: () => Promise<unknown>): Promise<MortarError> {
  try {
    await run();
  } catch (error) {
    assert.ok(error instanceof MortarError, `an error of Mortar, and not ${String(error)}`);
    assert.equal(error.code, code);
    return error;
  }
  throw new assert.AssertionError({ message: `it should have failed with ${code}` });
}

/** Numbers that are the same in every run: mulberry32. */
export function numbersFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}
