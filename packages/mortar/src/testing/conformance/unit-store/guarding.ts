import assert from 'node:assert/strict';
import type { Transaction, Write } from '../../../unit-of-work/index.js';
import { logHolds, publish, refuses, someEvents } from '../event-store/subject.js';
import {
  aUnit,
  codesOf,
  commits,
  fails,
  type UnitStoreCase,
  type UnitStoreSubject,
  writing,
} from './subject.js';

const INVALID = 'MORTAR_WRITE_INVALID';
const WRITE_TIMEOUT_MS = 5_000;
/** How much later it may come on a machine that is busy. */
const PATIENCE_MS = 20_000;

/** Asserts that a write is given up, that nothing of its unit has happened, and that units beside it are committed. */
async function isGivenUp(
  { events, units, effects }: UnitStoreSubject,
  wait: (tx: Transaction) => unknown,
): Promise<void> {
  const bad = aUnit({
    writes: [
      async (tx) => {
        await effects.insert(tx, 'a', 'x');
        await wait(tx);
        await effects.insert(tx, 'b', 'x');
      },
    ],
    appends: [{ events: someEvents(1) }],
  });
  const outcomes = await units.commit([
    writing((tx) => effects.insert(tx, 'before', 'x')),
    bad,
    writing((tx) => effects.insert(tx, 'after', 'x')),
  ]);
  assert.deepEqual(codesOf(outcomes), ['ok', INVALID, 'ok']);
  assert.deepEqual(await effects.all(), { before: 'x', after: 'x' });
  await logHolds(events, []);
}

/** A `write` awaits its transaction, and nothing else. */
export const guardingCases: readonly UnitStoreCase[] = [
  {
    name: 'a write that waits for a timer is given up',
    run: async (subject) => isGivenUp(subject, () => new Promise((resolve) => setTimeout(resolve, 20))),
  },
  {
    name: 'a write that waits for what never comes is given up',
    run: async (subject) => isGivenUp(subject, () => new Promise(() => undefined)),
  },
  {
    name: 'a write that waits before it has asked anything of its transaction is given up',
    run: async ({ units }) => {
      await fails(
        units,
        writing(() => new Promise(() => undefined)),
        INVALID,
      );
      await commits(
        units,
        writing(() => 7),
      );
    },
  },
  {
    name: 'a write that waits for something else within a savepoint is given up',
    run: async (subject) => isGivenUp(subject, (tx) => tx.savepoint(() => new Promise(() => undefined))),
  },
  {
    name: 'a write that waits for another unit of its store is given up, instead of for ever',
    run: async (subject) => {
      const inner: Promise<unknown>[] = [];
      await isGivenUp(subject, () => {
        const commit = subject.units.commit([aUnit()]);
        inner.push(commit);
        return commit.then(() => new Promise(() => undefined));
      });
      await Promise.all(inner);
    },
  },
  {
    name: 'a write that has caught being given up does not go on',
    run: async ({ units, effects }) => {
      let hasTried: (error: unknown) => void = () => undefined;
      const tried = new Promise<unknown>((resolve) => {
        hasTried = resolve;
      });
      const unit = writing(async (tx) => {
        await new Promise((resolve) => setTimeout(resolve, 10));
        await effects.insert(tx, 'a', 'x').catch(hasTried);
      });
      await fails(units, unit, INVALID);
      assert.equal(Object(await tried).code, INVALID, 'its transaction refuses');
      await commits(
        units,
        writing((tx) => effects.insert(tx, 'b', 'x')),
      );
      assert.deepEqual(await effects.all(), { b: 'x' });
    },
  },
  {
    name: 'a transaction refuses when its writes have ended',
    run: async ({ events, units, effects }) => {
      const kept: Transaction[] = [];
      await commits(
        units,
        writing(async (tx) => {
          kept.push(tx);
          await effects.insert(tx, 'a', 'x');
        }),
      );
      await fails(
        units,
        aUnit({ writes: [(tx) => kept.push(tx)], appends: [{ events: [] }] }),
        'MORTAR_OPTIONS_INVALID',
      );
      for (const tx of kept) {
        await refuses(effects.insert(tx, 'b', 'x'), INVALID);
        await refuses(effects.get(tx, 'a'), INVALID);
        await refuses(
          tx.savepoint(() => undefined),
          INVALID,
        );
      }
      await publish(events);
      assert.deepEqual(await effects.all(), { a: 'x' });
    },
  },
  {
    name: 'promises that are settled already may be awaited',
    run: async ({ units, effects }) => {
      const { written } = await commits(
        units,
        writing(async (tx) => {
          for (let index = 0; index < 100; index += 1) await Promise.resolve(index);
          await effects.insert(tx, 'a', 'x');
          const values = await Promise.all([1, Promise.resolve(2), effects.get(tx, 'a')]);
          await null;
          return values;
        }),
      );
      assert.deepEqual(written, [[1, 2, 'x']]);
    },
  },
  {
    name: 'a write that ends before its savepoint fails',
    run: async ({ units, effects }) => {
      const unit = writing((tx) => {
        void tx.savepoint(() => new Promise(() => undefined)).catch(() => undefined);
      });
      await fails(units, unit, INVALID);
      await commits(
        units,
        writing((tx) => effects.insert(tx, 'a', 'x')),
      );
      assert.deepEqual(await effects.all(), { a: 'x' });
    },
  },
  {
    name: 'an operation that nobody awaits is done, or its unit fails',
    run: async ({ units, effects }) => {
      const [outcome] = await units.commit([
        writing((tx) => {
          void effects.insert(tx, 'a', 'x').catch(() => undefined);
        }),
      ]);
      assert.deepEqual(await effects.all(), outcome?.ok ? { a: 'x' } : {});
    },
  },
  {
    name: 'savepoints beside each other at once fail the unit, or are done one within the other',
    run: async ({ units, effects }) => {
      const part =
        (tx: Transaction, names: readonly string[]): (() => Promise<void>) =>
        async () => {
          for (const name of names) await effects.insert(tx, name, 'x');
        };
      const unit = writing((tx) =>
        Promise.all([tx.savepoint(part(tx, ['a', 'b', 'c'])), tx.savepoint(part(tx, ['d']))]),
      );
      const [outcome] = await units.commit([unit]);
      const all = Object.keys(await effects.all()).sort();
      assert.deepEqual(all, outcome?.ok ? ['a', 'b', 'c', 'd'] : []);
      await commits(
        units,
        writing((tx) => effects.insert(tx, 'e', 'x')),
      );
    },
  },
  {
    name: 'writes that take too long fail, whatever they catch',
    run: async ({ units, effects, writeTimeoutMs = WRITE_TIMEOUT_MS }) => {
      const begun = performance.now();
      const spin: Write = async (tx) => {
        await effects.insert(tx, 'a', 'x');
        for (let isOver = false; !isOver; )
          await effects.get(tx, 'a').catch(() => {
            isOver = true;
          });
      };
      await fails(units, writing(spin), 'MORTAR_WRITE_TIMEOUT');
      const tookMs = performance.now() - begun;
      assert.ok(tookMs >= writeTimeoutMs - 5 && tookMs < writeTimeoutMs + PATIENCE_MS, `after ${tookMs} ms`);
      await commits(
        units,
        writing((tx) => effects.insert(tx, 'b', 'x')),
      );
      assert.deepEqual(await effects.all(), { b: 'x' });
    },
  },
];
