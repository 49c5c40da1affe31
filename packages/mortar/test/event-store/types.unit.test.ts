import { describe, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import { event } from '../../src/contracts/index.js';
import {
  EventLog,
  type Position,
  type RecordedEvent,
  type RecordedOf,
  type StreamId,
  streamId,
  type Version,
} from '../../src/event-store/index.js';
import { MemoryEventStore } from '../../src/memory/index.js';

const Placed = event('shop.order-placed', { data: z.object({ total: z.number() }) });
const Paid = event('shop.order-paid', { data: z.object({ at: z.date() }) });
const log = new EventLog({ events: new MemoryEventStore() });

type Item<T> = T extends AsyncIterable<infer One> ? One : never;

describe('the types of a log', () => {
  it('know nothing of data where no contracts are given', () => {
    const reading = log.readAll();
    expectTypeOf<Item<typeof reading>>().toEqualTypeOf<RecordedEvent>();
    const following = log.subscribe({ pollMs: 5 });
    expectTypeOf<Item<typeof following>>().toEqualTypeOf<RecordedEvent>();
  });

  it('know the data of one contract', () => {
    const reading = log.readStream('order-1', { events: [Placed] });
    expectTypeOf<Item<typeof reading>['data']>().toEqualTypeOf<{ total: number }>();
    expectTypeOf<Item<typeof reading>['type']>().toEqualTypeOf<'shop.order-placed'>();
  });

  it('tell several contracts apart by type', () => {
    const reading = log.readCategory('order', { events: [Placed, Paid] });
    type One = Item<typeof reading>;
    expectTypeOf<One>().toEqualTypeOf<RecordedOf<typeof Placed> | RecordedOf<typeof Paid>>();
    expectTypeOf<Extract<One, { type: 'shop.order-paid' }>['data']>().toEqualTypeOf<{ at: Date }>();
  });

  it('take the input of a contract', () => {
    expectTypeOf(log.append<'shop.order-placed', { total: number }, { total: number }>)
      .parameter(2)
      .toEqualTypeOf<{ total: number }>();
    // @ts-expect-error: the data is not that of the contract
    const wrong = () => log.append('order-1', Placed, { totl: 1 });
    expectTypeOf(wrong).toBeFunction();
  });

  it('keep names, versions and positions apart', () => {
    expectTypeOf(streamId('a-1')).toEqualTypeOf<StreamId>();
    expectTypeOf<Version>().not.toExtend<Position>();
    expectTypeOf<Position>().not.toExtend<Version>();
    expectTypeOf<number>().not.toExtend<Version>();
    expectTypeOf<string>().not.toExtend<StreamId>();
  });
});
