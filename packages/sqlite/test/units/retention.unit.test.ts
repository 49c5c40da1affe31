import { newId } from 'mortar/contracts';
import type { OpenStore } from 'mortar/delivery';
import { beforeEach, describe, expect, it } from 'vitest';
import { aStore } from '../support/store.js';
import { anEvent, commit, sqlOf } from '../support/units.js';

const FAR = 8.64e15;

describe('what is over, in a SQLite file', () => {
  let store: OpenStore;

  beforeEach(async () => {
    store = await aStore();
  });

  it('is removed in steps, so that others write in between, until nothing is left', async () => {
    const count = 2_300;
    const units = Array.from({ length: count }, (_, index) => ({
      id: newId(),
      writes: [],
      appends: [],
      inbox: { subscription: 'mail', messageId: `${index}` },
    }));
    for (const outcome of await store.units.commit(units)) expect(outcome.ok).toBe(true);
    const steps: number[] = [];
    for (let removed = 1; removed > 0; ) {
      removed = await store.units.cleanUp({ inboxBefore: FAR });
      steps.push(removed);
    }
    expect(steps).toEqual([1_000, 1_000, 300, 0]);
  });

  it('goes with the letters of a job, however many', async () => {
    await store.deliveries.register('mail', 'beginning', 1);
    const [lease] = await store.deliveries.acquire('mail', [0], 'a', 600_000);
    if (lease === undefined) throw new Error('The lease is free.');
    await store.events.append([{ events: Array.from({ length: 1_500 }, () => anEvent()) }]);
    const { entries } = await store.events.readAll({ limit: 10_000 });
    const error = {
      name: 'Error',
      message: 'no',
      category: 'internal',
      code: undefined,
      stack: undefined,
    } as const;
    const letters = entries.map((entry) => ({
      kind: 'dead' as const,
      entry,
      reason: 'failed' as const,
      attempts: 1,
      failures: [{ at: 1, error }],
    }));
    const batch = { subscription: 'mail', progress: [lease], units: [], hold: [], release: [], letters };
    expect(await store.deliveries.commit(batch)).toMatchObject({ ok: true });
    const { id, total } = await store.deadLetters.startJob({ filter: {} });
    expect(total).toBe(1_500);
    await store.deadLetters.cancelJob(id);
    expect(await store.deadLetters.cleanUp({ jobsBefore: FAR, auditBefore: 0 })).toBe(1);
    const [left] = await commit(store, (tx) => sqlOf(tx).query('SELECT * FROM mortar_replay_letters'));
    expect(left).toEqual([]);
  });

  it('is an announcement whose time is up', async () => {
    for (let index = 0; index < 20; index += 1)
      await store.deliveries.announce(`killed ${index}`, ['mail'], 0);
    await store.deliveries.announce('alive', ['mail'], 600_000);
    const [left] = await commit(store, (tx) => sqlOf(tx).query('SELECT owner FROM mortar_owners'));
    expect(left).toEqual([{ owner: 'alive' }]);
  });
});
