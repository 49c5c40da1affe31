import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { event, type PortClient, port } from '../../../../src/contracts/index.js';
import { defineModule } from '../../../../src/index.js';
import { startedApp } from '../../../app/journal.js';
import { errorOf, Latch, rejectionOf, upTo, watched } from '../../../support/parcels.js';
import { settled } from '../../../support/virtual-clock.js';
import { Balance, Opened, openShop, Pay, Refund } from '../till.js';

const ORDER = { order: 'a' };
const NEVER = new Promise<never>(() => undefined);

describe('an app that drains', () => {
  test('given a singleton that calls a port, when events that were accepted use it, then all are handled', async () => {
    const Letter = event('post.letter', { data: z.object({ no: z.number() }) });
    const Scales = port('scales.scales', {
      weigh: { data: z.object({ no: z.number() }), result: z.number() },
    });
    class Desk {
      readonly client: PortClient<typeof Scales.methods>;
      constructor(client: PortClient<typeof Scales.methods>) {
        this.client = client;
      }
    }
    const scales = defineModule('scales', (module) => {
      module.implement(Scales, { weigh: async ({ data }) => data.no });
    });
    const latch = new Latch();
    const weighed: number[] = [];
    const post = defineModule('post', (module) => {
      module.singleton(Desk, [Scales]);
      module.on(Letter, [Desk], async ({ data }, desk) => {
        await latch.opened;
        weighed.push(await desk.client.weigh({ no: data.no }));
      });
    });
    const app = await startedApp([scales, post]);
    for (const no of upTo(50)) await app.publish(Letter, { no });
    const stopping = app.stop();
    latch.open();
    expect(await stopping).toEqual({ isDrained: true, givenUp: 0 });
    expect(weighed.sort((a, b) => a - b)).toEqual(upTo(50));
  });
});

describe('a request that a stop gives up', () => {
  test('given those who wait, when the time is up, then they are refused at once, nothing of theirs is left, and it is counted', async () => {
    const { bus, requests, clock } = openShop();
    const signals: AbortSignal[] = [];
    const hang = ({ signal }: { readonly signal: AbortSignal }): Promise<never> => {
      signals.push(signal);
      return NEVER;
    };
    requests.handle(Refund, hang);
    requests.answer(Balance, hang, { cache: { ttlMs: 10 } });
    const { signal } = new AbortController();
    const ends = [
      requests.dispatch(Refund, ORDER),
      requests.dispatch(Refund, ORDER, { timeoutMs: 60_000, signal }),
      requests.dispatch(Refund, ORDER, { idempotencyKey: 'k' }),
      requests.dispatch(Refund, ORDER, { idempotencyKey: 'k', timeoutMs: 60_000 }),
      requests.ask(Balance, { account: 'x' }),
      requests.ask(Balance, { account: 'x' }),
    ].map((end) => watched(errorOf(end)));
    const report = bus.stop({ timeoutMs: 10 });
    await clock.advance(10);
    expect(await report).toEqual({ isDrained: false, givenUp: 4 });
    expect(ends.map(({ isSettled }) => isSettled)).toEqual(ends.map(() => true));
    const errors = await Promise.all(ends.map(({ promise }) => promise));
    expect(errors).toEqual(errors.map(() => expect.objectContaining({ code: 'MORTAR_HANDLER_ABORTED' })));
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true, true, true]);
    expect(clock.pending).toBe(0);
  });

  test('given the handler of an event that waits for one, when the time is up, then both are counted as one', async () => {
    const { bus, requests, events, clock } = openShop();
    requests.handle(Refund, () => NEVER);
    events.subscribe(Opened, ({ dispatch }) => dispatch(Refund, ORDER));
    const delivery = events.deliver(Opened, { day: 1 });
    const report = bus.stop({ timeoutMs: 10 });
    await clock.advance(10);
    expect(await report).toEqual({ isDrained: false, givenUp: 1 });
    expect(await delivery).toMatchObject([{ status: 'lost' }]);
  });

  test('given a handler that ends afterwards, well or badly, then what it sent is not, and its end is nobody’s', async () => {
    const { bus, requests, clock, till, paid } = openShop();
    const ends = [1, 2].map(() => rejectionOf(requests.dispatch(Pay, ORDER)));
    const report = bus.stop({ timeoutMs: 10 });
    await clock.advance(10);
    await report;
    till.finish(1);
    till.fail(2, new Error('late'));
    await settled();
    expect(await Promise.all(ends)).toEqual(['MORTAR_HANDLER_ABORTED', 'MORTAR_HANDLER_ABORTED']);
    expect(paid).toEqual([]);
  });

  test.each(['claim', 'keep'] as const)(
    'given a store of keys that never answers to %s, when the time is up, then its caller is refused, and its key not given back',
    async (verb) => {
      const forgotten: string[] = [];
      const keys = {
        claim: () => (verb === 'claim' ? NEVER : { kind: 'free' as const }),
        keep: () => NEVER,
        forget: (key: string) => void forgotten.push(key),
      };
      const { bus, requests, clock } = openShop({}, keys);
      requests.handle(Refund, () => undefined);
      const end = rejectionOf(requests.dispatch(Refund, ORDER, { idempotencyKey: 'k' }));
      const report = bus.stop({ timeoutMs: 10 });
      await clock.advance(10);
      expect(await report).toEqual({ isDrained: false, givenUp: 1 });
      expect(await end).toBe('MORTAR_HANDLER_ABORTED');
      expect(forgotten).toEqual([]);
    },
  );

  test('given a handler under a key that goes on, when the time is up, then its key is not given back', async () => {
    const forgotten: string[] = [];
    const keys = {
      claim: () => ({ kind: 'free' as const }),
      keep: () => undefined,
      forget: (key: string) => void forgotten.push(key),
    };
    const { bus, requests, clock, till } = openShop({}, keys);
    const end = rejectionOf(requests.dispatch(Pay, ORDER, { idempotencyKey: 'k' }));
    const report = bus.stop({ timeoutMs: 10 });
    await clock.advance(10);
    await report;
    till.fail(1, new Error('late'));
    await settled();
    expect(await end).toBe('MORTAR_HANDLER_ABORTED');
    expect(forgotten).toEqual([]);
  });
});
