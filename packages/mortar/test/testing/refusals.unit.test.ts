import { describe, expect, it } from 'vitest';
import { MortarError } from '../../src/errors/index.js';
import { like, scenario, stub, type TestAppOptions, testApp } from '../../src/testing/index.js';
import { mortarErrorOf } from './fixtures/rejection.js';
import { ChargeCard, CountOrders, OrderPlaced, PlaceOrder, Scorer, shop } from './fixtures/shop.js';

const order = { orderId: 'o-1', amount: 5 };
const scoring = stub(Scorer, { score: () => 0 });

function refusalOf(call: () => unknown): MortarError {
  try {
    call();
  } catch (error) {
    if (error instanceof MortarError) return error;
    throw error;
  }
  throw new Error('it was not refused');
}

describe('testApp refuses', () => {
  it.each<[string, unknown, string]>([
    ['a misspelt option', { stub: [] }, 'got "stub"'],
    ['options of the bus, which the kit sets itself', { bus: {} }, 'got "bus"'],
    ['the clock of the machine', { clock: { now: () => 0, after: () => () => undefined } }, 'a VirtualClock'],
    ['isStarted of another kind', { isStarted: 'no' }, 'true or false; got "no"'],
    ['a stub that is no list', { stubs: scoring }, 'an array of what stub answers with; got an object'],
    ['a stub that is none', { stubs: [scoring, ChargeCard] }, 'an array of what stub answers with'],
    ['two stubs of one port', { stubs: [scoring, scoring] }, 'one for risk.scorer; got several'],
    ['a stub of what is loaded', { stubs: [stub(CountOrders, () => 1)] }, 'the test without module shop'],
    ['overrides of another kind', { overrides: {} }, 'overrides is a list'],
    ['a hook’s time that is none', { hookTimeoutMs: 0 }, 'hookTimeoutMs'],
  ])('%s', async (_, options, told) => {
    const error = await mortarErrorOf(testApp([shop], options as TestAppOptions));
    expect(error.category).toBe('validation');
    expect(error.message).toContain(told);
  });

  it.each([[undefined], [shop], [['shop']], [[undefined]]])('the modules %o', async (modules) => {
    expect((await mortarErrorOf(testApp(modules as never))).code).toBe('MORTAR_OPTIONS_INVALID');
  });
});

describe('stub refuses', () => {
  it.each<[string, readonly unknown[], string]>([
    ['an event', [OrderPlaced, () => undefined], 'a command, a query or a port; got "shop.order-placed"'],
    ['the method of a port', [Scorer.methods.score, () => 0], 'got "risk.scorer.score"'],
    ['nothing', [], 'got undefined'],
    ['a command without an answer', [ChargeCard], 'a function from data to a result; got undefined'],
    ['a command with a result instead of a function', [ChargeCard, { paymentId: 'p' }], 'got an object'],
    ['a port with a function', [Scorer, null], 'functions for score, learn, or some of them; got null'],
    ['a method that the port has not', [Scorer, { guess: () => 0 }], 'got "guess"'],
    ['what every object has', [Scorer, { toString: () => '' }], 'got "toString"'],
    ['a method that is no function', [Scorer, { score: 0.5 }], 'got 0.5'],
  ])('%s', (_, args, told) => {
    const error = refusalOf(() => Reflect.apply(stub, undefined, args));
    expect(error.code).toBe('MORTAR_OPTIONS_INVALID');
    expect(error.message).toContain(told);
  });
});

describe('recorded refuses', () => {
  it.each<[string, string, readonly unknown[], string]>([
    [
      'a command as an event',
      'events',
      [PlaceOrder],
      'a contract of kind event; got command shop.place-order',
    ],
    ['an event as a command', 'commands', [OrderPlaced], 'got event shop.order-placed'],
    ['what a cycle of imports has left undefined', 'events', [undefined], 'got undefined'],
    ['a port that is undefined', 'calls', [undefined, 'score'], 'a port and the name'],
    ['a name', 'queries', ['shop.count-orders'], 'got "shop.count-orders"'],
    ['a port without a method', 'calls', [Scorer], 'a port and the name of one of its methods'],
    ['a method that is not there', 'calls', [Scorer, 'guess'], 'a port and the name of one of its methods'],
  ])('%s', async (_, list, args, told) => {
    await using app = await testApp([shop]);
    const error = refusalOf(() => Reflect.apply(Reflect.get(app.recorded, list), app.recorded, args));
    expect(error.code).toBe('MORTAR_OPTIONS_INVALID');
    expect(error.message).toContain(told);
  });
});

describe('scenario refuses', () => {
  it.each<[string, (told: ReturnType<typeof scenario>) => unknown, string]>([
    ['an event without data', (one) => one.given([OrderPlaced] as never), '[event, data]; got an array'],
    ['an event that is no pair', (one) => one.given(OrderPlaced as never), '[event, data]; got an object'],
    ['a command as a fact', (one) => one.given([PlaceOrder, order] as never), 'given takes events'],
    ['an event as a command', (one) => one.givenCommand(OrderPlaced as never, order as never), 'a command'],
    ['an event in when', (one) => one.when(OrderPlaced as never, order as never), 'whenEvent takes an event'],
    [
      'a pair in when',
      (one) => one.when([PlaceOrder, order] as never, undefined as never),
      'whenEvent takes',
    ],
    ['a port in when', (one) => one.when(Scorer as never, order as never), 'when takes a command or query'],
    ['a command in whenEvent', (one) => one.whenEvent(PlaceOrder as never, order as never), 'an event'],
    ['a time that is none', (one) => one.whenTimePasses(-1), 'ms'],
    ['half a millisecond', (one) => one.whenTimePasses(0.5), 'ms'],
    ['a command in then', (one) => one.when(CountOrders, {}).then([PlaceOrder, order] as never), 'an event'],
    [
      'an event without data in then',
      (one) => one.when(CountOrders, {}).then(OrderPlaced as never),
      '[event, data]',
    ],
  ])('%s', async (_, tell, told) => {
    await using app = await testApp([shop]);
    const error = refusalOf(() => tell(scenario(app)));
    expect(error.code).toBe('MORTAR_OPTIONS_INVALID');
    expect(error.message).toContain(told);
  });

  it.each(['no code', undefined, new Error('this one'), /this one/])('to fail with %o', async (expected) => {
    await using app = await testApp([shop]);
    const error = await mortarErrorOf(
      scenario(app)
        .when(CountOrders, {})
        .thenFails(expected as never),
    );
    expect(error.message).toContain('a code, MORTAR_…, or a function');
  });

  it('what is no test app, and what is only said to be like a text', () => {
    expect(refusalOf(() => scenario({} as never)).message).toContain('what testApp answers with');
    expect(refusalOf(() => scenario(undefined as never)).message).toContain('got undefined');
    expect(refusalOf(() => like('text')).message).toContain('an object or an array; got "text"');
  });

  it('an identity that is none, when it is told', async () => {
    await using app = await testApp([shop]);
    const told = scenario(app)
      .as({ actor: 5 as never })
      .when(CountOrders, {})
      .thenResult(0);
    expect((await mortarErrorOf(told)).code).toBe('MORTAR_ENVELOPE_INVALID');
  });
});
