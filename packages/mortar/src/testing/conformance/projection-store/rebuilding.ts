import assert from 'node:assert/strict';
import type { DeliveryStoreCase } from '../delivery-store/subject.js';
import { refuses } from '../event-store/subject.js';
import { move } from '../projections/subject.js';
import { accountsOf, FORBIDDEN, isOnePast, moves, naively } from './bank.js';
import { ACCOUNTS, appendAll, Process, until } from './processes.js';
import { auditOf, secondOf } from './subject.js';

const OLD = accountsOf('old');
const NEW = accountsOf('new');

/** Lets so many commits of a generation pass, and holds the next one until it is opened. */
class Gate {
  readonly #subscription: string;
  #left: number;
  #open: () => void = () => undefined;
  readonly #opened: Promise<void>;
  isReached = false;

  constructor(subscription: string, commits: number) {
    this.#subscription = subscription;
    this.#left = commits;
    this.#opened = new Promise((resolve) => {
      this.#open = resolve;
    });
  }

  readonly before = async (method: string, [batch]: readonly unknown[]): Promise<void> => {
    const isMeant =
      method === 'commit' &&
      typeof batch === 'object' &&
      batch !== null &&
      'subscription' in batch &&
      batch.subscription === this.#subscription;
    if (!isMeant) return;
    this.#left -= 1;
    if (this.#left >= 0) return;
    this.isReached = true;
    await this.#opened;
  };

  open(): void {
    this.#open();
  }
}

/** A read model is made anew beside the one that is read. */
export const rebuildingCases: readonly DeliveryStoreCase[] = [
  {
    name: 'the old one is read while the new one is built and events come, then the new one',
    run: async ({ store }) => {
      const events = moves(2_400);
      await appendAll(store, events.slice(0, 1_500));
      const process = await Process.start(store, OLD);
      await process.caughtUp();
      await process.operations.rebuild(ACCOUNTS, { actor: 'ada' });
      await refuses(process.operations.rebuild(ACCOUNTS), 'MORTAR_GENERATION_STATE');
      const appending = appendAll(store, events.slice(1_500), 10);
      await until(async () => {
        const head = await store.events.head();
        await process.caughtUp({ position: head });
        const { count = 0 } = isOnePast(await process.documents(), events) ?? {};
        assert.ok(count >= head, `what was waited for is there: ${count} of ${head} events`);
        return process.generations.read(ACCOUNTS).number === 2 && head === events.length;
      }, 'the switch');
      await appending;
      await process.caughtUp();
      assert.deepEqual(await process.documents(), naively('old', events));
      assert.deepEqual(
        (await auditOf(store)).map(([action, , actor]) => [action, actor]),
        [
          ['rebuild', 'ada'],
          ['activate', undefined],
        ],
      );
      await process.stop();
    },
  },
  {
    name: 'nobody is taken back to before what he was told',
    run: async ({ store }) => {
      const events = moves(101);
      await appendAll(store, events.slice(0, 100));
      const gate = new Gate(`${ACCOUNTS}#2`, 1);
      const process = await Process.start(store, OLD, gate);
      await process.caughtUp();
      // Somebody is told so by the old one, in the moment of the switch.
      process.generations.promise(ACCOUNTS, 101 as never);
      await process.operations.rebuild(ACCOUNTS);
      await until(async () => {
        const [, second] = await store.projections.generations(ACCOUNTS);
        return second?.state === 'active' && (await process.statusOf(2))?.state === 'active';
      }, 'the switch');
      await appendAll(store, events.slice(100));
      await process.caughtUp();
      assert.deepEqual(await process.documents(), naively('old', events));
      assert.equal(process.generations.read(ACCOUNTS).number, 1, 'the one that has it');
      gate.open();
      await process.reads(2);
      assert.deepEqual(await process.documents(), naively('old', events));
      await process.stop();
    },
  },
  {
    name: 'how far it has come is told, with how fast and how long it still takes',
    run: async ({ store }) => {
      await appendAll(store, moves(1_000));
      const gate = new Gate(`${ACCOUNTS}#2`, 5);
      const process = await Process.start(store, OLD, gate);
      await process.caughtUp();
      await process.operations.rebuild(ACCOUNTS);
      await until(() => gate.isReached, 'half of it');
      const status = await process.statusOf(2);
      const { state, activity, position, lagEvents, isRead, isOwn } = status ?? {};
      assert.deepEqual(
        { state, activity, position, lagEvents, isRead, isOwn },
        {
          state: 'building',
          activity: 'catchingUp',
          position: 500,
          lagEvents: 500,
          isRead: false,
          isOwn: true,
        },
      );
      assert.ok((status?.eventsPerSecond ?? 0) > 0, 'events a second');
      assert.ok((status?.leftMs ?? -1) >= 0, 'how long it still takes');
      assert.ok((status?.lagMs ?? 0) > 0, 'how old what it has not yet is');
      gate.open();
      await process.reads(2);
      assert.equal((await process.statusOf(1))?.state, 'retired');
      await process.stop();
    },
  },
  {
    name: 'it is cancelled, and gone on with from where it was',
    run: async ({ store }) => {
      const events = moves(1_100);
      await appendAll(store, events.slice(0, 1_000));
      const gate = new Gate(`${ACCOUNTS}#2`, 5);
      let folded = 0;
      const process = await Process.start(store, OLD, {
        before: async (method, parameters) => {
          await gate.before(method, parameters);
          const [batch] = parameters as readonly { readonly subscription?: string }[];
          if (method === 'commit' && batch?.subscription === `${ACCOUNTS}#2`) folded += 1;
        },
      });
      await process.caughtUp();
      await process.operations.rebuild(ACCOUNTS);
      await until(() => gate.isReached, 'half of it');
      const cancelling = process.operations.cancel(ACCOUNTS, { actor: 'ada' });
      gate.open();
      await cancelling;
      await until(async () => (await process.statusOf(2))?.activity === 'idle', 'the end of the work');
      const half = await process.statusOf(2);
      assert.equal(half?.state, 'cancelled');
      assert.ok(half.position >= 500 && half.position < 1_000, `position ${half.position} is kept`);
      const [checkpoint] = await store.deliveries.checkpoints(`${ACCOUNTS}#2`);
      assert.equal(checkpoint?.isLeased, false);
      await refuses(process.operations.cancel(ACCOUNTS), 'MORTAR_GENERATION_STATE');
      await appendAll(store, events.slice(1_000));
      await process.caughtUp();
      assert.deepEqual(await process.documents(), naively('old', events), 'what is read goes on');
      assert.equal(process.generations.read(ACCOUNTS).number, 1);
      folded = 0;
      await process.operations.resume(ACCOUNTS, { actor: 'bob' });
      await process.reads(2);
      assert.ok(folded <= 8, `not from the beginning again: ${folded} pages`);
      assert.deepEqual(await process.documents(), naively('old', events));
      await process.stop();
    },
  },
  {
    name: 'it is paused where it is, and gone on with',
    run: async ({ store }) => {
      await appendAll(store, moves(1_000));
      const gate = new Gate(`${ACCOUNTS}#2`, 5);
      const process = await Process.start(store, OLD, gate);
      await process.caughtUp();
      await process.operations.rebuild(ACCOUNTS);
      await until(() => gate.isReached, 'half of it');
      await process.operations.pause(ACCOUNTS);
      gate.open();
      await until(async () => (await process.statusOf(2))?.activity !== 'catchingUp', 'the end of the work');
      const { position = 0, isPaused, state } = (await process.statusOf(2)) ?? {};
      assert.deepEqual({ isPaused, state }, { isPaused: true, state: 'building' });
      assert.ok(position < 1_000, `position ${position} is not the end`);
      await process.operations.resume(ACCOUNTS);
      await process.reads(2);
      assert.deepEqual(await process.documents(), naively('old', moves(1_000)));
      await process.stop();
    },
  },
  {
    name: 'processes that end at any moment of it are gone on after, and what is read is never half of it',
    run: async ({ store }) => {
      const events = moves(700);
      await appendAll(store, events.slice(0, 300));
      const reader = await Process.start(store, OLD);
      await reader.caughtUp();
      let next = 300;
      for (let calls = 12; calls < 12 + 10 * 9; calls += 9) {
        let left = calls;
        const builder = Process.make(store, NEW, {
          pageEvents: 20,
          before: () => {
            left -= 1;
            if (left === 0) builder.kill();
          },
        });
        builder.begin().catch(() => undefined);
        await until(() => left <= 0, 'its end');
        await appendAll(store, events.slice(next, next + 40));
        next += 40;
        await reader.caughtUp();
        assert.deepEqual(await reader.documents(), naively('old', events.slice(0, next)));
      }
      const last = await Process.start(store, NEW);
      await last.reads(2);
      await Promise.all([last.caughtUp(), reader.caughtUp()]);
      assert.deepEqual(await last.documents(), naively('new', events.slice(0, next)));
      assert.deepEqual(await reader.documents(), naively('old', events.slice(0, next)));
      await Promise.all([last.stop(), reader.stop()]);
    },
  },
  {
    name: 'old and new code run side by side, and each reads what is right',
    needs: 'second handle',
    run: async (subject) => {
      const { store } = subject;
      const events = moves(2_000);
      await appendAll(store, events.slice(0, 1_000));
      const old = await Process.start(store, OLD);
      await old.caughtUp();
      const appending = appendAll(store, events.slice(1_000), 20);
      const young = await Process.start(secondOf(subject), NEW);
      const codes = new Set<string>();
      await until(async () => {
        assert.equal(isOnePast(await old.documents(), events)?.code, 'old', 'old code reads its own');
        codes.add(isOnePast(await young.documents(), events)?.code ?? 'none');
        return young.generations.read(ACCOUNTS).number === 2;
      }, 'the switch');
      assert.ok(!codes.has('none'), 'new code reads what there is');
      await appending;
      await Promise.all([old.caughtUp(), young.caughtUp()]);
      assert.deepEqual(await old.documents(), naively('old', events));
      assert.deepEqual(await young.documents(), naively('new', events));
      // Old code that comes back reads its own again.
      await old.stop();
      await appendAll(store, moves(50, 2_000));
      const again = await Process.start(store, OLD);
      await again.caughtUp();
      assert.deepEqual(await again.documents(), naively('old', moves(2_050)));
      assert.deepEqual(
        (await again.operations.status())[0]?.generations.map(({ state, isRead }) => [state, isRead]),
        [
          ['retired', true],
          ['active', false],
        ],
      );
      await Promise.all([again.stop(), young.stop()]);
    },
  },
  {
    name: 'an event that fails in it blocks the switch, until its letter is over',
    run: async ({ store }) => {
      const bad = move('bad', FORBIDDEN);
      const events = [...moves(150), bad, ...moves(150, 150)];
      await appendAll(store, events);
      const old = await Process.start(store, OLD);
      await old.caughtUp();
      const picky = await Process.start(store, accountsOf('new', { isPicky: true }));
      await until(async () => (await picky.statusOf(2))?.deadLetters === 1, 'a dead letter');
      await until(async () => (await picky.statusOf(2))?.lagEvents === 0, 'the end of the log');
      assert.deepEqual(await picky.operations.activate(ACCOUNTS), {
        kind: 'unresolved',
        heldKeys: 1,
        deadLetters: 1,
      });
      assert.deepEqual(await picky.documents(), naively('old', events), 'it reads the one before');
      const [letter] = await store.deadLetters.list({ subscription: `${ACCOUNTS}#2` });
      await store.deadLetters.change(letter?.id ?? '', 'dead', 'discarded');
      await picky.reads(2);
      assert.deepEqual(await picky.documents(), naively('new', [...moves(300)]));
      await Promise.all([old.stop(), picky.stop()]);
    },
  },
  {
    name: 'an event that fails does not block a switch that is forced',
    run: async ({ store }) => {
      const events = [...moves(20), move('bad', FORBIDDEN), ...moves(20, 20)];
      await appendAll(store, events);
      const old = await Process.start(store, OLD);
      await old.caughtUp();
      const picky = await Process.start(store, accountsOf('new', { isPicky: true, onDead: 'continue' }));
      await until(async () => (await picky.statusOf(2))?.deadLetters === 1, 'a dead letter');
      await until(async () => (await picky.statusOf(2))?.lagEvents === 0, 'the end of the log');
      assert.deepEqual(await picky.operations.activate(ACCOUNTS), {
        kind: 'unresolved',
        heldKeys: 0,
        deadLetters: 1,
      });
      const forced = { force: true, actor: 'ada' };
      await until(
        async () => (await picky.operations.activate(ACCOUNTS, forced)).kind === 'ok',
        'it to have come as far as the one before',
      );
      assert.equal(picky.generations.read(ACCOUNTS).number, 2);
      assert.deepEqual(await picky.documents(), naively('new', moves(40)));
      assert.deepEqual(await old.documents(), naively('old', events), 'old code reads its own');
      await Promise.all([old.stop(), picky.stop()]);
    },
  },
  {
    name: 'a reset is read at once, and fills',
    run: async ({ store }) => {
      const events = moves(500);
      await appendAll(store, events);
      const gate = new Gate(`${ACCOUNTS}#2`, 0);
      const process = await Process.start(store, OLD, gate);
      await process.caughtUp();
      await process.operations.reset(ACCOUNTS, { actor: 'ada' });
      assert.deepEqual(await process.documents(), {});
      assert.deepEqual(await auditOf(store), [['reset', `${ACCOUNTS}#2`, 'ada']]);
      gate.open();
      await process.caughtUp();
      assert.deepEqual(await process.documents(), naively('old', events));
      await process.stop();
    },
  },
  {
    name: 'one that nobody reads is removed after its time, and not while a process has its code',
    needs: 'second handle',
    run: async (subject) => {
      const { store } = subject;
      const events = moves(200);
      await appendAll(store, events);
      const old = await Process.start(store, OLD, { retiredMs: 1 });
      await old.caughtUp();
      const young = await Process.start(secondOf(subject), NEW, { retiredMs: 1 });
      await young.reads(2);
      await until(async () => (await young.statusOf(1))?.state === 'retired', 'the old one to be retired');
      await appendAll(store, moves(50, 200));
      await Promise.all([old.caughtUp(), young.caughtUp()]);
      assert.deepEqual(await old.documents(), naively('old', moves(250)), 'old code is still there');
      await old.stop();
      await until(async () => (await young.statusOf(1)) === undefined, 'the removal');
      assert.deepEqual(
        (await store.documents.collections()).map(({ name }) => name),
        [`${ACCOUNTS}#2`],
      );
      assert.deepEqual(
        (await store.deliveries.subscriptions()).map(({ name }) => name),
        [`${ACCOUNTS}#2`],
      );
      assert.deepEqual(await young.documents(), naively('new', moves(250)));
      // Old code that comes back makes its own anew.
      const again = await Process.start(store, OLD);
      await again.reads(3);
      assert.deepEqual(await again.documents(), naively('old', moves(250)));
      await Promise.all([again.stop(), young.stop()]);
    },
  },
  {
    name: 'one that was replaced by the same code is removed after its time, with its dead letters',
    run: async ({ store }) => {
      await appendAll(store, [...moves(40), move('bad', FORBIDDEN), ...moves(40, 40)]);
      const process = await Process.start(store, accountsOf('old', { isPicky: true }), { retiredMs: 1 });
      await until(async () => (await process.statusOf(1))?.deadLetters === 1, 'a dead letter');
      await process.operations.rebuild(ACCOUNTS);
      await until(async () => (await process.statusOf(2))?.deadLetters === 1, 'another one');
      await until(async () => (await process.statusOf(2))?.lagEvents === 0, 'the end of the log');
      const forced = { force: true };
      await until(
        async () => (await process.operations.activate(ACCOUNTS, forced)).kind === 'ok',
        'it to have come as far as the one before',
      );
      await until(async () => (await process.statusOf(1)) === undefined, 'the removal');
      const letters = await store.deadLetters.list({ subscription: `${ACCOUNTS}#1`, state: 'discarded' });
      assert.equal(letters.length, 1);
      assert.deepEqual(await process.documents(), naively('old', moves(80)));
      await process.stop();
    },
  },
];
