import { getEventListeners } from 'node:events';
import { describe, expect, test } from 'vitest';
import { MortarError } from '../../../src/errors/index.js';
import { errorOf, FloatingRejections, rejectionOf, upTo, watched } from '../../support/parcels.js';
import { settled } from '../../support/virtual-clock.js';
import { Balance, Opened, openShop, Paid, Pay, Refund } from './till.js';

const ORDER = { order: 'a' };

/** How many listeners a signal has. */
function listenersOf(signal: AbortSignal): number {
  return getEventListeners(signal, 'abort').length;
}

describe('a time limit', () => {
  test('given a handler that goes on, when the time is up, then the caller gets MORTAR_REQUEST_TIMEOUT and the handler its signal', async () => {
    const { requests, clock, till } = openShop();
    const waiting = watched(requests.dispatch(Pay, ORDER, { timeoutMs: 100 }));
    await clock.advance(99);
    expect(waiting.isSettled).toBe(false);
    const { signal } = till.calls[0] ?? {};
    expect(signal?.aborted).toBe(false);
    await clock.advance(1);
    const error = await errorOf(waiting.promise);
    expect(error).toMatchObject({ code: 'MORTAR_REQUEST_TIMEOUT', category: 'timeout' });
    expect((error as MortarError).message).toContain('till.pay within 100 ms');
    expect(signal?.reason).toBe(error);
    expect(clock.pending).toBe(0);
  });

  test('given a handler that publishes before and after its time is up, when it ends, then nothing of it is sent', async () => {
    const { requests, events, clock, paid } = openShop();
    const late: string[] = [];
    requests.handle(Refund, async ({ publish, signal }) => {
      await publish(Paid, { order: 'before' });
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      late.push(await rejectionOf(publish(Paid, { order: 'after' })));
    });
    const waiting = errorOf(requests.dispatch(Refund, ORDER, { timeoutMs: 5 }));
    await clock.advance(5);
    await waiting;
    await events.idle();
    expect([late, paid]).toEqual([['MORTAR_CONTEXT_CLOSED'], []]);
  });

  test('given a handler that ends in time, when it has ended, then no timer is left', async () => {
    const { requests, clock, till, paid } = openShop();
    const waiting = requests.dispatch(Pay, ORDER, { timeoutMs: 100 });
    await settled();
    expect(clock.pending).toBe(1);
    till.finish(1);
    expect(await waiting).toEqual({ receipt: 'a 1' });
    expect(clock.pending).toBe(0);
    await settled();
    expect(paid).toEqual(['a']);
  });

  test('given a handler that fails, when it has failed, then its error comes back and no timer is left', async () => {
    const { requests, clock, till } = openShop();
    const waiting = errorOf(requests.dispatch(Pay, ORDER, { timeoutMs: 100 }));
    await settled();
    const error = new Error('no change');
    till.fail(1, error);
    expect(await waiting).toBe(error);
    expect(clock.pending).toBe(0);
  });

  test('given a handler that fails long after its time, when it does, then nobody hears of it', async () => {
    using floating = new FloatingRejections();
    const { requests, clock, till } = openShop();
    const waiting = errorOf(requests.dispatch(Pay, ORDER, { timeoutMs: 1 }));
    await clock.advance(1);
    await waiting;
    till.fail(1, new Error('late'));
    await settled();
    expect(floating.reasons).toEqual([]);
  });

  test('given a handler that heeds no signal, when its caller has given up, then a stop does not wait for it', async () => {
    const { bus, requests, clock } = openShop();
    requests.answer(Balance, () => new Promise(() => undefined));
    const waiting = errorOf(requests.ask(Balance, { account: 'x' }, { timeoutMs: 1 }));
    await clock.advance(1);
    await waiting;
    expect(await bus.stop()).toEqual({ isDrained: true, givenUp: 0 });
  });
});

describe('a signal', () => {
  test('given a handler that goes on, when the caller aborts, then it gets the reason at once, and so does the handler', async () => {
    const { requests, till } = openShop();
    const controller = new AbortController();
    const reason = new Error('gone home');
    const waiting = errorOf(requests.dispatch(Pay, ORDER, { signal: controller.signal }));
    await settled();
    const { signal } = till.calls[0] ?? {};
    expect(listenersOf(controller.signal)).toBe(1);
    controller.abort(reason);
    expect(signal?.reason).toBe(reason);
    expect(await waiting).toBe(reason);
    expect(listenersOf(controller.signal)).toBe(0);
  });

  test('given a signal that is aborted already, when a command is dispatched, then its handler never starts', async () => {
    const { requests, till } = openShop();
    const reason = new Error('never mind');
    const signal = AbortSignal.abort(reason);
    expect(await errorOf(requests.dispatch(Pay, ORDER, { signal }))).toBe(reason);
    expect(await errorOf(requests.dispatch(Pay, ORDER, { signal, idempotencyKey: 'k' }))).toBe(reason);
    expect(till.calls).toEqual([]);
  });

  test('given a handler that aborts the signal of its caller before it goes on, then the caller gets the reason', async () => {
    const { requests } = openShop();
    const controller = new AbortController();
    requests.handle(Refund, async () => {
      controller.abort('by the handler');
      await new Promise(() => undefined);
    });
    expect(await errorOf(requests.dispatch(Refund, ORDER, { signal: controller.signal }))).toBe(
      'by the handler',
    );
  });

  test('given many requests with one signal, when they end well or not, then it has no listener left', async () => {
    const { requests, till } = openShop();
    const { signal } = new AbortController();
    const all = [1, 2, 3, 4].map((no) =>
      requests.dispatch(Pay, { order: `${no}` }, { signal, timeoutMs: 50 }),
    );
    await settled();
    expect(listenersOf(signal)).toBe(1);
    for (const no of [1, 3]) till.finish(no);
    for (const no of [2, 4]) till.fail(no, new Error('jam'));
    await Promise.allSettled(all);
    expect(listenersOf(signal)).toBe(0);
  });

  test('given hundreds of requests with one signal, when it is aborted, then all get its reason, and nobody is warned of a leak', async () => {
    const { requests } = openShop();
    const warned: unknown[] = [];
    const hear = (warning: Error): void => void warned.push(warning.name);
    process.on('warning', hear);
    const controller = new AbortController();
    const all = upTo(300).map((no) =>
      errorOf(requests.dispatch(Pay, { order: `${no}` }, { signal: controller.signal })),
    );
    await new Promise((resolve) => setImmediate(resolve));
    controller.abort('enough');
    expect(new Set(await Promise.all(all))).toEqual(new Set(['enough']));
    process.off('warning', hear);
    expect(warned).toEqual([]);
  });
});

describe('terms of a handler', () => {
  test('given a handler that dispatches and asks with terms, when time is up, then its own call fails, and correlation carries on', async () => {
    const { requests, events, clock, till } = openShop();
    const codes: string[] = [];
    requests.answer(Balance, () => new Promise(() => undefined));
    events.subscribe(Opened, async ({ dispatch, ask }) => {
      codes.push(await rejectionOf(dispatch(Pay, ORDER, { timeoutMs: 10 })));
      codes.push(await rejectionOf(ask(Balance, { account: 'x' }, { timeoutMs: 10 })));
    });
    const delivery = events.deliver(
      Opened,
      { day: 1 },
      { correlationId: 'request-7', tenant: 'north', actor: 'eve' },
    );
    await clock.advance(20);
    expect((await delivery)[0]).toMatchObject({ status: 'handled' });
    expect(codes).toEqual(['MORTAR_REQUEST_TIMEOUT', 'MORTAR_REQUEST_TIMEOUT']);
    expect(till.calls[0]?.envelope).toMatchObject({
      correlationId: 'request-7',
      tenant: 'north',
      actor: 'eve',
    });
  });

  test('given a handler that would speak for another, when it says so, then it is refused', async () => {
    const { requests, events } = openShop();
    const codes: string[] = [];
    requests.answer(Balance, () => ({ cents: 1 }));
    events.subscribe(Opened, async ({ dispatch, ask }) => {
      for (const field of ['actor', 'tenant', 'correlationId'])
        codes.push(await rejectionOf(dispatch(Pay, ORDER, { [field]: 'someone' })));
      codes.push(await rejectionOf(ask(Balance, { account: 'x' }, { idempotencyKey: 'k' } as never)));
    });
    await events.deliver(Opened, { day: 1 });
    expect(new Set(codes)).toEqual(new Set(['MORTAR_OPTIONS_INVALID']));
    expect(codes).toHaveLength(4);
  });

  test('given a handler that passes its own signal on, when its caller gives up, then what it asked for is aborted too', async () => {
    const { requests, clock, till } = openShop();
    requests.handle(Refund, async ({ dispatch, signal }) => void (await dispatch(Pay, ORDER, { signal })));
    const waiting = errorOf(requests.dispatch(Refund, ORDER, { timeoutMs: 3 }));
    await clock.advance(3);
    const error = await waiting;
    expect(error).toBeInstanceOf(MortarError);
    expect(till.calls[0]?.signal.reason).toBe(error);
  });

  test('given a command dispatched by an event, when its handler stops the bus and waits for that, then the stop does not wait for either', async () => {
    const { bus, requests, events } = openShop();
    const reports: unknown[] = [];
    requests.handle(Refund, async () => {
      await settled();
      reports.push(await bus.stop());
    });
    events.subscribe(Opened, async ({ dispatch }) => {
      await settled();
      await dispatch(Refund, ORDER);
    });
    await events.deliver(Opened, { day: 1 });
    expect(reports).toEqual([{ isDrained: true, givenUp: 0 }]);
  });
});
