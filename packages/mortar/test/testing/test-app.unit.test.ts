import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { text } from '../../src/config/index.js';
import { command, defineModule, event, fail, override, token } from '../../src/index.js';
import { retry } from '../../src/resilience/index.js';
import { stub, testApp, VirtualClock } from '../../src/testing/index.js';
import { mortarErrorOf, rejectionOf } from './fixtures/rejection.js';
import {
  CardCharged,
  ChargeCard,
  CountOrders,
  FindRate,
  listener,
  OrderPlaced,
  OrderShipped,
  PlaceOrder,
  payments,
  Scorer,
  shop,
} from './fixtures/shop.js';

const harmless = stub(Scorer, { score: () => 0 });

describe('testApp', () => {
  it('runs modules in memory, without the machine’s settings, log or time', async () => {
    await using app = await testApp([shop, payments], { stubs: [harmless] });
    expect(await app.dispatch(PlaceOrder, { orderId: 'o-1', amount: 5 })).toEqual({ orderId: 'o-1' });
    await app.idle();
    expect(app.recorded.events(OrderShipped)).toEqual([{ orderId: 'o-1' }]);
    expect(await app.ask(CountOrders, {})).toBe(1);
  });

  it('reads settings from what is given, and not from the environment', async () => {
    const read: unknown[] = [];
    const careful = defineModule('careful', (module) => {
      const settings = module.settings({
        schema: z.object({ level: z.string().default('calm') }),
        settings: { level: text('TEST_APP_LEVEL') },
      });
      module.onStart([settings], (_, { level }) => void read.push(level));
    });
    process.env['TEST_APP_LEVEL'] = 'wild';
    try {
      await using first = await testApp([careful]);
      await using second = await testApp([careful], { env: { TEST_APP_LEVEL: 'said' } });
      expect([first, second]).toHaveLength(2);
    } finally {
      delete process.env['TEST_APP_LEVEL'];
    }
    expect(read).toEqual(['calm', 'said']);
  });

  it('lets a service be overridden, and binds what modules share', async () => {
    const Sender = token<{ send(to: string): string }>('sender');
    const Greeting = token<string>('greeting');
    const sent: string[] = [];
    const mail = defineModule('mail', (module) => {
      module.value(Sender, { send: () => 'really' });
      module.on(OrderShipped, [Sender, Greeting], ({ data }, sender, greeting) => {
        sent.push(`${greeting} ${sender.send(data.orderId)}`);
      });
    });
    await using app = await testApp([mail], {
      overrides: [override(Sender, { send: (to) => `as if to ${to}` })],
      shared: (services) => services.value(Greeting, 'hello'),
    });
    await app.publish(OrderShipped, { orderId: 'o-1' });
    await app.idle();
    expect(sent).toEqual(['hello as if to o-1']);
  });

  it('publishes events of modules that are not loaded, where a loaded one hears of them', async () => {
    await using app = await testApp([shop]);
    await app.publish(CardCharged, { orderId: 'o-1', amount: 5 });
    await app.idle();
    expect(app.recorded.events(OrderShipped)).toEqual([{ orderId: 'o-1' }]);
    const Unheard = event('elsewhere.happened', { data: z.object({}) });
    expect((await mortarErrorOf(app.publish(Unheard, {}))).code).toBe('MORTAR_MODULE_MISSING');
  });

  it('is started, unless said otherwise', async () => {
    await using app = await testApp([shop], { isStarted: false });
    expect((await mortarErrorOf(app.ask(CountOrders, {}))).code).toBe('MORTAR_APP_STATE');
    await app.start();
    expect(await app.ask(CountOrders, {})).toBe(0);
  });

  it('speaks for someone, and says so in the record', async () => {
    await using app = await testApp([shop, payments], { stubs: [harmless] });
    const identity = { actor: 'user:ada', tenant: 'acme', correlationId: 'r-1' };
    await app.as(identity).dispatch(PlaceOrder, { orderId: 'o-1', amount: 5 });
    await app.idle();
    for (const { envelope } of app.recorded.all()) expect(envelope).toMatchObject(identity);
    expect(app.recorded.all()).toHaveLength(6);
  });

  it('takes a clock, on which the app runs', async () => {
    const clock = VirtualClock.at('2026-01-31T12:00:00Z');
    await using app = await testApp(
      [shop, listener(() => Promise.reject(new Error('no')), { attempts: 3 })],
      {
        clock,
      },
    );
    expect(app.clock).toBe(clock);
    await app.publish(OrderShipped, { orderId: 'o-1' });
    await app.idle();
    expect(new Date(clock.now()).toISOString()).toBe('2026-01-31T12:00:20.000Z');
    const [letter] = await app.deadLetters.list();
    expect(letter).toMatchObject({ attempts: 3, firstDeadAt: clock.now() });
  });

  it('lets hooks at the start and the stop wait for what is outside', async () => {
    const did: string[] = [];
    const outside = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));
    const slow = defineModule('slow', (module) => {
      module.onStart(async () => {
        await outside();
        did.push('started');
      });
      module.onStop(async () => {
        await outside();
        did.push('stopped');
      });
    });
    const app = await testApp([slow]);
    await app[Symbol.asyncDispose]();
    expect(did).toEqual(['started', 'stopped']);
    expect(app.clock.now()).toBe(new VirtualClock().now());
  });

  it('ends a hook at the start that never ends, by the app’s own limit', async () => {
    const stuck = defineModule('stuck', (module) => {
      module.onStart(() => new Promise<void>(() => {}));
    });
    const error = await mortarErrorOf(testApp([stuck], { hookTimeoutMs: 100 }));
    expect(error.code).toBe('MORTAR_START_FAILED');
    expect(error.message).toMatch(/the hook at .*test-app\.unit\.test\.ts.* within 100 ms/);
  });

  it('stops with what is to be retried: time passes until all is over', async () => {
    const app = await testApp([listener(() => Promise.reject(new Error('no')), { attempts: 3 })]);
    await app.publish(OrderShipped, { orderId: 'o-1' });
    expect(await app.stop()).toEqual({ isDrained: true, givenUp: 0 });
    expect(app.recorded.deaths()).toMatchObject([{ attempts: 3, reason: 'failed' }]);
  });
});

describe('recorded', () => {
  it('has everything in order, with who handled it and how it ended', async () => {
    await using app = await testApp([shop, payments], { stubs: [harmless] });
    await app.dispatch(PlaceOrder, { orderId: 'o-1', amount: 5 });
    await app.idle();
    const told = app.recorded.all().map((entry) => {
      return entry.kind === 'event'
        ? [entry.type, ...entry.handlings.map(({ handler, status }) => `${handler} ${status}`)]
        : [entry.type, entry.handler, entry.outcome];
    });
    expect(told).toEqual([
      ['shop.place-order', 'shop/shop.place-order', { kind: 'result', value: { orderId: 'o-1' } }],
      ['shop.order-placed'],
      [
        'payments.charge-card',
        'payments/payments.charge-card',
        { kind: 'result', value: { paymentId: 'payment of o-1' } },
      ],
      ['risk.scorer.score', 'risk/risk.scorer.score', { kind: 'result', value: 0 }],
      ['payments.card-charged', 'shop/payments.card-charged handled'],
      ['shop.order-shipped'],
    ]);
    const [placed, charged] = app.recorded.commands();
    expect(charged?.envelope).toMatchObject({
      causationId: placed?.envelope.id,
      correlationId: placed?.envelope.correlationId,
    });
  });

  it('looks up data by contract, as handlers got it', async () => {
    await using app = await testApp([shop, payments], { stubs: [harmless] });
    await app.dispatch(PlaceOrder, { orderId: 'o-1', amount: 5 });
    await app.ask(FindRate, {});
    await app.idle();
    const { recorded } = app;
    expect(recorded.commands(PlaceOrder)).toEqual([{ orderId: 'o-1', amount: 5, note: '' }]);
    expect(recorded.commands(ChargeCard).map(({ amount }) => amount)).toEqual([5]);
    expect(recorded.queries(FindRate)).toEqual([{ currency: 'EUR' }]);
    expect(recorded.queries(CountOrders)).toEqual([]);
    expect(recorded.calls(Scorer, 'score')).toEqual([{ amount: 5 }]);
    expect(recorded.calls(Scorer, 'learn')).toEqual([]);
    expect(recorded.events(OrderPlaced)).toEqual([{ orderId: 'o-1', amount: 5, note: '' }]);
    const lengths = [recorded.events(), recorded.commands(), recorded.queries(), recorded.calls()].map(
      (list) => list.length,
    );
    expect(lengths).toEqual([3, 2, 1, 1]);
  });

  it('leaves out what a failing handler had published', async () => {
    await using app = await testApp([shop], { stubs: [stub(ChargeCard, () => ({ paymentId: 'p' }))] });
    await expect(app.dispatch(PlaceOrder, { orderId: 'o-1', amount: 2_000_000 })).rejects.toThrow(
      'more than',
    );
    await app.idle();
    expect(app.recorded.events()).toEqual([]);
    expect(app.recorded.commands()).toMatchObject([
      { outcome: { kind: 'error', error: expect.any(RangeError) } },
    ]);
  });

  it('has a retried event once, with its attempts, and what each published in vain is left out', async () => {
    const mail = defineModule('mail', (module) => {
      const MailSent = event('mail.sent', { data: z.object({ attempt: z.number() }) });
      module.on(OrderShipped, async ({ attempt, publish }) => {
        await publish(MailSent, { attempt });
        if (attempt < 3) throw new Error(`attempt ${attempt}`);
      });
    });
    await using app = await testApp([mail]);
    await app.publish(OrderShipped, { orderId: 'o-1' });
    await app.idle();
    expect(app.recorded.events().map(({ type, data }) => [type, data])).toEqual([
      ['shop.order-shipped', { orderId: 'o-1' }],
      ['mail.sent', { attempt: 3 }],
    ]);
    expect(app.recorded.events()[0]?.handlings).toEqual([
      {
        handler: 'mail/shop.order-shipped',
        module: 'mail',
        status: 'handled',
        attempts: 3,
        error: undefined,
      },
    ]);
  });

  it('has what died, with the error as it was thrown', async () => {
    const error = new Error('no post today');
    await using app = await testApp([listener(() => Promise.reject(error))]);
    await app.publish(OrderShipped, { orderId: 'o-1' });
    await app.idle();
    const [death] = app.recorded.deaths();
    expect(death).toEqual({
      subscription: 'mail/shop.order-shipped',
      type: 'shop.order-shipped',
      data: { orderId: 'o-1' },
      reason: 'failed',
      attempts: 1,
      error,
    });
    expect(death?.error).toBe(error);
    expect(app.recorded.events()[0]?.handlings).toMatchObject([{ status: 'dead', error }]);
  });

  it('notes a replay with the event', async () => {
    let isOpen = false;
    await using app = await testApp([
      listener(() => (isOpen ? undefined : Promise.reject(new Error('closed')))),
    ]);
    await app.publish(OrderShipped, { orderId: 'o-1' });
    await app.idle();
    const [letter] = await app.deadLetters.list();
    isOpen = true;
    await app.deadLetters.replay(letter?.id ?? '');
    expect(app.recorded.events()).toHaveLength(1);
    expect(app.recorded.events()[0]?.handlings).toMatchObject([{ status: 'handled' }]);
  });

  it('tells a failure of the contract from an error, and from a result that breaks the contract', async () => {
    const Try = command('lab.try', {
      data: z.object({ how: z.string() }),
      result: z.object({ done: z.boolean().default(true) }),
      failures: { worn: z.object({ by: z.number().default(1) }) },
    });
    const lab = defineModule('lab', (module) => {
      module.handle(Try, ({ data }) => {
        if (data.how === 'well') return {};
        if (data.how === 'worn') return fail('worn', {});
        if (data.how === 'unnamed') return fail('else', {}) as never;
        return { done: 'perhaps' } as never;
      });
    });
    await using app = await testApp([lab]);
    await app.dispatch(Try, { how: 'well' });
    for (const how of ['worn', 'unnamed', 'badly']) await rejectionOf(app.dispatch(Try, { how }));
    expect(app.recorded.commands().map(({ outcome }) => outcome)).toMatchObject([
      { kind: 'result', value: { done: true } },
      { kind: 'failure', name: 'worn', data: { by: 1 } },
      { kind: 'error', error: { code: 'MORTAR_RESULT_INVALID' } },
      { kind: 'error', error: { code: 'MORTAR_RESULT_INVALID', issues: [{ path: 'done' }] } },
    ]);
  });

  it('is cleared, and what it answered with before stays as it was', async () => {
    await using app = await testApp([shop]);
    await app.publish(CardCharged, { orderId: 'o-1', amount: 5 });
    await app.idle();
    const before = app.recorded.all();
    app.recorded.clear();
    expect(before).toHaveLength(2);
    expect(app.recorded.all()).toEqual([]);
    expect(app.recorded.deaths()).toEqual([]);
  });
});

describe('stub', () => {
  it('answers commands, queries and calls of ports; several of one module make one', async () => {
    await using app = await testApp([shop], {
      stubs: [
        stub(ChargeCard, ({ orderId }) => ({ paymentId: orderId })),
        stub(FindRate, async ({ currency }) => ({ rate: currency.length })),
        harmless,
      ],
    });
    expect(await app.dispatch(ChargeCard, { orderId: 'o-1', amount: 1 })).toEqual({ paymentId: 'o-1' });
    expect(await app.ask(FindRate, {})).toEqual({ rate: 3 });
    expect(await app.locate(Scorer).score({ amount: 1 })).toBe(0);
    expect(app.describe().modules.map(({ name }) => name)).toEqual(['payments', 'risk', 'shop']);
    expect(app.recorded.calls(Scorer, 'score')).toEqual([{ amount: 1 }]);
  });

  it('can’t lie: what it answers is checked by the contract, and so is what it is given', async () => {
    await using app = await testApp([shop], {
      stubs: [
        stub(ChargeCard, () => ({ paymentId: 7 }) as never),
        stub(Scorer, { score: ({ amount }) => amount }),
      ],
    });
    const wrong = await mortarErrorOf(app.dispatch(ChargeCard, { orderId: 'o-1', amount: 1 }));
    expect(wrong).toMatchObject({ code: 'MORTAR_RESULT_INVALID', issues: [{ path: 'paymentId' }] });
    expect((await mortarErrorOf(app.locate(Scorer).score({ amount: 2 }))).code).toBe('MORTAR_RESULT_INVALID');
    const given = await mortarErrorOf(app.locate(Scorer).score({ amount: 'much' } as never));
    expect(given.code).toBe('MORTAR_DATA_INVALID');
    expect(app.recorded.calls()).toHaveLength(1);
  });

  it('fails as the contract allows, or throws', async () => {
    await using app = await testApp([shop], {
      stubs: [
        stub(ChargeCard, ({ amount }) => {
          if (amount === 13) throw new Error('the line is dead');
          return fail('refused', { reason: 'of course' });
        }),
      ],
    });
    const refused = await app.tryDispatch(PlaceOrder, { orderId: 'o-1', amount: 5 });
    expect(refused).toMatchObject({ ok: false, failure: { name: 'card-refused' } });
    await expect(app.dispatch(PlaceOrder, { orderId: 'o-2', amount: 13 })).rejects.toThrow(
      'the line is dead',
    );
  });

  it('says so when a method is called that it has not', async () => {
    await using app = await testApp([shop], { stubs: [harmless] });
    const error = await mortarErrorOf(app.locate(Scorer).learn({ orderId: 'o-1' }));
    expect(error.message).toContain('a function for learn in the stub of risk.scorer');
  });

  it('refuses to stand for what is loaded, and says how to override it', async () => {
    const command = await mortarErrorOf(
      testApp([shop, payments], { stubs: [harmless, stub(ChargeCard, () => ({ paymentId: 'p' }))] }),
    );
    expect(command.code).toBe('MORTAR_OPTIONS_INVALID');
    expect(command.message).toMatch(/override\(…\).* got a stub of command payments\.charge-card/);
    const risk = defineModule('risk', (module) =>
      module.implement(Scorer, { score: () => 0, learn: () => {} }),
    );
    const ofPort = await mortarErrorOf(testApp([risk], { stubs: [harmless] }));
    expect(ofPort.message).toContain('override(risk.scorer, …)');
  });

  it('is not needed for what is not asked for, but a port that is used must be there', async () => {
    await using app = await testApp([shop]);
    const missing = await mortarErrorOf(app.dispatch(PlaceOrder, { orderId: 'o-1', amount: 5 }));
    expect(missing.code).toBe('MORTAR_HANDLER_MISSING');
    expect((await mortarErrorOf(testApp([payments]))).message).toContain('MORTAR_GRAPH_INVALID');
  });
});

describe('guards under the app’s clock', () => {
  it('retry inside a subscription without real time', async () => {
    const clock = new VirtualClock();
    let calls = 0;
    const guard = retry({ attempts: 3, backoff: { kind: 'fixed', delayMs: 60_000, jitter: false }, clock });
    const mail = defineModule('mail', (module) => {
      module.on(OrderShipped, { retry: { attempts: 1 }, guards: [guard] }, () => {
        calls += 1;
        if (calls < 3) throw new Error('not yet');
      });
    });
    await using app = await testApp([mail], { clock });
    const begun = clock.now();
    await app.publish(OrderShipped, { orderId: 'o-1' });
    await app.idle();
    expect({ calls, tookMs: clock.now() - begun }).toEqual({ calls: 3, tookMs: 120_000 });
    expect(app.recorded.deaths()).toEqual([]);
  });
});
