import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Outcome } from '../../../src/bus/index.js';
import { Deliveries, type DeliveriesOptions, type DurableSubscription } from '../../../src/delivery/index.js';
import { MortarError } from '../../../src/errors/index.js';
import { position } from '../../../src/event-store/index.js';
import { codeOf } from '../../contracts/caught.js';
import { rejectionOf } from '../letters.js';
import { anEvent, Bench, NAME, subscription } from './bench.js';

let bench: Bench;
beforeEach(async () => {
  bench = await Bench.open();
});
afterEach(() => bench.close());

/** A gate that handlers wait at. */
function gate() {
  let open = (): void => undefined;
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open: () => open() };
}

describe('stopping', () => {
  it('lets what has begun end, and leaves what has not in the log', async () => {
    const { passed, open } = gate();
    const seen: number[] = [];
    const handling = subscription(
      async ([one]) => {
        seen.push(one?.event.position ?? 0);
        await passed;
        return undefined;
      },
      { concurrency: 2 },
    );
    const deliveries = await bench.deliver(handling);
    await bench.publish(anEvent(), anEvent(), anEvent(), anEvent());
    await bench.until(() => seen.length === 2, 'two under way');
    const stopped = deliveries.stop();
    open();
    await stopped;
    expect(seen).toHaveLength(2);
    const checkpoints = await bench.store.deliveries.checkpoints();
    expect(checkpoints.every(({ isLeased }) => !isLeased)).toBe(true);
    const next = await bench.deliver(handling);
    await next.idle();
    expect([...seen].sort()).toEqual([1, 2, 3, 4]);
  });

  it('gives handlers up that do not end in time; their events come again', async () => {
    const signals: AbortSignal[] = [];
    const deliveries = await bench.deliver(
      subscription(async (_, signal) => {
        signals.push(signal);
        return new Promise(() => undefined);
      }),
    );
    await bench.publish(anEvent());
    await bench.until(() => signals.length === 1, 'a call');
    const stopped = deliveries.stop({ timeoutMs: 1_000 });
    await bench.clock.advance(1_100);
    await stopped;
    expect(signals[0]?.aborted).toBe(true);
    expect(await bench.letters()).toEqual([]);
    const seen: number[] = [];
    await bench.deliver(subscription(([one]) => void seen.push(one?.event.position ?? 0)));
    await bench.until(() => seen.length === 1, 'the event, when its lease is over');
  });

  it('does not wait for a handler that waits for it', async () => {
    let deliveries: Deliveries | undefined;
    let isStopped = false;
    deliveries = await bench.deliver(
      subscription(async () => {
        await deliveries?.stop({ except: () => 1 });
        isStopped = true;
        return undefined;
      }),
    );
    await bench.publish(anEvent());
    await bench.until(() => isStopped, 'a stop from within');
  });

  it('twice, or before the start, is no error; starting twice is', async () => {
    const deliveries = await bench.deliver(subscription(() => undefined));
    expect((await rejectionOf(deliveries.start())).code).toBe('MORTAR_APP_STATE');
    await deliveries.stop();
    await deliveries.stop();
    await new Deliveries({ store: bench.store, subscriptions: [] }).stop();
  });

  it('keeps its leases while a handler takes its time to end', async () => {
    const { passed, open } = gate();
    const handled: string[] = [];
    const one = await bench.deliver(
      subscription(async () => {
        await passed;
        handled.push('one');
        return undefined;
      }),
      { store: await bench.handle() },
    );
    await bench.publish(anEvent());
    await bench.clock.advance(100);
    const stopped = one.stop({ timeoutMs: 60_000 });
    await bench.deliver(
      subscription(() => void handled.push('two')),
      { store: await bench.handle() },
    );
    await bench.clock.advance(30_000);
    expect(handled).toEqual([]);
    open();
    await stopped;
    await bench.clock.advance(10_000);
    expect(handled).toEqual(['one']);
  });
});

describe('options', () => {
  it.each([{ leaseTtlMs: 1 }, { pollMs: 0 }, { leaseTTL: 5 }, { retention: { days: 1 } }])(
    '%o are refused',
    (options) => {
      const all = { store: bench.store, subscriptions: [], ...options } as DeliveriesOptions;
      expect(codeOf(() => new Deliveries(all))).toBe('MORTAR_OPTIONS_INVALID');
    },
  );

  it('two subscriptions of one name are refused', () => {
    const subscriptions = [subscription(() => undefined), subscription(() => undefined)];
    expect(codeOf(() => new Deliveries({ store: bench.store, subscriptions }))).toBe(
      'MORTAR_HANDLER_DUPLICATE',
    );
  });
});

describe('waiting until an event is handled', () => {
  async function outcomesOf(
    handling: DurableSubscription,
    ...payloads: readonly string[]
  ): Promise<readonly Outcome[]> {
    const deliveries = await bench.deliver(handling);
    const events = payloads.map((payload) => anEvent({ key: 'k', payload }));
    const positions = await bench.publish(...events);
    const last = { id: events.at(-1)?.id ?? '', position: positions.at(-1) ?? position(1) };
    const outcomes = deliveries.whenHandled(last);
    let isOver = false;
    void outcomes.finally(() => {
      isOver = true;
    });
    await bench.until(() => isOver, 'an outcome');
    return outcomes;
  }

  const failing = (parts: Partial<DurableSubscription> = {}): DurableSubscription =>
    subscription(([one]) => {
      if (one?.event.data === 'bad') throw new Error('no');
      return undefined;
    }, parts);

  it('tells that it was handled', async () => {
    expect(await outcomesOf(failing(), '1')).toEqual([
      { subscription: NAME, status: 'handled', attempts: 1 },
    ]);
  });

  it('tells that it is dead, with its letter', async () => {
    const [outcome] = await outcomesOf(failing(), '"bad"');
    const [letter] = await bench.letters();
    expect(outcome).toMatchObject({ status: 'dead', attempts: 1, deadLetterId: letter?.id });
  });

  it('tells that it is held behind one that is dead', async () => {
    expect(await outcomesOf(failing(), '"bad"', '1')).toMatchObject([{ status: 'held' }]);
  });

  it('tells that it was skipped', async () => {
    expect(await outcomesOf(failing({ decide: () => ({ kind: 'skip' }) }), '"bad"')).toMatchObject([
      { status: 'skipped' },
    ]);
  });

  it('also where it was handled before, or another process does it', async () => {
    const handling = subscription(() => undefined);
    const one = await bench.deliver(handling, { store: await bench.handle() });
    const event = anEvent();
    const [at] = await bench.publish(event);
    await one.idle();
    const two = await bench.deliver(handling, { store: await bench.handle() });
    let outcomes: readonly Outcome[] = [];
    void two.whenHandled({ id: event.id, position: at ?? position(1) }).then((told) => {
      outcomes = told;
    });
    await bench.until(() => outcomes.length === 1, 'an outcome');
    expect(outcomes).toMatchObject([{ status: 'handled' }]);
  });

  it('ends with the reason of its signal', async () => {
    const deliveries = await bench.deliver(subscription(() => new Promise(() => undefined)));
    const event = anEvent();
    const [at = position(1)] = await bench.publish(event);
    const controller = new AbortController();
    const waiting = deliveries.whenHandled({ id: event.id, position: at }, [NAME], controller.signal);
    await bench.clock.advance(50);
    controller.abort(new MortarError('MORTAR_WAIT_TIMEOUT', { rule: 'R.', expected: 'e', got: 'g' }));
    expect((await rejectionOf(waiting)).code).toBe('MORTAR_WAIT_TIMEOUT');
  });

  it('tells that it is dead where its letter was discarded before anybody looked', async () => {
    const deliveries = await bench.deliver(failing());
    const event = anEvent({ payload: '"bad"' });
    const [at = position(1)] = await bench.publish(event);
    await deliveries.idle();
    const [letter] = await bench.letters();
    await bench.store.deadLetters.change(letter?.id ?? '', 'dead', 'discarded');
    await deliveries.idle();
    let outcomes: readonly Outcome[] = [];
    void deliveries.whenHandled({ id: event.id, position: at }).then((told) => {
      outcomes = told;
    });
    await bench.until(() => outcomes.length > 0, 'an outcome');
    expect(outcomes).toMatchObject([{ status: 'dead', deadLetterId: letter?.id }]);
  });

  it('ends with the stop, and from then on at once', async () => {
    const deliveries = await bench.deliver(subscription(() => new Promise(() => undefined)));
    const event = anEvent({ key: 'k' });
    const [at = position(1)] = await bench.publish(event);
    const awaited = { id: event.id, position: at, orderKey: 'k' };
    const waits = [
      rejectionOf(deliveries.whenHandled(awaited)),
      rejectionOf(deliveries.whenHandled(awaited)),
    ];
    await bench.clock.advance(50);
    const stopping = deliveries.stop({ timeoutMs: 0 });
    await bench.clock.advance(50);
    await stopping;
    for (const error of await Promise.all(waits)) expect(error.code).toBe('MORTAR_BUS_STOPPED');
    expect((await rejectionOf(deliveries.whenHandled(awaited))).code).toBe('MORTAR_BUS_STOPPED');
  });

  it('refuses an event that is not there', async () => {
    const deliveries = await bench.deliver(subscription(() => undefined));
    expect((await rejectionOf(deliveries.whenHandled({ id: 'x', position: position(9) }))).code).toBe(
      'MORTAR_OPTIONS_INVALID',
    );
    expect(await deliveries.whenHandled({ id: 'x', position: position(9) }, ['no such'])).toEqual([]);
  });
});

describe('a pause', () => {
  it('ends deliveries in every process, and what came meanwhile follows', async () => {
    const seen: number[] = [];
    const handling = subscription(([one]) => void seen.push(one?.event.position ?? 0));
    const one = await bench.deliver(handling, { store: await bench.handle() });
    const two = await bench.deliver(handling, { store: await bench.handle() });
    await one.pause(NAME, 'ada');
    await bench.clock.advance(3_000);
    await bench.publish(anEvent(), anEvent(), anEvent());
    await bench.clock.advance(10_000);
    expect(seen).toEqual([]);
    expect((await two.status()).subscriptions[0]?.state).toBe('paused');
    await two.resume(NAME, 'ada');
    await bench.until(() => seen.length === 3, 'what came meanwhile');
    expect((await bench.store.deadLetters.audit()).map(({ action, actor }) => [action, actor])).toEqual([
      ['resume', 'ada'],
      ['pause', 'ada'],
    ]);
  });
});

describe('an outage', () => {
  const unavailable = (): MortarError =>
    new MortarError('MORTAR_CIRCUIT_OPEN', { rule: 'R.', expected: 'e', got: 'g' });

  it('of what handlers need fills no ledger, is probed now and then, and ends by itself', async () => {
    let [isOut, calls] = [true, 0];
    const deliveries = await bench.deliver(
      subscription(() => {
        calls += 1;
        if (isOut) throw unavailable();
        return undefined;
      }),
    );
    await bench.publish(...Array.from({ length: 200 }, () => anEvent()));
    await bench.clock.advance(60_000);
    expect(calls).toBeGreaterThan(16);
    expect(calls).toBeLessThan(40);
    expect((await deliveries.status()).subscriptions[0]?.state).toBe('out');
    expect(await bench.held()).toEqual([]);
    expect(await bench.letters()).toEqual([]);
    [isOut, calls] = [false, 0];
    await bench.clock.advance(10_100);
    await deliveries.idle();
    expect(calls).toBe(200);
    expect((await deliveries.status()).subscriptions[0]?.state).toBe('running');
  });

  it('is said by 20 failures in a row, after which few are tried', async () => {
    let calls = 0;
    const deliveries = await bench.deliver(
      subscription(
        () => {
          calls += 1;
          throw new Error('no connection');
        },
        { concurrency: 4 },
      ),
    );
    await bench.publish(...Array.from({ length: 500 }, () => anEvent()));
    await bench.clock.advance(5_000);
    expect(calls).toBeGreaterThanOrEqual(20);
    expect(calls).toBeLessThan(35);
    expect(await bench.letters()).toHaveLength(calls);
    expect((await deliveries.status()).subscriptions[0]).toMatchObject({ state: 'out' });
  });

  it('is not said by events that are bad themselves', async () => {
    const deliveries = await bench.deliver(
      subscription(() => {
        throw new MortarError('MORTAR_DATA_INVALID', { rule: 'R.', expected: 'e', got: 'g' });
      }),
    );
    await bench.publish(...Array.from({ length: 50 }, () => anEvent()));
    await deliveries.idle();
    expect(await bench.letters()).toHaveLength(50);
  });

  it('that one event alone sees is its own failure', async () => {
    const deliveries = await bench.deliver(
      subscription(
        ([one]) => {
          if (one?.event.data === 'bad') throw unavailable();
          return undefined;
        },
        { concurrency: 1 },
      ),
    );
    await bench.publish(anEvent({ payload: '"bad"' }), ...Array.from({ length: 30 }, () => anEvent()));
    await bench.until(async () => (await bench.letters()).length === 1, 'a dead letter');
    await deliveries.idle();
    expect((await deliveries.status()).subscriptions[0]?.state).toBe('running');
  });

  it('of the store keeps what was done, commits it once, and begins nothing meanwhile', async () => {
    const store = await bench.handle();
    let isDown = false;
    const deliveriesOfStore = new Proxy(store.deliveries, {
      get(target, name) {
        const member: unknown = Reflect.get(target, name);
        if (typeof member !== 'function') return member;
        return (...parameters: unknown[]) =>
          isDown && name === 'commit'
            ? Promise.reject(
                new MortarError('MORTAR_STORE_UNAVAILABLE', { rule: 'R.', expected: 'e', got: 'g' }),
              )
            : member.apply(target, parameters);
      },
    });
    let calls = 0;
    const made = anEvent({ type: 'made' });
    const deliveries = await bench.deliver(
      subscription(
        () => {
          calls += 1;
          return { writes: [], appends: [{ events: [{ ...made, id: anEvent().id }] }] };
        },
        { types: ['shop.order-placed'] },
      ),
      { store: { ...store, deliveries: deliveriesOfStore } },
    );
    isDown = true;
    await bench.publish(...Array.from({ length: 10 }, () => anEvent()));
    await bench.clock.advance(20_000);
    await bench.publish(...Array.from({ length: 10 }, () => anEvent()));
    await bench.clock.advance(20_000);
    expect(calls).toBe(10);
    isDown = false;
    await bench.clock.advance(10_000);
    await deliveries.idle();
    expect(calls).toBe(20);
    expect((await bench.store.events.statistics({ types: ['made'] })).events).toBe(20);
    expect(await bench.letters()).toEqual([]);
  });
});

describe('what is over', () => {
  it('is removed when it was kept for long enough', async () => {
    const retention = { endedLettersMs: 60_000, inboxMs: 60_000, auditMs: 120_000 };
    const deliveries = await bench.deliver(
      subscription(() => {
        throw new Error('no');
      }),
      { retention },
    );
    await bench.publish(anEvent());
    await deliveries.idle();
    const job = await bench.store.deadLetters.startJob({ filter: {}, actor: 'ada' });
    await bench.until(
      async () => (await bench.store.deadLetters.job(job.id))?.state === 'done',
      'a job ends',
    );
    expect(await deliveries.cleanUp()).toEqual({ letters: 0, units: 0, records: 0 });
    await bench.clock.advance(60_001);
    expect(await deliveries.cleanUp()).toEqual({ letters: 0, units: 0, records: 1 });
    expect(await bench.store.deadLetters.jobs()).toEqual([]);
    expect(await bench.store.deadLetters.audit()).toMatchObject([{ action: 'startJob', actor: 'ada' }]);
    await bench.clock.advance(60_000);
    expect(await deliveries.cleanUp()).toEqual({ letters: 0, units: 0, records: 1 });
    expect(await bench.store.deadLetters.audit()).toEqual([]);
  });

  it('are announcements of processes that were killed', async () => {
    await bench.deliver(subscription(() => undefined));
    for (let index = 0; index < 100; index += 1)
      await bench.store.deliveries.announce(`killed ${index}`, [NAME], 1_000);
    await bench.clock.advance(10_000);
    expect(bench.log.deliveries.owners.size).toBe(1);
  });
});

describe('forgetting a subscription', () => {
  const code = async (forgetting: Promise<void>): Promise<string> => (await rejectionOf(forgetting)).code;

  it('is refused while this process or another has it', async () => {
    const one = await bench.deliver(subscription(() => undefined));
    const two = await bench.deliver([], { store: await bench.handle() });
    expect(await code(one.forget(NAME))).toBe('MORTAR_SUBSCRIPTION_IN_USE');
    expect(await code(two.forget(NAME))).toBe('MORTAR_SUBSCRIPTION_IN_USE');
    expect(await bench.store.deliveries.subscriptions()).toHaveLength(1);
    await one.stop();
    await two.forget(NAME, 'ada');
    expect(await bench.store.deliveries.subscriptions()).toEqual([]);
    expect(await bench.store.deadLetters.audit()).toMatchObject([
      { action: 'forget', subscription: NAME, actor: 'ada' },
    ]);
    expect(bench.log.deliveries.owners.size).toBe(0);
  });

  it('does nothing for one that is not known', async () => {
    const deliveries = await bench.deliver([]);
    await deliveries.forget('no such');
    expect(await bench.store.deadLetters.audit()).toEqual([]);
  });
});
