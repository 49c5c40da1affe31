import { type DeadDelivery, systemClock } from '../bus/index.js';
import type { Clock } from '../contracts/index.js';
import {
  type DeadLetter,
  type DeadLetterFilter,
  type DeadLetterGroup,
  type DeadLetterPage,
  type DeadLetterState,
  type DeadLetterStatistics,
  type DeadLetterStore,
  deathOnBus,
  type LetterAction,
  letterInOtherState,
  letterMissing,
  letterOf,
} from '../delivery/index.js';
import { checkKeys, checkWholeNumber, MortarError } from '../errors/index.js';
import {
  groupsOf,
  isUnchangedSince,
  letterStatisticsOf,
  matchesLetter,
  pageOf,
} from './internal/letter-queries.js';

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
    const now = this.#clock.now();
    const letter = letterOf(deathOnBus(dead, now), present, now);
    this.#keep(letter);
    this.#ids.set(identity, letter.id);
    return letter.id;
  }

  async get(id: string): Promise<DeadLetter | undefined> {
    this.#expire();
    return this.#letters.get(id);
  }

  async list(filter: DeadLetterFilter = {}, page: DeadLetterPage = {}): Promise<readonly DeadLetter[]> {
    this.#expire();
    return pageOf(this.#letters.values(), filter, page);
  }

  async groups(filter: DeadLetterFilter = {}): Promise<readonly DeadLetterGroup[]> {
    this.#expire();
    return groupsOf([...this.#letters.values()].filter((letter) => matchesLetter(letter, filter)));
  }

  async statistics(): Promise<DeadLetterStatistics> {
    this.#expire();
    return letterStatisticsOf([...this.#letters.values()]);
  }

  async change(
    id: string,
    from: DeadLetterState,
    to: DeadLetterState,
    action: LetterAction = {},
  ): Promise<DeadLetter> {
    this.#expire();
    const letter = this.#letters.get(id);
    if (letter === undefined) throw letterMissing(id);
    if (letter.state !== from) throw letterInOtherState(letter, from);
    const changed: DeadLetter = {
      ...letter,
      state: to,
      endedAt: ENDED.includes(to) ? this.#clock.now() : undefined,
      note: action.note ?? letter.note,
      actor: action.actor ?? letter.actor,
      edited: action.edited ?? letter.edited,
    };
    this.#keep(changed);
    return changed;
  }

  async purge(before: number, states: readonly DeadLetterState[]): Promise<number> {
    this.#expire();
    const unwanted = [...this.#letters.values()].filter(
      (letter) => states.includes(letter.state) && isUnchangedSince(letter, before),
    );
    for (const letter of unwanted) this.#remove(letter);
    return unwanted.length;
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
