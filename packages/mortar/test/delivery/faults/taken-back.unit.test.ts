import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type {
  Deliveries,
  DeliveryBatch,
  DurableSubscription,
  OpenStore,
} from '../../../src/delivery/index.js';
import { settled } from '../../support/virtual-clock.js';
import { anEvent, Bench, NAME, subscription } from '../processing/bench.js';
import { mortal } from '../processing/mortal-store.js';

let bench: Bench;
let calls: { readonly process: string; readonly name: string; readonly attempt: number }[];
let fails: (name: string) => boolean;

beforeEach(async () => {
  bench = await Bench.open();
  calls = [];
  fails = () => true;
});
afterEach(() => bench.close());

const SLOW: Partial<DurableSubscription> = { decide: () => ({ kind: 'retry', afterMs: 5_000 }) };
const EVERY = [...Array(16).keys()];

function handling(process: string, parts: Partial<DurableSubscription> = {}): DurableSubscription {
  return subscription(
    ([one]) => {
      const name = String(one?.event.data);
      calls.push({ process, name, attempt: one?.attempt ?? 0 });
      if (fails(name)) throw new Error(`no ${name}`);
      return undefined;
    },
    { ...SLOW, ...parts },
  );
}

const event = (key: string, name = key) => anEvent({ key, payload: JSON.stringify(name) });
const attemptsOf = (process: string) => calls.filter((call) => call.process === process);

/** A store whose commits of a kind are made, and answered only when the gate is opened. */
async function gated(isMeant: (batch: DeliveryBatch) => boolean) {
  let open = (): void => undefined;
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  const state = { isShut: false, isReached: false };
  const { store } = mortal(await bench.handle(), {
    after: async (method, [batch]) => {
      if (method !== 'commit' || !state.isShut || !isMeant(batch as DeliveryBatch)) return;
      state.isReached = true;
      await passed;
    },
  });
  return { store, state, open: () => open() };
}

const recordsAttempt = ({ hold, letters }: DeliveryBatch): boolean =>
  hold.some(({ state }) => state === 'running') ||
  letters.some((letter) => letter.kind === 'replaying' && letter.isRunning);

/** Stops, while virtual time passes. */
async function stop(deliveries: Deliveries, meanwhile = (): void => undefined): Promise<void> {
  let isStopped = false;
  const stopping = deliveries.stop({ timeoutMs: 5_000 }).then(() => {
    isStopped = true;
  });
  await settled(10);
  meanwhile();
  await bench.until(() => isStopped, 'the stop');
  await stopping;
}

/** A process with one held key, whose next attempt is recorded, and not yet called. */
async function aboutToCall(parts: Partial<DurableSubscription> = {}) {
  const gate = await gated(recordsAttempt);
  const deliveries = await bench.deliver(handling('first', parts), { store: gate.store });
  await bench.publish(event('k', 'k 1'), event('k', 'k 2'));
  await bench.until(async () => (await bench.held())[0]?.state === 'retrying', 'a held key');
  gate.state.isShut = true;
  await bench.until(() => gate.state.isReached, 'an attempt on record');
  expect(await bench.held()).toMatchObject([{ state: 'running', attempts: 2 }]);
  return { ...gate, deliveries };
}

async function expectTakenBack(attempts: number): Promise<void> {
  const [row] = await bench.held();
  expect(row).toMatchObject({ state: 'retrying', attempts });
  expect(row?.failures.map(({ error }) => error.message)).toEqual(Array(attempts).fill('no k 1'));
}

/** Another process goes on as if the attempt had not begun. */
async function expectNext(attempt: number, store: OpenStore = bench.store): Promise<void> {
  fails = () => false;
  await bench.deliver(handling('second'), { store });
  await bench.until(() => attemptsOf('second').length >= 2, 'the next process');
  expect(attemptsOf('second').map((call) => [call.name, call.attempt])).toEqual([
    ['k 1', attempt],
    ['k 2', 1],
  ]);
  expect(await bench.letters()).toEqual([]);
}

describe('an attempt that is on record and was not called', () => {
  it('does not count when its process stops', async () => {
    const { deliveries, open } = await aboutToCall();
    await stop(deliveries, open);
    expect(attemptsOf('first')).toHaveLength(1);
    await expectTakenBack(1);
    await expectNext(2);
  });

  it('does not count when its process stops while it is paused', async () => {
    const { deliveries, open } = await aboutToCall();
    await deliveries.pause(NAME);
    open();
    await bench.clock.advance(100);
    expect(await bench.held()).toMatchObject([{ state: 'running', attempts: 2 }]);
    expect(attemptsOf('first')).toHaveLength(1);
    await stop(deliveries);
    await expectTakenBack(1);
    await bench.store.deliveries.setPaused(NAME, false);
    await expectNext(2);
  });

  it('does not count when its partition is handed over', async () => {
    const { deliveries, open } = await aboutToCall();
    fails = () => false;
    await bench.deliver(handling('second'), { store: await bench.handle() });
    await bench.until(
      async () => (await deliveries.status()).subscriptions[0]?.held.length !== 16,
      'partitions that are given up',
    );
    await bench.clock.advance(3_000);
    open();
    // Whoever has the partition of the key goes on with it, and the other one after its own stop.
    await bench.until(() => calls.length === 3, 'the next attempt');
    expect(calls.slice(1).map(({ name, attempt }) => [name, attempt])).toEqual([
      ['k 1', 2],
      ['k 2', 1],
    ]);
    expect(await bench.letters()).toEqual([]);
  });

  it('does not count when all partitions are handed over', async () => {
    // Which of two processes has to give the one partition up depends on the name.
    for (const name of ['sub a', 'sub b', 'sub c', 'sub d'])
      await handOver(name, () => true, [
        [`${name} 1`, 1],
        [`${name} 1`, 2],
        [`${name} 2`, 1],
      ]);
    expect(new Set(calls.map(({ process }) => process)).size).toBeGreaterThan(4);
  });

  it('does not count in a replay', async () => {
    const dying: Partial<DurableSubscription> = { decide: () => ({ kind: 'deadLetter' }) };
    const gate = await gated(recordsAttempt);
    const deliveries = await bench.deliver(handling('first', dying), { store: gate.store });
    await bench.publish(event('k', 'k 1'), event('k', 'k 2'));
    await bench.until(async () => (await bench.letters()).length === 1, 'a letter');
    gate.state.isShut = true;
    const [letter] = await bench.letters();
    await bench.store.deadLetters.change(letter?.id ?? '', 'dead', 'replaying');
    await bench.until(() => gate.state.isReached, 'a replay on record');
    await stop(deliveries, gate.open);
    const among = { of: 16, among: EVERY };
    expect(await bench.store.deadLetters.replaying(NAME, among, 10)).toMatchObject([
      { isRunning: false, attempts: 0, failures: [] },
    ]);
    await expectNext(1);
  });

  it('does not count where it is the next of a tail that goes on', async () => {
    fails = (name) => name === 'k 1' && calls.length < 2;
    const gate = await gated(({ hold }) => hold.some(({ first, state }) => first > 1 && state === 'running'));
    gate.state.isShut = true;
    const deliveries = await bench.deliver(handling('first'), { store: gate.store });
    await bench.publish(event('k', 'k 1'), event('k', 'k 2'), event('k', 'k 3'));
    await bench.until(() => gate.state.isReached, 'the tail that goes on');
    expect(await bench.held()).toMatchObject([{ state: 'running', first: 2, attempts: 1 }]);
    await stop(deliveries, gate.open);
    expect(await bench.held()).toMatchObject([{ state: 'retrying', first: 2, attempts: 0, failures: [] }]);
    await bench.deliver(handling('second'));
    await bench.until(() => attemptsOf('second').length === 2, 'the next process');
    expect(attemptsOf('second').map(({ attempt }) => attempt)).toEqual([1, 1]);
  });

  it('does not count where it is the next of a tail that goes on, and its partition is handed over', async () => {
    // Which of two processes has to give the one partition up depends on the name.
    for (const name of ['sub a', 'sub b', 'sub c', 'sub d'])
      await handOver(name, ({ hold }) => hold.some(({ first, last }) => first === last), [
        [`${name} 1`, 1],
        [`${name} 1`, 2],
        [`${name} 2`, 1],
      ]);
  });

  it('does not count in what is delivered alone, since a process may have died of it', async () => {
    await bench.publish(event('k', 'k 1'), event('k', 'k 2'));
    const own = mortal(await bench.handle());
    await bench.deliver(
      subscription(() => new Promise(() => undefined)),
      { store: own.store },
    );
    await bench.clock.advance(500);
    own.kill();
    await bench.clock.advance(10_000);
    const gate = await gated(recordsAttempt);
    gate.state.isShut = true;
    const deliveries = await bench.deliver(handling('first'), { store: gate.store });
    await bench.until(() => gate.state.isReached, 'an attempt on record');
    await stop(deliveries, gate.open);
    expect(attemptsOf('first')).toEqual([]);
    await expectTakenBack(0);
    await expectNext(1);
  });
});

describe('a stop', () => {
  it('begins no attempt of a key whose event is just being read', async () => {
    let read: Promise<void> | undefined;
    let open = (): void => undefined;
    const { store } = mortal(await bench.handle(), {
      after: (method) => (method === 'readAll' ? read : undefined),
    });
    const before = await bench.deliver(handling('before'));
    await bench.publish(event('k', 'k 1'), event('k', 'k 2'));
    await bench.until(async () => (await bench.held()).length === 1, 'a held key');
    await stop(before);
    const first = await bench.deliver(handling('first'), { store });
    await bench.clock.advance(1_000);
    read = new Promise((resolve) => {
      open = resolve;
    });
    await bench.clock.advance(5_000);
    await stop(first, open);
    expect(attemptsOf('first')).toEqual([]);
    await expectTakenBack(1);
    await expectNext(2);
  });

  it('counts an attempt that was called, and came to its end', async () => {
    const { deliveries, open } = await aboutToCall();
    open();
    await bench.until(() => attemptsOf('first').length === 2, 'the call');
    await stop(deliveries);
    await expectTakenBack(2);
    await expectNext(3);
  });
});

/** One key of a subscription with one partition, on record in a process that may have to give it up to another. */
async function handOver(
  name: string,
  isMeant: (batch: DeliveryBatch) => boolean,
  expected: readonly (readonly [string, number])[],
): Promise<void> {
  const own = () => calls.filter((call) => call.name.startsWith(name));
  fails = () => own().length < 2;
  const parts = { name, partitions: 1, from: 'now' as const };
  const gate = await gated(
    (batch) => batch.subscription === name && own().length > 0 && recordsAttempt(batch) && isMeant(batch),
  );
  const one = await bench.deliver(handling(`${name} one`, parts), { store: gate.store });
  gate.state.isShut = true;
  await bench.publish(event(name, `${name} 1`), event(name, `${name} 2`));
  await bench.until(() => gate.state.isReached, 'an attempt on record');
  const two = await bench.deliver(handling(`${name} two`, parts), { store: await bench.handle() });
  await bench.clock.advance(3_000);
  gate.open();
  await bench.until(() => own().length === expected.length, 'the next attempts');
  await bench.clock.advance(10_000);
  expect(own().map((call) => [call.name, call.attempt])).toEqual(expected);
  await stop(one);
  await stop(two);
}
