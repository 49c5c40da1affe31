import { isDeepStrictEqual } from 'node:util';
import type { OpenStore } from 'mortar/delivery';
import type { LogEntry } from 'mortar/event-store';
import { subscriptionOf } from 'mortar/read-models';
import { balances } from '../src/bank/balances.js';

/** The read model of the balances as it lies in a store, beside what the log says of it. */
export interface KeptBalances {
  /** Texts of documents, by account. */
  readonly kept: Readonly<Record<string, string>>;
  /** The same, folded from the log by none of the bank's own code, as far as the read model has come: without what waits for a retry. */
  readonly folded: Readonly<Record<string, string>>;
  /** Entries of the log beyond there. */
  readonly behind: number;
}

const ALL = 10_000;
const ALL_DOCUMENTS = { tenant: '', where: [], order: [], limit: ALL } as const;

/** Nothing before a process of the bank has begun to keep it. */
export async function keptBalances(store: OpenStore): Promise<KeptBalances | undefined> {
  const [generation] = await store.projections.generations(`bank/${balances.name}`);
  if (generation === undefined) return undefined;
  const subscription = subscriptionOf(generation);
  if (!(await store.documents.collections()).some(({ name }) => name === subscription)) return undefined;
  // What a process has asked for before its death may still be done: both are read in one moment if nothing has moved.
  for (;;) {
    const [low, waiting] = await standing(store, subscription);
    const documents = await store.documents.find(subscription, ALL_DOCUMENTS);
    const { entries } = await store.events.readAll({ limit: ALL });
    if (!isDeepStrictEqual([low, waiting], await standing(store, subscription))) continue;
    const kept = Object.fromEntries(documents.map(({ key, body }) => [key, body]));
    const isIn = ({ position, payload }: LogEntry): boolean =>
      position <= low && position < (waiting.get(JSON.parse(payload).accountId) ?? Number.POSITIVE_INFINITY);
    const folded = foldedBalances(entries.filter(isIn));
    return { kept, folded, behind: entries.filter(({ position }) => position > low).length };
  }
}

/** How far it has come, and from which position on the events of an account wait: those that may have killed a process are taken one by one. */
async function standing(
  { deliveries }: OpenStore,
  subscription: string,
): Promise<readonly [low: number, waiting: ReadonlyMap<string, number>]> {
  const [checkpoint] = await deliveries.checkpoints(subscription);
  const held = await deliveries.heldKeys(subscription, [0]);
  return [checkpoint?.low ?? 0, new Map(held.map(({ orderKey, first }) => [JSON.parse(orderKey)[1], first]))];
}

const SIGNS: Readonly<Record<string, number>> = {
  'bank.account-opened': 0,
  'bank.deposited': 1,
  'bank.credited': 1,
  'bank.debited': -1,
};

function foldedBalances(entries: readonly LogEntry[]): Readonly<Record<string, string>> {
  const accounts = new Map<string, { readonly owner: string; readonly balance: number }>();
  for (const { type, payload } of entries) {
    const sign = SIGNS[type];
    if (sign === undefined) continue;
    const { accountId, owner: opener, amount = 0 } = JSON.parse(payload);
    const { owner, balance } = accounts.get(accountId) ?? { owner: '', balance: 0 };
    accounts.set(accountId, { owner: opener ?? owner, balance: balance + sign * amount });
  }
  return Object.fromEntries([...accounts].map(([id, account]) => [id, JSON.stringify(account)]));
}
