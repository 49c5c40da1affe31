import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createEnvelope, event } from '../../src/contracts/index.js';
import { type EncodedEvent, encodeEvent } from '../../src/event-store/index.js';
import { projection, readModelOf } from '../../src/projections/index.js';
import { changedEvents } from '../support/changed-stores.js';
import { memorySubject } from '../support/memory-subject.js';

const Moved = event('bank.moved', {
  data: z.object({ account: z.string(), amount: z.number() }),
  key: ({ account }) => account,
});

const definition = {
  events: [Moved],
  initialState: () => ({ balance: 0 }),
  key: ({ data }: { readonly data: { readonly account: string } }) => data.account,
  on: {
    'bank.moved': (
      { balance }: { readonly balance: number },
      { data: { amount } }: { readonly data: { readonly amount: number } },
    ) => {
      if (amount === 400) throw new RangeError('no 400');
      return balance + amount === 13 ? undefined : { balance: balance + amount };
    },
  },
  placement: 'live',
} as const;

function move(account: string, amount: number, tenant?: string): EncodedEvent {
  return encodeEvent(createEnvelope(Moved, { account, amount }, tenant === undefined ? {} : { tenant }));
}

/** A log with these events, and what reads it, counting the entries. */
async function logOf(...events: readonly EncodedEvent[]) {
  const { events: store, documents } = memorySubject();
  await store.append([{ events }]);
  let entries = 0;
  const counted = changedEvents(store, {
    readAll: async (range) => {
      const page = await store.readAll(range);
      entries += page.entries.length;
      return page;
    },
  });
  const parts = {
    module: 'bank',
    store: () => ({ events: counted, documents }),
    generation: (): never => {
      throw new Error('a live one has no generations');
    },
  };
  return { parts, read: () => entries };
}

describe('a live projection', () => {
  it('reads what the document says that it is made of, and no more', async () => {
    const { parts, read } = await logOf(move('a', 1), move('b', 2), move('a', 4), move('b', 11));
    const live = projection('live', { ...definition, from: (key) => ({ orderKeys: [key] }) });
    const model = readModelOf(live, parts);
    expect(await model.get('a')).toEqual({ balance: 5 });
    expect(read()).toBe(2);
    expect(await model.get('b')).toBeUndefined();
    expect(await model.getMany(['a', 'b', 'a'])).toEqual(new Map([['a', { balance: 5 }]]));
  });

  it('reads all of its types where nothing is said, once for several documents', async () => {
    const { parts, read } = await logOf(
      ...Array.from({ length: 2_500 }, (_, index) => move(`a${index % 5}`, 2)),
    );
    const model = readModelOf(projection('live', definition), parts);
    expect(await model.getMany(['a1', 'a4', 'a9'])).toEqual(
      new Map([
        ['a1', { balance: 1_000 }],
        ['a4', { balance: 1_000 }],
      ]),
    );
    expect(read()).toBe(2_500);
    expect(await model.count({ balance: { atLeast: 1_000 } })).toBe(5);
  });

  it('folds the events of its tenant', async () => {
    const { parts } = await logOf(
      move('a', 1, 'red'),
      move('a', 2),
      move('a', 4, 'blue'),
      move('a', 8, 'red'),
    );
    const live = projection('live', { ...definition, perTenant: true });
    expect(await readModelOf(live, parts, { tenant: 'red' }).get('a')).toEqual({ balance: 9 });
    expect(await readModelOf(live, parts, { tenant: '' }).get('a')).toEqual({ balance: 2 });
  });

  it('tells which event it can not take', async () => {
    const bad = move('a', 400);
    const { parts } = await logOf(move('a', 1), bad);
    const model = readModelOf(projection('live', definition), parts);
    await expect(model.get('a')).rejects.toMatchObject({
      code: 'MORTAR_FOLD_FAILED',
      message: expect.stringMatching(/got an error that it threw for "bank\.moved": \S/),
      details: { position: 2, type: 'bank.moved', id: bad.id },
    });
    // An event of another document is not folded.
    expect(await model.get('b')).toBeUndefined();
  });

  it('takes no promise for a document', async () => {
    const { parts } = await logOf(move('a', 1));
    // As code without a compiler has it.
    const late = { 'bank.moved': async () => ({ balance: 1 }) } as unknown as typeof definition.on;
    const model = readModelOf(projection('live', { ...definition, on: late }), parts);
    await expect(model.get('a')).rejects.toMatchObject({ code: 'MORTAR_FOLD_FAILED' });
  });

  it('holds no more documents in memory than it may', async () => {
    const { parts } = await logOf(...Array.from({ length: 10_001 }, (_, index) => move(`a${index}`, 1)));
    const model = readModelOf(projection('live', definition), parts);
    await expect(model.find()).rejects.toMatchObject({ code: 'MORTAR_OPTIONS_INVALID' });
    expect(await model.get('a10000')).toEqual({ balance: 1 });
    await expect(model.get('')).rejects.toMatchObject({ code: 'MORTAR_DOCUMENT_INVALID' });
  });
});
