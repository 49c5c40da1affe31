import assert from 'node:assert/strict';
import type { UnitStore } from '../../../unit-of-work/index.js';
import { logHolds, someEvents } from '../event-store/subject.js';
import {
  aUnit,
  codesOf,
  commitAtOnce,
  commits,
  fails,
  handlesOf,
  kept,
  type UnitStoreCase,
  type UnitStoreSubject,
} from './subject.js';

const REPEATED = 'MORTAR_COMMAND_REPEATED';
const TEXTS = ['', 'null', '{"a" : 1}', "'; DROP TABLE results;--", 'é😀\u2028', 'x'.repeat(1_048_576)];

/** Of eight that carry out one command, one does; whatever their writes run into, the others hear that it is done. */
async function race({ effects }: UnitStoreSubject, handles: readonly UnitStore[]): Promise<void> {
  for (let round = 0; round < 6; round += 1) {
    const racers = Array.from({ length: 8 }, (_, racer) =>
      aUnit({
        writes: [(tx) => effects.insert(tx, `effect ${round}`, `${racer}`)],
        appends: [{ events: someEvents(1) }],
        keep: kept(`key ${round}`, { result: () => `${racer}` }),
      }),
    );
    const codes = codesOf(await commitAtOnce(handles, racers));
    assert.deepEqual(
      [...codes].sort(),
      [...Array.from({ length: 7 }, () => REPEATED), 'ok'],
      `in round ${round}, one is carried out and the others are repeated`,
    );
    const winner = codes.indexOf('ok');
    assert.equal((await handles[0]?.findResult(`key ${round}`))?.result, `${winner}`);
    assert.equal((await effects.all())[`effect ${round}`], `${winner}`);
  }
}

/** The result of a command is kept with what the command did. */
export const keepingCases: readonly UnitStoreCase[] = [
  {
    name: 'a result that was never kept is not found',
    run: async ({ units }) => {
      for (const key of ['a', '', '__proto__', "' OR 1=1 --", 'é'.repeat(600)])
        assert.equal(await units.findResult(key), undefined);
    },
  },
  {
    name: 'a kept result is found with its digest, to the last byte',
    run: async ({ units }) => {
      for (const [index, text] of TEXTS.entries())
        await commits(
          units,
          aUnit({ keep: kept(`key ${index}`, { digest: `d${index}`, result: () => text }) }),
        );
      for (const [index, text] of TEXTS.entries())
        assert.deepEqual(await units.findResult(`key ${index}`), { digest: `d${index}`, result: text });
    },
  },
  {
    name: 'keys that look alike are different keys',
    run: async ({ units }) => {
      const keys = [
        'a',
        'A',
        ' a',
        'a ',
        'é',
        'e\u0301',
        '__proto__',
        '%',
        '_',
        'x'.repeat(512),
        'x'.repeat(511),
      ];
      for (const key of keys) await commits(units, aUnit({ keep: kept(key, { result: () => key }) }));
      for (const key of keys)
        assert.deepEqual(await units.findResult(key), { digest: 'digest', result: key }, `key ${key}`);
    },
  },
  {
    name: 'the result is made after the writes have run, of what they answered with',
    run: async ({ units, effects }) => {
      let found: string | undefined;
      await commits(
        units,
        aUnit({
          writes: [
            (tx) => effects.insert(tx, 'a', 'x'),
            async (tx) => {
              found = await effects.get(tx, 'a');
            },
          ],
          keep: kept('key', { result: () => `found ${found}` }),
        }),
      );
      assert.equal((await units.findResult('key'))?.result, 'found x');
    },
  },
  {
    name: 'a result that can not be made undoes the unit',
    run: async ({ events, units, effects }) => {
      const thrown = new Error('no result');
      const unit = aUnit({
        writes: [(tx) => effects.insert(tx, 'a', 'x')],
        appends: [{ events: someEvents(1) }],
        keep: kept('key', {
          result: () => {
            throw thrown;
          },
        }),
      });
      assert.deepEqual(await units.commit([unit]), [{ ok: false, error: thrown }]);
      assert.deepEqual(await effects.all(), {});
      assert.equal(await units.findResult('key'), undefined);
      await logHolds(events, []);
    },
  },
  {
    name: 'a unit that fails keeps nothing',
    run: async ({ units }) => {
      const appends = [{ events: [] }];
      await fails(units, aUnit({ appends, keep: kept('key') }), 'MORTAR_OPTIONS_INVALID');
      const writes = [() => Promise.reject(new Error('no'))];
      await units.commit([aUnit({ writes, keep: kept('key') })]);
      assert.equal(await units.findResult('key'), undefined);
      await commits(units, aUnit({ keep: kept('key') }));
    },
  },
  {
    name: 'a repeated command happens once: its writes do not run again',
    run: async ({ events, units, effects }) => {
      const added = someEvents(1);
      const keep = kept('key', { result: () => 'first' });
      await commits(
        units,
        aUnit({ writes: [(tx) => effects.insert(tx, 'a', 'x')], appends: [{ events: added }], keep }),
      );
      let runs = 0;
      const again = aUnit({
        writes: [
          (tx) => {
            runs += 1;
            return effects.insert(tx, 'a', 'x');
          },
        ],
        appends: [{ events: someEvents(1) }],
        keep: { ...keep, result: () => 'second' },
      });
      const { category, details } = Object(await fails(units, again, REPEATED));
      assert.equal(category, 'conflict');
      assert.equal(details.key, 'key');
      assert.equal(runs, 0);
      assert.deepEqual(await units.findResult('key'), { digest: 'digest', result: 'first' });
      await logHolds(events, added);
    },
  },
  {
    name: 'another command under the same key is a conflict',
    run: async ({ events, units }) => {
      await commits(units, aUnit({ keep: kept('key') }));
      const other = aUnit({ keep: kept('key', { digest: 'other' }), appends: [{ events: someEvents(1) }] });
      await fails(units, other, 'MORTAR_IDEMPOTENCY_CONFLICT');
      await logHolds(events, []);
    },
  },
  {
    name: 'of two units of one commit with one key, the first is committed',
    run: async ({ units }) => {
      const outcomes = await units.commit([
        aUnit({ keep: kept('key', { result: () => 'first' }) }),
        aUnit({ keep: kept('key', { result: () => 'second' }) }),
        aUnit({ keep: kept('key', { digest: 'other' }) }),
        aUnit({ keep: kept('key two') }),
      ]);
      assert.deepEqual(codesOf(outcomes), ['ok', REPEATED, 'MORTAR_IDEMPOTENCY_CONFLICT', 'ok']);
      assert.equal((await units.findResult('key'))?.result, 'first');
    },
  },
  {
    name: 'a result whose time is over is not found, and another takes its place',
    run: async ({ units }) => {
      await commits(units, aUnit({ keep: kept('key', { expiresAt: 1, result: () => 'old' }) }));
      assert.equal(await units.findResult('key'), undefined);
      await commits(units, aUnit({ keep: kept('key', { digest: 'other', result: () => 'new' }) }));
      assert.deepEqual(await units.findResult('key'), { digest: 'other', result: 'new' });
    },
  },
  {
    name: 'cleaning up removes results whose time is over, and no others',
    run: async ({ units }) => {
      await units.commit(
        [1, 2, 3].map((index) => aUnit({ keep: kept(`old ${index}`, { expiresAt: index }) })),
      );
      await commits(units, aUnit({ keep: kept('key') }));
      assert.equal(await units.cleanUp({ inboxBefore: 0 }), 3);
      assert.equal(await units.cleanUp({ inboxBefore: 0 }), 0);
      assert.notEqual(await units.findResult('key'), undefined);
    },
  },
  {
    name: 'of 8 at once that carry out one command, one does, and the others hear that it is done',
    run: async (subject) => race(subject, [subject.units]),
  },
  {
    name: 'of 8 on two handles that carry out one command, one does, and the others hear that it is done',
    needs: 'second handle',
    run: async (subject) => race(subject, handlesOf(subject)),
  },
];
