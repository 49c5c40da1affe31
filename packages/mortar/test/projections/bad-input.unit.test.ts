import { describe, expect, it } from 'vitest';
import { type EventContract, event } from '../../src/contracts/index.js';
import type { EncodedEvent } from '../../src/event-store/index.js';
import { silentLogger } from '../../src/logging/index.js';
import { memory } from '../../src/memory/index.js';
import { type Projection, projection } from '../../src/projections/index.js';
import { type Retired, split } from '../../src/sourcing/index.js';
import {
  begun,
  commitWork,
  keptBy,
  log,
  refusedWith,
  trusted,
  written,
} from '../../src/testing/conformance/projections/subject.js';

interface Change {
  readonly account: string;
  readonly amount: number;
}

const Changed: EventContract<'bank.changed', Change> = event('bank.changed', { data: trusted<Change>() });

/** As code without a compiler answers. */
const wrong = <T>(value: unknown): T => value as T;
const late = <T>(): T => wrong(Promise.reject(new Error('late')));
const endless = (): never => endless();
const bang = (): never => {
  throw new RangeError('bang');
};

/** What a case puts in place of what is good: it fails for the amount 400 alone. */
interface Parts {
  readonly contract?: typeof Changed;
  readonly key?: (event: { readonly data: Change }) => string | undefined;
  readonly keys?: (event: { readonly data: Change }) => readonly string[];
  readonly on?: (amount: number) => unknown;
  readonly perTenant?: boolean;
  readonly initialState?: (key: string) => { readonly amount: unknown };
  readonly retired?: readonly Retired<{ readonly type: 'bank.changed'; readonly data: Change }>[];
}

function changes(parts: Parts): Projection {
  const { contract = Changed, key, keys, on, perTenant = false, initialState, retired = [] } = parts;
  const ofAccount = ({ data }: { readonly data: Change }) => data.account;
  return projection('changes', {
    events: [contract],
    initialState: initialState ?? (() => ({ amount: wrong<unknown>(0) })),
    ...(keys === undefined ? { key: key ?? ofAccount } : { keys }),
    on: {
      'bank.changed': (_, { data: { amount } }) => ({
        amount: amount === 400 && on !== undefined ? on(amount) : amount,
      }),
    },
    indexes: wrong(['amount']),
    perTenant,
    retired,
  });
}

const change = (account: string, amount: number): EncodedEvent => written(Changed, { account, amount });

type Case = readonly [what: string, code: string, parts: Parts, bad?: Partial<EncodedEvent>];

const FOLD = 'MORTAR_FOLD_FAILED';
const UPCAST = 'MORTAR_UPCAST_FAILED';
const only400 =
  <T>(answer: () => T) =>
  ({ data }: { readonly data: Change }) =>
    data.amount === 400 ? answer() : wrong<T>(data.account);
const listOnly400 =
  (answer: () => readonly string[]) =>
  ({ data }: { readonly data: Change }) =>
    data.amount === 400 ? answer() : [data.account];
const newer = (upcast: (data: unknown) => unknown): Parts => ({
  contract: { ...Changed, schemaVersion: 2, upcasters: { 1: upcast } },
});
const older: Partial<EncodedEvent> = { schemaVersion: 1 };
const retired = (into: () => unknown): Parts => ({
  retired: [split('bank.old', () => wrong<readonly []>(into()))],
});
const gone: Partial<EncodedEvent> = { type: 'bank.old' };
const cycle: { self?: unknown } = {};
cycle.self = cycle;

const CASES: readonly Case[] = [
  ['text that is no JSON', 'MORTAR_CODEC_CORRUPT', {}, { payload: '{"account":' }],
  ['text with a tag that is none', 'MORTAR_CODEC_CORRUPT', {}, { payload: '{"$nothing":1}' }],
  ['data without end', 'MORTAR_CODEC_TOO_DEEP', {}, { payload: '['.repeat(99) + ']'.repeat(99) }],
  ['an event of newer code', 'MORTAR_UPCAST_MISSING', {}, { schemaVersion: 9 }],
  ['an event that nobody knows', 'MORTAR_EVENT_UNKNOWN', {}, { type: 'bank.other' }],
  ['an upcaster that throws', UPCAST, newer(bang), older],
  ['an upcaster that waits', UPCAST, newer(late), older],
  ['an upcaster that calls itself without end', UPCAST, newer(endless), older],
  ['a retired event that throws', UPCAST, retired(bang), gone],
  ['a retired event that waits', UPCAST, retired(late), gone],
  ['a retired event that becomes nothing', UPCAST, retired(() => undefined), gone],
  [
    'a retired event that becomes another one',
    'MORTAR_EVENT_UNKNOWN',
    retired(() => [{ type: 'bank.other', data: 1 }]),
    gone,
  ],
  ['a key that throws', FOLD, { key: only400(bang) }],
  ['a key that waits', FOLD, { key: only400(late<string>) }],
  ['a key that is a number', FOLD, { key: only400(() => wrong<string>(7)) }],
  ['an empty key', FOLD, { key: only400(() => '') }],
  ['a key with NUL', FOLD, { key: only400(() => 'a\u0000b') }],
  ['a key with half of a pair', FOLD, { key: only400(() => 'a\ud800') }],
  ['a key of 1,025 bytes', FOLD, { key: only400(() => `${'é'.repeat(512)}e`) }],
  ['a tenant of 514 bytes', FOLD, { perTenant: true }, { tenant: 'é'.repeat(257) }],
  ['keys that are no list', FOLD, { keys: listOnly400(() => wrong('a')) }],
  ['keys with a hole', FOLD, { keys: listOnly400(() => Object.assign(new Array(2), { 1: 'a' })) }],
  ['101 keys', FOLD, { keys: listOnly400(() => Array.from({ length: 101 }, (_, n) => `${n}`)) }],
  ['a handler that throws', FOLD, { on: bang }],
  ['a handler that calls itself without end', FOLD, { on: endless }],
  ['a document with a promise', FOLD, { on: () => Promise.resolve(1) }],
  ['a document with a function', FOLD, { on: () => bang }],
  ['a document with NaN', FOLD, { on: () => Number.NaN }],
  ['a document with a cycle', FOLD, { on: () => cycle }],
  ['a document with an instance of a class', FOLD, { on: () => new URL('http://localhost') }],
  ['an indexed field that has no order', FOLD, { on: () => ({ least: 1 }) }],
  ['an initial state that throws', FOLD, { initialState: (key) => (key === 'b' ? bang() : { amount: 0 }) }],
  ['an initial state that waits', FOLD, { initialState: (key) => (key === 'b' ? late() : { amount: 0 }) }],
];

describe('an event is not folded, what comes before it is, and it is told where it lies, for', () => {
  it.each(CASES.map(([what, code, parts, bad]) => ({ what, code, parts, bad })))(
    '$what: $code',
    async ({ code, parts, bad }) => {
      const store = await memory().open({ logger: silentLogger });
      const run = await begun(store, changes(parts));
      const current = parts.contract ?? Changed;
      const good = { ...change('a', 1), schemaVersion: current.schemaVersion };
      const failing = { ...change('b', 400), schemaVersion: current.schemaVersion, ...bad };
      const entries = await log(store, [good, failing, { ...good, id: change('a', 2).id }]);
      const folded = await run.fold(entries);
      expect(folded.entries).toBe(1);
      await commitWork(store, folded.work);
      expect(await keptBy(store, run)).toEqual({ a: '{"amount":1}' });
      for (const work of [() => run.fold(entries.slice(1)), () => run.work(entries)])
        expect((await refusedWith(code, work)).details).toMatchObject({ position: 2, id: entries[1]?.id });
      expect((await run.fold(entries.slice(2))).entries).toBe(1);
      expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    },
  );

  it('a document that lies in the store as no text of the codec: MORTAR_CODEC_CORRUPT', async () => {
    const store = await memory().open({ logger: silentLogger });
    const run = await begun(store, changes({}));
    const collection = run.collection?.name ?? '';
    const document = { tenant: '', key: 'b', body: '{"amount":', values: ['20'] };
    await commitWork(store, {
      writes: [],
      appends: [],
      documents: [{ kind: 'put', collection, document }],
    });
    const entries = await log(store, [change('a', 1), change('b', 2), change('c', 3)]);
    const folded = await run.fold(entries);
    expect(folded.entries).toBe(1);
    const error = await refusedWith('MORTAR_CODEC_CORRUPT', () => run.fold(entries.slice(1)));
    expect(error.details).toMatchObject({ position: 2 });
    expect((await run.fold(entries.slice(2))).entries).toBe(1);
    expect((await keptBy(store, run))['b']).toBe('{"amount":');
  });
});

describe('a read model refuses', () => {
  it.each(['', 'a\u0000b', 'a\ud800', 'e'.repeat(1_025), wrong<string>(7), wrong<string>(undefined)])(
    'the key %j: MORTAR_DOCUMENT_INVALID',
    async (key) => {
      const store = await memory().open({ logger: silentLogger });
      const run = await begun(store, changes({}));
      await refusedWith('MORTAR_DOCUMENT_INVALID', () =>
        store.documents.read(run.collection?.name ?? '', '', [key]),
      );
    },
  );
});
