import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { MessageContext, Sends } from '../../../src/bus/index.js';
import { command } from '../../../src/contracts/index.js';
import { MortarError } from '../../../src/errors/index.js';
import { errorOf } from '../../support/parcels.js';
import { Balance, Opened, openShop, Paid, Refund } from './till.js';

const Go = command('till.go', { data: z.object({}) });

/** What became of the publish, dispatch and ask of a handler that says it sends these. */
async function triedBy(kind: 'event' | 'command', sends: Sends | undefined): Promise<readonly string[]> {
  const { requests, events } = openShop();
  const tried: string[] = [];
  requests.handle(Refund, () => undefined);
  requests.answer(Balance, () => ({ cents: 1 }));
  const handler = async ({ publish, dispatch, tryDispatch, ask, tryAsk }: MessageContext) => {
    for (const send of [
      () => publish(Paid, { order: 'a' }),
      () => dispatch(Refund, { order: 'a' }),
      () => tryDispatch(Refund, { order: 'b' }),
      () => ask(Balance, { account: 'a' }),
      () => tryAsk(Balance, { account: 'a' }),
    ]) {
      tried.push(
        await send().then(
          () => 'sent',
          (error: MortarError) => error.code,
        ),
      );
    }
  };
  const options = { name: 'desk', ...(sends === undefined ? {} : { sends }) };
  if (kind === 'event') {
    events.subscribe(Opened, options, handler);
    await events.deliver(Opened, { day: 1 });
  } else {
    requests.handle(Go, handler, options);
    await requests.dispatch(Go, {});
  }
  return tried;
}

const NO = 'MORTAR_SEND_UNDECLARED';

describe.each(['event', 'command'] as const)('what the handler of a(n) %s declares', (kind) => {
  test.each([
    [undefined, ['sent', 'sent', 'sent', 'sent', 'sent']],
    [{}, ['sent', 'sent', 'sent', 'sent', 'sent']],
    [{ publishes: [] }, [NO, 'sent', 'sent', 'sent', 'sent']],
    [{ dispatches: ['till.pay'] }, ['sent', NO, NO, 'sent', 'sent']],
    [{ asks: ['till.refund'] }, ['sent', 'sent', 'sent', NO, NO]],
    [
      { publishes: ['shop.opened', 'till.paid'], dispatches: ['till.refund'], asks: ['till.balance'] },
      ['sent', 'sent', 'sent', 'sent', 'sent'],
    ],
    [{ publishes: [], dispatches: [], asks: [] }, [NO, NO, NO, NO, NO]],
  ])('given %j, when it sends, then what is not among it is refused', async (sends, expected) => {
    expect(await triedBy(kind, sends)).toEqual(expected);
  });
});

describe('an undeclared message', () => {
  test('given one that is not awaited, when the handler ends at once, then its attempt has failed, and the error names both', async () => {
    const { events, paid } = openShop();
    const sends = { publishes: ['shop.closed'] };
    events.subscribe(Opened, { name: 'desk', sends }, ({ publish }) => void publish(Paid, { order: 'a' }));
    const [outcome] = await events.deliver(Opened, { day: 1 });
    const error = outcome?.status === 'handled' ? undefined : outcome?.error;
    expect(error).toBeInstanceOf(MortarError);
    expect(error).toMatchObject({ code: NO, category: 'permission' });
    for (const word of ['desk', 'till.paid', 'shop.closed']) expect((error as Error).message).toContain(word);
    expect(paid).toEqual([]);
  });

  test('given a declaration, when handlers are listed, then it is there as data', () => {
    const { bus, requests, events } = openShop();
    const sends = { asks: ['till.balance'] };
    requests.handle(Refund, () => undefined, { sends });
    events.subscribe(Opened, { name: 'desk', sends }, () => undefined);
    const listed = bus.handlers.list().filter(({ options }) => options.sends === sends);
    expect(listed.map(({ kind, name }) => `${kind} ${name}`)).toEqual(['command till.refund', 'event desk']);
    expect(requests.registrations().find(({ name }) => name === 'till.refund')?.sends).toBe(sends);
  });

  test.each([
    null,
    5,
    ['till.pay'],
    { publishes: 'till.pay' },
    { asks: [5] },
    { dispatches: [''] },
    { sends: [] },
  ])(
    'given %j, when a handler or a subscription is registered with it, then MORTAR_OPTIONS_INVALID',
    async (sends) => {
      const { requests, events } = openShop();
      const options = { sends } as never;
      const faults = [
        () => requests.handle(Refund, () => undefined, options),
        () => requests.answer(Balance, () => ({ cents: 1 }), options),
        () => events.subscribe(Opened, options, () => undefined),
      ].map((register) => errorOf(Promise.resolve().then(register)));
      for (const fault of faults) expect(await fault).toMatchObject({ code: 'MORTAR_OPTIONS_INVALID' });
    },
  );
});
