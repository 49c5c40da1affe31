import { describe, expect, test } from 'vitest';
import { createMessageBus, type Rule } from '../../../src/bus/index.js';
import type { MortarError } from '../../../src/errors/index.js';
import { errorOf, Latch, rejectionOf } from '../../support/parcels.js';
import { Balance, openShop, Pay, Refund } from './till.js';

const ORDER = { order: 'a' };

/** A shop whose refunds are handled under rules, and those that were. */
function ruledShop(...rules: readonly unknown[]) {
  const shop = openShop();
  const refunds: string[] = [];
  shop.requests.answer(Balance, ({ data }) => ({ cents: data.account.length }));
  shop.requests.handle(Refund, ({ data }) => void refunds.push(data.order), { validate: rules as never });
  return { ...shop, refunds };
}

describe('rules of a command', () => {
  test('given rules that are kept, when it is dispatched, then the handler is called, after all of them', async () => {
    const seen: string[] = [];
    const shop = ruledShop(
      async () => {
        await undefined;
        seen.push('slow');
      },
      () => void seen.push('fast'),
    );
    await shop.requests.dispatch(Refund, ORDER);
    expect([seen, shop.refunds]).toEqual([['fast', 'slow'], ['a']]);
  });

  test('given several that are broken, when it is dispatched, then all that they say is told, in their order, and the handler is not called', async () => {
    const shop = ruledShop(
      async () => {
        await undefined;
        return 'is too late';
      },
      () => undefined,
      () => ({ path: 'order', message: 'is unknown' }),
      () => ['is locked', { path: 'order', message: 'is empty', code: 'MORTAR_DATA_INVALID' }],
      () => [],
    );
    const error = (await errorOf(shop.requests.dispatch(Refund, ORDER))) as MortarError;
    expect(error).toMatchObject({ code: 'MORTAR_RULE_BROKEN', category: 'validation' });
    expect(error.issues).toEqual([
      { path: '', message: 'is too late' },
      { path: 'order', message: 'is unknown' },
      { path: '', message: 'is locked' },
      { path: 'order', message: 'is empty', code: 'MORTAR_DATA_INVALID' },
    ]);
    expect(error.message).toContain('till.refund follows the rules');
    expect(shop.refunds).toEqual([]);
  });

  test('given a rule that asks, when it is dispatched, then it sees the data, the envelope and the answer, and can send nothing else', async () => {
    const { requests } = openShop();
    requests.answer(Balance, ({ data }) => ({ cents: data.account.length }));
    const seen: unknown[] = [];
    requests.handle(Refund, () => undefined, {
      validate: [
        async (context) => {
          const { cents } = await context.ask(Balance, { account: context.data.order });
          seen.push(cents, context.envelope.tenant, Object.keys(context).sort());
          return cents < 5 ? `only ${cents}` : undefined;
        },
      ],
    });
    expect(await errorOf(requests.dispatch(Refund, { order: 'abc' }, { tenant: 'n' }))).toMatchObject({
      issues: [{ path: '', message: 'only 3' }],
    });
    expect(seen).toEqual([3, 'n', ['ask', 'data', 'envelope', 'logger', 'signal', 'tryAsk']]);
    await requests.dispatch(Refund, { order: 'abcde' });
  });

  test('given data that breaks its schema, when it is dispatched, then no rule runs', async () => {
    let calls = 0;
    const shop = ruledShop(() => {
      calls += 1;
    });
    expect(await rejectionOf(shop.requests.dispatch(Refund, {} as never))).toBe('MORTAR_DATA_INVALID');
    expect(calls).toBe(0);
  });

  test('given rules that throw, when it is dispatched, then the first one in the list wins, after all have ended', async () => {
    const latch = new Latch();
    const ended: string[] = [];
    const first = new Error('first');
    const shop = ruledShop(
      async () => {
        await latch.opened;
        ended.push('slow');
        throw first;
      },
      () => {
        throw new Error('second');
      },
      () => 'broken',
    );
    const waiting = errorOf(shop.requests.dispatch(Refund, ORDER));
    latch.open();
    expect(await waiting).toBe(first);
    expect([ended, shop.refunds]).toEqual([['slow'], []]);
  });

  test('given a caller that gives up while rules run, when they have ended, then the handler is not called', async () => {
    const latch = new Latch();
    const shop = ruledShop(() => latch.opened);
    const waiting = rejectionOf(shop.requests.dispatch(Refund, ORDER, { timeoutMs: 5 }));
    await shop.clock.advance(5);
    expect(await waiting).toBe('MORTAR_REQUEST_TIMEOUT');
    latch.open();
    await shop.clock.runOut();
    expect(shop.refunds).toEqual([]);
  });

  test('given a key, when its command has broken a rule, then it may be tried again; when it has run, no rule runs again', async () => {
    let calls = 0;
    const shop = ruledShop(() => {
      calls += 1;
      return calls === 1 ? 'not yet' : undefined;
    });
    const refund = (): Promise<void> => shop.requests.dispatch(Refund, ORDER, { idempotencyKey: 'k' });
    expect(await rejectionOf(refund())).toBe('MORTAR_RULE_BROKEN');
    await refund();
    await refund();
    expect([calls, shop.refunds]).toEqual([2, ['a']]);
  });

  test('given a handle middleware, when a rule is broken, then the middleware sees the command and its error', async () => {
    const seen: unknown[] = [];
    const { requests } = openShop({
      middleware: {
        handle: [
          async (context, next) => {
            try {
              return await next(context);
            } catch (error) {
              seen.push([context.type, (error as MortarError).code]);
              throw error;
            }
          },
        ],
      },
    });
    requests.handle(Refund, () => undefined, { validate: [() => 'no'] });
    expect(await rejectionOf(requests.dispatch(Refund, ORDER))).toBe('MORTAR_RULE_BROKEN');
    expect(seen).toEqual([['till.refund', 'MORTAR_RULE_BROKEN']]);
  });

  test.each([null, true, 5, '', {}, [undefined], [{ path: 'x' }], { path: 5, message: 'm' }, [['nested']]])(
    'given a rule that answers %j, when it is dispatched, then MORTAR_RESULT_INVALID',
    async (answer) => {
      const shop = ruledShop(() => answer);
      expect(await rejectionOf(shop.requests.dispatch(Refund, ORDER))).toBe('MORTAR_RESULT_INVALID');
      expect(shop.refunds).toEqual([]);
    },
  );

  test('given another command, when its rules are written, then they have its types', () => {
    const { requests } = createMessageBus();
    // @ts-expect-error A payment has no account.
    const misread: Rule<typeof Pay> = ({ data }) => data.account;
    // @ts-expect-error A rule may not publish.
    const writes: Rule<typeof Refund> = ({ publish }) => publish;
    // @ts-expect-error A rule answers with texts or issues.
    const counts: Rule<typeof Refund> = () => 5;
    const right: Rule<typeof Pay> = ({ data: { cents } }) => (cents < 0 ? 'is negative' : undefined);
    requests.handle(Pay, () => ({ receipt: '' }), { validate: [right] });
    expect([misread, writes, counts]).toHaveLength(3);
  });
});
