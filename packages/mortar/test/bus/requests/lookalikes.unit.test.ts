import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { fail } from '../../../src/bus/index.js';
import { command, port, query } from '../../../src/contracts/index.js';
import { errorOf, rejectionOf } from '../../support/parcels.js';
import { openShop } from './till.js';

const amount = z.object({ cents: z.number().max(100), by: z.string().default('till') });
const paid = z.object({ cents: z.number() });
const Take = command('till.take', { data: amount, result: paid, failures: { empty: paid } });
const Count = query('till.count', { data: amount, result: paid });
const Drawer = port('till.drawer', { open: { data: amount, result: paid, timeoutMs: 100 } });

/** What has the same names, and lets everything through. */
const any = z.any();
const Other = {
  Take: command('till.take', { data: any, result: any }),
  Count: query('till.count', { data: any, result: any }),
  Drawer: port('till.drawer', { open: { data: any, result: any, timeoutMs: 60_000 } }),
};

function servedShop(answer: () => unknown) {
  const shop = openShop();
  const seen: unknown[] = [];
  const handle = ({ data }: { data: unknown }): never => {
    seen.push(data);
    return answer() as never;
  };
  shop.requests.handle(Take, handle);
  shop.requests.answer(Count, handle);
  shop.requests.serve(Drawer.methods.open, handle);
  const { requests } = shop;
  const verbs: readonly ((data: unknown) => Promise<unknown>)[] = [
    (data) => requests.dispatch(Other.Take, data),
    (data) => requests.ask(Other.Count, data),
    (data) => requests.call(Other.Drawer.methods.open, data),
  ];
  return { ...shop, seen, verbs };
}

describe('a contract of the same name that is not the registered one', () => {
  test('given data and results, when it is sent, then those follow the schemas of the registered one', async () => {
    const results: unknown[] = [{ cents: 1, secret: 'x' }, { cents: 'many' }];
    const { verbs, seen } = servedShop(() => results[0]);
    for (const send of verbs) {
      expect(await rejectionOf(send({ cents: 101 }))).toBe('MORTAR_DATA_INVALID');
      expect(await send({ cents: 5, isAdmin: true })).toEqual({ cents: 1 });
    }
    expect(seen).toEqual(verbs.map(() => ({ cents: 5, by: 'till' })));
    results.shift();
    for (const send of verbs) expect(await rejectionOf(send({ cents: 5 }))).toBe('MORTAR_RESULT_INVALID');
  });

  test('given a failure, when the registered one names it, then it is the answer', async () => {
    const { requests } = servedShop(() => fail('empty', { cents: 0 }));
    expect(await requests.tryDispatch(Other.Take, { cents: 1 })).toEqual({
      ok: false,
      failure: fail('empty', { cents: 0 }),
    });
  });

  test('given a method with more time, when it is called, then it has that of the registered one', async () => {
    const { requests, clock } = servedShop(() => new Promise(() => undefined));
    const waiting = errorOf(requests.call(Other.Drawer.methods.open, { cents: 1 }));
    await clock.advance(100);
    expect(await waiting).toMatchObject({ code: 'MORTAR_REQUEST_TIMEOUT' });
  });
});
