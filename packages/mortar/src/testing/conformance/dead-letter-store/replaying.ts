import assert from 'node:assert/strict';
import { position } from '../../../event-store/index.js';
import { BILLING, deathOf, failedAt, partitionAmongFour, until } from '../delivery-store/subject.js';
import { refuses } from '../event-store/subject.js';
import {
  buried,
  changed,
  type DeadLetterStoreCase,
  editOf,
  type Grave,
  graveOf,
  idsIn,
  letterAt,
  revisionOf,
} from './letters.js';

const ALL = { of: 4, among: [0, 1, 2, 3] };

async function replayingOf({ store, lease }: Grave): Promise<readonly string[]> {
  return (await store.deadLetters.replaying(lease.subscription, ALL, 100)).map(({ letterId }) => letterId);
}

/** The letters that are replaying are the list of work. */
export const replayingCases: readonly DeadLetterStoreCase[] = [
  {
    name: 'what is to be replayed is listed with its event and no attempts, by position',
    run: async ({ store }) => {
      const grave = await graveOf(store);
      const first = await buried(grave);
      const second = await buried(grave);
      await store.deadLetters.change(second.id, 'dead', 'replaying');
      await store.deadLetters.change(first.id, 'dead', 'replaying');
      const [one, other] = await store.deadLetters.replaying(BILLING, ALL, 100);
      assert.deepEqual(one, {
        letterId: first.id,
        entry: first.entry,
        edited: undefined,
        attempts: 0,
        isRunning: false,
        dueAt: 0,
        failures: [],
      });
      assert.equal(other?.letterId, second.id);
      assert.equal((await store.deadLetters.replaying(BILLING, ALL, 1)).length, 1);
      assert.deepEqual(await store.deadLetters.replaying('mail', ALL, 100), []);
    },
  },
  {
    name: 'each letter is of the partition of its key',
    run: async ({ store }) => {
      const grave = await graveOf(store);
      for (const key of ['a', 'b', 'c', 'd', 'e', 'f']) {
        const { id } = await buried(grave, {}, { key });
        await store.deadLetters.change(id, 'dead', 'replaying');
      }
      for (const partition of ALL.among) {
        const found = await store.deadLetters.replaying(BILLING, { of: 4, among: [partition] }, 100);
        for (const { entry } of found) assert.equal(partitionAmongFour(entry), partition);
      }
      assert.equal((await replayingOf(grave)).length, 6);
      assert.deepEqual(await store.deadLetters.replaying(BILLING, { of: 4, among: [] }, 100), []);
    },
  },
  {
    name: 'whatever an operator does to a letter of the log grows the revision, and is told to who watches',
    run: async ({ store, second }) => {
      const grave = await graveOf(store);
      const [one, other] = [await buried(grave), await buried(grave)];
      let calls = 0;
      const end = (second ?? store).deliveries.watch(() => {
        calls += 1;
      });
      const before = await revisionOf(grave);
      await store.deadLetters.change(one.id, 'dead', 'replaying');
      assert.equal(await revisionOf(grave), before + 1);
      await until(async () => (calls > 0 ? calls : undefined), 'the watcher is called');
      await store.deadLetters.change(other.id, 'dead', 'discarded');
      assert.equal(await revisionOf(grave), before + 2);
      end();
    },
  },
  {
    name: 'the progress of a replay is kept, and a new one begins with none',
    run: async ({ store }) => {
      const grave = await graveOf(store);
      const { id, entry } = await buried(grave);
      await store.deadLetters.change(id, 'dead', 'replaying');
      const progress = {
        letterId: id,
        attempts: 2,
        isRunning: true,
        dueAt: 77,
        failures: [failedAt(5, 'ü')],
      };
      await changed(grave, { kind: 'replaying', ...progress });
      const [work] = await store.deadLetters.replaying(BILLING, ALL, 1);
      assert.deepEqual(work, { ...progress, entry, edited: undefined });
      await changed(grave, deathOf(entry as never));
      await store.deadLetters.change(id, 'dead', 'replaying');
      const [again] = await store.deadLetters.replaying(BILLING, ALL, 1);
      assert.deepEqual(
        { attempts: again?.attempts, isRunning: again?.isRunning },
        { attempts: 0, isRunning: false },
      );
    },
  },
  {
    name: 'a replay that has succeeded ends the letter',
    run: async ({ store }) => {
      const grave = await graveOf(store);
      const { id, entry } = await buried(grave);
      await store.deadLetters.change(id, 'dead', 'replaying', { note: 'first' });
      await changed(grave, { kind: 'replayed', letterId: id, note: 'edited' });
      const { state, endedAt, note } = await letterAt(grave, entry as never);
      assert.deepEqual({ state, note }, { state: 'replayed', note: 'edited' });
      assert.ok(Number.isSafeInteger(endedAt));
      assert.deepEqual(await replayingOf(grave), []);
    },
  },
  {
    name: 'nothing happens to a letter that is not replaying',
    run: async ({ store }) => {
      const grave = await graveOf(store);
      const letter = await buried(grave);
      const progress = { letterId: letter.id, attempts: 1, isRunning: true, dueAt: 1, failures: [] };
      await changed(grave, { kind: 'replayed', letterId: letter.id }, { kind: 'replaying', ...progress });
      await changed(grave, { kind: 'replayed', letterId: 'nobody' });
      assert.deepEqual(await letterAt(grave, letter.entry as never), letter);
    },
  },
  {
    name: 'of 16 that claim a letter, one does',
    run: async ({ store, second }) => {
      const { id } = await buried(await graveOf(store));
      const handles = [store.deadLetters, (second ?? store).deadLetters];
      const claims = await Promise.allSettled(
        Array.from({ length: 16 }, (_, index) => handles[index % 2]?.change(id, 'dead', 'replaying')),
      );
      const won = claims.filter(({ status }) => status === 'fulfilled');
      assert.equal(won.length, 1);
      for (const claim of claims)
        if (claim.status === 'rejected') assert.equal(claim.reason.code, 'MORTAR_DEAD_LETTER_STATE');
    },
  },
  {
    name: 'a change of a letter that is not kept, or in another state, is refused and changes nothing',
    run: async ({ store }) => {
      const grave = await graveOf(store);
      const letter = await buried(grave);
      await refuses(store.deadLetters.change('nobody', 'dead', 'replaying'), 'MORTAR_DEAD_LETTER_MISSING');
      await refuses(store.deadLetters.change(letter.id, 'replaying', 'replayed'), 'MORTAR_DEAD_LETTER_STATE');
      assert.deepEqual(await store.deadLetters.get(letter.id), letter);
      assert.deepEqual(await store.deadLetters.audit(), []);
    },
  },
  {
    name: 'an edited letter keeps both, what was delivered first and what is delivered now',
    run: async ({ store }) => {
      const grave = await graveOf(store);
      const letter = await buried(grave, {}, { key: 'k' });
      const edited = editOf(letter.entry as never, '{"total":2}');
      const changedLetter = await store.deadLetters.change(letter.id, 'dead', 'replaying', {
        edited,
        actor: 'ada',
      });
      assert.deepEqual(changedLetter.edited, edited);
      assert.deepEqual(changedLetter.entry, letter.entry);
      assert.deepEqual(changedLetter.envelope, letter.envelope);
      const [work] = await store.deadLetters.replaying(BILLING, ALL, 1);
      assert.deepEqual(work?.edited, edited);
      assert.deepEqual(work?.entry, letter.entry);
      const dead = await buried(grave, { entry: letter.entry as never });
      assert.deepEqual(dead.edited, edited, 'an edit stays when the replay was in vain');
    },
  },
  {
    name: 'those that are open are told apart from those that are over, by position',
    run: async ({ store }) => {
      const grave = await graveOf(store);
      const letters = [await buried(grave), await buried(grave), await buried(grave)];
      const [dead, replaying, discarded] = letters;
      await store.deadLetters.change(replaying?.id ?? '', 'dead', 'replaying');
      await store.deadLetters.change(discarded?.id ?? '', 'dead', 'discarded');
      const positions = letters.map(({ entry }) => entry?.position ?? position(0));
      const open = await store.deadLetters.openAt(BILLING, [...positions, position(9_999)]);
      assert.deepEqual([...open].sort(), [dead?.entry?.position, replaying?.entry?.position].sort());
      assert.deepEqual(await store.deadLetters.openAt(BILLING, []), []);
      assert.deepEqual(await store.deadLetters.openAt('mail', positions), []);
    },
  },
  {
    name: 'a letter that is purged is open no more, and its subscription is told',
    run: async ({ store }) => {
      const grave = await graveOf(store);
      const { entry } = await buried(grave);
      const before = await revisionOf(grave);
      assert.equal(await store.deadLetters.purge(Number.MAX_SAFE_INTEGER, ['discarded']), 0);
      assert.equal(await revisionOf(grave), before);
      assert.equal(await store.deadLetters.purge(Number.MAX_SAFE_INTEGER, ['dead'], { actor: 'ada' }), 1);
      assert.ok((await revisionOf(grave)) > before);
      assert.deepEqual(await store.deadLetters.openAt(BILLING, [entry?.position ?? position(0)]), []);
      assert.equal(await store.deadLetters.find(BILLING, entry?.id ?? ''), undefined);
      assert.deepEqual(await idsIn(store, 'dead'), []);
    },
  },
  {
    name: 'letters of a subscription that was forgotten stay',
    run: async ({ store }) => {
      const { id } = await buried(await graveOf(store));
      await store.deliveries.forget(BILLING);
      assert.deepEqual(await idsIn(store, 'dead'), [id]);
      await store.deadLetters.change(id, 'dead', 'discarded');
    },
  },
];
