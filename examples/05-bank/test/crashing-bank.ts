import fc from 'fast-check';
import { createApp, type DurableApp } from 'mortar';
import type { Clock } from 'mortar/contracts';
import type { OpenStore, Store } from 'mortar/delivery';
import { silentLogger } from 'mortar/logging';
import { balances } from '../src/bank/balances.js';
import { TransferCompleted, TransferRefused } from '../src/bank/contract.js';
import { bank } from '../src/bank/module.js';
import { reportAsOf } from '../src/bank/report.js';
import { Books, type Entry } from './books.js';
import { type KeptBalances, keptBalances } from './kept-balances.js';
import { type Fate, mortalStore } from './mortal-store.js';
import { type Orders, Requests } from './requests.js';

/** What customers ask for, all at once, and how the processes of the bank end that serve them. */
export interface Plan extends Orders {
  readonly fates: readonly Fate[];
  /** Of the order in which calls are made that come together. */
  readonly seed: number;
}

/** Where the bank keeps its log, and how time passes there. */
export interface Place {
  readonly clock: Clock;
  store(): Store;
  entries(): Promise<readonly Entry[]>;
  /** The same store, for whoever looks at it while no process of the bank lives. */
  auditor(): Promise<OpenStore>;
  /** Lets something happen. */
  turn(): Promise<void>;
  /** Lets the leases of a dead process run out. */
  outlive(): Promise<void>;
}

/** What has come of it. */
export interface Ending {
  readonly books: Books;
  readonly crashes: number;
  /** Crashes while money was under way. */
  readonly crashesUnderWay: number;
  /** The read model after each crash, and at the end. */
  readonly readModels: readonly KeptBalances[];
}

const ACCOUNTS = 3;
const MOST_CALLS = 140;
const MOST_HOPS = 12;
/** Of the machine: the first app also loads what it is made of. */
const LONGEST_MS = 30_000;

const account = fc.nat(ACCOUNTS - 1);
const amount = fc.integer({ min: 1, max: 40 });

export const plans: fc.Arbitrary<Plan> = fc.record({
  deposits: fc.array(fc.record({ to: account, amount }), { minLength: 1, maxLength: 3 }),
  // One account was never opened: what is sent there comes back.
  transfers: fc.array(fc.record({ from: account, to: fc.nat(ACCOUNTS), amount }), {
    minLength: 1,
    maxLength: 6,
  }),
  fates: fc.array(fc.record({ calls: fc.integer({ min: 1, max: MOST_CALLS }), isAfter: fc.boolean() }), {
    maxLength: 3,
  }),
  seed: fc.nat(),
});

/** Serves all that is asked for, by one process after the other: all but the last one die. */
export async function runBank(place: Place, plan: Plan): Promise<Ending> {
  const random = randomOf(plan.seed);
  const hops = (): number => Math.floor(random() ** 2 * MOST_HOPS);
  const requests = new Requests(plan, ACCOUNTS);
  const handles: { close(): Promise<void> }[] = [];
  const readModels: KeptBalances[] = [];
  let [crashes, crashesUnderWay] = [0, 0];
  for (const fate of [...plan.fates, undefined]) {
    const handle = mortalStore(place.store(), fate, hops);
    handles.push(handle);
    const life = Promise.race([handle.died, serve(place, handle.store, requests)]);
    const end = await whileTurning(place, life);
    const readModel = await keptBalances(await place.auditor());
    if (readModel !== undefined) readModels.push(readModel);
    if (end === 'served') break;
    crashes += 1;
    if (Books.of(await place.entries()).underWay > 0) crashesUnderWay += 1;
    await place.outlive();
  }
  const books = Books.of(await place.entries());
  for (const handle of handles) await handle.close();
  return { books, crashes, crashesUnderWay, readModels };
}

/** A process of the bank, until everything is answered, every transfer has ended, and report and read model agree with the log. */
async function serve(place: Place, store: Store, requests: Requests): Promise<'served'> {
  const app = await createApp({ modules: [bank], store, logger: silentLogger, bus: { clock: place.clock } });
  await app.start();
  await requests.answered(app);
  while ((await endedTransfers(app)) < requests.transfers) await place.turn();
  const { total, underWay } = await reportAsOf(app, place.clock.now());
  const books = Books.of(await place.entries());
  if (total !== books.balances || underWay !== 0)
    throw new Error(`The report says ${total}, with ${underWay} under way; the log says ${books.balances}.`);
  await app.caughtUp({ projection: `bank/${balances.name}` });
  const { items } = await app.readModel(balances).find({ sort: 'balance' });
  const found = items.map(({ value }) => value.balance);
  const isSorted = found.every((balance, index) => balance >= (found[index - 1] ?? 0));
  if (!isSorted || sumOf(found) !== books.balances)
    throw new Error(`The read model says ${found}; the log says ${books.balances} in all.`);
  await app.stop();
  return 'served';
}

function sumOf(amounts: readonly number[]): number {
  return amounts.reduce((sum, amount) => sum + amount, 0);
}

async function endedTransfers(app: DurableApp): Promise<number> {
  let ended = 0;
  for await (const _ of app.log.readAll({ events: [TransferCompleted, TransferRefused] })) ended += 1;
  return ended;
}

/** Lets time pass until something has ended. */
async function whileTurning<T>(place: Place, work: Promise<T>): Promise<T> {
  let isOver = false;
  const over = (): void => {
    isOver = true;
  };
  work.then(over, over);
  const latest = performance.now() + LONGEST_MS;
  while (!isOver) {
    if (performance.now() > latest) throw new Error('The bank has come to a standstill.');
    await place.turn();
  }
  return work;
}

/** Numbers from 0 up to, and without, 1: the same ones for the same seed (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
