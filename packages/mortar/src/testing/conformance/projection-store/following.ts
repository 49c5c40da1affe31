import assert from 'node:assert/strict';
import { MortarError } from '../../../errors/index.js';
import type { DeliveryStoreCase } from '../delivery-store/subject.js';
import { refuses } from '../event-store/subject.js';
import { move } from '../projections/subject.js';
import { accountsOf, FORBIDDEN, isEachPast, isOnePast, moves, naively } from './bank.js';
import { ACCOUNTS, appendAll, Process, until } from './processes.js';
import { auditOf, comeTo, secondOf } from './subject.js';

const OLD = accountsOf('old');

/** A generation is brought from the beginning of the log to its end, and kept there. */
export const followingCases: readonly DeliveryStoreCase[] = [
  {
    name: 'what was in the log and what comes later is folded, each event once',
    run: async ({ store }) => {
      const events = moves(1_130);
      await appendAll(store, events.slice(0, 930));
      const process = await Process.start(store, OLD);
      await process.caughtUp();
      assert.deepEqual(await process.documents(), naively('old', events.slice(0, 930)));
      await appendAll(store, events.slice(930), 7);
      await process.caughtUp();
      assert.deepEqual(await process.documents(), naively('old', events));
      assert.deepEqual((await process.statusOf(1))?.state, 'active');
      await process.stop();
    },
  },
  {
    name: 'documents are there before the log has an event',
    run: async ({ store }) => {
      const process = await Process.start(store, OLD);
      assert.deepEqual(await process.documents(), {});
      await process.caughtUp();
      await appendAll(store, moves(3));
      await process.caughtUp();
      assert.deepEqual(await process.documents(), naively('old', moves(3)));
      await process.stop();
    },
  },
  {
    name: 'reads see all events up to some position, while the log is caught up with',
    run: async ({ store }) => {
      const events = moves(2_000);
      await appendAll(store, events);
      const process = await Process.start(store, OLD);
      const counts: number[] = [];
      await until(async () => {
        const count = isOnePast(await process.documents(), events)?.count ?? 0;
        counts.push(count);
        return count === events.length;
      }, 'all events to be folded');
      assert.deepEqual(
        counts,
        [...counts].sort((a, b) => a - b),
        'never one that was there before',
      );
      await process.stop();
    },
  },
  {
    name: 'a process that ends at any call of its store is gone on after, and each event is folded once',
    run: async ({ store }) => {
      const events = moves(1_200);
      await appendAll(store, events.slice(0, 900));
      let kills = 0;
      for (let calls = 9; kills < 12; calls += 5) {
        let left = calls;
        const process = Process.make(store, OLD, {
          pageEvents: 60,
          before: () => {
            left -= 1;
            if (left === 0) process.kill();
          },
        });
        process.begin().catch(() => undefined);
        await until(() => left <= 0, 'its end');
        kills += 1;
        isEachPast('old', await documentsOf(store), events);
      }
      await appendAll(store, events.slice(900));
      const last = await Process.start(store, OLD);
      await last.caughtUp();
      assert.deepEqual(await last.documents(), naively('old', events));
      await last.stop();
    },
  },
  {
    name: 'a store that does not answer now and then is asked again, and each event is folded once',
    run: async ({ store }) => {
      const events = moves(1_200);
      await appendAll(store, events.slice(0, 900));
      let calls = 0;
      let failures = 0;
      const process = await Process.start(store, OLD, {
        pageEvents: 60,
        before: (method) => {
          // It starts well, then answers two of three times, and in the end it is well again.
          calls += 1;
          if (
            calls < 40 ||
            calls % 3 > 0 ||
            failures >= 25 ||
            !['commit', 'read', 'readAll', 'acquire'].includes(method)
          )
            return;
          failures += 1;
          throw new MortarError('MORTAR_STORE_UNAVAILABLE', {
            rule: 'A store answers.',
            expected: 'an answer',
            got: 'none',
          });
        },
      });
      await appendAll(store, events.slice(900));
      await until(async () => {
        const [checkpoint] = await store.deliveries.checkpoints(`${ACCOUNTS}#1`);
        return (checkpoint?.low ?? 0) >= events.length;
      }, 'the end of the log');
      assert.ok(failures > 0, 'it has failed');
      assert.deepEqual(await documentsOf(store), naively('old', events));
      assert.deepEqual(await store.deadLetters.list(), [], 'nobody is blamed for that');
      await process.stop();
    },
  },
  {
    name: 'of two processes one does it, and the other goes on when the first has ended',
    needs: 'second handle',
    run: async (subject) => {
      const { store } = subject;
      const events = moves(600);
      await appendAll(store, events.slice(0, 300));
      let pages = 0;
      let isKilled = false;
      const one = Process.make(store, OLD, {
        before: (method) => {
          if (method === 'commit') pages += 1;
          if (pages < 2 || isKilled) return;
          isKilled = true;
          one.kill();
        },
      });
      one.begin().catch(() => undefined);
      await until(() => isKilled, 'the end of the first');
      const two = await Process.start(secondOf(subject), OLD);
      await appendAll(store, events.slice(300));
      await two.caughtUp();
      assert.deepEqual(await two.documents(), naively('old', events));
      await two.stop();
    },
  },
  {
    name: 'processes share it while events come, and one ends in order and another without',
    needs: 'second handle',
    run: async (subject) => {
      const { store } = subject;
      const second = secondOf(subject);
      const events = moves(900);
      const handles = [store, second, store];
      const processes = await Promise.all(handles.map((handle) => Process.start(handle, OLD)));
      await appendAll(store, events.slice(0, 300), 10);
      await processes[0]?.stop();
      await appendAll(second, events.slice(300, 600), 10);
      processes[1]?.kill();
      await appendAll(store, events.slice(600), 10);
      await processes[2]?.caughtUp();
      assert.deepEqual(await processes[2]?.documents(), naively('old', events));
      await processes[2]?.stop();
    },
  },
  {
    name: 'an event that fails holds its document, and the others go on',
    run: async ({ store }) => {
      const bad = move('bad', FORBIDDEN);
      const before = moves(250);
      const after = moves(250, 250);
      await appendAll(store, [...before, bad, move('bad', 1), ...after]);
      const process = await Process.start(store, accountsOf('old', { isPicky: true }));
      await until(async () => (await process.statusOf(1))?.deadLetters === 1, 'a dead letter');
      await appendAll(store, [move('bad', 2), ...moves(50, 500)]);
      await process.caughtUp();
      const others = [...before, ...after, ...moves(50, 500)];
      assert.deepEqual(await process.documents(), naively('old', others));
      await process.stop();
      // What is held stays so, also for a process that has to catch up.
      await appendAll(store, [move('bad', 3), ...moves(600, 550)]);
      const next = await Process.start(store, accountsOf('old', { isPicky: true }));
      await next.caughtUp();
      others.push(...moves(600, 550));
      assert.deepEqual(await next.documents(), naively('old', others));
      assert.equal((await next.statusOf(1))?.heldKeys, 1);
      const [letter] = await store.deadLetters.list({ subscription: `${ACCOUNTS}#1` });
      assert.equal(letter?.envelope.id, bad.id);
      await store.deadLetters.change(letter?.id ?? '', 'dead', 'discarded');
      await until(async () => (await next.statusOf(1))?.heldKeys === 0, 'the tail of the key');
      await next.caughtUp();
      assert.deepEqual(
        await next.documents(),
        naively('old', [...others, move('bad', 1), move('bad', 2), move('bad', 3)]),
        'without the one that was given up',
      );
      await next.stop();
    },
  },
  {
    name: 'nothing is folded while it is paused, in any process, and all of it when it is resumed',
    needs: 'second handle',
    run: async (subject) => {
      const { store } = subject;
      const events = moves(400);
      await appendAll(store, events.slice(0, 200));
      const one = await Process.start(store, OLD);
      const two = await Process.start(secondOf(subject), OLD);
      await one.caughtUp();
      await one.operations.pause(ACCOUNTS, { actor: 'ada' });
      await until(async () => (await two.statusOf(1))?.isPaused === true, 'the other process to know it');
      await appendAll(store, events.slice(200));
      await refuses(two.caughtUp({ timeoutMs: 150 }), 'MORTAR_WAIT_TIMEOUT');
      const { lagEvents = 0, lagMs = 0 } = (await two.statusOf(1)) ?? {};
      assert.equal(lagEvents, 200);
      assert.ok(lagMs > 0, `a lag of ${lagMs} ms`);
      assert.deepEqual(await one.documents(), naively('old', events.slice(0, 200)));
      await two.operations.resume(ACCOUNTS, { actor: 'bob' });
      await Promise.all([one.caughtUp(), two.caughtUp()]);
      assert.deepEqual(await one.documents(), naively('old', events));
      assert.equal((await two.statusOf(1))?.lagEvents, 0);
      assert.deepEqual(await auditOf(store), [
        ['pause', `${ACCOUNTS}#1`, 'ada'],
        ['resume', `${ACCOUNTS}#1`, 'bob'],
      ]);
      await Promise.all([one.stop(), two.stop()]);
    },
  },
  {
    name: 'one whose checkpoint is ahead of the log is halted, and nothing is passed over',
    run: async ({ store }) => {
      await appendAll(store, moves(5));
      const generation = await store.projections.begin(ACCOUNTS, OLD.fingerprint);
      await comeTo(store, generation, 100);
      const process = await Process.start(store, OLD);
      const isHalted = async (): Promise<boolean> => {
        const { subscriptions } = await process.deliveries.status();
        return subscriptions[0]?.state === 'halted';
      };
      await until(isHalted, 'a halt');
      await refuses(process.deliveries.idle(), 'MORTAR_CHECKPOINT_AHEAD');
      await appendAll(store, moves(150, 5));
      await process.generations.refresh();
      assert.ok(await isHalted());
      assert.equal((await process.statusOf(1))?.position, 100);
      assert.deepEqual(await process.documents(), {});
      await process.operations.reset(ACCOUNTS);
      await process.caughtUp();
      assert.deepEqual(await process.documents(), naively('old', moves(155)));
      await process.stop();
    },
  },
  {
    name: 'one waits for a position, and no longer than that needs or for so long',
    run: async ({ store }) => {
      await appendAll(store, moves(100));
      const process = await Process.start(store, OLD);
      await process.caughtUp({ position: 100 as never });
      // Nothing of its types comes after them.
      await appendAll(
        store,
        Array.from({ length: 30 }, (_, n) => ({ ...move('x', n), type: 'bank.other' })),
      );
      const from = performance.now();
      await process.caughtUp();
      assert.ok(performance.now() - from < 2_000, 'before the checkpoint says so');
      await refuses(process.caughtUp({ position: 1_000 as never, timeoutMs: 100 }), 'MORTAR_WAIT_TIMEOUT');
      const waiting = process.caughtUp({ position: 131 as never });
      await appendAll(store, moves(1, 100));
      await waiting;
      assert.deepEqual(await process.documents(), naively('old', moves(101)));
      await process.stop();
    },
  },
];

/** Of the first generation, if there is one. */
async function documentsOf({
  documents,
}: Parameters<typeof Process.start>[0]): Promise<Record<string, string>> {
  const collections = await documents.collections();
  if (collections.length === 0) return {};
  const query = { tenant: '', where: [], order: [], limit: 10_000 };
  const found = await documents.find(`${ACCOUNTS}#1`, query);
  return Object.fromEntries(found.map(({ key, body }) => [key, body]));
}
