import assert from 'node:assert/strict';
import type { DeliveryStoreCase } from '../delivery-store/subject.js';
import { refuses } from '../event-store/subject.js';
import { move } from '../projections/subject.js';
import { accountsOf, FORBIDDEN, moves, naively } from './bank.js';
import { ACCOUNTS, appendAll, Process, until } from './processes.js';
import { auditOf, secondOf } from './subject.js';

const OLD = accountsOf('old');
const FIRST = { projection: ACCOUNTS, number: 1 };
const STATE = 'MORTAR_GENERATION_STATE';
const MISSING = 'MORTAR_GENERATION_MISSING';

/** What is done about generations beside folding. */
export const tendingCases: readonly DeliveryStoreCase[] = [
  {
    name: 'one of many events is analyzed once, before it becomes the active one; one of few is not',
    run: async ({ store }) => {
      const events = moves(1_300);
      await appendAll(store, events.slice(0, 600));
      const calls: string[] = [];
      const process = await Process.start(store, OLD, {
        before: async (method, [given]) => {
          if (method === 'analyze') calls.push(`analyze ${given}`);
          if (method !== 'activate') return;
          const [, second] = await store.projections.generations(ACCOUNTS);
          if (second?.state === 'building') calls.push('activate');
        },
      });
      await process.caughtUp();
      assert.deepEqual(calls, [], '600 events are few');
      await appendAll(store, events.slice(600));
      await process.caughtUp();
      await process.operations.rebuild(ACCOUNTS);
      await process.reads(2);
      assert.equal(calls[0], `analyze ${ACCOUNTS}#2`, 'before it is compared with the active one');
      assert.deepEqual(
        calls.filter((call) => call !== 'activate'),
        [`analyze ${ACCOUNTS}#2`],
      );
      assert.deepEqual(await process.documents(), naively('old', events));
      await process.stop();
    },
  },
  {
    name: 'one that can not be analyzed is switched to all the same',
    run: async ({ store }) => {
      const events = moves(1_300);
      await appendAll(store, events);
      const process = await Process.start(store, OLD, {
        before: (method) => {
          if (method === 'analyze') throw new Error('no statistics today');
        },
      });
      await process.caughtUp();
      await process.operations.rebuild(ACCOUNTS);
      await process.reads(2);
      assert.deepEqual(await process.documents(), naively('old', events));
      await process.stop();
    },
  },
  {
    name: 'catching up goes on past an event that failed, what is held stays so, and comes in when it may',
    run: async ({ store }) => {
      const picky = accountsOf('old', { isPicky: true });
      const [before, after] = [moves(300), moves(14_000, 300)];
      const tail = [move('bad', 1), move('bad', 2)];
      await appendAll(store, [...before, move('bad', FORBIDDEN), ...after.slice(0, 11_000)], 500);
      await appendAll(store, [...tail, ...after.slice(11_000)], 500);
      const process = Process.make(store, picky, {
        pageEvents: 1_000,
        before: async (method) => {
          // The delivery would be quick enough to be done before anybody looks.
          if (method === 'commit' && process.generations.workAt(FIRST)?.activity === 'delivering')
            await new Promise((resolve) => setTimeout(resolve, 100));
        },
      });
      await process.begin();
      const activities: string[] = [];
      await until(async () => {
        const { activity = 'idle', lagEvents } = (await process.statusOf(1)) ?? {};
        if (activities.at(-1) !== activity) activities.push(activity);
        return lagEvents === 0 && activity === 'delivering';
      }, 'the end of the log');
      const turns = activities.filter((one) => one === 'catchingUp' || one === 'delivering').join(' ');
      assert.ok(turns.endsWith('delivering catchingUp delivering'), `it went back: ${turns}`);
      assert.deepEqual(await process.documents(), naively('old', [...before, ...after]));
      const [letter] = await store.deadLetters.list({ subscription: `${ACCOUNTS}#1` });
      const [held] = await store.deliveries.heldKeys(`${ACCOUNTS}#1`, [0]);
      assert.equal(held?.last, 11_303, 'the last that waits');
      await store.deadLetters.change(letter?.id ?? '', 'dead', 'discarded');
      await until(async () => (await process.statusOf(1))?.heldKeys === 0, 'what was held');
      await process.caughtUp();
      assert.deepEqual(await process.documents(), naively('old', [...before, ...tail, ...after]));
      await process.stop();
    },
  },
  {
    name: 'an operator removes one that is retired, with all that it holds',
    run: async ({ store }) => {
      const events = moves(120);
      await appendAll(store, events);
      const process = await Process.start(store, OLD);
      await process.caughtUp();
      await refuses(process.operations.remove(ACCOUNTS, 1), STATE);
      await refuses(process.operations.remove(ACCOUNTS, 9), MISSING);
      await process.operations.rebuild(ACCOUNTS);
      await process.reads(2);
      await until(async () => (await process.statusOf(1))?.activity === 'idle', 'nobody to work at it');
      await process.operations.remove(ACCOUNTS, 1, { actor: 'ada' });
      assert.equal(await process.statusOf(1), undefined);
      assert.deepEqual(
        (await store.documents.collections()).map(({ name }) => name),
        [`${ACCOUNTS}#2`],
      );
      assert.deepEqual(
        (await auditOf(store)).filter(([action]) => action === 'remove'),
        [['remove', `${ACCOUNTS}#1`, 'ada']],
      );
      await refuses(process.operations.remove(ACCOUNTS, 1), MISSING);
      assert.deepEqual(await process.documents(), naively('old', events));
      await process.stop();
    },
  },
  {
    name: 'an operator removes one whose building was cancelled, and it is begun anew by a rebuild alone',
    run: async ({ store }) => {
      await appendAll(store, moves(300));
      let isHeld = true;
      const process = await Process.start(store, OLD, {
        before: async (method, [given]) => {
          if (method === 'commit' && Object(given).subscription === `${ACCOUNTS}#2`)
            await until(() => !isHeld, 'the cancel');
        },
      });
      await process.caughtUp();
      await process.operations.rebuild(ACCOUNTS);
      await refuses(process.operations.remove(ACCOUNTS, 2), STATE);
      const cancelling = process.operations.cancel(ACCOUNTS);
      isHeld = false;
      await cancelling;
      await until(async () => (await process.statusOf(2))?.activity === 'idle', 'the end of the work');
      await process.operations.remove(ACCOUNTS, 2);
      assert.deepEqual(
        (await store.projections.generations(ACCOUNTS)).map(({ number, state }) => [number, state]),
        [[1, 'active']],
      );
      await process.operations.rebuild(ACCOUNTS);
      await process.reads(3);
      assert.deepEqual(await process.documents(), naively('old', moves(300)));
      await process.stop();
    },
  },
  {
    name: 'one that another process has the code of is removed when that is forced, and made anew by it',
    needs: 'second handle',
    run: async (subject) => {
      const { store } = subject;
      const events = moves(150);
      await appendAll(store, events);
      const old = await Process.start(store, OLD);
      await old.caughtUp();
      const young = await Process.start(secondOf(subject), accountsOf('new'));
      await young.reads(2);
      await until(async () => (await young.statusOf(1))?.state === 'retired', 'the old one to be retired');
      await refuses(young.operations.remove(ACCOUNTS, 1), STATE);
      await refuses(old.operations.remove(ACCOUNTS, 1), STATE);
      assert.equal((await young.statusOf(1))?.state, 'retired');
      await young.operations.remove(ACCOUNTS, 1, { force: true, actor: 'ada' });
      await old.reads(3);
      await old.caughtUp();
      assert.deepEqual(await old.documents(), naively('old', events));
      await Promise.all([old.stop(), young.stop()]);
    },
  },
];
