import assert from 'node:assert/strict';
import type { Unit } from '../../../unit-of-work/index.js';
import { logHolds, someEvents } from '../event-store/subject.js';
import {
  aUnit,
  codesOf,
  commitAtOnce,
  commits,
  fails,
  handlesOf,
  type UnitStoreCase,
  type UnitStoreSubject,
} from './subject.js';

const HANDLED = 'MORTAR_MESSAGE_HANDLED';

/** A unit that handles a message, with an effect of that name. */
function handling(
  { effects }: Pick<UnitStoreSubject, 'effects'>,
  subscription: string,
  messageId: string,
  effect: string,
): Unit {
  return aUnit({
    writes: [(tx) => effects.insert(tx, effect, 'x')],
    appends: [{ events: someEvents(1) }],
    inbox: { subscription, messageId },
  });
}

/** A message is handled once by each subscription. */
export const inboxCases: readonly UnitStoreCase[] = [
  {
    name: 'a message is handled once: nothing of a second handling happens',
    run: async (subject) => {
      const { events, units, effects } = subject;
      await commits(units, handling(subject, 'sub', 'message', 'first'));
      const again = handling(subject, 'sub', 'message', 'second');
      const { category, details } = Object(await fails(units, again, HANDLED));
      assert.equal(category, 'conflict');
      assert.deepEqual(details, { subscription: 'sub', messageId: 'message' });
      assert.deepEqual(await effects.all(), { first: 'x' });
      assert.equal((await events.statistics()).events, 1);
    },
  },
  {
    name: 'that a message was handled goes before what a second handling would run into',
    run: async (subject) => {
      await commits(subject.units, handling(subject, 'sub', 'message', 'effect'));
      await fails(subject.units, handling(subject, 'sub', 'message', 'effect'), HANDLED);
    },
  },
  {
    name: 'another subscription handles the message for itself, and names do not run into one another',
    run: async (subject) => {
      const pairs = [
        ['a', 'b-c'],
        ['a-b', 'c'],
        ['a', 'b'],
        ['b', 'a'],
        ['A', 'b'],
        ['a"', '"b'],
        ['a","', 'b'],
        ["'; DROP TABLE inbox;--", '\\'],
        ['é', 'e\u0301'],
        ['e\u0301', 'é'],
      ] as const;
      for (const [subscription, messageId] of pairs)
        await commits(
          subject.units,
          handling(subject, subscription, messageId, `${subscription}/${messageId}`),
        );
      for (const [subscription, messageId] of pairs)
        await fails(subject.units, handling(subject, subscription, messageId, 'again'), HANDLED);
      assert.equal(Object.keys(await subject.effects.all()).length, pairs.length);
    },
  },
  {
    name: 'a handling that failed may be done again',
    run: async (subject) => {
      const { events, units } = subject;
      const unit = handling(subject, 'sub', 'message', 'effect');
      const failing: Unit = { ...unit, writes: [...unit.writes, () => Promise.reject(new Error('no'))] };
      assert.equal((await units.commit([failing]))[0]?.ok, false);
      await logHolds(events, []);
      await commits(units, unit);
    },
  },
  {
    name: 'of two units of one commit with one message, the first is committed',
    run: async (subject) => {
      const outcomes = await subject.units.commit(
        ['a', 'b', 'c'].map((effect, index) =>
          handling(subject, 'sub', index < 2 ? 'message' : 'other', effect),
        ),
      );
      assert.deepEqual(codesOf(outcomes), ['ok', HANDLED, 'ok']);
      assert.deepEqual(await subject.effects.all(), { a: 'x', c: 'x' });
    },
  },
  {
    name: 'cleaning up removes rows from before a time, and no others',
    run: async (subject) => {
      const { units } = subject;
      await commits(units, handling(subject, 'sub', 'message', 'a'));
      assert.equal(await units.cleanUp({ inboxBefore: 1 }), 0);
      await fails(units, handling(subject, 'sub', 'message', 'b'), HANDLED);
      assert.ok((await units.cleanUp({ inboxBefore: 8.64e15 })) > 0);
      assert.equal(await units.cleanUp({ inboxBefore: 8.64e15 }), 0);
      await commits(units, handling(subject, 'sub', 'message', 'c'));
    },
  },
  {
    name: 'of 8 at once that handle one message, one does',
    run: async (subject) => {
      for (let round = 0; round < 5; round += 1) {
        const racers = Array.from({ length: 8 }, (_, racer) =>
          handling(subject, 'sub', `message ${round}`, `${round} ${racer}`),
        );
        const codes = codesOf(await commitAtOnce([subject.units], racers));
        assert.deepEqual(
          codes.filter((code) => code !== HANDLED),
          ['ok'],
          `round ${round}`,
        );
      }
      assert.equal(Object.keys(await subject.effects.all()).length, 5);
    },
  },
  {
    name: 'of 8 on two handles that handle one message with one effect, one does',
    needs: 'second handle',
    run: async (subject) => {
      for (let round = 0; round < 5; round += 1) {
        const racers = Array.from({ length: 8 }, () =>
          handling(subject, 'sub', `message ${round}`, `effect ${round}`),
        );
        const codes = codesOf(await commitAtOnce(handlesOf(subject), racers));
        assert.deepEqual(
          codes.filter((code) => code !== HANDLED),
          ['ok'],
          `round ${round}`,
        );
      }
      assert.equal(Object.keys(await subject.effects.all()).length, 5);
    },
  },
];
