import assert from 'node:assert/strict';
import type { Awaitable } from '../../../bus/index.js';
import type { OpenStore, Store } from '../../../delivery/index.js';
import { MortarError } from '../../../errors/index.js';
import { type EventStore, type LogEntry, type StreamId, streamId } from '../../../event-store/index.js';
import { repository } from '../../../sourcing/index.js';
import type { CaseOf, Disposable } from '../case-list.js';
import { type Account, type AccountCommand, account, naively } from './bank.js';
import type { LogDamage } from './log-damage.js';

/** What a store may leave out of sourcing. */
export type SourcingFeature =
  /** What lies in its log can be changed behind its back: `damage` is given. */
  | 'damage'
  /** A payload may be changed into text that is no JSON. */
  | 'damaged JSON';

/** What a case is run on: an empty database of its own, opened twice. */
export interface SourcingSubject extends Disposable {
  readonly store: OpenStore;
  readonly second: OpenStore;
  /** The same database, for apps to open. */
  readonly database: Store;
  readonly damage?: LogDamage;
  /** How many rounds eight race for one decision; 200 unless said. */
  readonly raceRounds?: number;
}

/** A case of sourcing. */
export type SourcingCase = CaseOf<SourcingSubject, SourcingFeature>;

/** Callers that know nothing of each other. */
export const CALLERS: readonly number[] = Array.from({ length: 16 }, (_, index) => index);

/** The account of most cases, and its stream. */
export const ANNA = 'anna';
export const ANNAS: StreamId = streamId('account-anna');

export function deposit(amount: number, id: string = ANNA): AccountCommand {
  return { kind: 'deposit', account: id, amount };
}

export function withdraw(amount: number, id: string = ANNA): AccountCommand {
  return { kind: 'withdraw', account: id, amount };
}

/** So many deposits, by one command: 1, 2, 3 and so on. */
export async function depositEach(
  { store }: SourcingSubject,
  count: number,
  id: string = ANNA,
): Promise<void> {
  const amounts = Array.from({ length: count }, (_, index) => index + 1);
  await repository(store, account).handle(id, { kind: 'depositEach', account: id, amounts });
}

/** Of each caller, its own handle: every second one is another process. */
export function handleOf({ store, second }: SourcingSubject, caller: number): OpenStore {
  return caller % 2 === 0 ? store : second;
}

/** The entries of a stream, which must be at versions 1 to n, and at positions that grow. */
export async function entriesOf(
  { store }: Pick<SourcingSubject, 'store'>,
  stream: StreamId = ANNAS,
): Promise<readonly LogEntry[]> {
  const entries = await store.events.readStream(stream, { limit: 10_000 });
  assert.deepEqual(
    entries.map(({ version }) => version),
    entries.map((_, index) => index + 1),
    `versions of ${stream} have no hole and come once`,
  );
  const positions = entries.map(({ position }) => Number(position));
  assert.deepEqual(
    positions,
    [...new Set(positions)].sort((one, other) => one - other),
    'positions grow',
  );
  return entries;
}

/** Asserts that an account is what a plain fold of its stream makes of it, on both handles. Answers with it. */
export async function isAsTold(subject: SourcingSubject, id: string = ANNA): Promise<Account> {
  const entries = await entriesOf(subject, streamId(`account-${id}`));
  const expected = naively(entries);
  for (const handle of [subject.store, subject.second]) {
    const loaded = await repository(handle, account).load(id);
    assert.deepEqual(loaded.state, expected, `account ${id}`);
    assert.equal(loaded.version, entries.length);
  }
  return expected;
}

/** How the calls have ended: how many succeeded, and with which code each other one was refused. */
export async function endings(
  calls: readonly Promise<unknown>[],
): Promise<{ readonly succeeded: number; readonly codes: readonly string[] }> {
  const ended = await Promise.allSettled(calls);
  const codes = ended.flatMap((one) => (one.status === 'rejected' ? [codeOf(one.reason)] : []));
  return { succeeded: ended.length - codes.length, codes };
}

/** The code of an error; one of another kind is thrown on. */
export function codeOf(error: unknown): string {
  if (error instanceof MortarError) return error.code;
  throw error;
}

/** Asserts that each of these is refused with this code, and that nothing is appended. */
export async function refusesAll(
  { store }: SourcingSubject,
  code: string,
  calls: readonly (() => Promise<unknown>)[],
  check: (error: MortarError) => void = () => undefined,
): Promise<void> {
  const head = await store.events.head();
  for (const call of calls) {
    const error: unknown = await call().then(
      () => new assert.AssertionError({ message: `it should have failed with ${code}` }),
      (thrown: unknown) => thrown,
    );
    if (!(error instanceof MortarError)) throw error;
    assert.equal(error.code, code, String(error.stack));
    check(error);
  }
  assert.equal(await store.events.head(), head, 'nothing is appended');
}

/** The same handle, whose log does some things in another way. */
export function withEvents<H extends { readonly events: EventStore }>(
  handle: H,
  change: (events: EventStore) => Partial<EventStore>,
): Pick<OpenStore, 'events'> & Omit<H, 'events'> {
  return { ...handle, events: changed(handle.events, change(handle.events)) };
}

/** The same object, some of whose methods are others. It may be of a class with private fields. */
export function changed<T extends object>(whole: T, own: Partial<T>): T {
  return new Proxy(whole, {
    get(target, key) {
      if (Object.hasOwn(own, key)) return Reflect.get(own, key);
      const member: unknown = Reflect.get(target, key);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}

/** Runs work for each, one after the other. */
export async function inTurn<T>(items: Iterable<T>, work: (item: T) => Awaitable<unknown>): Promise<void> {
  for (const item of items) await work(item);
}
