import type { OpenStore } from 'mortar/delivery';
import { streamId } from 'mortar/event-store';
import { describe, expect, it, vi } from 'vitest';
import { aFile } from '../support/file.js';
import { aStore, openFile } from '../support/store.js';
import { anEvent, unitOf } from '../support/units.js';

const order = streamId('order-1');

/** Something of each port. */
const calls: readonly (readonly [string, (store: OpenStore) => Promise<unknown>])[] = [
  ['append', ({ events }) => events.append([{ events: [anEvent()] }])],
  ['readAll', ({ events }) => events.readAll()],
  ['readStream', ({ events }) => events.readStream(order)],
  ['streamInfo', ({ events }) => events.streamInfo(order)],
  ['statistics', ({ events }) => events.statistics()],
  ['head', ({ events }) => events.head()],
  ['setStreamState', ({ events }) => events.setStreamState(order, 'archived')],
  ['findResult', ({ units }) => units.findResult('key')],
  ['cleanUp', ({ units }) => units.cleanUp({ inboxBefore: 0 })],
  ['register', ({ deliveries }) => deliveries.register('billing', 'now')],
  ['due', ({ deliveries }) => deliveries.due(1)],
  ['list', ({ deadLetters }) => deadLetters.list()],
  ['check', (store) => store.check()],
];

describe('a closed store', () => {
  it.each(calls)('refuses %s', async (_, call) => {
    const store = await aStore();
    await store.close();
    await expect(call(store)).rejects.toMatchObject({ code: 'MORTAR_STORE_CLOSED' });
  });

  it('answers a unit with the error', async () => {
    const store = await aStore();
    await store.close();
    expect(await store.units.commit([unitOf()])).toMatchObject([
      { ok: false, error: { code: 'MORTAR_STORE_CLOSED' } },
    ]);
  });

  it('has done what was under way', async () => {
    const file = aFile();
    const store = await openFile(file);
    const appends = Array.from({ length: 1_200 }, () => store.events.append([{ events: [anEvent()] }]));
    await Promise.all([store.close(), ...appends]);
    const again = await openFile(file);
    expect(await again.events.head()).toBe(1_200);
  });

  it('may be closed again, and by `await using`', async () => {
    const file = aFile();
    {
      await using store = await openFile(file);
      await store.events.append([{ events: [anEvent()] }]);
    }
    const store = await openFile(file);
    await Promise.all([store.close(), store.close()]);
    await store.close();
  });

  it('tells watchers nothing any more', async () => {
    const file = aFile();
    const [one, other] = [await openFile(file, { pollMs: 1 }), await openFile(file)];
    const listener = vi.fn();
    one.events.watch(listener);
    await one.close();
    await other.events.append([{ events: [anEvent()] }]);
    const later = vi.fn();
    other.events.watch(later);
    await other.events.append([{ events: [anEvent()] }]);
    expect(later).toHaveBeenCalled();
    expect(listener).not.toHaveBeenCalled();
  });
});
