import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { command } from '../../../../src/contracts/index.js';
import { errorOf, Latch, rejectionOf, watched } from '../../../support/parcels.js';
import { settled } from '../../../support/virtual-clock.js';
import { openShop, Pay, Refund } from '../till.js';

const KEY = { idempotencyKey: 'k' };
const ORDER = { order: 'a' };

/** A shop whose payment under a key goes on, though its callers have given it up. */
async function abandonedShop() {
  const shop = openShop();
  const { requests, clock } = shop;
  const waiting = rejectionOf(requests.dispatch(Pay, ORDER, { ...KEY, timeoutMs: 1 }));
  await clock.advance(1);
  expect(await waiting).toBe('MORTAR_REQUEST_TIMEOUT');
  return shop;
}

describe('a command with a key that its callers have given up', () => {
  test('given two who wait, when both have given up, then the handler is aborted with the last reason, and goes on', async () => {
    const { requests, till } = openShop();
    const [one, two] = [new AbortController(), new AbortController()];
    const waiting = [one, two].map(({ signal }) =>
      errorOf(requests.dispatch(Pay, ORDER, { ...KEY, signal })),
    );
    one.abort('first');
    expect(till.calls[0]?.signal.aborted).toBe(false);
    two.abort('second');
    expect(till.calls[0]?.signal.reason).toBe('second');
    expect(await Promise.all(waiting)).toEqual(['first', 'second']);
  });

  test('given a handler that succeeds all the same, when it is sent again before or after that, then that has its result', async () => {
    const { requests, events, till, paid } = await abandonedShop();
    const again = [1, 2].map(() => watched(requests.dispatch(Pay, ORDER, KEY)));
    await settled();
    expect([till.calls.length, ...again.map(({ isSettled }) => isSettled)]).toEqual([1, false, false]);
    till.finish(1);
    expect(await Promise.all(again.map(({ promise }) => promise))).toEqual([
      { receipt: 'a 1' },
      { receipt: 'a 1' },
    ]);
    expect(await requests.dispatch(Pay, ORDER, KEY)).toEqual({ receipt: 'a 1' });
    await events.idle();
    expect([till.calls.length, paid]).toEqual([1, ['a']]);
  });

  test('given a handler that fails then, when it was sent again, then it runs anew, when that has ended and once for all', async () => {
    const { requests, events, till, paid } = await abandonedShop();
    const again = [1, 2].map(() => requests.dispatch(Pay, ORDER, KEY));
    await settled();
    expect(till.calls).toHaveLength(1);
    till.fail(1, new Error('aborted'));
    await settled();
    till.finish(2);
    expect(await Promise.all(again)).toEqual([{ receipt: 'a 2' }, { receipt: 'a 2' }]);
    expect(till.calls[1]?.signal.aborted).toBe(false);
    await events.idle();
    expect([till.calls.length, paid]).toEqual([2, ['a']]);
  });

  test('given one who waits for its end, when that takes too long, then the time of that one is over, and nothing begins later', async () => {
    const { requests, clock, till } = await abandonedShop();
    for (const _ of [1, 2]) {
      const again = errorOf(requests.dispatch(Pay, ORDER, { ...KEY, timeoutMs: 20 }));
      await clock.advance(19);
      await clock.advance(1);
      expect(await again).toMatchObject({ code: 'MORTAR_REQUEST_TIMEOUT' });
    }
    till.fail(1, new Error('aborted'));
    await settled();
    expect(till.calls).toHaveLength(1);
    const last = requests.dispatch(Pay, { order: 'b' }, KEY);
    till.finish(2);
    expect(await last).toEqual({ receipt: 'b 2' });
    expect(clock.pending).toBe(0);
  });

  test('given other data under its key, when it goes on, then MORTAR_IDEMPOTENCY_CONFLICT; when it has failed, then that runs', async () => {
    const { requests, till } = await abandonedShop();
    expect(await rejectionOf(requests.dispatch(Pay, { order: 'b' }, KEY))).toBe(
      'MORTAR_IDEMPOTENCY_CONFLICT',
    );
    till.fail(1, new Error('aborted'));
    await settled();
    const other = requests.dispatch(Pay, { order: 'b' }, KEY);
    till.finish(2);
    expect(await other).toEqual({ receipt: 'b 2' });
  });

  test('given a handler that sends the same by the bus when it is aborted, then that runs when it has ended', async () => {
    const { requests } = openShop();
    const results: unknown[] = [];
    const latch = new Latch();
    let calls = 0;
    requests.handle(Refund, async ({ signal }) => {
      calls += 1;
      if (calls > 1) return;
      signal.addEventListener('abort', () => results.push(requests.dispatch(Refund, ORDER, KEY)));
      await latch.opened;
      throw new Error('aborted');
    });
    const controller = new AbortController();
    const waiting = errorOf(requests.dispatch(Refund, ORDER, { ...KEY, signal: controller.signal }));
    controller.abort('gone');
    expect(await waiting).toBe('gone');
    await settled();
    expect(calls).toBe(1);
    latch.open();
    expect(await Promise.all(results)).toEqual([undefined]);
    expect(calls).toBe(2);
  });

  test('given its own handler that sends it again and waits, then MORTAR_IDEMPOTENCY_CYCLE', async () => {
    const { requests, clock } = openShop();
    const latch = new Latch();
    const codes: unknown[] = [];
    requests.handle(Refund, async ({ dispatch, data }) => {
      await latch.opened;
      codes.push(await rejectionOf(dispatch(Refund, data, KEY)));
    });
    const first = rejectionOf(requests.dispatch(Refund, ORDER, { ...KEY, timeoutMs: 1 }));
    await clock.advance(1);
    await first;
    const again = requests.dispatch(Refund, ORDER, KEY);
    latch.open();
    await again;
    expect(codes).toEqual(['MORTAR_IDEMPOTENCY_CYCLE']);
  });

  test('given a stop, when the handler goes on, then the stop waits for it, and nothing that waits begins after its time', async () => {
    const { bus, requests, clock, till } = await abandonedShop();
    const again = rejectionOf(requests.dispatch(Pay, ORDER, KEY));
    const stopping = watched(bus.stop({ timeoutMs: 50 }));
    await settled();
    expect(stopping.isSettled).toBe(false);
    await clock.advance(50);
    expect((await stopping.promise).isDrained).toBe(false);
    till.fail(1, new Error('aborted'));
    expect(await again).toBe('MORTAR_BUS_STOPPED');
    expect(till.calls).toHaveLength(1);
  });
});

describe('a sender that gives up', () => {
  test('given others who wait for what it sent, when its handler joins what it had sent for, then that is no circle', async () => {
    const Outer = command('till.outer', { data: z.object({}), result: z.string() });
    const Inner = command('till.inner', { data: z.object({}), result: z.string() });
    const { requests, clock } = openShop();
    const latch = new Latch();
    requests.handle(Outer, async ({ dispatch }) => {
      await rejectionOf(dispatch(Inner, {}, { ...KEY, timeoutMs: 1 }));
      await latch.opened;
      return 'outer';
    });
    requests.handle(Inner, async ({ dispatch }) => {
      await latch.opened;
      return `inner of ${await dispatch(Outer, {}, { idempotencyKey: 'outer' })}`;
    });
    const outer = requests.dispatch(Outer, {}, { idempotencyKey: 'outer' });
    const inner = requests.dispatch(Inner, {}, KEY);
    await clock.advance(1);
    latch.open();
    expect(await Promise.all([outer, inner])).toEqual(['outer', 'inner of outer']);
  });
});
