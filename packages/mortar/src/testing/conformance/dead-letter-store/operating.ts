import assert from 'node:assert/strict';
import type { NewReplayJob, OpenStore, ReplayJob } from '../../../delivery/index.js';
import { BILLING, deathOf, until } from '../delivery-store/subject.js';
import { refuses } from '../event-store/subject.js';
import { buried, changed, type DeadLetterStoreCase, editOf, type Grave, graveOf, idsIn } from './letters.js';

async function several(grave: Grave, count: number): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let index = 0; index < count; index += 1) ids.push((await buried(grave)).id);
  return ids;
}

function start({ deadLetters }: OpenStore, job: Partial<NewReplayJob> = {}): Promise<ReplayJob> {
  return deadLetters.startJob({ filter: {}, ...job });
}

/** Later than anything. */
const FAR = 8.64e15;

/** Cleans up until nothing is left to be removed; answers with how much there was. */
async function cleanedUp(
  { deadLetters }: OpenStore,
  before: { readonly jobsBefore: number; readonly auditBefore: number },
): Promise<number> {
  for (let sum = 0; ; ) {
    const removed = await deadLetters.cleanUp(before);
    if (removed === 0) return sum;
    sum += removed;
  }
}

/** Replays of many over a set that is fixed, and a record of whatever an operator does. */
export const operatingCases: readonly DeadLetterStoreCase[] = [
  {
    name: 'a job has the letters that are dead and match when it is started, and begins none',
    run: async ({ store }) => {
      const grave = await graveOf(store);
      const ids = await several(grave, 3);
      await buried(await graveOf(store, 'mail'));
      await store.deadLetters.change(ids[0] ?? '', 'dead', 'discarded');
      const job = await start(store, {
        filter: { subscription: BILLING },
        actor: 'ada',
        note: 'fixed',
        ratePerSecond: 5,
      });
      const { id, startedAt, ...rest } = job;
      assert.ok(Number.isSafeInteger(startedAt));
      assert.deepEqual(rest, {
        state: 'running',
        actor: 'ada',
        note: 'fixed',
        filter: { subscription: BILLING },
        ratePerSecond: 5,
        endedAt: undefined,
        total: 2,
        waiting: 2,
        passedOver: 0,
        replaying: 0,
        replayed: 0,
        failed: 0,
      });
      assert.deepEqual(await store.deadLetters.job(id), job);
      assert.deepEqual(await idsIn(store, 'replaying'), []);
    },
  },
  {
    name: 'a letter of the in-process bus is of no set, since nobody here could replay it',
    run: async ({ store }) => {
      const { envelope } = await buried(await graveOf(store));
      const dead = {
        subscription: 'bus',
        envelope,
        reason: 'failed',
        attempts: 1,
        error: new Error('no'),
      } as const;
      await store.deadLetters.add(dead);
      assert.equal((await start(store)).total, 1);
    },
  },
  {
    name: 'cleaning up removes jobs that have ended before a time, and records from before another',
    run: async ({ store: { deadLetters }, store }) => {
      await several(await graveOf(store), 3);
      const { id: done } = await start(store);
      await deadLetters.advanceJob(done, 100);
      const { id: cancelled } = await start(store);
      await deadLetters.cancelJob(cancelled);
      await several(await graveOf(store, 'mail'), 1);
      const { id: running } = await start(store, { ratePerSecond: 1 });
      const records = (await deadLetters.audit()).length;
      assert.equal(await deadLetters.cleanUp({ jobsBefore: 1, auditBefore: 1 }), 0);
      assert.equal(await cleanedUp(store, { jobsBefore: FAR, auditBefore: 0 }), 2);
      assert.deepEqual(
        (await deadLetters.jobs()).map(({ id }) => id),
        [running],
      );
      assert.equal(await deadLetters.job(done), undefined);
      await refuses(deadLetters.advanceJob(cancelled, 1), 'MORTAR_REPLAY_MISSING');
      assert.equal((await deadLetters.audit()).length, records);
      assert.equal(await cleanedUp(store, { jobsBefore: 0, auditBefore: FAR }), records);
      assert.deepEqual(await deadLetters.audit(), []);
      assert.equal((await deadLetters.job(running))?.total, 1);
      assert.equal((await idsIn(store, 'replaying')).length, 3);
    },
  },
  {
    name: 'cleaning up comes to an end, however much there is',
    run: async ({ store }) => {
      const { deliveries, deadLetters } = store;
      await deliveries.register(BILLING, 'beginning', 1);
      const pauses = 1_200;
      for (let done = 0; done < pauses; done += 100)
        await Promise.all(
          Array.from({ length: 100 }, (_, index) => deliveries.setPaused(BILLING, index % 2 === 0)),
        );
      assert.equal(await cleanedUp(store, { jobsBefore: FAR, auditBefore: FAR }), pauses);
      assert.deepEqual(await deadLetters.audit(), []);
    },
  },
  {
    name: 'it goes on in the order of ids, as many as are asked for, until nothing is left',
    run: async ({ store }) => {
      const ids = await several(await graveOf(store), 5);
      const { id } = await start(store);
      assert.equal(await store.deadLetters.advanceJob(id, 2), 2);
      assert.deepEqual(await idsIn(store, 'replaying'), ids.slice(0, 2));
      assert.equal((await store.deadLetters.job(id))?.state, 'running');
      assert.equal(await store.deadLetters.advanceJob(id, 100), 3);
      const job = await store.deadLetters.job(id);
      assert.deepEqual(
        { state: job?.state, waiting: job?.waiting, replaying: job?.replaying },
        { state: 'done', waiting: 0, replaying: 5 },
      );
      assert.ok(job?.endedAt !== undefined);
      assert.equal(await store.deadLetters.advanceJob(id, 100), 0);
    },
  },
  {
    name: 'what dies later is not of its set, nor what dies again',
    run: async ({ store }) => {
      const grave = await graveOf(store);
      const letter = await buried(grave);
      const { id } = await start(store);
      const later = await buried(grave);
      await store.deadLetters.advanceJob(id, 100);
      await changed(grave, deathOf(letter.entry as never));
      assert.equal(await store.deadLetters.advanceJob(id, 100), 0);
      assert.deepEqual(await idsIn(store, 'dead'), [letter.id, later.id]);
    },
  },
  {
    name: 'what is not dead any more when its turn comes is passed over',
    run: async ({ store }) => {
      const [first = ''] = await several(await graveOf(store), 2);
      const { id } = await start(store);
      await store.deadLetters.change(first, 'dead', 'discarded');
      assert.equal(await store.deadLetters.advanceJob(id, 100), 2);
      const job = await store.deadLetters.job(id);
      assert.deepEqual(
        { passedOver: job?.passedOver, replaying: job?.replaying },
        { passedOver: 1, replaying: 1 },
      );
    },
  },
  {
    name: 'it tells what became of its letters',
    run: async ({ store }) => {
      const grave = await graveOf(store);
      const letters = [await buried(grave), await buried(grave), await buried(grave)];
      const { id } = await start(store);
      await store.deadLetters.advanceJob(id, 100);
      await changed(
        grave,
        { kind: 'replayed', letterId: letters[0]?.id ?? '' },
        deathOf(letters[1]?.entry as never),
      );
      const job = await store.deadLetters.job(id);
      assert.deepEqual(
        { replayed: job?.replayed, failed: job?.failed, replaying: job?.replaying },
        { replayed: 1, failed: 1, replaying: 1 },
      );
    },
  },
  {
    name: 'it takes no more than its rate allows, over all who advance it',
    run: async ({ store, second }) => {
      await several(await graveOf(store), 20);
      const { id, startedAt } = await start(store, { ratePerSecond: 1 });
      const handles = [store.deadLetters, (second ?? store).deadLetters];
      const taken = await Promise.all(
        Array.from({ length: 8 }, (_, index) => handles[index % 2]?.advanceJob(id, 100)),
      );
      const total = taken.reduce<number>((sum, count) => sum + (count ?? 0), 0);
      const seconds = (Date.now() - startedAt) / 1_000;
      assert.ok(total >= 1, 'one at once');
      assert.ok(total <= 2 + seconds, `${total} in ${seconds} s`);
    },
  },
  {
    name: 'a rate lets more through as time goes by',
    run: async ({ store }) => {
      await several(await graveOf(store), 3);
      const { id } = await start(store, { ratePerSecond: 100 });
      await until(async () => {
        await store.deadLetters.advanceJob(id, 1);
        return (await store.deadLetters.job(id))?.state === 'done' ? true : undefined;
      }, 'the job is done');
      assert.equal((await idsIn(store, 'replaying')).length, 3);
    },
  },
  {
    name: '8 that advance it at once take each letter once',
    run: async ({ store, second }) => {
      await several(await graveOf(store), 30);
      const { id } = await start(store);
      const handles = [store.deadLetters, (second ?? store).deadLetters];
      const taken = await Promise.all(
        Array.from({ length: 8 }, (_, index) => handles[index % 2]?.advanceJob(id, 5)),
      );
      assert.equal(
        taken.reduce<number>((sum, count) => sum + (count ?? 0), 0),
        30,
      );
      const job = await store.deadLetters.job(id);
      assert.deepEqual(
        { replaying: job?.replaying, passedOver: job?.passedOver },
        { replaying: 30, passedOver: 0 },
      );
    },
  },
  {
    name: 'cancelled, it begins nothing more',
    run: async ({ store }) => {
      await several(await graveOf(store), 3);
      const { id } = await start(store);
      await store.deadLetters.advanceJob(id, 1);
      const cancelled = await store.deadLetters.cancelJob(id, { actor: 'ada' });
      assert.deepEqual(
        { state: cancelled.state, waiting: cancelled.waiting },
        { state: 'cancelled', waiting: 2 },
      );
      assert.equal(await store.deadLetters.advanceJob(id, 100), 0);
      assert.equal((await store.deadLetters.cancelJob(id)).state, 'cancelled');
      assert.equal((await idsIn(store, 'dead')).length, 2);
    },
  },
  {
    name: 'jobs are listed, the latest first, all or those of a state',
    run: async ({ store }) => {
      const ids = [await start(store), await start(store), await start(store)].map(({ id }) => id).reverse();
      assert.deepEqual(
        (await store.deadLetters.jobs()).map(({ id }) => id),
        ids,
      );
      await store.deadLetters.cancelJob(ids[1] ?? '');
      assert.deepEqual(
        (await store.deadLetters.jobs('running')).map(({ id }) => id),
        [ids[0], ids[2]],
      );
      assert.deepEqual(
        (await store.deadLetters.jobs('done')).map(({ id }) => id),
        [],
      );
    },
  },
  {
    name: 'a job that is not kept, or a rate out of bounds, is refused',
    run: async ({ store }) => {
      await refuses(store.deadLetters.advanceJob('nobody', 1), 'MORTAR_REPLAY_MISSING');
      await refuses(store.deadLetters.cancelJob('nobody'), 'MORTAR_REPLAY_MISSING');
      for (const ratePerSecond of [0, -1, 0.5, 1_000_001])
        await refuses(start(store, { ratePerSecond }), 'MORTAR_OPTIONS_INVALID');
      assert.deepEqual(await store.deadLetters.jobs(), []);
    },
  },
  {
    name: 'whatever an operator does is on record, with who, what, when and why, the latest first',
    run: async ({ store }) => {
      const grave = await graveOf(store);
      const [one, two, three] = [await buried(grave), await buried(grave), await buried(grave)];
      const { deadLetters, deliveries } = store;
      await deadLetters.change(one.id, 'dead', 'replaying', { actor: 'ada', note: 'try' });
      const edited = editOf(two.entry as never, '2');
      await deadLetters.change(two.id, 'dead', 'replaying', { actor: 'bob', edited });
      await deadLetters.change(three.id, 'dead', 'discarded', { actor: 'ada', note: 'no use' });
      const { id: jobId } = await start(store, { actor: 'eve' });
      await deadLetters.cancelJob(jobId, { actor: 'eve', note: 'oh' });
      await deliveries.setPaused(BILLING, true, 'ada');
      await deliveries.setPaused(BILLING, false, 'ada');
      await deadLetters.purge(Number.MAX_SAFE_INTEGER, ['discarded'], { actor: 'ada' });
      await deliveries.forget(BILLING, 'ada');
      const records = await deadLetters.audit();
      assert.deepEqual(
        records
          .map(({ action, actor, letterId, jobId: job, note }) => [action, actor, letterId ?? job, note])
          .reverse(),
        [
          ['replay', 'ada', one.id, 'try'],
          ['editAndReplay', 'bob', two.id, undefined],
          ['discard', 'ada', three.id, 'no use'],
          ['startJob', 'eve', jobId, undefined],
          ['cancelJob', 'eve', jobId, 'oh'],
          ['pause', 'ada', undefined, undefined],
          ['resume', 'ada', undefined, undefined],
          ['purge', 'ada', undefined, undefined],
          ['forget', 'ada', undefined, undefined],
        ],
      );
      for (const { at } of records) assert.ok(Number.isSafeInteger(at));
      assert.equal((await deadLetters.audit({ letterId: three.id })).length, 1);
      assert.deepEqual((await deadLetters.audit({ limit: 2 })).length, 2);
      const before = records[6]?.id ?? '';
      assert.deepEqual(
        (await deadLetters.audit({ before })).map(({ id }) => id),
        records.slice(7).map(({ id }) => id),
      );
      assert.equal((await deadLetters.audit({ subscription: BILLING })).length, 6);
    },
  },
  {
    name: 'what a batch does is not an act of an operator',
    run: async ({ store }) => {
      const grave = await graveOf(store);
      const { id } = await buried(grave);
      await store.deadLetters.change(id, 'dead', 'replaying', { actor: 'ada' });
      await changed(grave, { kind: 'replayed', letterId: id });
      assert.equal((await store.deadLetters.audit()).length, 1);
      assert.equal((await store.deadLetters.get(id))?.actor, 'ada');
    },
  },
];
