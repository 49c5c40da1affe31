import { describe, expect, test } from 'vitest';
import {
  deduplication,
  type EventContext,
  type HandleMiddleware,
  type PublishMiddleware,
} from '../../../src/bus/index.js';
import { Unconfirmed } from '../../../src/bus/internal/units/unconfirmed.js';
import { createEnvelope, type Envelope, newId } from '../../../src/contracts/index.js';
import type { MemoryTransaction } from '../../../src/memory/index.js';
import { retry } from '../../../src/resilience/index.js';
import { LogBook } from '../../support/log-book.js';
import { errorOf, Latch, upTo, watched } from '../../support/parcels.js';
import { settled } from '../../support/virtual-clock.js';
import { Refill, SoldOut, Stock, Take, Taken, takeOut } from './stock.js';

type TakenContext = EventContext<typeof Taken>;

const NEVER_ABORTED = new AbortController().signal;
const taken = (count: number): Envelope => createEnvelope(Taken, { item: 'book', count });
const once = (...envelopes: readonly Envelope[]) => envelopes.map((envelope) => ({ envelope, attempt: 1 }));

describe('an attempt to handle an event of the log', () => {
  test('answers with what the handler did, and commits nothing itself', async () => {
    const stock = new Stock();
    const bus = stock.bus();
    const seen: unknown[] = [];
    const desk = bus.logHandlers.subscribe(
      Taken,
      { name: 'stock/desk', module: 'stock' },
      async ({ data, envelope, attempt, idempotencyKey, publish, write }: TakenContext) => {
        seen.push(data.count, attempt, idempotencyKey === `${envelope.id}:stock/desk`);
        await publish(SoldOut, { item: data.item });
        await write((tx: MemoryTransaction) => takeOut(tx, data.item, data.count));
      },
    );
    const envelope = taken(4);
    const work = await desk.attempt([{ envelope, attempt: 3 }], NEVER_ABORTED);
    expect(seen).toEqual([4, 3, true]);
    expect(await stock.told()).toEqual([]);
    const [outcome] = await stock.units.commit([{ id: envelope.id, writes: [], appends: [], ...work }]);
    expect(outcome?.ok).toBe(true);
    const [entry] = await stock.entries();
    expect(entry).toMatchObject({ causationId: envelope.id, correlationId: envelope.id });
    expect(stock.left('book')).toBe(6);
  });

  test('answers with nothing where there is nothing to commit, and rejects with what the handler throws', async () => {
    const stock = new Stock();
    const bus = stock.bus();
    const broken = new Error('broken');
    const idle = bus.logHandlers.subscribe(Taken, { name: 'idle' }, () => undefined);
    const failing = bus.logHandlers.subscribe(
      Taken,
      { name: 'failing' },
      async ({ publish }: TakenContext) => {
        await publish(SoldOut, { item: 'book' });
        throw broken;
      },
    );
    expect(await idle.attempt(once(taken(1)), NEVER_ABORTED)).toBeUndefined();
    expect(await errorOf(failing.attempt(once(taken(1)), NEVER_ABORTED))).toBe(broken);
    expect(bus.open).toBe(0);
  });

  test('goes through the handle middleware, and is listed among the handlers', async () => {
    const stock = new Stock();
    const passed: string[] = [];
    const handle: HandleMiddleware = async (context, next) => {
      passed.push(`${context.handler.name} ${context.type} ${context.attempt}`);
      await next(context);
    };
    const bus = stock.bus({ middleware: { handle: [handle] } });
    const desk = bus.logHandlers.subscribe([Taken, SoldOut], { name: 'desk' }, () => undefined);
    await desk.attempt([{ envelope: taken(1), attempt: 2 }], NEVER_ABORTED);
    expect(passed).toEqual(['desk stock.taken 2']);
    expect(bus.handlers.of('stock.sold-out').map(({ name }) => name)).toEqual(['desk']);
  });

  test('is limited by its time, and by its guards, of whose calls the last counts', async () => {
    const stock = new Stock();
    const bus = stock.bus();
    const slow = bus.logHandlers.subscribe(
      Taken,
      { name: 'slow', timeoutMs: 50 },
      ({ signal }: TakenContext) => new Promise((_, reject) => signal.addEventListener('abort', reject)),
    );
    const attempt = errorOf(slow.attempt(once(taken(1)), NEVER_ABORTED));
    await stock.clock.advance(50);
    expect(await attempt).toMatchObject({ code: 'MORTAR_HANDLER_TIMEOUT' });
    let calls = 0;
    const guarded = bus.logHandlers.subscribe(
      Taken,
      { name: 'guarded', guards: [retry({ attempts: 3, backoff: { kind: 'fixed', delayMs: 0 } })] },
      async ({ publish, write }: TakenContext) => {
        calls += 1;
        await publish(SoldOut, { item: `${calls}` });
        await write(() => undefined);
        if (calls < 3) throw new Error('again');
      },
    );
    const work = await guarded.attempt(once(taken(1)), NEVER_ABORTED);
    expect(work?.writes).toHaveLength(1);
    expect(work?.appends.flatMap(({ events }) => events.map(({ payload }) => payload))).toEqual([
      '{"item":"3"}',
    ]);
  });

  test('given an abort, then it is over at once, and what the handler does from then on is refused', async () => {
    const stock = new Stock();
    const book = new LogBook();
    const bus = stock.bus({ logger: book });
    const latch = new Latch();
    const refused: unknown[] = [];
    const desk = bus.logHandlers.subscribe(Taken, { name: 'desk' }, async (context: TakenContext) => {
      const { publish, signal } = context;
      await latch.opened;
      refused.push(signal.reason, await errorOf(publish(SoldOut, { item: 'book' })));
    });
    const lease = new AbortController();
    const lost = new Error('the lease is lost');
    const attempt = errorOf(desk.attempt(once(taken(1)), lease.signal));
    lease.abort(lost);
    expect(await attempt).toBe(lost);
    expect(bus.open).toBe(0);
    latch.open();
    await settled();
    expect(refused).toMatchObject([lost, { code: 'MORTAR_CONTEXT_CLOSED' }]);
    expect(await errorOf(desk.attempt(once(taken(1)), lease.signal))).toBe(lost);
  });

  test('given a synchronous handler, then a refusal that it could not wait for is its error', async () => {
    const stock = new Stock();
    const bus = stock.bus();
    const desk = bus.logHandlers.subscribe(Taken, { name: 'desk' }, ({ publish }: TakenContext) => {
      publish(SoldOut, { item: 5 as never });
    });
    expect(await errorOf(desk.attempt(once(taken(1)), NEVER_ABORTED))).toMatchObject({
      code: 'MORTAR_DATA_INVALID',
    });
  });

  test('tells publish middleware of what was let through and is not published after all', async () => {
    const stock = new Stock();
    const withdrawn: string[] = [];
    const passOn: PublishMiddleware = (envelope, next) => next(envelope);
    const middleware = Object.assign(passOn, {
      withdrawn: ({ type }: Envelope) => void withdrawn.push(type),
    });
    const bus = stock.bus({ middleware: { publish: [middleware] } });
    const desk = bus.logHandlers.subscribe(Taken, { name: 'desk' }, async ({ publish }: TakenContext) => {
      await publish(SoldOut, { item: 'book' });
      throw new Error('broken');
    });
    await errorOf(desk.attempt(once(taken(1)), NEVER_ABORTED));
    expect(withdrawn).toEqual(['stock.sold-out']);
  });
});

describe('what is published from outside', () => {
  test('and can not be committed is withdrawn, so that it may be published again with its id', async () => {
    const stock = new Stock();
    const away = new Error('the store is away');
    let isAway = true;
    const bus = stock.bus(
      { middleware: { publish: [deduplication()] } },
      {
        commit: async (units) => (isAway ? [{ ok: false, error: away }] : stock.units.commit(units)),
        findResult: (key) => stock.units.findResult(key),
      },
    );
    const id = newId();
    const publish = () => bus.publisher.publish(SoldOut, { item: 'book' }, { id });
    expect(await errorOf(publish())).toBe(away);
    isAway = false;
    expect(await publish()).toMatchObject({ position: 1, envelope: { id } });
    expect(await publish()).toBeUndefined();
    expect(await stock.entries()).toHaveLength(1);
  });

  test('twice with one id, by two processes, is there once, whenever it occurred', async () => {
    const stock = new Stock();
    const id = newId();
    const first = await stock.bus().publisher.publish(SoldOut, { item: 'book' }, { id });
    await stock.clock.advance(5_000);
    const second = await stock.bus().publisher.publish(SoldOut, { item: 'book' }, { id });
    expect(second?.position).toBe(first?.position);
    const other = stock.bus().publisher.publish(SoldOut, { item: 'pen' }, { id });
    expect(await errorOf(other)).toMatchObject({ code: 'MORTAR_EVENT_DUPLICATE' });
    expect(await stock.entries()).toHaveLength(1);
  });

  test('together is there together, or not at all', async () => {
    const stock = new Stock();
    const { publisher } = stock.bus();
    const made = upTo(3).map((no) => ({
      event: SoldOut,
      envelope: createEnvelope(SoldOut, { item: `${no}` }),
    }));
    const published = await publisher.publishAll(made);
    expect(published.map(({ position }) => position)).toEqual([1, 2, 3]);
    const bad = { event: SoldOut, envelope: { ...createEnvelope(SoldOut, { item: 'x' }), data: () => 1 } };
    expect(await errorOf(publisher.publishAll([...made, bad]))).toMatchObject({ category: 'validation' });
    expect(await stock.entries()).toHaveLength(3);
  });
});

describe('an attempt whose work could not be committed', () => {
  test('is withdrawn when the event is attempted again, so that an id may come twice', async () => {
    const stock = new Stock();
    const bus = stock.bus({ middleware: { publish: [deduplication()] } });
    const id = newId();
    const desk = bus.logHandlers.subscribe(Taken, { name: 'desk' }, async ({ publish }: TakenContext) => {
      await publish(SoldOut, { item: 'book' }, { id });
    });
    const envelope = taken(1);
    const idsOf = async (attempt: number): Promise<readonly string[] | undefined> =>
      (await desk.attempt([{ envelope, attempt }], NEVER_ABORTED))?.appends.flatMap(({ events }) =>
        events.map((event) => event.id),
      );
    expect(await idsOf(1)).toEqual([id]);
    expect(await idsOf(2)).toEqual([id]);
  });

  test('is remembered for so many deliveries only', () => {
    const unconfirmed = new Unconfirmed();
    for (const no of upTo(10_001)) unconfirmed.add(`${no}`, [taken(no)]);
    expect(unconfirmed.take('1')).toBeUndefined();
    expect(unconfirmed.take('2')).toMatchObject([{ data: { count: 2 } }]);
    expect(unconfirmed.take('2')).toBeUndefined();
  });
});

describe('a batch of the log', () => {
  test('is one call and one unit, in the order of its events', async () => {
    const stock = new Stock();
    const bus = stock.bus();
    let calls = 0;
    const desk = bus.logHandlers.subscribe(
      Taken,
      { name: 'desk', batch: { size: 3, withinMs: 5 } },
      async (batch: readonly TakenContext[]) => {
        calls += 1;
        for (const { data, publish, write } of batch.toReversed()) {
          await publish(SoldOut, { item: `${data.count}` });
          await write((tx: MemoryTransaction) => takeOut(tx, data.item, data.count));
        }
      },
    );
    const work = await desk.attempt(once(...upTo(3).map(taken)), NEVER_ABORTED);
    expect(calls).toBe(1);
    const payloads = work?.appends.flatMap(({ events }) => events.map(({ payload }) => payload));
    expect(payloads).toEqual(['{"item":"3"}', '{"item":"2"}', '{"item":"1"}']);
    expect(work?.writes).toHaveLength(3);
  });

  test('that fails has done nothing for any of them', async () => {
    const stock = new Stock();
    const bus = stock.bus();
    const broken = new Error('broken');
    const contexts: TakenContext[] = [];
    const desk = bus.logHandlers.subscribe(
      Taken,
      { name: 'desk', batch: { size: 3, withinMs: 5 } },
      async (batch: readonly TakenContext[]) => {
        contexts.push(...batch);
        await batch[1]?.publish(SoldOut, { item: 'book' });
        throw broken;
      },
    );
    expect(await errorOf(desk.attempt(once(...upTo(3).map(taken)), NEVER_ABORTED))).toBe(broken);
    for (const { publish } of contexts) {
      expect(await errorOf(publish(SoldOut, { item: 'late' }))).toMatchObject({
        code: 'MORTAR_CONTEXT_CLOSED',
      });
    }
  });
});

describe('a drain', () => {
  test('waits for attempts, commands and commits under way, and refuses what comes from outside', async () => {
    const stock = new Stock();
    const bus = stock.bus();
    const latch = new Latch();
    bus.requests.handle(Take, async ({ publish }) => {
      await publish(Taken, { item: 'book', count: 1 });
      return { left: 1 };
    });
    const desk = bus.logHandlers.subscribe(SoldOut, { name: 'desk' }, async ({ dispatch }: TakenContext) => {
      await latch.opened;
      await dispatch(Take, { item: 'book' });
    });
    const attempt = desk.attempt(once(createEnvelope(SoldOut, { item: 'book' })), NEVER_ABORTED);
    const stop = watched(bus.stop());
    await settled();
    expect(stop.isSettled).toBe(false);
    expect(await errorOf(bus.publisher.publish(SoldOut, { item: 'late' }))).toMatchObject({
      code: 'MORTAR_BUS_STOPPED',
    });
    latch.open();
    expect(await stop.promise).toEqual({ isDrained: true, givenUp: 0 });
    expect((await attempt)?.forget).toHaveLength(1);
    expect(await stock.entries()).toHaveLength(1);
  });

  test('waits for what is being published from outside', async () => {
    const stock = new Stock();
    const latch = new Latch();
    const bus = stock.bus(
      {},
      {
        commit: async (units) => {
          await latch.opened;
          return stock.units.commit(units);
        },
        findResult: (key) => stock.units.findResult(key),
      },
    );
    const publishing = bus.publisher.publish(SoldOut, { item: 'book' });
    await settled();
    const stop = watched(bus.stop());
    await settled();
    expect([bus.open, stop.isSettled]).toEqual([1, false]);
    latch.open();
    expect(await publishing).toMatchObject({ position: 1 });
    expect(await stop.promise).toEqual({ isDrained: true, givenUp: 0 });
  });

  test('that a handler asks for waits for the others', async () => {
    const stock = new Stock();
    const bus = stock.bus();
    const latch = new Latch();
    const slow = bus.logHandlers.subscribe(Taken, { name: 'slow' }, () => latch.opened);
    let stop: ReturnType<typeof watched<unknown>> | undefined;
    const stopping = bus.logHandlers.subscribe(SoldOut, { name: 'stopping' }, async () => {
      await settled();
      stop = watched(bus.stop());
      await stop.promise;
    });
    const attempts = [
      slow.attempt(once(taken(1)), NEVER_ABORTED),
      stopping.attempt(once(createEnvelope(SoldOut, { item: 'book' })), NEVER_ABORTED),
    ];
    await settled(10);
    expect(stop?.isSettled).toBe(false);
    latch.open();
    await Promise.all(attempts);
    expect(await stop?.promise).toEqual({ isDrained: true, givenUp: 0 });
  });

  test('gives up, when its time is over, what still runs, and counts it', async () => {
    const stock = new Stock();
    const bus = stock.bus();
    const desk = bus.logHandlers.subscribe(Taken, { name: 'desk' }, () => new Promise(() => undefined));
    const attempt = errorOf(desk.attempt(once(taken(1)), NEVER_ABORTED));
    const stop = bus.stop({ timeoutMs: 100 });
    await stock.clock.advance(100);
    expect(await stop).toEqual({ isDrained: false, givenUp: 1 });
    expect(await attempt).toMatchObject({ code: 'MORTAR_HANDLER_ABORTED' });
  });

  test('does not wait for a handler that waits for it: of the log, of a command, within a transaction', async () => {
    for (const where of ['log', 'command', 'within'] as const) {
      const stock = new Stock();
      const bus = stock.bus();
      const reports: unknown[] = [];
      const stopHere = async (): Promise<void> => {
        await settled();
        reports.push(await bus.stop());
      };
      bus.requests.handle(Refill, async ({ publish }) => {
        if (where === 'command') await stopHere();
        else await publish(Taken, { item: 'book', count: 1 });
      });
      if (where === 'within') bus.logHandlers.subscribeWithin(Taken, { name: 'within' }, stopHere);
      const desk = bus.logHandlers.subscribe(
        SoldOut,
        { name: 'desk' },
        async ({ dispatch }: TakenContext) => {
          if (where === 'log') await stopHere();
          else await dispatch(Refill, { item: 'book', to: 1 });
        },
      );
      await desk.attempt(once(createEnvelope(SoldOut, { item: 'book' })), NEVER_ABORTED);
      expect(reports, where).toEqual([{ isDrained: true, givenUp: 0 }]);
      expect(await stock.entries(), where).toHaveLength(where === 'within' ? 1 : 0);
    }
  });
});
