import assert from 'node:assert/strict';
import type { Transaction, Write } from '../../../unit-of-work/index.js';
import { logHolds, ORDER, someEvents } from '../event-store/subject.js';
import { aUnit, commits, failed, fails, resultOf, type UnitStoreCase, writing } from './subject.js';

const VIOLATED = 'MORTAR_CONSTRAINT_VIOLATED';

/** The `write` functions of a unit change the store in its transaction. */
export const writingCases: readonly UnitStoreCase[] = [
  {
    name: 'writes run in their order, one after the other, and their results are told',
    run: async ({ units, effects }) => {
      const order: string[] = [];
      const write =
        (name: string): Write =>
        async (tx) => {
          order.push(`${name} begins`);
          await effects.insert(tx, name, name.toUpperCase());
          order.push(`${name} ends`);
          return { name };
        };
      const { written } = await commits(
        units,
        writing(
          write('b'),
          write('a'),
          () => 7,
          () => undefined,
        ),
      );
      assert.deepEqual(written, [{ name: 'b' }, { name: 'a' }, 7, undefined]);
      assert.deepEqual(order.slice(-4), ['b begins', 'b ends', 'a begins', 'a ends']);
      assert.deepEqual(await effects.all(), { b: 'B', a: 'A' });
    },
  },
  {
    name: 'a write finds what those before it have changed',
    run: async ({ units, effects }) => {
      const { written } = await commits(
        units,
        writing(
          (tx) => effects.get(tx, 'a'),
          (tx) => effects.insert(tx, 'a', 'x'),
          (tx) => effects.get(tx, 'a'),
        ),
      );
      assert.deepEqual(written, [undefined, undefined, 'x']);
    },
  },
  {
    name: 'a write finds what units before its own have committed',
    run: async ({ units, effects }) => {
      const outcomes = await units.commit([
        writing((tx) => effects.insert(tx, 'a', 'x')),
        writing((tx) => effects.get(tx, 'a')),
      ]);
      assert.deepEqual(resultOf(outcomes[1]).written, ['x']);
    },
  },
  {
    name: 'writes and events commit together',
    run: async ({ events, units, effects }) => {
      const added = someEvents(2);
      await commits(
        units,
        aUnit({
          writes: [(tx) => effects.insert(tx, 'a', 'x')],
          appends: [{ streamId: ORDER, events: added }],
        }),
      );
      assert.deepEqual(await effects.all(), { a: 'x' });
      await logHolds(events, added);
    },
  },
  {
    name: 'what a write throws is the outcome, and nothing of the unit has happened',
    run: async ({ events, units, effects }) => {
      for (const thrown of [new Error('no'), 'a text', undefined, null]) {
        const later: string[] = [];
        const unit = aUnit({
          writes: [
            (tx) => effects.insert(tx, 'a', 'x'),
            async (tx) => {
              await effects.insert(tx, 'b', 'x');
              throw thrown;
            },
            () => later.push('ran'),
          ],
          appends: [{ events: someEvents(1) }],
        });
        const [outcome] = await units.commit([unit]);
        assert.ok(outcome !== undefined && !outcome.ok);
        assert.equal(outcome.error, thrown, 'the very error');
        assert.deepEqual(later, [], 'the writes after it do not run');
      }
      assert.deepEqual(await effects.all(), {});
      await logHolds(events, []);
    },
  },
  {
    name: 'a write that throws before it awaits anything',
    run: async ({ units, effects }) => {
      const thrown = new TypeError('at once');
      const unit = writing(
        (tx) => effects.insert(tx, 'a', 'x'),
        () => {
          throw thrown;
        },
      );
      assert.deepEqual(await units.commit([unit]), [{ ok: false, error: thrown }]);
      assert.deepEqual(await effects.all(), {});
    },
  },
  {
    name: "an operation that is refused for what it asks fails the unit with the driver's own error",
    run: async ({ events, units, effects }) => {
      let refusal: unknown;
      const refused: Write = (tx) =>
        effects.refused(tx).catch((error: unknown) => {
          refusal = error;
          throw error;
        });
      const unit = aUnit({
        writes: [(tx) => effects.insert(tx, 'a', 'x'), refused],
        appends: [{ events: someEvents(1) }],
      });
      const [outcome, next] = await units.commit([unit, writing((tx) => effects.insert(tx, 'b', 'x'))]);
      assert.ok(outcome !== undefined && !outcome.ok);
      assert.ok(refusal instanceof Error);
      assert.equal(outcome.error, refusal, 'the very error');
      assert.notEqual(refusal.name, 'MortarError');
      assert.equal(next?.ok, true, 'the store works on');
      assert.deepEqual(await effects.all(), { b: 'x' });
      await logHolds(events, []);
    },
  },
  {
    name: 'a broken constraint is a conflict that names it',
    run: async ({ events, units, effects }) => {
      await commits(
        units,
        writing((tx) => effects.insert(tx, 'a', 'first')),
      );
      const unit = aUnit({
        writes: [(tx) => effects.insert(tx, 'b', 'x'), (tx) => effects.insert(tx, 'a', 'second')],
        appends: [{ events: someEvents(1) }],
      });
      const { category, details } = Object(await fails(units, unit, VIOLATED));
      assert.equal(category, 'conflict');
      assert.equal(details.constraint, effects.constraint);
      assert.deepEqual(await effects.all(), { a: 'first' });
      await logHolds(events, []);
    },
  },
  {
    name: 'after a broken constraint, the store works on',
    run: async ({ units, effects }) => {
      for (let round = 0; round < 5; round += 1) {
        const outcomes = await units.commit([
          writing((tx) => effects.insert(tx, `a${round}`, 'x')),
          writing((tx) => effects.insert(tx, `a${round}`, 'y')),
          writing((tx) => effects.insert(tx, `b${round}`, 'x')),
        ]);
        assert.deepEqual(
          outcomes.map(({ ok }) => ok),
          [true, false, true],
        );
      }
      assert.equal(Object.keys(await effects.all()).length, 10);
    },
  },
  {
    name: 'an operation that failed outside of a savepoint fails the unit, also if its error is caught',
    run: async ({ units, effects }) => {
      await commits(
        units,
        writing((tx) => effects.insert(tx, 'a', 'first')),
      );
      const unit = writing(async (tx) => {
        await effects.insert(tx, 'b', 'x');
        await effects.insert(tx, 'a', 'second').catch(() => undefined);
        await effects.insert(tx, 'c', 'x').catch(() => undefined);
        return 'done';
      });
      await fails(units, unit, VIOLATED);
      assert.deepEqual(await effects.all(), { a: 'first' });
    },
  },
  {
    name: 'in a savepoint, a part may fail and the rest goes on',
    run: async ({ events, units, effects }) => {
      await commits(
        units,
        writing((tx) => effects.insert(tx, 'a', 'first')),
      );
      const added = someEvents(1);
      const { written } = await commits(
        units,
        aUnit({
          writes: [
            async (tx) => {
              await effects.insert(tx, 'before', 'x');
              const failure = await tx
                .savepoint(async () => {
                  await effects.insert(tx, 'within', 'x');
                  await effects.insert(tx, 'a', 'second');
                })
                .catch((error) => error);
              assert.equal(
                await effects.get(tx, 'within'),
                undefined,
                'what came before the failure is undone',
              );
              await effects.insert(tx, 'after', 'x');
              return failure.code;
            },
          ],
          appends: [{ events: added }],
        }),
      );
      assert.deepEqual(written, [VIOLATED]);
      assert.deepEqual(await effects.all(), { a: 'first', before: 'x', after: 'x' });
      await logHolds(events, added);
    },
  },
  {
    name: 'a savepoint answers with the result of its work, and rejects with what it throws',
    run: async ({ units, effects }) => {
      const thrown = new Error('no');
      const { written } = await commits(
        units,
        writing(
          (tx) => tx.savepoint(() => 7),
          async (tx) => tx.savepoint(async () => effects.insert(tx, 'a', 'x').then(() => 'done')),
          async (tx) => {
            const failure = await tx
              .savepoint(async () => {
                await effects.insert(tx, 'b', 'x');
                throw thrown;
              })
              .catch((error) => error);
            assert.equal(failure, thrown, 'the very error');
          },
        ),
      );
      assert.deepEqual(written, [7, 'done', undefined]);
      assert.deepEqual(await effects.all(), { a: 'x' });
    },
  },
  {
    name: 'savepoints within one another: each undoes its own part, and what lies within it',
    run: async ({ units, effects }) => {
      const attempt = (
        tx: Transaction,
        name: string,
        inner: () => unknown,
        isKept: boolean,
      ): Promise<unknown> =>
        tx
          .savepoint(async () => {
            await effects.insert(tx, `${name} begins`, 'x');
            await inner();
            await effects.insert(tx, `${name} ends`, 'x');
            if (!isKept) throw new Error(name);
          })
          .catch((error) => assert.equal(error.message, name));
      await commits(
        units,
        writing(async (tx) => {
          await attempt(
            tx,
            'a',
            () => attempt(tx, 'b', () => attempt(tx, 'c', () => undefined, true), false),
            true,
          );
          await attempt(tx, 'd', () => attempt(tx, 'e', () => undefined, true), false);
          await attempt(tx, 'f', () => undefined, true);
        }),
      );
      assert.deepEqual(Object.keys(await effects.all()).sort(), ['a begins', 'a ends', 'f begins', 'f ends']);
    },
  },
  {
    name: 'a savepoint in which an operation failed fails, also if the error is caught within it',
    run: async ({ units, effects }) => {
      await commits(
        units,
        writing((tx) => effects.insert(tx, 'a', 'first')),
      );
      const { written } = await commits(
        units,
        writing((tx) =>
          tx
            .savepoint(async () => {
              await effects.insert(tx, 'b', 'x');
              await effects.insert(tx, 'a', 'second').catch(() => undefined);
              return 'done';
            })
            .catch((error) => error.code),
        ),
      );
      assert.deepEqual(written, [VIOLATED]);
      assert.deepEqual(await effects.all(), { a: 'first' });
    },
  },
  {
    name: 'operations begun at once are all done',
    run: async ({ units, effects }) => {
      const names = Array.from({ length: 20 }, (_, index) => `n${index}`);
      await commits(
        units,
        writing((tx) => Promise.all(names.map((name) => effects.insert(tx, name, 'x')))),
      );
      assert.deepEqual(Object.keys(await effects.all()).sort(), [...names].sort());
    },
  },
  {
    name: 'texts of every kind come back from a write as they were',
    run: async ({ units, effects }) => {
      const texts = [
        "'; DROP TABLE effects;--",
        'é😀\u2028',
        '',
        ' ',
        '\\',
        '$1 ? :a',
        'a\r\nb',
        'x'.repeat(100_000),
      ];
      await commits(
        units,
        writing(
          ...texts.map(
            (text, index): Write =>
              (tx) =>
                effects.insert(tx, `k${index}`, text),
          ),
        ),
      );
      assert.deepEqual(Object.values(await effects.all()).sort(), [...texts].sort());
    },
  },
  {
    name: 'a thousand writes, and not one more',
    run: async ({ units, effects }) => {
      const writes = Array.from(
        { length: 1_000 },
        (_, index): Write =>
          (tx) =>
            index % 100 === 0 ? effects.insert(tx, `${index}`, 'x') : index,
      );
      const { written } = await commits(units, writing(...writes));
      assert.equal(written.length, 1_000);
      const [outcome] = await units.commit([writing(...writes, () => undefined)]);
      failed(outcome, 'MORTAR_WRITE_INVALID');
      await fails(units, aUnit({ writes: ['a' as unknown as Write] }), 'MORTAR_WRITE_INVALID');
      assert.equal(Object.keys(await effects.all()).length, 10);
    },
  },
];
