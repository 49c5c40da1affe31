import assert from 'node:assert/strict';
import type { OpenStore } from '../../../../delivery/index.js';
import { BEGINNING, type EncodedEvent, streamId } from '../../../../event-store/index.js';
import { inlineStore } from '../../../../projections/index.js';
import { batchOf, type DeliveryStoreCase, leased, placeOf } from '../../delivery-store/subject.js';
import { anEvent, refuses, WRITERS, walk } from '../../event-store/subject.js';
import { move, refusedWith } from '../../projections/subject.js';
import { aUnit, codesOf } from '../../unit-store/subject.js';
import { accountsOf, FORBIDDEN, moves, naively } from '../bank.js';
import { ACCOUNTS, appendAll, Process, until } from '../processes.js';
import { secondOf } from '../subject.js';

const OLD = accountsOf('old', { placement: 'inline' });
const NEW = accountsOf('new', { placement: 'inline' });
const FIRST = { projection: ACCOUNTS, number: 1 };

/** What the log comes to, in its own order. */
async function fromLog({ events }: OpenStore, code: string): Promise<Record<string, string>> {
  const all = await walk(events);
  return naively(
    code,
    all.filter(({ type }) => type === 'bank.moved'),
  );
}

/** Asserts that what a process reads is what the log comes to, now. */
async function isAllThere(process: Process, code: string): Promise<void> {
  assert.deepEqual(await process.documents(), await fromLog(process.store, code));
}

/** Ways in which a process appends an event. */
const WAYS: Readonly<Record<string, (store: OpenStore, event: EncodedEvent) => Promise<unknown>>> = {
  'an append': (store, event) => store.events.append([{ events: [event] }]),
  'an append of several, to a stream and to none': (store, event) =>
    store.events.append([
      { events: [anEvent()] },
      { streamId: streamId('move-1'), events: [event, anEvent(), move('more', 1)] },
    ]),
  'an append on a condition': (store, event) =>
    store.events.append([{ events: [event] }], { query: [{ types: ['no.such'] }], after: BEGINNING }),
  'a unit of events': (store, event) => committed(store, { appends: [{ events: [event] }] }),
  'a unit whose write publishes': (store, event) => {
    const events: EncodedEvent[] = [];
    const appends: { events: EncodedEvent[] }[] = [];
    const write = (): void => {
      events.splice(0, 1, event);
      appends.splice(0, 1, { events });
    };
    return committed(store, { appends, writes: [write] });
  },
  'a unit with a result': (store, event) =>
    committed(store, {
      appends: [{ events: [event] }],
      keep: { key: event.id, digest: 'd', result: () => 'r', expiresAt: Date.now() + 60_000 },
    }),
  'a batch of deliveries': async (store, event) => {
    const lease = await leased(store);
    const unit = aUnit({ appends: [{ events: [event] }] });
    const outcome = await store.deliveries.commit(
      batchOf(lease, { progress: [placeOf(lease, 0)], units: [unit, aUnit()] }),
    );
    await store.deliveries.release([lease]);
    assert.ok(outcome.ok);
  },
};

async function committed({ units }: OpenStore, parts: Parameters<typeof aUnit>[0]): Promise<void> {
  assert.deepEqual(codesOf(await units.commit([aUnit(parts)])), ['ok']);
}

/** Whoever appends brings inline projections on, in whatever process. */
export const appendingCases: readonly DeliveryStoreCase[] = [
  ...Object.entries(WAYS).map(
    ([way, append]): DeliveryStoreCase => ({
      name: `${way}: it is in the documents when it is in the log`,
      run: async ({ store }) => {
        const process = await Process.start(store, OLD);
        await process.isInline(1);
        for (let count = 0; count < 3; count += 1) {
          await append(process.store, move('a', count + 1));
          await isAllThere(process, 'old');
          await process.caughtUp({ timeoutMs: 0 });
        }
        const accounts = await process.documents();
        assert.equal(JSON.parse(accounts['a'] ?? '{}').balance, 6);
        await process.stop();
      },
    }),
  ),
  {
    name: 'what was in the log before is caught up with first, and with the little that comes meanwhile',
    run: async ({ store }) => {
      await appendAll(store, moves(3_000));
      const process = await Process.start(store, OLD);
      await appendAll(process.store, moves(400, 3_000), 7);
      await process.isInline(1);
      await appendAll(process.store, moves(100, 3_400), 7);
      assert.deepEqual(await process.documents(), naively('old', moves(3_500)));
      const status = await process.statusOf(1);
      assert.deepEqual([status?.lagEvents, status?.lagMs, status?.notInline], [0, 0, undefined]);
      await process.stop();
    },
  },
  {
    name: 'an event that can not be folded is not appended, with what came with it',
    run: async ({ store }) => {
      const picky = accountsOf('old', { placement: 'inline', isPicky: true });
      const process = await Process.start(store, picky);
      await process.isInline(1);
      const { events, units } = process.store;
      await appendAll(process.store, moves(5));
      const bad = move('b', FORBIDDEN);
      const failure = await refusedWith('MORTAR_INLINE_FAILED', () =>
        events.append([{ events: [move('a', 1), bad] }]),
      );
      const { projection, type, key, id } = failure.details;
      assert.deepEqual([projection, type, key, id], ['accounts', 'bank.moved', 'b', bad.id]);
      assert.ok(failure.cause instanceof RangeError, 'what the fold has thrown');
      const good = move('a', 2);
      const outcomes = await units.commit([
        aUnit({ appends: [{ events: [good] }] }),
        aUnit({ appends: [{ events: [bad] }] }),
      ]);
      assert.deepEqual(codesOf(outcomes), ['ok', 'MORTAR_INLINE_FAILED']);
      assert.deepEqual(await process.documents(), naively('old', [...moves(5), good]));
      await isAllThere(process, 'old');
      assert.deepEqual(await store.deadLetters.list(), []);
      await process.stop();
    },
  },
  {
    name: 'a process without the code leaves it to those that have it, and no event is refused for that',
    needs: 'second handle',
    run: async (subject) => {
      const { store } = subject;
      const process = await Process.start(store, OLD);
      await process.isInline(1);
      await appendAll(process.store, moves(10));
      const other = inlineStore(secondOf(subject), []);
      await other.refresh();
      await appendAll(other.store, moves(30, 10), 3);
      await process.caughtUp();
      await process.isInline(1);
      await appendAll(process.store, moves(5, 40));
      assert.deepEqual(await process.documents(), naively('old', moves(45)));
      await process.stop();
    },
  },
  {
    name: 'old and new code append side by side, and each reads what is right',
    needs: 'second handle',
    run: async (subject) => {
      const { store } = subject;
      const old = await Process.start(store, OLD);
      await appendAll(old.store, moves(200), 20);
      const young = await Process.start(secondOf(subject), NEW);
      await Promise.all([
        ...[0, 1, 2].map((n) => appendAll(old.store, moves(60, 200 + n * 60), 1)),
        ...[3, 4, 5].map((n) => appendAll(young.store, moves(60, 200 + n * 60), 1)),
      ]);
      await Promise.all([old.caughtUp(), young.caughtUp()]);
      await isAllThere(old, 'old');
      await young.reads(2);
      await young.caughtUp();
      await isAllThere(young, 'new');
      await old.stop();
      await young.isInline(2);
      await appendAll(young.store, moves(3, 560));
      await isAllThere(young, 'new');
      await young.stop();
    },
  },
  {
    name: 'paused, it is followed again from where it was when it is resumed, and then inline',
    run: async ({ store }) => {
      const process = await Process.start(store, OLD);
      await process.isInline(1);
      await appendAll(process.store, moves(20));
      await process.operations.pause(ACCOUNTS);
      await process.isInline(1, false);
      assert.equal((await process.statusOf(1))?.notInline, 'paused');
      await appendAll(process.store, moves(20, 20));
      assert.deepEqual(await process.documents(), naively('old', moves(20)));
      await refuses(process.caughtUp({ timeoutMs: 60 }), 'MORTAR_WAIT_TIMEOUT');
      await process.operations.resume(ACCOUNTS);
      await process.caughtUp();
      await process.isInline(1);
      await appendAll(process.store, moves(20, 40));
      assert.deepEqual(await process.documents(), naively('old', moves(60)));
      await process.stop();
    },
  },
  {
    name: 'it is made anew, beside what is read and in its place, while events come',
    run: async ({ store }) => {
      const process = await Process.start(store, OLD);
      await process.isInline(1);
      let isOver = false;
      let count = 0;
      const appending = WRITERS.slice(0, 4).map(async () => {
        while (!isOver) {
          count += 1;
          await appendAll(process.store, moves(1, count));
          // A store in memory would never give way to timers.
          await new Promise(setImmediate);
        }
      });
      await process.operations.rebuild(ACCOUNTS);
      await process.reads(2);
      await process.isInline(2);
      assert.equal((await process.statusOf(1))?.state, 'retired');
      await process.operations.reset(ACCOUNTS);
      await process.reads(3);
      await process.isInline(3);
      isOver = true;
      await Promise.all(appending);
      await isAllThere(process, 'old');
      await process.stop();
    },
  },
  {
    name: 'sixteen that append to the same documents, while it becomes inline and is no more: each event is folded once, in its order',
    needs: 'second handle',
    run: async (subject) => {
      const { store } = subject;
      const processes = [await Process.start(store, OLD), await Process.start(secondOf(subject), OLD)];
      let isOver = false;
      let switches = 0;
      const switching = (async () => {
        while (!isOver) {
          if (await store.projections.demote(FIRST)) switches += 1;
          await new Promise((resolve) => setTimeout(resolve, 15));
        }
      })();
      await Promise.all(
        WRITERS.map(async (writer) => {
          const handle = processes[writer % 2]?.store ?? store;
          for (let count = 0; count < 15; count += 1)
            await appendAll(handle, moves(2, writer * 100 + count), writer % 3 > 0 ? 1 : 2);
        }),
      );
      await until(() => switches > 2, 'some switches');
      isOver = true;
      await switching;
      for (const process of processes) {
        await process.caughtUp();
        await isAllThere(process, 'old');
        await process.isInline(1);
        await appendAll(process.store, moves(1));
        await isAllThere(process, 'old');
      }
      await Promise.all(processes.map((process) => process.stop()));
    },
  },
  {
    name: 'a process that ends at any call of its store leaves it so that each event is folded once',
    run: async ({ store }) => {
      const appended: EncodedEvent[] = [];
      for (let calls = 6, kills = 0; kills < 14; calls += 3, kills += 1) {
        let left = calls;
        const process = Process.make(store, OLD, {
          before: () => {
            left -= 1;
            if (left === 0) process.kill();
          },
        });
        // It appends as long as it lives; of the last of these nobody knows.
        process
          .begin()
          .then(async () => {
            for (;;) {
              const event = move(`account-${left % 3}`, left);
              appended.push(event);
              await process.store.events.append([{ events: [event] }]);
              if (appended.length % 4 === 0) await store.projections.demote(FIRST);
            }
          })
          .catch(() => undefined);
        await until(() => left <= 0, 'its end');
      }
      const last = await Process.start(store, OLD);
      await last.caughtUp();
      assert.ok(appended.length > 5);
      await isAllThere(last, 'old');
      await last.isInline(1);
      await isAllThere(last, 'old');
      await last.stop();
    },
  },
];
