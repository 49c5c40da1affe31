import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Deliveries, DurableSubscription } from '../../../src/delivery/index.js';
import { MortarError } from '../../../src/errors/index.js';
import { settled } from '../../support/virtual-clock.js';
import { anEvent, Bench, subscription } from '../processing/bench.js';

let bench: Bench;
let deliveries: Deliveries;
/** When each good event was published, and handled, by its name. */
let published: Map<string, number>;
let handled: Map<string, number>;
let calls: { readonly name: string; readonly at: number }[];
/** Why calls fail: of the bad events, and of all. */
let badBecause: (() => Error) | undefined;
let allBecause: (() => Error) | undefined;

beforeEach(async () => {
  bench = await Bench.open();
  [published, handled, calls] = [new Map(), new Map(), []];
  badBecause = () => new Error('bad itself');
  allBecause = undefined;
});
afterEach(() => bench.close());

const unavailable = (): MortarError =>
  new MortarError('MORTAR_CIRCUIT_OPEN', { rule: 'R.', expected: 'e', got: 'g' });

type Settings = Partial<DurableSubscription>;
const SINGLE: Settings = { concurrency: 4 };
const BATCHED: Settings = { concurrency: 1, batch: { size: 5, withinMs: 20 } };
const WAYS = [
  ['one by one', SINGLE],
  ['in batches', BATCHED],
] as const;

async function deliver(settings: Settings): Promise<void> {
  deliveries = await bench.deliver(
    subscription(
      async (several) => {
        const names = several.map(({ event }) => String(event.data));
        for (const name of names) calls.push({ name, at: bench.clock.now() });
        await new Promise<void>((resolve) => bench.clock.after(2, resolve));
        if (allBecause !== undefined) throw allBecause();
        if (badBecause !== undefined && names.some((name) => name.startsWith('bad'))) throw badBecause();
        for (const name of names) handled.set(name, bench.clock.now());
        return undefined;
      },
      { decide: () => ({ kind: 'retry', afterMs: 1_000 }), ...settings },
    ),
  );
}

async function publish(count: number, kind: string): Promise<void> {
  const names = Array.from({ length: count }, (_, index) => `${kind} ${published.size + index}`);
  for (const name of names) published.set(name, bench.clock.now());
  await bench.publish(...names.map((name) => anEvent({ key: name, payload: JSON.stringify(name) })));
}

const STEP_MS = 20;

/** Lets time pass until something holds, in small steps, between each of which many deliveries may follow one another. */
async function until(
  holds: () => boolean | Promise<boolean>,
  what: string,
  withinMs = 100_000,
): Promise<void> {
  for (let passedMs = 0; passedMs <= withinMs; passedMs += STEP_MS) {
    if (await holds()) return;
    await bench.clock.advance(STEP_MS);
    await settled(20);
  }
  throw new Error(`Expected ${what} within ${withinMs} ms.`);
}

const pass = (ms: number): Promise<void> => {
  const end = bench.clock.now() + ms;
  return until(() => bench.clock.now() >= end, 'time');
};

const isHandled = (name: string): boolean => handled.has(name);
const goods = (): readonly string[] => [...published.keys()].filter((name) => name.startsWith('good'));
/** How long each good event has waited, in the order in which they were published. */
const waits = (): readonly number[] =>
  goods().map((name) => (handled.get(name) ?? Number.POSITIVE_INFINITY) - (published.get(name) ?? 0));
const stateOf = async () => (await deliveries.status()).subscriptions[0]?.state;
const isOut = async (): Promise<boolean> => (await stateOf()) === 'out';

/** Bad events whose keys are held and tried again every second. */
async function withHeld(count: number, settings: Settings): Promise<void> {
  await deliver(settings);
  await publish(count, 'bad');
  await publish(1, 'good');
  await until(async () => (await bench.held()).length === count, 'keys that are held');
  await until(async () => !(await isOut()), 'the end of what only looks like an outage');
}

describe.each(WAYS)('keys that fail for a reason of their own, delivered %s', (_, settings) => {
  it('do not keep what comes behind them waiting', async () => {
    await deliver(settings);
    await publish(21, 'bad');
    await publish(30, 'good');
    await until(() => goods().every(isHandled), 'the good ones');
    // In batches one bad one keeps its neighbours until they are tried one by one.
    expect(Math.max(...waits())).toBeLessThan(settings === BATCHED ? 25_000 : 5_000);
    await until(async () => (await bench.held()).length === 21, 'the bad ones on record');
  });

  it('are no outage, however often they fail again', async () => {
    await withHeld(30, settings);
    const from = calls.length;
    for (let second = 0; second < 20; second += 1) {
      await pass(1_000);
      expect(await stateOf()).toBe('running');
    }
    // They are tried again all the time, and nothing else is: no success ends the row of their failures.
    expect(calls.length - from).toBeGreaterThan(30 * 17);
    await publish(1, 'good');
    await pass(500);
    expect(waits().at(-1)).toBeLessThanOrEqual(500);
  });

  it('let new ones flow while they are tried again', async () => {
    await withHeld(30, settings);
    for (let round = 0; round < 30; round += 1) {
      await publish(2, 'good');
      await pass(460);
    }
    await until(() => goods().every(isHandled), 'the good ones');
    expect(Math.max(...waits().slice(1))).toBeLessThan(1_000);
    expect(await bench.held()).toHaveLength(30);
    badBecause = undefined;
    await until(async () => (await bench.held()).length === 0, 'keys that flow');
  });

  it('do not keep up an outage that is over', async () => {
    await withHeld(10, settings);
    allBecause = unavailable;
    await publish(40, 'good');
    await until(isOut, 'an outage');
    await pass(30_000);
    expect(await isOut()).toBe(true);
    allBecause = undefined;
    const from = bench.clock.now();
    // The probes are 5 s apart by then, and every second one is new.
    await until(async () => !(await isOut()), 'its end');
    expect(bench.clock.now() - from).toBeLessThanOrEqual(10_100);
    await until(() => goods().every(isHandled), 'the good ones');
    expect(bench.clock.now() - from).toBeLessThanOrEqual(12_000);
    expect(await bench.letters()).toEqual([]);
  });

  it('that say that something is out, for them alone, do not keep others waiting', async () => {
    badBecause = unavailable;
    await deliver(settings);
    await publish(5, 'bad');
    for (let round = 0; round < 30; round += 1) {
      await publish(2, 'good');
      await pass(500);
    }
    await until(() => goods().every(isHandled), 'the good ones');
    expect(Math.max(...waits())).toBeLessThan(5_000);
    expect(await bench.held()).toHaveLength(5);
  });
});

describe.each(WAYS)('an outage of deliveries %s', (_, settings) => {
  it('ends where there are new ones only', async () => {
    await deliver(settings);
    allBecause = unavailable;
    await publish(40, 'good');
    await pass(60_000);
    expect(await isOut()).toBe(true);
    // At a distance that grows to 5 s; what was under way when it began counts too.
    expect(calls.length).toBeLessThan(settings === BATCHED ? 100 : 30);
    const from = bench.clock.now();
    allBecause = undefined;
    await until(() => goods().every(isHandled), 'all of them');
    expect(bench.clock.now() - from).toBeLessThanOrEqual(6_000);
    expect(await stateOf()).toBe('running');
    expect(await bench.held()).toEqual([]);
  });

  it('ends where there are held keys only', async () => {
    await withHeld(10, settings);
    allBecause = unavailable;
    await until(isOut, 'an outage');
    const before = calls.length;
    await pass(60_000);
    expect(await isOut()).toBe(true);
    const probes = calls.length - before;
    expect(probes).toBeGreaterThanOrEqual(8);
    expect(probes).toBeLessThan(25);
    const attempts = (await bench.held()).map((row) => row.attempts);
    [badBecause, allBecause] = [undefined, undefined];
    const from = bench.clock.now();
    await until(async () => (await bench.held()).length === 0, 'keys that flow');
    expect(bench.clock.now() - from).toBeLessThanOrEqual(7_000);
    expect(await stateOf()).toBe('running');
    // Probes are no attempts: many, and no key has come far.
    expect(Math.max(...attempts)).toBeLessThan(20);
    expect(await bench.letters()).toEqual([]);
  });

  it('that 20 new ones in a row look like is ended by the next good one', async () => {
    await deliver(settings);
    await publish(26, 'bad');
    await until(isOut, 'what looks like an outage');
    await publish(1, 'good');
    // Each of those before it is a probe, and so is a held one each time.
    await until(() => goods().every(isHandled), 'the good one', 12 * 5_000);
    await until(async () => (await bench.held()).length === 26, 'all the bad ones on record');
    expect(await stateOf()).toBe('running');
  });
});

it('an outage is probed by new ones and by held ones in turn', async () => {
  await withHeld(10, SINGLE);
  allBecause = unavailable;
  await publish(60, 'good');
  await until(isOut, 'an outage');
  await pass(2_000);
  const from = calls.length;
  await pass(60_000);
  const probes = calls.slice(from);
  const rounds = new Map(probes.map(({ name, at }) => [at, name.startsWith('good')]));
  const isNew = [...rounds.values()];
  expect(isNew.length).toBeGreaterThanOrEqual(10);
  const inTurn = isNew.filter((isGood, index) => index > 0 && isGood !== isNew[index - 1]);
  expect(inTurn).toHaveLength(isNew.length - 1);
});

it('events of a key that a batch puts off for an outage stay in their order', async () => {
  await deliver({ ...BATCHED, batch: { size: 8, withinMs: 20 } });
  allBecause = unavailable;
  const event = (key: string, number: number) =>
    anEvent({ key, payload: JSON.stringify(`${key} ${number}`) });
  await bench.publish(...['k', 'l'].flatMap((key) => [1, 2, 3].map((number) => event(key, number))));
  await until(() => calls.length >= 6 + 3, 'a batch and three probes');
  await bench.publish(event('k', 4), event('l', 4));
  await until(() => calls.length >= 6 + 5, 'more probes');
  allBecause = undefined;
  await until(() => handled.size === 8, 'all of them');
  const order = [...handled.keys()];
  for (const key of ['k', 'l'])
    expect(order.filter((name) => name.startsWith(key))).toEqual(
      [1, 2, 3, 4].map((number) => `${key} ${number}`),
    );
});
