import assert from 'node:assert/strict';
import type { DeadLetter, DeadLetterFilter, OpenStore } from '../../../delivery/index.js';
import { refuses } from '../event-store/subject.js';
import { buried, type DeadLetterStoreCase, failures, graveOf } from './letters.js';

async function found({ deadLetters }: OpenStore, filter: DeadLetterFilter): Promise<readonly string[]> {
  return (await deadLetters.list(filter)).map(({ id }) => id);
}

/** Letters that differ in everything a filter asks for. */
async function several(store: OpenStore): Promise<readonly DeadLetter[]> {
  const billing = await graveOf(store);
  const mail = await graveOf(store, 'mail');
  const unreadable = {
    at: 1,
    error: {
      name: 'MortarError',
      message: 'm',
      category: 'corrupt',
      code: 'MORTAR_CODEC_CORRUPT',
      stack: undefined,
    },
  } as const;
  return [
    await buried(billing, { failures: failures('order 1 is missing') }, { key: 'a', tenant: 'north' }),
    await buried(
      billing,
      { failures: failures('order 2 is missing') },
      { type: 'crm.person-moved', key: 'b' },
    ),
    await buried(mail, { reason: 'unreadable', failures: [unreadable] }, { key: 'a', correlationId: 'c-1' }),
  ];
}

/** Letters are found by what is known of them. */
export const findingCases: readonly DeadLetterStoreCase[] = [
  {
    name: 'by subscription, type, module, key, tenant, correlation, reason, category and fingerprint',
    run: async ({ store }) => {
      const [one, two, three] = (await several(store)).map(({ id }) => id);
      const cases: readonly (readonly [DeadLetterFilter, readonly (string | undefined)[]])[] = [
        [{}, [one, two, three]],
        [{ subscription: 'mail' }, [three]],
        [{ type: 'crm.person-moved' }, [two]],
        [{ module: 'shop' }, [one, three]],
        [{ module: 'sho' }, []],
        [{ key: 'a' }, [one, three]],
        [{ key: 'a', subscription: 'mail' }, [three]],
        [{ tenant: 'north' }, [one]],
        [{ correlationId: 'c-1' }, [three]],
        [{ reason: 'unreadable' }, [three]],
        [{ reason: 'dropped' }, []],
        [{ category: 'corrupt' }, [three]],
        [{ fingerprint: 'Error: order <n> is missing' }, [one, two]],
        [{ ids: [two ?? '', 'nobody'] }, [two]],
        [{ ids: [] }, []],
        [{ state: 'replayed' }, []],
        [{ key: "' OR 1=1 --" }, []],
        [{ subscription: '%' }, []],
      ];
      for (const [filter, expected] of cases)
        assert.deepEqual(await found(store, filter), expected, JSON.stringify(filter));
    },
  },
  {
    name: 'by the time of their last death, from and up to',
    run: async ({ store }) => {
      const [one] = await several(store);
      const at = one?.lastDeadAt ?? 0;
      assert.equal((await found(store, { from: at + 600_000 })).length, 0);
      assert.ok((await found(store, { from: at })).includes(one?.id ?? ''));
      assert.equal((await found(store, { to: at })).includes(one?.id ?? ''), false);
      assert.equal((await found(store, { from: at, to: at + 600_000 })).length, 3);
    },
  },
  {
    name: 'page by page, each once, while letters come and go',
    run: async ({ store }) => {
      const grave = await graveOf(store);
      const ids: string[] = [];
      for (let index = 0; index < 12; index += 1) ids.push((await buried(grave)).id);
      const seen: string[] = [];
      for (let after = ''; ; ) {
        const page = await store.deadLetters.list({}, { after, limit: 5 });
        if (page.length === 0) break;
        seen.push(...page.map(({ id }) => id));
        after = seen.at(-1) ?? '';
        await store.deadLetters.change(seen.at(-2) ?? '', 'dead', 'discarded');
      }
      assert.deepEqual(seen, ids);
      for (const limit of [0, -1, 1.5, 10_001])
        await refuses(store.deadLetters.list({}, { limit }), 'MORTAR_OPTIONS_INVALID');
    },
  },
  {
    name: 'by error, the largest group first',
    run: async ({ store }) => {
      const [one, two, three] = await several(store);
      const groups = await store.deadLetters.groups();
      assert.deepEqual(
        groups.map(({ fingerprint, count }) => ({ fingerprint, count })),
        [
          { fingerprint: one?.fingerprint, count: 2 },
          { fingerprint: three?.fingerprint, count: 1 },
        ],
      );
      const [largest] = groups;
      assert.deepEqual([...(largest?.types ?? [])].sort(), ['crm.person-moved', 'shop.order-placed']);
      assert.deepEqual(largest?.subscriptions, [one?.subscription]);
      assert.equal(largest?.firstDeadAt, one?.firstDeadAt);
      assert.equal(largest?.lastDeadAt, two?.lastDeadAt);
      assert.equal((await store.deadLetters.groups({ subscription: 'mail' })).length, 1);
    },
  },
  {
    name: 'they are counted by state, and the dead by what they are of',
    run: async ({ store }) => {
      const [one, two, three] = await several(store);
      await store.deadLetters.change(two?.id ?? '', 'dead', 'discarded');
      await store.deadLetters.change(three?.id ?? '', 'dead', 'replaying');
      assert.deepEqual(await store.deadLetters.statistics(), {
        byState: { dead: 1, replaying: 1, replayed: 0, discarded: 1 },
        bySubscription: { [one?.subscription ?? '']: 1 },
        byType: { 'shop.order-placed': 1 },
        byCategory: { internal: 1 },
        oldestDeadAt: one?.lastDeadAt,
      });
    },
  },
  {
    name: 'an empty store has zeros, and nothing to find',
    run: async ({ store: { deadLetters } }) => {
      assert.deepEqual(await deadLetters.statistics(), {
        byState: { dead: 0, replaying: 0, replayed: 0, discarded: 0 },
        bySubscription: {},
        byType: {},
        byCategory: {},
        oldestDeadAt: undefined,
      });
      assert.deepEqual(await deadLetters.list(), []);
      assert.deepEqual(await deadLetters.groups(), []);
      assert.equal(await deadLetters.get('x'), undefined);
      assert.equal(await deadLetters.find('x', 'y'), undefined);
      assert.deepEqual(await deadLetters.jobs(), []);
      assert.equal(await deadLetters.job('x'), undefined);
    },
  },
];
