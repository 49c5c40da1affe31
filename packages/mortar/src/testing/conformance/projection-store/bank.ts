import assert from 'node:assert/strict';
import { encode } from '../../../contracts/index.js';
import type { EncodedEvent } from '../../../event-store/index.js';
import { type Projection, projection } from '../../../projections/index.js';
import { Moved, move } from '../projections/subject.js';

/** What is known of an account, and which code has made that. */
export interface Account {
  readonly code: string;
  readonly moves: number;
  readonly balance: number;
  /** Depends on the order. */
  readonly hash: number;
}

/** A move that code which is picky can't fold. */
export const FORBIDDEN = 400;

function moved(code: string, { moves, balance, hash }: Account, amount: number): Account {
  return { code, moves: moves + 1, balance: balance + amount, hash: (hash * 31 + amount) % 1_000_003 };
}

function unmoved(code: string): Account {
  return { code, moves: 0, balance: 0, hash: 7 };
}

/** Folds moves into accounts, as one state of the code does. Code that is picky fails for a forbidden amount. */
export function accountsOf(
  code: string,
  options: {
    readonly isPicky?: boolean;
    readonly onDead?: 'hold' | 'continue';
    readonly onUnreadable?: 'hold' | 'continue';
    readonly placement?: 'async' | 'inline';
  } = {},
): Projection<'accounts', Account> {
  const { isPicky = false, onDead = 'hold', onUnreadable = 'hold', placement = 'async' } = options;
  return projection('accounts', {
    events: [Moved],
    initialState: () => unmoved(code),
    key: ({ data }) => data.account,
    on: {
      'bank.moved': (before, { data: { amount } }) => {
        if (isPicky && amount === FORBIDDEN) throw new RangeError('a forbidden amount');
        return moved(code, before, amount);
      },
    },
    fingerprint: 'declared',
    version: versionOf(code),
    onDead,
    onUnreadable,
    placement,
  });
}

/** `old` and `new` are versions of the code, each with a fingerprint of its own. */
function versionOf(code: string): number {
  return [...code].reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), 0);
}

/** So many moves of a few accounts, from a number on. */
export function moves(count: number, from = 0): readonly EncodedEvent[] {
  return Array.from({ length: count }, (_, n) =>
    move(`account-${((from + n) * 7) % 11}`, ((from + n) % 19) - 9),
  );
}

/** What moves come to, without any of the machinery, as texts by account. */
export function naively(code: string, events: readonly EncodedEvent[]): Record<string, string> {
  const accounts = new Map<string, Account>();
  for (const { payload } of events) {
    const { account, amount }: { account: string; amount: number } = JSON.parse(payload);
    accounts.set(account, moved(code, accounts.get(account) ?? unmoved(code), amount));
  }
  return Object.fromEntries(
    [...accounts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, one]) => [key, encode(one)]),
  );
}

/**
 * Asserts that documents are those of one state of the code, and of all events up to some position: neither a mixture of two
 * generations, nor part of a page. Answers with the code, and how many events that is; nothing for no documents at all.
 */
export function isOnePast(
  documents: Readonly<Record<string, string>>,
  events: readonly EncodedEvent[],
): { readonly code: string; readonly count: number } | undefined {
  const accounts = Object.values(documents).map((text) => JSON.parse(text) as Account);
  const codes = [...new Set(accounts.map(({ code }) => code))];
  if (codes.length === 0) return undefined;
  assert.equal(codes.length, 1, `documents of one state of the code, and not of ${codes.join(' and ')}`);
  const count = accounts.reduce((sum, account) => sum + account.moves, 0);
  const code = codes[0] ?? '';
  assert.deepEqual(
    documents,
    naively(code, events.slice(0, count)),
    `what the first ${count} events come to`,
  );
  return { code, count };
}

/** Asserts that each document is what the first events of its account come to, by themselves: some may be held while others go on. */
export function isEachPast(
  code: string,
  documents: Readonly<Record<string, string>>,
  events: readonly EncodedEvent[],
): void {
  for (const [account, text] of Object.entries(documents)) {
    const own = events.filter(({ payload }) => JSON.parse(payload).account === account);
    const { moves: count }: Account = JSON.parse(text);
    assert.equal(
      text,
      naively(code, own.slice(0, count))[account],
      `what ${count} events of ${account} come to`,
    );
  }
}
