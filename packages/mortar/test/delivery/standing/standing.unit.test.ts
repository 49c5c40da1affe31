import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Deliveries, OpenStore, SubscriptionStatus } from '../../../src/delivery/index.js';
import { MortarError } from '../../../src/errors/index.js';
import { position } from '../../../src/event-store/index.js';
import { LogBook } from '../../support/log-book.js';
import { anEvent, Bench, NAME, subscription } from '../processing/bench.js';
import { mortal } from '../processing/mortal-store.js';

let bench: Bench;
beforeEach(async () => {
  bench = await Bench.open();
});
afterEach(() => bench.close());

const HOUR_MS = 3_600_000;

const statusOf = async (deliveries: Deliveries): Promise<SubscriptionStatus | undefined> =>
  (await deliveries.status()).subscriptions[0];

const messages = ({ lines }: LogBook, level: string): readonly string[] =>
  lines.filter((line) => line.level === level).map(({ message }) => message);

const FAR = 'Leases last for so long that nobody takes them over: a clock was ahead when they were taken';

/** All leases, taken by a process that is gone, for so long. */
async function takenFor(lifeMs: number): Promise<void> {
  const { deliveries } = bench.store;
  await deliveries.register(NAME, 'beginning');
  const partitions = Array.from({ length: 16 }, (_, partition) => partition);
  expect(await deliveries.acquire(NAME, partitions, 'gone', lifeMs)).toHaveLength(16);
}

describe('a process without a partition', () => {
  it('waits, and its lag is that of the store', async () => {
    await takenFor(HOUR_MS);
    await bench.publish(anEvent(), anEvent(), anEvent());
    const deliveries = await bench.deliver(subscription(() => undefined));
    expect(await statusOf(deliveries)).toMatchObject({
      state: 'waiting',
      held: [],
      low: undefined,
      lagEvents: 3,
    });
  });

  it('says once that leases last for far too long', async () => {
    await takenFor(HOUR_MS);
    const book = new LogBook();
    await bench.deliver(
      subscription(() => undefined),
      { logger: book },
    );
    await bench.clock.advance(30_000);
    expect(messages(book, 'warn')).toEqual([FAR]);
    const [line] = book.lines;
    expect(line?.fields).toMatchObject({ subscription: NAME, owners: ['gone'], leasedForMs: HOUR_MS });
  });

  it('says nothing of leases as another process has them', async () => {
    await takenFor(6_000);
    const book = new LogBook();
    const deliveries = await bench.deliver(
      subscription(() => undefined),
      { logger: book },
    );
    await bench.until(async () => (await statusOf(deliveries))?.state === 'running', 'the leases');
    expect(messages(book, 'warn')).toEqual([]);
  });
});

describe('a checkpoint ahead of the log', () => {
  /** A subscription that has come to a position that the log has not. */
  const ahead = (): Promise<unknown> => bench.store.deliveries.register(NAME, position(50));

  it('halts its subscription: nothing is passed over', async () => {
    await ahead();
    const book = new LogBook();
    const seen: string[] = [];
    const deliveries = await bench.deliver(
      [
        subscription(([one]) => void seen.push(`bad ${one?.event.position}`)),
        subscription(([one]) => void seen.push(`good ${one?.event.position}`), { name: 'good' }),
      ],
      { logger: book },
    );
    await bench.publish(anEvent(), anEvent());
    await bench.until(async () => (await statusOf(deliveries))?.state === 'halted', 'a halt');
    await bench.publish(...Array.from({ length: 60 }, () => anEvent()));
    await bench.clock.advance(20_000);
    expect(seen.filter((one) => one.startsWith('bad'))).toEqual([]);
    expect(seen.filter((one) => one.startsWith('good'))).toHaveLength(62);
    expect(messages(book, 'error')).toEqual(['A subscription is halted']);
    expect(await statusOf(deliveries)).toMatchObject({
      held: [],
      error: { code: 'MORTAR_CHECKPOINT_AHEAD' },
    });
    await expect(deliveries.idle()).rejects.toMatchObject({ code: 'MORTAR_CHECKPOINT_AHEAD' });
    expect((await bench.store.deliveries.checkpoints(NAME)).map(({ low }) => low)).toEqual(
      Array.from({ length: 16 }, () => 50),
    );
  });

  it('is no reason where the head was behind for a moment', async () => {
    await bench.publish(...Array.from({ length: 50 }, () => anEvent()));
    await ahead();
    let isBehind = true;
    const store = await bench.handle();
    const events = new Proxy(store.events, {
      get(target, name) {
        if (name === 'head' && isBehind) return async () => position(40);
        const member: unknown = Reflect.get(target, name);
        return typeof member === 'function' ? member.bind(target) : member;
      },
    });
    const seen: number[] = [];
    const book = new LogBook();
    const deliveries = await bench.deliver(
      subscription(([one]) => void seen.push(one?.event.position ?? 0)),
      { store: { ...store, events }, logger: book },
    );
    expect((await statusOf(deliveries))?.held).toEqual([]);
    isBehind = false;
    await bench.publish(anEvent());
    await bench.until(() => seen.length === 1, 'the event');
    await deliveries.idle();
    expect(seen).toEqual([51]);
    expect(book.lines).toEqual([]);
  });
});

describe('what stops', () => {
  const closed = (): MortarError =>
    new MortarError('MORTAR_STORE_CLOSED', { rule: 'R.', expected: 'e', got: 'g' });

  it('waits for its upkeep, so that the store may be closed', async () => {
    let open = (): void => undefined;
    const purged = new Promise<void>((resolve) => {
      open = resolve;
    });
    const store: OpenStore = mortal(await bench.handle(), {
      before: (method) => (method === 'purge' ? purged : undefined),
    }).store;
    const deliveries = await bench.deliver(
      subscription(() => undefined),
      { store },
    );
    let isStopped = false;
    const stopped = deliveries.stop().then(() => {
      isStopped = true;
    });
    await bench.clock.advance(1_000);
    expect(isStopped).toBe(false);
    open();
    await stopped;
  });

  it('does not wait for a store that was closed', async () => {
    let isClosed = false;
    const store = mortal(await bench.handle(), {
      before: () => {
        if (isClosed) throw closed();
      },
    }).store;
    let open = (): void => undefined;
    const passed = new Promise<void>((resolve) => {
      open = resolve;
    });
    let calls = 0;
    const deliveries = await bench.deliver(
      subscription(async () => {
        calls += 1;
        await passed;
        return undefined;
      }),
      { store },
    );
    await bench.publish(anEvent());
    await bench.until(() => calls === 1, 'a call');
    isClosed = true;
    open();
    const before = bench.clock.now();
    let stoppedAt: number | undefined;
    void deliveries.stop().then(() => {
      stoppedAt = bench.clock.now();
    });
    await bench.until(() => stoppedAt !== undefined, 'the stop');
    expect((stoppedAt ?? 0) - before).toBeLessThan(5_000);
  });

  it('leaves no listener on the signal of those who wait until it is idle', async () => {
    const controller = new AbortController();
    const adding = vi.spyOn(controller.signal, 'addEventListener');
    const removing = vi.spyOn(controller.signal, 'removeEventListener');
    const deliveries = await bench.deliver(subscription(() => undefined));
    await bench.publish(anEvent(), anEvent());
    await deliveries.idle(controller.signal);
    expect(adding.mock.calls.length).toBeGreaterThan(0);
    expect(removing.mock.calls.length).toBe(adding.mock.calls.length);
  });
});
