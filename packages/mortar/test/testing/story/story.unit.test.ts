import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { event } from '../../../src/contracts/index.js';
import { MortarError } from '../../../src/errors/index.js';
import { aggregate, decider } from '../../../src/sourcing/index.js';
import { like, story } from '../../../src/testing/index.js';
import { account, type BankEvent, deposited, limits, opened } from '../fixtures/bank.js';
import { failureIn } from '../fixtures/failure.js';

const at = new Date(5);

describe('a story of an aggregate', () => {
  it('is that of its decider', () => {
    const Counted = event('desk.counted', { data: z.object({ by: z.number() }) });
    const desk = aggregate('desk', {
      decider: decider({
        initialState: () => 0,
        decide: (by: number) => ({ type: Counted.name, data: { by } }),
        evolve: (sum, { data }: { readonly type: 'desk.counted'; readonly data: { readonly by: number } }) =>
          sum + data.by,
      }),
      events: [Counted],
    });
    const told = story(desk).given({ type: 'desk.counted', data: { by: 1 } });
    told.thenState(1);
    told.when(2).then({ type: 'desk.counted', data: { by: 2 } });
    told.when(2).thenState(3);
  });
});

describe('then', () => {
  it('takes exactly the events, in their order', () => {
    story(account).when({ type: 'open', owner: 'Ada' }).then(opened);
    story(account)
      .given(opened)
      .given(deposited(5), deposited(6))
      .when({ type: 'sweep', at })
      .then(deposited(-11, 'all of it'), { type: 'bank.closed', data: { at: new Date(5) } });
  });

  it('takes what events, or their data, are like', () => {
    const when = story(account).given(opened, deposited(5)).when({ type: 'sweep', at });
    when.then(
      { type: 'bank.deposited', data: like({ amount: -5 }) },
      like({ type: 'bank.closed', data: { at } }),
    );
    when.then(like({}), like({ type: 'bank.closed' }));
    story(account)
      .when({ type: 'open', owner: 'Ada' })
      .then({ type: 'bank.opened', data: like({ limits: { perBooking: [10, 20] } }) });
  });

  it('says which event differs, where, and what was expected', () => {
    const error = failureIn(() =>
      story(account)
        .given(opened, deposited(5))
        .when({ type: 'sweep', at })
        .then(deposited(-6, 'all of it'), { type: 'bank.closed', data: { at: new Date(6) } }),
    );
    expect(error.message).toBe(
      [
        "when { type: 'sweep', at: 1970-01-01T00:00:00.005Z }: other events were decided",
        '',
        'event 1, bank.deposited, at data.amount: expected -6; got -5',
        'event 2, bank.closed, at data.at: expected 1970-01-01T00:00:00.006Z; got 1970-01-01T00:00:00.005Z',
        '',
        'What happened:',
        "  given bank.opened { owner: 'Ada', limits: { daily: 100, perBooking: [ 10, 20 ] } }",
        "  given bank.deposited { amount: 5, note: '' }",
        "  when { type: 'sweep', at: 1970-01-01T00:00:00.005Z }",
        "  then bank.deposited { amount: -5, note: 'all of it' }",
        '  then bank.closed { at: 1970-01-01T00:00:00.005Z }',
      ].join('\n'),
    );
    expect(error).toMatchObject({ name: 'AssertionError', operator: 'story' });
    expect(error.actual).toEqual([deposited(-5, 'all of it'), { type: 'bank.closed', data: { at } }]);
    expect(error.expected).toEqual([
      deposited(-6, 'all of it'),
      { type: 'bank.closed', data: { at: new Date(6) } },
    ]);
  });

  it('shows what differs from what an event is like, and nothing that was left unsaid', () => {
    const error = failureIn(() =>
      story(account)
        .when({ type: 'open', owner: 'Ada' })
        .then(like({ type: 'bank.opened', data: { limits: { perBooking: [10, 30] } } })),
    );
    expect(error.message).toContain(
      '\nevent 1, bank.opened, at data.limits.perBooking[1]: expected 30; got 20\n',
    );
    expect(error.message).not.toContain('daily:\n');
    expect(error.expected).toEqual([
      { type: 'bank.opened', data: { owner: 'Ada', limits: { ...limits, perBooking: [10, 30] } } },
    ]);
  });

  it('says which events are too few, too many, and of another type', () => {
    const when = story(account).given(opened).when({ type: 'sweep', at });
    expect(failureIn(() => when.then(deposited(-0, 'all of it'))).message).toContain(
      '\nevent 2: expected none; got bank.closed { at: 1970-01-01T00:00:00.005Z }\n',
    );
    const many = failureIn(() =>
      when.then({ type: 'bank.deposited', data: like({}) }, like({ type: 'bank.closed' }), opened),
    );
    expect(many.message).toMatch(/\nevent 3: expected bank\.opened \{.*\}; got none\n/);
    expect(many.message).not.toContain('event 1');
    const other = failureIn(() =>
      when.then(like({ type: 'bank.closed' }), { type: 'bank.closed', data: { at } }),
    );
    expect(other.message).toContain(
      "\nevent 1: expected { type: 'bank.closed' }; got bank.deposited { amount: -0, note: 'all of it' }\n",
    );
    expect(other.message).not.toContain('event 2');
    expect(failureIn(() => when.then()).message).toContain('events were decided, where none should be');
  });

  it('fails for a failure and for an error, and tells why', () => {
    const closed = failureIn(() => story(account).when({ type: 'deposit', amount: 5 }).then(deposited(5)));
    expect(closed.message).toContain('it failed, where events should have come of it');
    expect(closed.message).toContain("got { failure: 'not-open', data: { balance: 0 } }");
    const thrown = failureIn(() =>
      story(account).given(opened).when({ type: 'deposit', amount: 0 }).then(deposited(0)),
    );
    expect(thrown.message).toContain('→ error RangeError: an amount is more than 0');
    expect(thrown.cause).toBeInstanceOf(RangeError);
  });

  it('shows twenty places at most', () => {
    const wide = {
      initialState: () => 0,
      decide: () => ({ type: 'a.b' as const, data: Array.from({ length: 50 }, () => 1) }),
      evolve: (state: number) => state,
    };
    const error = failureIn(() =>
      story(wide)
        .when(undefined as never)
        .then({ type: 'a.b', data: Array.from({ length: 50 }, () => 2) }),
    );
    expect(error.message.match(/expected 2; got 1/g)).toHaveLength(20);
    expect(error.message).toContain('and 30 more places');
  });

  it('holds for whatever was given exactly where the events are equal', () => {
    const amounts = fc.array(fc.integer({ min: 1, max: 1_000 }), { maxLength: 8 });
    fc.assert(
      fc.property(amounts, fc.integer({ min: -8_000, max: 0 }), (given, guess) => {
        const balance = given.reduce((sum, amount) => sum + amount, 0);
        const when = story(account)
          .given(opened, ...given.map((amount) => deposited(amount)))
          .when({ type: 'sweep', at });
        const then = (amount: number): void =>
          when.then(deposited(amount, 'all of it'), { type: 'bank.closed', data: { at } });
        then(-balance);
        if (Object.is(guess, -balance)) then(guess);
        else failureIn(() => then(guess));
      }),
    );
  });
});

describe('thenNothing', () => {
  it('takes a decision for no event', () => {
    story(account).given(opened).when({ type: 'look' }).thenNothing();
    story(account).given(opened).when({ type: 'look' }).then();
  });

  it('fails for an event, a failure and an error', () => {
    const given = story(account).given(opened);
    expect(failureIn(() => given.when({ type: 'deposit', amount: 5 }).thenNothing()).message).toContain(
      "event 1: expected none; got bank.deposited { amount: 5, note: '' }",
    );
    failureIn(() => story(account).when({ type: 'deposit', amount: 5 }).thenNothing());
    failureIn(() => given.when({ type: 'deposit', amount: 0 }).thenNothing());
  });
});

describe('thenFailure', () => {
  it('takes a failure by its name, and its data where it is said', () => {
    const when = story(account).when({ type: 'deposit', amount: 5 });
    when.thenFailure('not-open');
    when.thenFailure('not-open', { balance: 0 });
    when.thenFailure('not-open', like({}));
  });

  it('fails for another name, other data, events and an error', () => {
    const when = story(account).when({ type: 'deposit', amount: 5 });
    expect(failureIn(() => when.thenFailure('closed')).message).toContain(
      "the decision, at failure: expected 'closed'; got 'not-open'",
    );
    expect(failureIn(() => when.thenFailure('not-open', { balance: 1 })).message).toContain(
      'the decision, at data.balance: expected 1; got 0',
    );
    expect(failureIn(() => when.thenFailure('not-open', undefined)).message).toContain(
      'the decision, at data: expected undefined; got { balance: 0 }',
    );
    const given = story(account).given(opened);
    expect(failureIn(() => given.when({ type: 'look' }).thenFailure('not-open')).message).toContain(
      "expected { failure: 'not-open', data: undefined }; got no event",
    );
    failureIn(() => given.when({ type: 'deposit', amount: 0 }).thenFailure('not-open'));
  });
});

describe('thenThrows', () => {
  const throwing = (error: unknown) =>
    story({
      initialState: () => 0,
      decide: (): BankEvent => {
        throw error;
      },
      evolve: (state: number) => state,
    }).when(undefined as never);

  it('takes an error, a class, a code, or a function that knows the error', () => {
    const when = story(account).given(opened).when({ type: 'deposit', amount: 0 });
    when.thenThrows(new RangeError('an amount is more than 0'));
    when.thenThrows(RangeError);
    when.thenThrows(Error);
    when.thenThrows((error) => error instanceof RangeError);
    const details = { rule: 'r.', expected: 'e', got: 'g' };
    throwing(new MortarError('MORTAR_DATA_INVALID', details)).thenThrows('MORTAR_DATA_INVALID');
    throwing('a text').thenThrows((error) => error === 'a text');
  });

  it('fails for another error', () => {
    const when = story(account).given(opened).when({ type: 'deposit', amount: 0 });
    expect(failureIn(() => when.thenThrows(new RangeError('less'))).message).toContain(
      'expected RangeError: less; got the error RangeError: an amount is more than 0',
    );
    failureIn(() => when.thenThrows(new Error('an amount is more than 0')));
    expect(failureIn(() => when.thenThrows(TypeError)).message).toContain('an error of class TypeError');
    failureIn(() => when.thenThrows('MORTAR_DATA_INVALID'));
    failureIn(() => when.thenThrows(() => false));
    // An asynchronous function answers with a promise, which is no yes.
    failureIn(() => when.thenThrows((async () => Promise.reject(new Error('never seen'))) as never));
    const { proxy, revoke } = Proxy.revocable(new Error('gone'), {});
    revoke();
    for (const expected of [Error, new Error('gone'), 'MORTAR_DATA_INVALID'] as const)
      failureIn(() => throwing(proxy).thenThrows(expected));
  });

  it('fails for events and for a failure', () => {
    expect(failureIn(() => story(account).when({ type: 'look' }).thenThrows(Error)).message).toContain(
      'decide threw no error',
    );
    expect(
      failureIn(() => story(account).when({ type: 'deposit', amount: 5 }).thenThrows(Error)).message,
    ).toContain('thenFailure is for failures that it answers with');
  });
});

describe('thenState', () => {
  it('takes the state after what was decided, and after what was given', () => {
    const given = story(account).given(opened, deposited(5, 'a'));
    given.when({ type: 'deposit', amount: 6 }).thenState({ isOpen: true, balance: 11, notes: ['a', ''] });
    given.when({ type: 'sweep', at }).thenState(like({ balance: 0, isOpen: false }));
    given.thenState(like({ balance: 5 }));
    story(account).thenState({ isOpen: false, balance: 0, notes: [] });
  });

  it('fails for another state, a failure and an error', () => {
    const given = story(account).given(opened, deposited(5, 'a'));
    expect(failureIn(() => given.thenState(like({ balance: 6, notes: ['b'] }))).message).toBe(
      [
        'given events: it led to another state',
        '',
        'the state, at balance: expected 6; got 5',
        "the state, at notes[0]: expected 'b'; got 'a'",
        '',
        'What happened:',
        "  given bank.opened { owner: 'Ada', limits: { daily: 100, perBooking: [ 10, 20 ] } }",
        "  given bank.deposited { amount: 5, note: 'a' }",
        '  then no event',
      ].join('\n'),
    );
    failureIn(() => given.when({ type: 'deposit', amount: 1 }).thenState(like({ balance: 5 })));
    failureIn(() => given.when({ type: 'deposit', amount: 0 }).thenState(like({})));
    failureIn(() => story(account).when({ type: 'deposit', amount: 1 }).thenState(like({})));
  });

  it('says what has no place of its own', () => {
    class Money {
      readonly amount: number = 5;
    }
    const error = failureIn(() =>
      story({
        initialState: (): object => new Money(),
        decide: () => [],
        evolve: (state: object) => state,
      }).thenState({
        amount: 5,
      }),
    );
    expect(error.message).toContain('the state: expected { amount: 5 }; got Money { amount: 5 }');
  });
});
