import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Deliveries, DeliveryBatch, DurableSubscription } from '../../../src/delivery/index.js';
import { MortarError } from '../../../src/errors/index.js';
import type { MemoryTransaction } from '../../../src/memory/index.js';
import { settled } from '../../support/virtual-clock.js';
import { anEvent, Bench, subscription } from '../processing/bench.js';
import { mortal } from '../processing/mortal-store.js';

let bench: Bench;
let deliveries: Deliveries;
let calls: Map<string, number>;
/** The store does not answer a commit. */
let isOut: boolean;
/** A commit with the unit of an event that is cursed fails as if the store were out. */
let isCursed: boolean;
let commits: number;

beforeEach(async () => {
  bench = await Bench.open();
  calls = new Map();
  [isOut, isCursed, commits] = [false, true, 0];
});
afterEach(() => bench.close());

type Settings = Partial<DurableSubscription>;
const SINGLE: Settings = { concurrency: 8 };
const BATCHED: Settings = { concurrency: 1, batch: { size: 5, withinMs: 20 } };
const WAYS = [
  ['one by one', SINGLE],
  ['in batches', BATCHED],
] as const;

const unavailable = (): MortarError =>
  new MortarError('MORTAR_STORE_UNAVAILABLE', { rule: 'R.', expected: 'e', got: 'g' });

const hasCursedUnit = (batch: DeliveryBatch): boolean =>
  batch.units.some(({ appends }) =>
    appends.some(({ events }) => events.some(({ payload }) => payload.includes('cursed'))),
  );

async function deliver(settings: Settings): Promise<void> {
  const { store } = mortal(await bench.handle(), {
    before: (method, [batch]) => {
      if (method !== 'commit') return;
      commits += 1;
      if (isOut || (isCursed && hasCursedUnit(batch as DeliveryBatch))) throw unavailable();
    },
  });
  deliveries = await bench.deliver(
    subscription(
      (several) => {
        const names = several.map(({ event }) => String(event.data));
        for (const name of names) calls.set(name, (calls.get(name) ?? 0) + 1);
        return {
          writes: names.map((name) => (tx) => count(tx as MemoryTransaction, name)),
          appends: [{ events: [anEvent({ type: 'billing.made', payload: JSON.stringify(names) })] }],
        };
      },
      { types: ['shop.order-placed'], ...settings },
    ),
    { store },
  );
}

async function count(tx: MemoryTransaction, name: string): Promise<void> {
  const table = tx.table<number>('effects');
  await table.set(name, ((await table.get(name)) ?? 0) + 1);
}

const named = (...names: readonly string[]) =>
  bench.publish(...names.map((name) => anEvent({ key: name, payload: JSON.stringify(name) })));
const many = (number: number, name: string): readonly string[] =>
  Array.from({ length: number }, (_, index) => `${name} ${index}`);
const effects = (): ReadonlyMap<unknown, unknown> => new Map(bench.log.table('effects').entries());
const letterNames = async (): Promise<readonly unknown[]> =>
  (await bench.letters()).map(({ entry }) => JSON.parse(entry?.payload ?? 'null')).sort();

async function until(
  holds: () => boolean | Promise<boolean>,
  what: string,
  withinMs = 60_000,
): Promise<void> {
  for (let passedMs = 0; passedMs <= withinMs; passedMs += 20) {
    if (await holds()) return;
    await bench.clock.advance(20);
    await settled(20);
  }
  throw new Error(`Expected ${what} within ${withinMs} ms.`);
}

describe.each(WAYS)('a unit that makes the store fail each time, of deliveries %s', (_, settings) => {
  it('is found, and is the failure of its own delivery', async () => {
    await deliver(settings);
    await named('good 0', 'good 1', 'cursed', ...many(20, 'more'));
    await until(async () => (await bench.letters()).length === 1, 'a dead letter', 20_000);
    expect(await letterNames()).toEqual(['cursed']);
    await until(() => effects().size === 22, 'the others', 20_000);
    expect(new Set(effects().values())).toEqual(new Set([1]));
    expect((await deliveries.status()).subscriptions[0]).toMatchObject({ state: 'running', committing: 0 });
  });

  it('is found where there are several, among many', async () => {
    await deliver(settings);
    const cursed = many(3, 'cursed');
    await named(...many(5, 'good'), ...cursed.slice(0, 2), ...many(20, 'more'), ...cursed.slice(2));
    await until(async () => (await bench.letters()).length === 3, 'dead letters');
    expect(await letterNames()).toEqual(cursed);
    await until(() => effects().size === 25, 'the others');
    expect(new Set(effects().values())).toEqual(new Set([1]));
  });

  it('is done when the store takes it after all', async () => {
    await deliver({ ...settings, decide: () => ({ kind: 'retry', afterMs: 500 }) });
    await named('good', 'cursed');
    await until(() => effects().size === 1, 'the good one', 20_000);
    await until(async () => (await bench.held()).length === 1, 'a held key', 20_000);
    isCursed = false;
    await until(() => effects().size === 2, 'the cursed one', 20_000);
    await until(async () => (await bench.held()).length === 0, 'a key that flows');
    expect(await bench.letters()).toEqual([]);
  });

  it('does not keep what comes later waiting', async () => {
    await deliver({ ...settings, decide: () => ({ kind: 'retry', afterMs: 1_000 }) });
    await named('cursed');
    await until(() => commits > 2, 'a commit in vain');
    for (let round = 0; round < 5; round += 1) {
      await named(`good ${round}`);
      const from = bench.clock.now();
      await until(() => effects().has(`good ${round}`), 'what came later', 10_000);
      expect(bench.clock.now() - from).toBeLessThan(10_000);
    }
    expect(new Set(effects().values())).toEqual(new Set([1]));
  });
});

it('handlers beside a unit that makes the store fail are not called again', async () => {
  await deliver(SINGLE);
  await named(...many(7, 'good'), 'cursed');
  await until(async () => (await bench.letters()).length === 1, 'a dead letter', 20_000);
  await until(() => effects().size === 7, 'the others');
  expect(many(7, 'good').map((name) => calls.get(name))).toEqual(Array(7).fill(1));
  expect(calls.get('cursed')).toBeLessThanOrEqual(3);
});

describe.each(WAYS)('a store that is out for a while, of deliveries %s', (_, settings) => {
  it.each([30, 400, 7_000, 60_000])('%s ms, blames nobody and goes on when it is back', async (ms) => {
    isCursed = false;
    await deliver(settings);
    await named(...many(20, 'before'));
    await until(() => effects().size === 20, 'those before');
    isOut = true;
    await named(...many(10, 'during'));
    await bench.clock.advance(ms);
    await settled(20);
    isOut = false;
    const from = bench.clock.now();
    await named(...many(10, 'after'));
    await until(() => effects().size === 40, 'all of them', 20_000);
    // The store is asked again at most 5 s apart; one that was doubted meanwhile may be asked once more.
    expect(bench.clock.now() - from).toBeLessThan(12_000);
    expect(new Set(effects().values())).toEqual(new Set([1]));
    expect(await bench.letters()).toEqual([]);
    expect(await bench.held()).toEqual([]);
    const again = [...calls.values()].filter((times) => times > 1);
    expect(again.length).toBeLessThanOrEqual(settings === BATCHED ? 5 : 1);
    expect(Math.max(...calls.values())).toBeLessThanOrEqual(2);
  });

  it('that comes and goes blames nobody', async () => {
    isCursed = false;
    await deliver(settings);
    for (let round = 0; round < 30; round += 1) {
      isOut = round % 3 !== 0;
      await named(...many(3, `round ${round}`));
      await bench.clock.advance((round * 37) % 900);
      await settled(20);
    }
    isOut = false;
    await until(() => effects().size === 90, 'all of them');
    expect(new Set(effects().values())).toEqual(new Set([1]));
    expect(await bench.letters()).toEqual([]);
  });
});
