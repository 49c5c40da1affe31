import { afterEach, beforeEach, expect, it } from 'vitest';
import type { OpenStore } from '../../../src/delivery/index.js';
import { MortarError } from '../../../src/errors/index.js';
import { decodeEntry, keyHashOf, type LogRange, partitionOf } from '../../../src/event-store/index.js';
import { anEvent, Bench, NAME, subscription } from './bench.js';
import { mortal, type Weather } from './mortal-store.js';

let bench: Bench;
beforeEach(async () => {
  bench = await Bench.open();
});
afterEach(() => bench.close());

const storeWith = async (weather: Weather): Promise<OpenStore> => mortal(await bench.handle(), weather).store;

function gate(): { readonly passed: Promise<void>; readonly open: () => void } {
  let open = (): void => undefined;
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open };
}

const unavailable = (): MortarError =>
  new MortarError('MORTAR_STORE_UNAVAILABLE', {
    rule: 'A store answers.',
    expected: 'an answer',
    got: 'none',
  });

const events = (count: number, name: string, payload = '1') =>
  Array.from({ length: count }, (_, index) => anEvent({ key: `${name}${index}`, payload }));

it('a page that is read while partitions are handed over is lost for none of them', async () => {
  const done = new Set<number>();
  const slow: (() => void)[] = [];
  let reading: Promise<void> | undefined;
  const handled = () =>
    subscription(
      async ([one]) => {
        if (one?.event.data === 'slow') await new Promise<void>((resolve) => slow.push(resolve));
        done.add(one?.event.position ?? 0);
        return undefined;
      },
      { concurrency: 64 },
    );
  const store = await storeWith({ after: (method) => (method === 'readAll' ? reading : undefined) });
  await bench.deliver(handled(), { store });
  await bench.publish(...events(40, 's', '"slow"'));
  await bench.until(() => slow.length === 40, 'the slow ones under way');
  const { passed, open } = gate();
  reading = passed;
  await bench.publish(...events(200, 'x'));
  await bench.clock.advance(10);
  const two = await bench.deliver(handled(), { store: await bench.handle() });
  await bench.clock.advance(3_000);
  reading = undefined;
  open();
  await bench.clock.advance(100);
  await bench.until(() => {
    for (const resolve of slow.splice(0)) resolve();
    return done.size === 240;
  }, 'all 240 handled');
  expect((await two.status()).subscriptions[0]?.held).toHaveLength(8);
});

it('a held key that is due while a replay of its key runs is tried again', async () => {
  const { passed, open } = gate();
  let isReplay = false;
  let isMended = false;
  let tries = 0;
  await bench.deliver(
    subscription(
      async ([one]) => {
        if (one?.event.data === 'first') {
          if (!isMended) throw new Error('bad');
          isReplay = true;
          await passed;
        } else {
          tries += 1;
          if (tries === 1) throw new Error('later');
        }
        return undefined;
      },
      {
        onDead: 'continue',
        decide: (error) =>
          (error as Error).message === 'later' ? { kind: 'retry', afterMs: 5_000 } : { kind: 'deadLetter' },
      },
    ),
  );
  await bench.publish(anEvent({ key: 'k', payload: '"first"' }));
  await bench.until(async () => (await bench.letters()).length === 1, 'the letter');
  isMended = true;
  await bench.publish(anEvent({ key: 'k', payload: '"second"' }));
  await bench.until(() => tries === 1, 'the failure');
  const [letter] = await bench.letters();
  await bench.store.deadLetters.change(letter?.id ?? '', 'dead', 'replaying');
  await bench.until(() => isReplay, 'the replay');
  await bench.clock.advance(10_000);
  expect(tries).toBe(1);
  open();
  await bench.until(async () => tries === 2 && (await bench.held()).length === 0, 'the retry');
});

it('a held key that grows while its first event is read is tried all the same', async () => {
  let fails = true;
  const calls: unknown[] = [];
  const sub = () =>
    subscription(
      ([one]) => {
        calls.push(one?.event.data);
        if (fails) throw new Error('bad');
        return undefined;
      },
      { decide: () => ({ kind: 'retry', afterMs: 1_000 }) },
    );
  const own = mortal(await bench.handle());
  await bench.deliver(sub(), { store: own.store });
  await bench.publish(anEvent({ key: 'k', payload: '1' }));
  await bench.until(async () => (await bench.held())[0]?.state === 'retrying', 'the failure');
  own.kill();
  fails = false;
  calls.length = 0;
  await bench.clock.advance(20_000);
  await bench.publish(anEvent({ key: 'k', payload: '2' }));
  const store = await storeWith({
    before: (method, [read]) =>
      method === 'readAll' && (read as LogRange).limit === 1
        ? new Promise<void>((resolve) => bench.clock.after(20, resolve))
        : undefined,
  });
  await bench.deliver(sub(), { store });
  await bench.until(async () => calls.length === 2 && (await bench.held()).length === 0, 'both');
  expect(calls).toEqual([1, 2]);
});

it('of a batch over two partitions of which one was lost, the others are called again', async () => {
  const keyOf = (partition: number): string =>
    ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].find((key) => partitionOf(keyHashOf(key), 2) === partition) ??
    '';
  const { passed, open } = gate();
  const calls: (string | undefined)[][] = [];
  await bench.deliver(
    subscription(
      async (many) => {
        calls.push(many.map(({ event }) => event.key));
        if (calls.length === 1) await passed;
        return undefined;
      },
      { partitions: 2, concurrency: 1, batch: { size: 2, withinMs: 50 } },
    ),
  );
  await bench.publish(anEvent({ key: keyOf(0) }), anEvent({ key: keyOf(1) }));
  await bench.until(() => calls.length === 1, 'the call');
  await bench.log.atomically(() => {
    const { leases } = bench.log.deliveries;
    for (const [name, lease] of [...leases.entries()])
      if (lease.partition === 0)
        leases.set(name, { ...lease, token: lease.token + 1, owner: 'other', expiresAt: 9e15 });
  });
  // The batch ends before the process hears of it.
  open();
  await bench.publish(anEvent({ key: keyOf(1) }));
  await bench.until(async () => {
    const places = await bench.store.deliveries.checkpoints(NAME);
    return places.find(({ partition }) => partition === 1)?.low === 3;
  }, 'everything of the other partition');
  expect(calls.slice(1).flat()).toEqual([keyOf(1), keyOf(1)]);
});

it('a process that was cut off until others had its leases works again when it has them back', async () => {
  const done = new Set<string>();
  let isCut = false;
  const sub = () =>
    subscription(
      ([one]) => {
        done.add(one?.event.id ?? '');
        return undefined;
      },
      { partitions: 1 },
    );
  const cut: Weather = {
    before: (method) => {
      if (isCut && method !== 'readAll') throw unavailable();
    },
  };
  await bench.deliver(sub(), { store: await storeWith(cut) });
  await bench.clock.advance(1_000);
  isCut = true;
  await bench.publish(...events(1, 'a'));
  await bench.clock.advance(1_000);
  const two = await bench.deliver(sub(), { store: await bench.handle() });
  await bench.clock.advance(20_000);
  isCut = false;
  await bench.clock.advance(30_000);
  const stopped = two.stop();
  await bench.clock.advance(10_000);
  await stopped;
  done.clear();
  await bench.publish(...events(50, 'k'));
  await bench.until(() => done.size === 50, 'what was published after the outage');
});

it('the tail of a held key that can not be read is asked for again from time to time', async () => {
  let fails = true;
  let isOut = false;
  let reads = 0;
  const calls: unknown[] = [];
  const weather: Weather = {
    before: (method, [read]) => {
      if (method !== 'readAll' || (read as LogRange).filter?.orderKeys === undefined) return;
      reads += 1;
      if (isOut) throw unavailable();
    },
  };
  await bench.deliver(
    subscription(
      ([one]) => {
        calls.push(one?.event.data);
        if (fails) throw new Error('bad');
        return undefined;
      },
      { decide: () => ({ kind: 'retry', afterMs: 1_000 }) },
    ),
    { store: await storeWith(weather) },
  );
  await bench.publish(anEvent({ key: 'k', payload: '0' }));
  await bench.until(async () => (await bench.held()).length === 1, 'the hold');
  await bench.publish(
    ...Array.from({ length: 40 }, (_, index) => anEvent({ key: 'k', payload: `${index + 1}` })),
  );
  await bench.until(async () => Number((await bench.held())[0]?.last) >= 41, 'the tail');
  [fails, isOut] = [false, true];
  await bench.clock.advance(3_000);
  const before = reads;
  await bench.clock.advance(10_000);
  expect(reads - before).toBeLessThanOrEqual(11);
  isOut = false;
  await bench.until(async () => (await bench.held()).length === 0, 'the whole tail');
  expect(calls.slice(-40)).toEqual(Array.from({ length: 40 }, (_, index) => index + 1));
});

it('a slow delivery among large ones does not keep the others waiting', async () => {
  const { passed, open } = gate();
  let handled = 0;
  await bench.deliver(
    subscription(
      async ([one]) => {
        if (one?.event.key === 'slow') await passed;
        else handled += 1;
        return undefined;
      },
      { partitions: 1 },
    ),
  );
  await bench.publish(anEvent({ key: 'slow' }));
  for (let round = 0; round < 4; round += 1)
    await bench.publish(...events(100, `${round} `, JSON.stringify('x'.repeat(200_000))));
  await bench.until(() => handled === 400, 'the others');
  open();
});

it('deliveries that were never called are not taken for what their process died of', async () => {
  let isBad = true;
  const calls: (string | undefined)[] = [];
  const sub = () =>
    subscription(
      async ([one]) => {
        calls.push(one?.event.key);
        if (isBad) throw new Error('bad');
        await new Promise(() => undefined);
        return undefined;
      },
      {
        concurrency: 1,
        decide: (_, attempt) => (attempt < 4 ? { kind: 'retry', afterMs: 100 } : { kind: 'deadLetter' }),
      },
    );
  await bench.publish(...events(10, 'k'));
  let own = mortal(await bench.handle());
  await bench.deliver(sub(), { store: own.store });
  await bench.until(() => calls.length >= 10, 'a failure of each');
  isBad = false;
  calls.length = 0;
  for (let round = 0; round < 3; round += 1) {
    await bench.until(() => calls.length === 1, 'a call that does not end');
    own.kill();
    calls.length = 0;
    own = mortal(await bench.handle());
    await bench.clock.advance(8_000);
    const starting = bench.deliver(sub(), { store: own.store });
    await bench.clock.advance(1);
    await starting;
  }
  const held = await bench.held();
  const died = held.filter(({ failures }) =>
    failures.some(({ error }) => error.code === 'MORTAR_PROCESS_DIED'),
  );
  expect(died.length).toBeLessThanOrEqual(3);
  expect(held.filter(({ state }) => state === 'running').length).toBeLessThanOrEqual(1);
});

it('a replay of more letters than are read at once goes on without a pause', async () => {
  let isBad = true;
  let handled = 0;
  await bench.deliver(
    subscription(
      () => {
        handled += 1;
        return undefined;
      },
      {
        concurrency: 256,
        onDead: 'continue',
        read: (entry) => {
          if (isBad) throw new Error('bad');
          return decodeEntry(entry);
        },
      },
    ),
  );
  await bench.publish(...events(1_250, 'a'));
  await bench.publish(...events(1_250, 'b'));
  const dead = async (): Promise<number> => (await bench.store.deadLetters.statistics()).byState.dead;
  await bench.until(async () => (await dead()) === 2_500, 'the letters');
  isBad = false;
  for (const { id } of await bench.store.deadLetters.list({}, { limit: 10_000 }))
    await bench.store.deadLetters.change(id, 'dead', 'replaying');
  const from = bench.clock.now();
  await bench.until(() => handled === 2_500, 'all of them');
  expect(bench.clock.now() - from).toBeLessThan(15_000);
});
