import assert from 'node:assert/strict';
import type { OpenStore } from '../../../delivery/index.js';
import type { EncodedEvent } from '../../../event-store/index.js';
import type { DeliveryStoreCase } from '../delivery-store/subject.js';
import { refuses } from '../event-store/subject.js';
import { move } from '../projections/subject.js';
import { accountsOf, moves, naively } from './bank.js';
import { ACCOUNTS, appendAll, Process, until } from './processes.js';

const OLD = accountsOf('old');
const GONE_ON = accountsOf('old', { onUnreadable: 'continue' });
/** Of the account to which the first of all moves belongs. */
const MENDED = move('account-0', 17);
/** Newer than the code. */
const LOST: EncodedEvent = { ...MENDED, schemaVersion: 9 };
const BEFORE = moves(130);
const AFTER = moves(1_400, 130);

/** An event that can't be read, of which nobody knows the document. */
export const losingCases: readonly DeliveryStoreCase[] = [
  {
    name: 'nothing goes past an event that can not be read, in any process, until it is mended, and then all in order',
    run: async ({ store }) => {
      await appendAll(store, [...BEFORE, LOST, ...AFTER.slice(0, 700)], 400);
      const process = await Process.start(store, OLD);
      await holds(process);
      await appendAll(store, AFTER.slice(700));
      await refuses(process.caughtUp({ timeoutMs: 150 }), 'MORTAR_WAIT_TIMEOUT');
      await holds(process);
      assert.ok(((await process.statusOf(1))?.lagEvents ?? 0) > 1_000, 'it is behind, and says so');
      await process.stop();
      const next = await Process.start(store, OLD);
      await refuses(next.caughtUp({ timeoutMs: 150 }), 'MORTAR_WAIT_TIMEOUT');
      await holds(next);
      await store.deadLetters.change(await letterOf(store), 'dead', 'replaying', { edited: MENDED });
      await next.caughtUp();
      assert.deepEqual(await next.documents(), naively('old', [...BEFORE, MENDED, ...AFTER]));
      await next.stop();
    },
  },
  {
    name: 'what is given up of those that can not be read is left out, one after the other, as they come from a live log',
    run: async ({ store }) => {
      const process = await Process.start(store, OLD);
      await appendAll(store, BEFORE);
      await process.caughtUp();
      const second = { ...move('account-1', 3), schemaVersion: 9 };
      await appendAll(store, [LOST, ...AFTER.slice(0, 5), second, ...AFTER.slice(5)], 2_000);
      await holds(process);
      await store.deadLetters.change(await letterOf(store), 'dead', 'discarded');
      const some = [...BEFORE, ...AFTER.slice(0, 5)];
      await until(async () => (await letterOf(store)) !== '', 'the second one');
      assert.deepEqual(await process.documents(), naively('old', some), 'those between the two');
      await store.deadLetters.change(await letterOf(store), 'dead', 'discarded');
      await process.caughtUp();
      assert.deepEqual(await process.documents(), naively('old', [...BEFORE, ...AFTER]));
      await process.stop();
    },
  },
  {
    name: 'all others go past it where the projection says so',
    run: async ({ store }) => {
      await appendAll(store, [...BEFORE, LOST, ...AFTER.slice(0, 700)], 400);
      const process = await Process.start(store, GONE_ON);
      await until(async () => (await letterOf(store)) !== '', 'a dead letter');
      await appendAll(store, AFTER.slice(700));
      await process.caughtUp();
      assert.deepEqual(await process.documents(), naively('old', [...BEFORE, ...AFTER]));
      await process.stop();
    },
  },
];

/** Waits until there is a dead letter, and asserts that nothing beyond it is in the documents. */
async function holds(process: Process): Promise<void> {
  await until(async () => (await letterOf(process.store)) !== '', 'a dead letter');
  await process.deliveries.idle();
  assert.deepEqual(await process.documents(), naively('old', BEFORE));
}

/** The id of the letter that waits; empty where there is none. */
async function letterOf({ deadLetters }: OpenStore): Promise<string> {
  const [letter] = await deadLetters.list({ subscription: `${ACCOUNTS}#1`, state: 'dead' });
  return letter?.id ?? '';
}
