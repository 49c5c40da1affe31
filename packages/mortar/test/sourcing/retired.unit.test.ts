import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { event } from '../../src/contracts/index.js';
import { streamId } from '../../src/event-store/index.js';
import { aggregate, decider, dropped, renamed, repository, split } from '../../src/sourcing/index.js';
import { anEvent } from '../../src/testing/conformance/event-store/subject.js';
import { caught, codeOf } from '../contracts/caught.js';
import { all, openBank } from './bank.js';

/** Was `shop.order-made` once, with a price in whole units under schema version 1. */
const Placed = event('shop.order-placed', {
  data: z.object({ cents: z.number(), note: z.string().default('none') }),
  schemaVersion: 2,
  upcasters: { 1: (data) => ({ cents: Number(Reflect.get(Object(data), 'price')) * 100 }) },
});
const Paid = event('shop.order-paid', { data: z.object({ cents: z.number() }) });

type Happened =
  | { readonly type: 'shop.order-placed'; readonly data: { readonly cents: number; readonly note?: string } }
  | { readonly type: 'shop.order-paid'; readonly data: { readonly cents: number } };

const order = aggregate('order', {
  decider: decider({
    initialState: (): readonly Happened[] => [],
    decide: (command: Happened) => command,
    evolve: (state, happened: Happened) => [...state, happened],
  }),
  events: [Placed, Paid],
  retired: [
    renamed('shop.order-made', Placed),
    split('shop.order-placed-and-paid', (data, schemaVersion) => {
      const cents = Number(Reflect.get(Object(data), 'amount')) * (schemaVersion === 1 ? 100 : 1);
      return [
        { type: 'shop.order-placed', data: { cents } },
        { type: 'shop.order-paid', data: { cents } },
      ];
    }),
    dropped('shop.order-looked-at'),
  ],
});

const stream = streamId('order-1');

async function openWith(
  ...events: readonly (readonly [type: string, schemaVersion: number, payload: string])[]
) {
  const bank = openBank();
  const stored = events.map(([type, schemaVersion, payload]) => anEvent({ type, schemaVersion, payload }));
  await bank.stored.append([{ streamId: stream, events: stored }]);
  return { ...bank, repo: repository(bank, order) };
}

describe('an event type that is retired', () => {
  it('is read under its new name, with the upcasters and the schema of that', async () => {
    const { repo } = await openWith(
      ['shop.order-made', 1, '{"price":3}'],
      ['shop.order-made', 2, '{"cents":250}'],
      ['shop.order-placed', 1, '{"price":1}'],
    );
    expect((await repo.load('1')).state).toEqual([
      { type: 'shop.order-placed', data: { cents: 300, note: 'none' } },
      { type: 'shop.order-placed', data: { cents: 250, note: 'none' } },
      { type: 'shop.order-placed', data: { cents: 100, note: 'none' } },
    ]);
  });

  it('is read as several, which share its version', async () => {
    const { repo } = await openWith(
      ['shop.order-placed-and-paid', 1, '{"amount":3}'],
      ['shop.order-placed-and-paid', 2, '{"amount":3}'],
    );
    expect((await repo.load('1')).state.map(({ type, data }) => [type, data.cents])).toEqual([
      ['shop.order-placed', 300],
      ['shop.order-paid', 300],
      ['shop.order-placed', 3],
      ['shop.order-paid', 3],
    ]);
    const history = await all(repo.history('1'));
    expect(history.map(({ event: { type }, version, state }) => [type, version, state.length])).toEqual([
      ['shop.order-placed', 1, 1],
      ['shop.order-paid', 1, 2],
      ['shop.order-placed', 2, 3],
      ['shop.order-paid', 2, 4],
    ]);
  });

  it('is passed over, and has its version all the same', async () => {
    const { repo } = await openWith(
      ['shop.order-looked-at', 1, '{}'],
      ['shop.order-paid', 1, '{"cents":1}'],
      ['shop.order-looked-at', 7, 'null'],
    );
    expect(await repo.load('1')).toMatchObject({ version: 3, state: [{ type: 'shop.order-paid' }] });
    expect(await all(repo.history('1'))).toMatchObject([{ version: 2 }]);
    expect(await repo.handle('1', { type: 'shop.order-paid', data: { cents: 2 } })).toMatchObject({
      version: 4,
    });
  });

  it('can not be decided any more', async () => {
    const { repo, stored } = await openWith(['shop.order-looked-at', 1, '{}']);
    const command = { type: 'shop.order-looked-at', data: {} } as unknown as Happened;
    await expect(repo.handle('1', command)).rejects.toMatchObject({ code: 'MORTAR_DECIDER_INVALID' });
    expect(await stored.head()).toBe(1);
  });

  it.each(['', 'order', 'Shop.order', 'shop.Order', 7])('is refused with the name %j', (name) => {
    const bad = name as string;
    expect(codeOf(() => renamed(bad, Placed))).toBe('MORTAR_NAME_INVALID');
    expect(codeOf(() => split(bad, () => []))).toBe('MORTAR_NAME_INVALID');
    expect(codeOf(() => dropped(bad))).toBe('MORTAR_NAME_INVALID');
  });

  it('is refused where nothing says what it has become', () => {
    expect(caught(() => renamed('shop.a', undefined as never)).code).toBe('MORTAR_OPTIONS_INVALID');
    expect(caught(() => renamed('shop.a', 'shop.b' as never)).code).toBe('MORTAR_OPTIONS_INVALID');
    expect(caught(() => split('shop.a', undefined as never)).code).toBe('MORTAR_OPTIONS_INVALID');
  });
});
