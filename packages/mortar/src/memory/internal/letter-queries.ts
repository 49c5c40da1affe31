import { moduleOf } from '../../contracts/index.js';
import type {
  DeadLetter,
  DeadLetterFilter,
  DeadLetterGroup,
  DeadLetterPage,
  DeadLetterState,
  DeadLetterStatistics,
} from '../../delivery/index.js';
import { checkWholeNumber } from '../../errors/index.js';

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 10_000;

/** Those of letters, which come in the order of their ids, that are on a page of what a filter asks for. */
export function pageOf(
  letters: Iterable<DeadLetter>,
  filter: DeadLetterFilter,
  { after = '', limit = DEFAULT_LIMIT }: DeadLetterPage,
): readonly DeadLetter[] {
  checkWholeNumber('limit', limit, 1, MAX_LIMIT);
  const found: DeadLetter[] = [];
  for (const letter of letters) {
    if (letter.id > after && matchesLetter(letter, filter)) found.push(letter);
    if (found.length === limit) break;
  }
  return found;
}

/** Whether a letter is what a filter asks for. */
export function matchesLetter(letter: DeadLetter, filter: DeadLetterFilter): boolean {
  const { envelope, error } = letter;
  const { state = 'dead', from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY } = filter;
  const isWanted = <T>(wanted: T | undefined, found: T): boolean => wanted === undefined || wanted === found;
  return (
    letter.state === state &&
    (filter.ids === undefined || filter.ids.includes(letter.id)) &&
    isWanted(filter.subscription, letter.subscription) &&
    isWanted(filter.type, envelope.type) &&
    isWanted(filter.module, moduleOf(envelope.type)) &&
    isWanted(filter.key, envelope.key) &&
    isWanted(filter.correlationId, envelope.correlationId) &&
    isWanted(filter.tenant, envelope.tenant) &&
    isWanted(filter.reason, letter.reason) &&
    isWanted(filter.category, error.category) &&
    isWanted(filter.fingerprint, letter.fingerprint) &&
    letter.lastDeadAt >= from &&
    letter.lastDeadAt < to
  );
}

/** Letters by their error, the largest group first. */
export function groupsOf(letters: readonly DeadLetter[]): readonly DeadLetterGroup[] {
  const byFingerprint = new Map<string, DeadLetter[]>();
  for (const letter of letters) {
    const group = byFingerprint.get(letter.fingerprint);
    if (group === undefined) byFingerprint.set(letter.fingerprint, [letter]);
    else group.push(letter);
  }
  return [...byFingerprint.values()].map(groupOf).sort((a, b) => b.count - a.count);
}

/** How many of the letters there are, of all kinds. */
export function letterStatisticsOf(letters: readonly DeadLetter[]): DeadLetterStatistics {
  const inState = (state: DeadLetterState): readonly DeadLetter[] =>
    letters.filter((letter) => letter.state === state);
  const dead = inState('dead');
  return {
    byState: {
      dead: dead.length,
      replaying: inState('replaying').length,
      replayed: inState('replayed').length,
      discarded: inState('discarded').length,
    },
    bySubscription: countBy(dead, ({ subscription }) => subscription),
    byType: countBy(dead, ({ envelope }) => envelope.type),
    byCategory: countBy(dead, ({ error }) => error.category),
    oldestDeadAt: oldestOf(dead),
  };
}

/** Whether a letter has not changed since a time. */
export function isUnchangedSince({ endedAt, lastDeadAt }: DeadLetter, time: number): boolean {
  return (endedAt ?? lastDeadAt) < time;
}

function groupOf(letters: readonly DeadLetter[]): DeadLetterGroup {
  const latest = letters.reduce((a, b) => (b.lastDeadAt >= a.lastDeadAt ? b : a));
  return {
    fingerprint: latest.fingerprint,
    count: letters.length,
    subscriptions: [...new Set(letters.map(({ subscription }) => subscription))],
    types: [...new Set(letters.map(({ envelope }) => envelope.type))],
    error: latest.error,
    firstDeadAt: letters.reduce((first, { firstDeadAt }) => Math.min(first, firstDeadAt), latest.firstDeadAt),
    lastDeadAt: latest.lastDeadAt,
  };
}

function oldestOf(letters: readonly DeadLetter[]): number | undefined {
  return letters.reduce<number | undefined>(
    (oldest, { lastDeadAt }) => (oldest === undefined || lastDeadAt < oldest ? lastDeadAt : oldest),
    undefined,
  );
}

function countBy(letters: readonly DeadLetter[], of: (letter: DeadLetter) => string): Record<string, number> {
  const counts = new Map<string, number>();
  for (const letter of letters) counts.set(of(letter), (counts.get(of(letter)) ?? 0) + 1);
  return Object.fromEntries(counts);
}
