import { describe, expectTypeOf, it } from 'vitest';
import { like, type Story, story } from '../../../src/testing/index.js';
import { type Account, account, type BankCommand, type BankEvent, opened } from '../fixtures/bank.js';

/** Code that is compiled and not run. */
function compiled(_: () => unknown): void {}

describe('types', () => {
  it('a story knows its decider', () => {
    expectTypeOf(story(account)).toEqualTypeOf<Story<Account, BankCommand, BankEvent>>();
  });

  it('takes its events, its commands and its state', () => {
    compiled(() => {
      const given = story(account).given(opened);
      const when = given.when({ type: 'deposit', amount: 5 });
      when.then({ type: 'bank.deposited', data: { amount: 5, note: '' } }, like({ type: 'bank.closed' }));
      when.then({ type: 'bank.deposited', data: like({ amount: 5 }) }, like({ data: { amount: 5 } }));
      when.thenState(like({ balance: 5 }));
      when.thenThrows(RangeError);
      when.thenThrows('MORTAR_DATA_INVALID');
      // @ts-expect-error There is no such event.
      given.given({ type: 'bank.robbed', data: {} });
      // @ts-expect-error The data lacks a part.
      given.given({ type: 'bank.deposited', data: { amount: 5 } });
      // @ts-expect-error There is no such command.
      given.when({ type: 'rob' });
      // @ts-expect-error The data is that of another event.
      when.then({ type: 'bank.closed', data: { amount: 5, note: '' } });
      // @ts-expect-error There is no such part.
      when.then({ type: 'bank.deposited', data: like({ amounts: 5 }) });
      // @ts-expect-error There is no such type.
      when.then(like({ type: 'bank.robbed' }));
      // @ts-expect-error The state has more parts.
      when.thenState({ balance: 5 });
      // @ts-expect-error There is no such code.
      when.thenThrows('MORTAR_DATA_WRONG');
    });
  });

  it('refuses to be awaited without an end', () => {
    compiled(async () => {
      // @ts-expect-error Its then takes events.
      await story(account).when({ type: 'look' });
    });
  });
});
