import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { command, defineModule, event, fail } from '../../src/index.js';
import { like, type Stub, scenario, stub, type TestApp, testApp } from '../../src/testing/index.js';
import { failureOf, mortarErrorOf } from './fixtures/rejection.js';
import {
  CardCharged,
  ChargeCard,
  CountOrders,
  listener,
  OrderPlaced,
  OrderShipped,
  PlaceOrder,
  payments,
  Scorer,
  shop,
} from './fixtures/shop.js';

const order = { orderId: 'o-1', amount: 5 };
const placed = { ...order, note: '' };
const charging = stub(ChargeCard, () => ({ paymentId: 'p' }));
const refusing = stub(ChargeCard, () => fail('refused', { reason: 'no cover' }));

function shopApp(...stubs: readonly Stub[]): Promise<TestApp> {
  return testApp([shop], { stubs });
}

function failingMail(): Promise<TestApp> {
  return testApp([shop, listener(() => Promise.reject(new TypeError('no post today')), { attempts: 3 })]);
}

describe('then', () => {
  it('takes exactly the events, in their order, of all modules', async () => {
    await using app = await testApp([shop, payments], { stubs: [stub(Scorer, { score: () => 0 })] });
    await scenario(app)
      .when(PlaceOrder, order)
      .then([OrderPlaced, placed], [CardCharged, order], [OrderShipped, { orderId: 'o-1' }]);
  });

  it('fails for an event too few, with the difference and what happened', async () => {
    await using app = await shopApp(charging);
    const error = await failureOf(
      scenario(app)
        .given([CardCharged, { orderId: 'o-0', amount: 1 }])
        .when(PlaceOrder, order)
        .then([OrderPlaced, placed], [OrderShipped, { orderId: 'o-1' }]),
    );
    expect(error).toMatchObject({
      name: 'AssertionError',
      operator: 'scenario',
      actual: [{ type: 'shop.order-placed', data: placed }],
      expected: [
        { type: 'shop.order-placed', data: placed },
        { type: 'shop.order-shipped', data: { orderId: 'o-1' } },
      ],
    });
    expect(error.message).toMatch(/^when shop\.place-order: other events were published\n/);
    expect(error.message).toMatch(/-\s+type: 'shop\.order-shipped'/);
    expect(error.message.match(/actual - expected/g)).toHaveLength(1);
    expect(error.message).toContain(
      [
        'What happened:',
        '  given payments.card-charged',
        '  when shop.place-order',
        "    → result { orderId: 'o-1' }",
        "  then shop.order-placed { orderId: 'o-1', amount: 5, note: '' }",
      ].join('\n'),
    );
  });

  it('fails for an event too many', async () => {
    await using app = await testApp([shop, payments], { stubs: [stub(Scorer, { score: () => 0 })] });
    const error = await failureOf(scenario(app).when(PlaceOrder, order).then([OrderPlaced, placed]));
    expect(error.message).toContain('other events were published');
    expect(error.actual).toHaveLength(3);
  });

  it('fails for the same events in another order', async () => {
    await using app = await testApp([shop, payments], { stubs: [stub(Scorer, { score: () => 0 })] });
    await failureOf(
      scenario(app)
        .when(PlaceOrder, order)
        .then([OrderPlaced, placed], [OrderShipped, { orderId: 'o-1' }], [CardCharged, order]),
    );
  });

  it('fails for other data, and shows what differs alone', async () => {
    await using app = await shopApp(charging);
    const error = await failureOf(
      scenario(app)
        .when(PlaceOrder, order)
        .then([OrderPlaced, { ...placed, amount: 6 }]),
    );
    expect(error.message).toContain('+       amount: 5,\n-       amount: 6,');
  });

  it('fails where the command did, and tells why', async () => {
    await using app = await shopApp(charging);
    const error = await failureOf(
      scenario(app)
        .when(PlaceOrder, { ...order, amount: 2_000_000 })
        .then([OrderPlaced, placed]),
    );
    expect(error.message).toMatch(/^when shop\.place-order: it failed, where events should have come of it/);
    expect(error.message).toContain('→ error RangeError: more than there is');
    expect(error.cause).toBeInstanceOf(RangeError);
  });

  it('waits for retries, in virtual time', async () => {
    const mail = defineModule('mail', (module) => {
      const MailSent = event('mail.sent', { data: z.object({}) });
      module.on(OrderShipped, async ({ attempt, publish }) => {
        if (attempt < 3) throw new Error('not yet');
        await publish(MailSent, {});
      });
    });
    await using app = await testApp([mail]);
    const MailSent = event('mail.sent', { data: z.object({}) });
    await scenario(app).whenEvent(OrderShipped, { orderId: 'o-1' }).then([MailSent, {}]);
  });
});

describe('thenNothing', () => {
  it('takes no event', async () => {
    await using app = await shopApp();
    await scenario(app).when(CountOrders, {}).thenNothing();
    await scenario(app).whenEvent(OrderPlaced, placed).thenNothing();
  });

  it('fails for any event, and for a failure', async () => {
    await using app = await shopApp(refusing);
    const shipped = await failureOf(scenario(app).whenEvent(CardCharged, order).thenNothing());
    expect(shipped.message).toContain('events were published, where none should be');
    const refused = await failureOf(scenario(app).when(PlaceOrder, order).thenNothing());
    expect(refused.message).toContain('it failed, where nothing should have come of it');
    expect(refused.message).toContain("→ failure card-refused { reason: 'the bank says no' }");
  });
});

describe('thenFails', () => {
  it('takes a code, or a function that knows the error', async () => {
    await using app = await shopApp(charging);
    await scenario(app).when(PlaceOrder, { orderId: '', amount: 5 }).thenFails('MORTAR_DATA_INVALID');
    await scenario(app)
      .when(PlaceOrder, { ...order, amount: 2_000_000 })
      .thenFails((error) => error instanceof RangeError);
  });

  it('fails for success, for another error, and for a failure of the contract', async () => {
    await using app = await shopApp(charging);
    const success = await failureOf(scenario(app).when(PlaceOrder, order).thenFails('MORTAR_DATA_INVALID'));
    expect(success.message).toMatch(/^when shop\.place-order: it did not fail with an error\n/);
    const other = await failureOf(
      scenario(app).when(PlaceOrder, { orderId: '', amount: 5 }).thenFails('MORTAR_HANDLER_MISSING'),
    );
    expect(other).toMatchObject({ actual: 'MORTAR_DATA_INVALID', expected: 'MORTAR_HANDLER_MISSING' });
    await failureOf(
      scenario(app)
        .when(PlaceOrder, { orderId: '', amount: 5 })
        .thenFails(() => false),
    );
    await failureOf(
      scenario(app)
        .when(PlaceOrder, { orderId: '', amount: 5 })
        // An asynchronous function answers with a promise, which is no yes.
        .thenFails((async () => Promise.reject(new Error('never seen'))) as never),
    );
    await using refused = await shopApp(refusing);
    const failure = await failureOf(
      scenario(refused).when(PlaceOrder, order).thenFails('MORTAR_REQUEST_REFUSED'),
    );
    expect(failure.message).toContain('thenFailure is for failures that the contract names');
  });
});

describe('thenFailure', () => {
  it('takes a failure by name, and its data', async () => {
    await using app = await shopApp(refusing);
    const when = scenario(app).when(PlaceOrder, order);
    await when.thenFailure('card-refused');
    await when.thenFailure('card-refused', { reason: 'the bank says no' });
    await when.thenFailure('card-refused', like({}));
  });

  it('fails for another name, other data, a result and an error', async () => {
    await using app = await shopApp(refusing);
    const when = scenario(app).when(PlaceOrder, order);
    const name = await failureOf(when.thenFailure('sold-out'));
    expect(name).toMatchObject({ actual: { failure: 'card-refused' }, expected: { failure: 'sold-out' } });
    const data = await failureOf(when.thenFailure('card-refused', { reason: 'rain' }));
    expect(data.message).toContain("+     reason: 'the bank says no'\n-     reason: 'rain'");
    const error = await failureOf(
      scenario(app)
        .when(PlaceOrder, { ...order, amount: -1 })
        .thenFailure('x'),
    );
    expect(error.message).toContain('MORTAR_DATA_INVALID');
    await using well = await shopApp(charging);
    await failureOf(scenario(well).when(PlaceOrder, order).thenFailure('card-refused'));
  });
});

describe('thenResult', () => {
  it('takes the result of a command, or the answer to a query', async () => {
    await using app = await shopApp(charging);
    await scenario(app).when(PlaceOrder, order).thenResult({ orderId: 'o-1' });
    await scenario(app).when(CountOrders, {}).thenResult(1);
  });

  it('fails for another one, and where there is none', async () => {
    await using app = await shopApp(charging);
    const other = await failureOf(scenario(app).when(CountOrders, {}).thenResult(7));
    expect(other).toMatchObject({ actual: { result: 0 }, expected: { result: 7 } });
    const none = await failureOf(
      scenario(app)
        .whenTimePasses(5)
        .thenResult(1 as never),
    );
    expect(none.message).toContain('no answer');
    const error = await failureOf(
      scenario(app)
        .when(PlaceOrder, { ...order, amount: -1 })
        .thenResult(order),
    );
    expect(error.message).toContain('MORTAR_DATA_INVALID');
  });
});

describe('given', () => {
  it('has happened, with all that came of it, and is not in the record', async () => {
    await using app = await shopApp(charging);
    await scenario(app)
      .givenCommand(PlaceOrder, order)
      .given([CardCharged, order], [OrderShipped, { orderId: 'o-1' }])
      .when(CountOrders, {})
      .thenResult(1);
    expect(app.recorded.all()).toHaveLength(1);
  });

  it('must not fail', async () => {
    await using app = await shopApp(refusing);
    const error = await failureOf(
      scenario(app).givenCommand(PlaceOrder, order).when(CountOrders, {}).thenResult(0),
    );
    expect(error.message).toMatch(/^given shop\.place-order: what is given has failed\n/);
    const wrong = await failureOf(
      scenario(app)
        .given([OrderPlaced, { ...placed, amount: 'x' as never }])
        .when(CountOrders, {})
        .thenFails('MORTAR_DATA_INVALID'),
    );
    expect(wrong.message).toContain('given shop.order-placed: what is given has failed');
  });

  it('can be told once and go on in several ways', async () => {
    await using app = await shopApp(charging);
    const one = scenario(app).givenCommand(PlaceOrder, order);
    await one.when(CountOrders, {}).thenResult(1);
    await one.givenCommand(PlaceOrder, order).when(CountOrders, {}).thenResult(3);
  });
});

describe('what subscribers do', () => {
  it('makes a scenario fail that one of them gave up', async () => {
    await using app = await failingMail();
    const error = await failureOf(
      scenario(app)
        .whenEvent(CardCharged, order)
        .then([OrderShipped, { orderId: 'o-1' }]),
    );
    expect(error.message).toMatch(
      /^when payments\.card-charged: a subscriber gave up an event; allowDeadLetters/,
    );
    expect(error.message).toContain(
      'dead: mail/shop.order-shipped gave up shop.order-shipped (in attempt 3): TypeError: no post today',
    );
    expect(error.cause).toEqual(new TypeError('no post today'));
  });

  it('whatever its end is, also in what is given', async () => {
    await using app = await failingMail();
    const ended = scenario(app).whenEvent(OrderShipped, { orderId: 'o-1' });
    for (const end of [ended.thenNothing(), ended.thenFails(() => true)]) await failureOf(end);
    const given = await failureOf(
      scenario(app)
        .given([OrderShipped, { orderId: 'o-1' }])
        .when(CountOrders, {})
        .thenResult(0),
    );
    expect(given.message).toMatch(/^given shop\.order-shipped: a subscriber gave up/);
  });

  it('unless the scenario lets it', async () => {
    await using app = await failingMail();
    await scenario(app)
      .allowDeadLetters()
      .given([OrderShipped, { orderId: 'o-0' }])
      .whenEvent(CardCharged, order)
      .then([OrderShipped, { orderId: 'o-1' }]);
    await scenario(app).whenEvent(OrderShipped, { orderId: 'o-1' }).allowDeadLetters().thenNothing();
    expect(app.recorded.deaths()).toHaveLength(1);
  });
});

describe('as', () => {
  it('speaks for someone, in what is given too', async () => {
    await using app = await shopApp(charging);
    await scenario(app).as({ actor: 'user:ada' }).when(PlaceOrder, order).then([OrderPlaced, placed]);
    for (const { envelope } of app.recorded.all()) expect(envelope.actor).toBe('user:ada');
  });
});

describe('whenTimePasses', () => {
  it('takes what comes of it, and not what came before', async () => {
    const Reminded = event('mail.reminded', { data: z.object({ orderId: z.string() }) });
    const Remind = command('mail.remind', { data: z.object({ orderId: z.string() }) });
    const later: { run: (orderId: string) => void } = { run: () => undefined };
    const mail = defineModule('mail', (module) => {
      module.on(OrderPlaced, ({ data }) => later.run(data.orderId));
      module.handle(Remind, ({ data, publish }) => publish(Reminded, data));
    });
    await using app = await testApp([mail]);
    later.run = (orderId) => void app.clock.after(1_800_000, () => void app.dispatch(Remind, { orderId }));
    const ordered = scenario(app).given([OrderPlaced, placed]);
    await ordered.whenTimePasses(1_799_999).thenNothing();
    await scenario(app)
      .whenTimePasses(1)
      .then([Reminded, { orderId: 'o-1' }]);
    await failureOf(
      scenario(app)
        .whenTimePasses(3_600_000)
        .then([Reminded, { orderId: 'o-1' }]),
    );
  });
});

describe('a scenario without an end', () => {
  it('rejects when it is awaited, and nothing has run', async () => {
    await using app = await shopApp(charging);
    const unfinished = scenario(app).given([OrderPlaced, placed]).when(PlaceOrder, order);
    const awaited = (async () => {
      // @ts-expect-error A scenario without an end can't be awaited.
      await unfinished;
    })();
    const error = await mortarErrorOf(awaited);
    expect(error.message).toBe(
      'MORTAR_OPTIONS_INVALID: A scenario runs when its end is said. Expected then(…), thenNothing(), thenResult(…), ' +
        'thenFails(…) or thenFailure(…) after when; got an await without one.',
    );
    expect((await mortarErrorOf(Promise.resolve(unfinished as never))).code).toBe('MORTAR_OPTIONS_INVALID');
    expect(app.recorded.all()).toEqual([]);
  });
});
