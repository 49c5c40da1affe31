import { type DeadDelivery, systemClock } from '../bus/index.js';
import { type Clock, moduleOf, newId } from '../contracts/index.js';
import {
  type DeadLetter,
  type DeadLetterFilter,
  type DeadLetterGroup,
  type DeadLetterPage,
  type DeadLetterState,
  type DeadLetterStatistics,
  type DeadLetterStore,
  fingerprintOf,
  recordError,
} from '../delivery/index.js';
import { checkKeys, checkWholeNumber, describeValue, MortarError } from '../errors/index.js';

/** How much a store in memory keeps. */
export interface MemoryDeadLetterOptions {
  /** 100,000 unless said. When it is full, what was over first goes first; full of dead letters, it refuses more. */
  readonly maxLetters?: number;
  /** How long letters that were replayed or discarded are kept at most; 7 days unless said. */
  readonly keepEndedMs?: number;
  readonly clock?: Clock;
}

const DEFAULT_MAX_LETTERS = 100_000;
const DEFAULT_KEEP_ENDED_MS = 7 * 24 * 3_600_000;
const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 10_000;
const ENDED: readonly DeadLetterState[] = ['replayed', 'discarded'];

/** Dead letters in memory: lost with the process. */
export class MemoryDeadLetterStore implements DeadLetterStore {
  /** By id, in the order of ids. */
  readonly #letters = new Map<string, DeadLetter>();
  /** The id of a letter by its event and subscription. */
  readonly #ids = new Map<string, string>();
  /** When a letter was replayed or discarded, by its id, in that order. */
  readonly #ended = new Map<string, number>();
  readonly #clock: Clock;
  readonly #maxLetters: number;
  readonly #keepEndedMs: number;

  constructor(options: MemoryDeadLetterOptions = {}) {
    checkKeys('a store of dead letters', options, ['maxLetters', 'keepEndedMs', 'clock']);
    const {
      maxLetters = DEFAULT_MAX_LETTERS,
      keepEndedMs = DEFAULT_KEEP_ENDED_MS,
      clock = systemClock,
    } = options;
    checkWholeNumber('maxLetters', maxLetters, 1, 10_000_000);
    checkWholeNumber('keepEndedMs', keepEndedMs, 0, Number.MAX_SAFE_INTEGER);
    this.#maxLetters = maxLetters;
    this.#keepEndedMs = keepEndedMs;
    this.#clock = clock;
  }

  async add(dead: DeadDelivery): Promise<string> {
    this.#expire();
    const identity = identityOf(dead);
    const present = this.#letters.get(this.#ids.get(identity) ?? '');
    if (present === undefined) this.#makeRoom();
    const letter = letterOf(dead, present, this.#clock.now());
    this.#keep(letter);
    this.#ids.set(identity, letter.id);
    return letter.id;
  }

  async get(id: string): Promise<DeadLetter | undefined> {
    this.#expire();
    return this.#letters.get(id);
  }

  async list(filter: DeadLetterFilter = {}, page: DeadLetterPage = {}): Promise<readonly DeadLetter[]> {
    const { after = '', limit = DEFAULT_LIMIT } = page;
    checkWholeNumber('limit', limit, 1, MAX_LIMIT);
    this.#expire();
    const found: DeadLetter[] = [];
    for (const letter of this.#letters.values()) {
      if (letter.id > after && matches(letter, filter)) found.push(letter);
      if (found.length === limit) break;
    }
    return found;
  }

  async groups(filter: DeadLetterFilter = {}): Promise<readonly DeadLetterGroup[]> {
    const byFingerprint = new Map<string, DeadLetter[]>();
    for (const letter of this.#matching(filter)) {
      const group = byFingerprint.get(letter.fingerprint);
      if (group === undefined) byFingerprint.set(letter.fingerprint, [letter]);
      else group.push(letter);
    }
    return [...byFingerprint.values()].map(groupOf).sort((a, b) => b.count - a.count);
  }

  async statistics(): Promise<DeadLetterStatistics> {
    const dead = this.#matching({});
    return {
      byState: {
        dead: dead.length,
        replaying: this.#matching({ state: 'replaying' }).length,
        replayed: this.#matching({ state: 'replayed' }).length,
        discarded: this.#matching({ state: 'discarded' }).length,
      },
      bySubscription: countBy(dead, ({ subscription }) => subscription),
      byType: countBy(dead, ({ envelope }) => envelope.type),
      byCategory: countBy(dead, ({ error }) => error.category),
      oldestDeadAt: oldestOf(dead),
    };
  }

  async change(id: string, from: DeadLetterState, to: DeadLetterState, note?: string): Promise<DeadLetter> {
    this.#expire();
    const letter = this.#letters.get(id);
    if (letter === undefined) throw missing(id);
    if (letter.state !== from) throw inOtherState(letter, from);
    const changed: DeadLetter = {
      ...letter,
      state: to,
      endedAt: ENDED.includes(to) ? this.#clock.now() : undefined,
      note: note ?? letter.note,
    };
    this.#keep(changed);
    return changed;
  }

  async purge(before: number, states: readonly DeadLetterState[]): Promise<number> {
    this.#expire();
    const unwanted = [...this.#letters.values()].filter(
      ({ state, endedAt, lastDeadAt }) => states.includes(state) && (endedAt ?? lastDeadAt) < before,
    );
    for (const letter of unwanted) this.#remove(letter);
    return unwanted.length;
  }

  #matching(filter: DeadLetterFilter): readonly DeadLetter[] {
    this.#expire();
    return [...this.#letters.values()].filter((letter) => matches(letter, filter));
  }

  #keep(letter: DeadLetter): void {
    this.#letters.set(letter.id, letter);
    this.#ended.delete(letter.id);
    if (letter.endedAt !== undefined) this.#ended.set(letter.id, letter.endedAt);
  }

  /** Removes what has been over for long enough. Looks at no more than it removes. */
  #expire(): void {
    const now = this.#clock.now();
    for (const [id, endedAt] of this.#ended) {
      if (endedAt + this.#keepEndedMs > now) return;
      this.#removeId(id);
    }
  }

  #makeRoom(): void {
    if (this.#letters.size < this.#maxLetters) return;
    const [first] = this.#ended.keys();
    if (first !== undefined) {
      this.#removeId(first);
      return;
    }
    throw new MortarError('MORTAR_QUEUE_FULL', {
      rule: 'The store of dead letters is bounded.',
      expected: `fewer than ${this.#maxLetters} letters that are not over`,
      got: 'a full store; replay or discard some',
    });
  }

  #removeId(id: string): void {
    const letter = this.#letters.get(id);
    if (letter !== undefined) this.#remove(letter);
  }

  #remove(letter: DeadLetter): void {
    this.#letters.delete(letter.id);
    this.#ended.delete(letter.id);
    this.#ids.delete(identityOf(letter));
  }
}

/** Ids contain no blank, so no two identities are alike. */
function identityOf({ envelope, subscription }: Pick<DeadDelivery, 'envelope' | 'subscription'>): string {
  return `${envelope.id} ${subscription}`;
}

function letterOf(dead: DeadDelivery, present: DeadLetter | undefined, now: number): DeadLetter {
  const { subscription, envelope, reason } = dead;
  const error = recordError(dead.error);
  return {
    id: present?.id ?? newId(),
    state: 'dead',
    subscription,
    envelope,
    reason,
    attempts: attemptsOf(dead, present),
    error,
    fingerprint: fingerprintOf(error),
    replays: (present?.replays ?? 0) + (present?.state === 'replaying' ? 1 : 0),
    firstDeadAt: present?.firstDeadAt ?? now,
    lastDeadAt: now,
    endedAt: undefined,
    note: present?.note,
  };
}

/** Of a letter that is dead already, the delivery may be the one it was made of. */
function attemptsOf({ attempts }: DeadDelivery, present: DeadLetter | undefined): number {
  if (present?.state === 'dead') return Math.max(present.attempts, attempts);
  return (present?.attempts ?? 0) + attempts;
}

function matches(letter: DeadLetter, filter: DeadLetterFilter): boolean {
  const { envelope, error } = letter;
  const { state = 'dead', from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY } = filter;
  const isWanted = <T>(wanted: T | undefined, found: T): boolean => wanted === undefined || wanted === found;
  return (
    letter.state === state &&
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

function missing(id: string): MortarError {
  return new MortarError('MORTAR_DEAD_LETTER_MISSING', {
    rule: 'A dead letter is named by its id.',
    expected: 'the id of a dead letter that is kept',
    got: describeValue(id),
  });
}

function inOtherState({ id, state }: DeadLetter, from: DeadLetterState): MortarError {
  return new MortarError('MORTAR_DEAD_LETTER_STATE', {
    rule: 'A dead letter is replayed or discarded once.',
    expected: `letter ${id} to be ${from}`,
    got: state,
  });
}
