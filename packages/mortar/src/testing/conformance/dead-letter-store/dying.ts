import assert from 'node:assert/strict';
import { createEnvelope } from '../../../contracts/index.js';
import {
  appended,
  batchOf,
  committed,
  deathOf,
  leased,
  takenOver,
  unitOf,
} from '../delivery-store/subject.js';
import { refuses } from '../event-store/subject.js';
import { buried, changed, type DeadLetterStoreCase, failures, graveOf, idsIn, letterAt } from './letters.js';

/** A delivery that is over in vain leaves one letter, with everything that is known of it. */
export const dyingCases: readonly DeadLetterStoreCase[] = [
  {
    name: 'a letter keeps the event, why it died, and every attempt',
    run: async ({ store }) => {
      const grave = await graveOf(store);
      const event = { key: 'k', actor: 'ada', tenant: 't', payload: '{"total":1}', metadata: { a: 'b' } };
      const letter = await buried(grave, { failures: failures('one', 'order 17 is missing') }, event);
      const { id, firstDeadAt, lastDeadAt, envelope, entry, failures: kept, error, ...rest } = letter;
      assert.ok(id.length > 0);
      assert.ok(Number.isSafeInteger(firstDeadAt));
      assert.equal(lastDeadAt, firstDeadAt);
      assert.deepEqual(kept, failures('one', 'order 17 is missing'));
      assert.deepEqual(error, kept[1]?.error);
      assert.deepEqual(entry, (await store.events.readAll()).entries[0]);
      assert.deepEqual(envelope.data, { total: 1 });
      assert.equal(envelope.id, entry?.id);
      assert.equal(envelope.key, 'k');
      assert.deepEqual(rest, {
        state: 'dead',
        subscription: grave.lease.subscription,
        reason: 'failed',
        attempts: 3,
        fingerprint: 'Error: order <n> is missing',
        replays: 0,
        endedAt: undefined,
        note: undefined,
        actor: undefined,
        edited: undefined,
      });
      assert.deepEqual(await store.deadLetters.get(id), letter);
    },
  },
  {
    name: 'the payload is kept byte for byte, decodable or not',
    run: async ({ store }) => {
      const grave = await graveOf(store);
      for (const payload of [
        '{ "b" : 1,  "a":{"$date":"nonsense"}}',
        '"\\u0041ü🦋"',
        '{"__proto__":{"admin":true}}',
        '1e3',
      ]) {
        const letter = await buried(grave, { reason: 'unreadable' }, { payload });
        assert.equal(letter.entry?.payload, payload);
        assert.equal(letter.reason, 'unreadable');
      }
      assert.equal(({} as { admin?: unknown }).admin, undefined);
    },
  },
  {
    name: 'data that can not be decoded is undefined',
    run: async ({ store }) => {
      const letter = await buried(await graveOf(store), {}, { payload: '{"$date":"nonsense"}' });
      assert.equal(letter.envelope.data, undefined);
    },
  },
  {
    name: 'one event has a letter for each subscription',
    run: async ({ store }) => {
      const entry = await appended(store);
      const one = await buried(await graveOf(store), { entry });
      const other = await buried(await graveOf(store, 'mail'), { entry });
      assert.notEqual(one.id, other.id);
      assert.deepEqual(await idsIn(store, 'dead'), [one.id, other.id].sort());
    },
  },
  {
    name: 'the same death twice leaves one letter, with no more attempts',
    run: async ({ store }) => {
      const grave = await graveOf(store);
      const first = await buried(grave);
      const again = await buried(grave, { entry: first.entry ?? (await appended(store)) });
      assert.equal(again.id, first.id);
      assert.equal(again.attempts, 3);
      assert.equal(again.failures.length, 1);
      assert.equal((await store.deadLetters.list()).length, 1);
    },
  },
  {
    name: 'a replay in vain adds its attempts and its failures, and is counted',
    run: async ({ store }) => {
      const grave = await graveOf(store);
      const { id, entry } = await buried(grave, { failures: failures('a') });
      for (const replays of [1, 2]) {
        await store.deadLetters.change(id, 'dead', 'replaying');
        const letter = await buried(grave, {
          entry: entry as never,
          attempts: 2,
          failures: failures(`b${replays}`),
        });
        assert.equal(letter.id, id);
        assert.equal(letter.state, 'dead');
        assert.equal(letter.replays, replays);
        assert.equal(letter.attempts, 3 + 2 * replays);
        assert.equal(letter.error.message, `b${replays}`);
      }
      const { failures: kept } = await letterAt(grave, entry as never);
      assert.deepEqual(
        kept.map(({ error }) => error.message),
        ['a', 'b1', 'b2'],
      );
    },
  },
  {
    name: 'a letter keeps its last 50 failures',
    run: async ({ store }) => {
      const messages = Array.from({ length: 60 }, (_, index) => `m${index}`);
      const letter = await buried(await graveOf(store), { failures: failures(...messages) });
      assert.deepEqual(
        letter.failures.map(({ error }) => error.message),
        messages.slice(10),
      );
    },
  },
  {
    name: 'under a lease that was lost, nothing dies',
    run: async ({ store }) => {
      const { old } = await takenOver(store);
      const entry = await appended(store);
      await refuses(
        store.deliveries.commit(batchOf(old, { letters: [deathOf(entry)] })),
        'MORTAR_LEASE_LOST',
      );
      assert.deepEqual(await store.deadLetters.list(), []);
    },
  },
  {
    name: 'beside a unit that fails, nothing dies',
    run: async ({ store }) => {
      const lease = await leased(store);
      const entry = await appended(store);
      const failing = unitOf([], {
        writes: [
          () => {
            throw new Error('no');
          },
        ],
      });
      await store.deliveries.commit(batchOf(lease, { units: [failing], letters: [deathOf(entry)] }));
      assert.deepEqual(await store.deadLetters.list(), []);
      await committed(store.deliveries, batchOf(lease, { letters: [deathOf(entry)] }));
      assert.equal((await store.deadLetters.list()).length, 1);
    },
  },
  {
    name: '500 deaths of one batch are all kept, in the order of their ids',
    run: async ({ store }) => {
      const grave = await graveOf(store);
      const entries = await Promise.all(Array.from({ length: 500 }, () => appended(store)));
      await changed(grave, ...entries.map((entry) => deathOf(entry)));
      const letters = await store.deadLetters.list({}, { limit: 10_000 });
      assert.equal(new Set(letters.map(({ entry }) => entry?.id)).size, 500);
      const ids = letters.map(({ id }) => id);
      assert.deepEqual(ids, [...ids].sort());
    },
  },
  {
    name: 'a delivery of the in-process bus leaves a letter without an entry',
    run: async ({ store }) => {
      const envelope = createEnvelope(
        {
          kind: 'event',
          name: 'shop.order-placed',
          schemaVersion: 1,
          priority: 'high',
          data: { '~standard': { version: 1, vendor: 'x', validate: (value: unknown) => ({ value }) } },
        } as never,
        { at: new Date(5) } as never,
      );
      const dead = {
        subscription: 'a',
        envelope,
        reason: 'dropped',
        attempts: 0,
        error: new Error('full'),
      } as const;
      const id = await store.deadLetters.add(dead);
      const letter = await store.deadLetters.get(id);
      assert.deepEqual(letter?.envelope, envelope);
      assert.equal(letter?.entry, undefined);
      assert.equal(await store.deadLetters.add(dead), id);
      assert.deepEqual(await store.deadLetters.replaying('a', { of: 1, among: [0] }, 10), []);
    },
  },
];
