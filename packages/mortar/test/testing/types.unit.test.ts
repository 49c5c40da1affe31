import { describe, expectTypeOf, it } from 'vitest';
import type { App } from '../../src/index.js';
import { like, type Recorded, type Scenario, stub, type TestApp } from '../../src/testing/index.js';
import {
  ChargeCard,
  CountOrders,
  FindRate,
  OrderPlaced,
  OrderShipped,
  PlaceOrder,
  Scorer,
} from './fixtures/shop.js';

/** Checked by the compiler; never called. */
declare const recorded: Recorded;
declare const told: Scenario;

/** Code that is compiled and not run. */
function compiled(_: () => unknown): void {}

describe('types', () => {
  it('a test app is an app', () => {
    expectTypeOf<TestApp>().toExtend<App>();
  });

  it('the record knows the data of each contract', () => {
    compiled(() => {
      expectTypeOf(recorded.events(OrderPlaced)).toEqualTypeOf<
        readonly { orderId: string; amount: number; note: string }[]
      >();
      expectTypeOf(recorded.commands(ChargeCard)).toEqualTypeOf<
        readonly { orderId: string; amount: number }[]
      >();
      expectTypeOf(recorded.queries(FindRate)).toEqualTypeOf<readonly { currency: string }[]>();
      expectTypeOf(recorded.calls(Scorer, 'score')).toEqualTypeOf<readonly { amount: number }[]>();
      // @ts-expect-error A command is no event.
      recorded.events(PlaceOrder);
      // @ts-expect-error The port has no such method.
      recorded.calls(Scorer, 'forget');
    });
  });

  it('stubs take and give what the contract says', () => {
    compiled(() => {
      stub(ChargeCard, ({ amount }) => ({ paymentId: amount.toFixed() }));
      stub(FindRate, async () => ({ rate: 1 }));
      stub(Scorer, { score: ({ amount }) => amount });
      // @ts-expect-error The result has no such form.
      stub(ChargeCard, () => ({ paymentId: 5 }));
      // @ts-expect-error The port has no such method.
      stub(Scorer, { forget: () => undefined });
      // @ts-expect-error An event is not answered.
      stub(OrderPlaced, () => undefined);
    });
  });

  it('scenarios take the input of what is sent, and the output of what is expected', () => {
    compiled(() => {
      const when = told.given([OrderShipped, { orderId: 'o' }]).when(PlaceOrder, { orderId: 'o', amount: 1 });
      when.then([OrderPlaced, { orderId: 'o', amount: 1, note: '' }], [OrderShipped, like({})]);
      when.then([OrderPlaced, like({ amount: 1 })]);
      when.thenResult({ orderId: 'o' });
      told.when(CountOrders, {}).thenResult(5);
      // @ts-expect-error The data lacks a part.
      told.given([OrderPlaced, { orderId: 'o' }]);
      // @ts-expect-error The output has a note.
      when.then([OrderPlaced, { orderId: 'o', amount: 1 }]);
      // @ts-expect-error There is no such part.
      when.then([OrderPlaced, like({ amounts: '1' })]);
      // @ts-expect-error The answer is a number.
      told.when(CountOrders, {}).thenResult('5');
      // @ts-expect-error Events are given, commands with givenCommand.
      told.given([PlaceOrder, { orderId: 'o', amount: 1 }]);
      // @ts-expect-error There is no such code.
      when.thenFails('MORTAR_DATA_WRONG');
    });
  });
});
