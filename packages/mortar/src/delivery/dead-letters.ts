import type { EventBus, Outcome } from '../bus/index.js';
import { createEnvelope, type Envelope, type EventContract, newId, passedOnBy } from '../contracts/index.js';
import { checkKeys, describeValue, MortarError } from '../errors/index.js';
import type {
  DeadLetter,
  DeadLetterFilter,
  DeadLetterGroup,
  DeadLetterPage,
  DeadLetterState,
  DeadLetterStatistics,
  DeadLetterStore,
} from './dead-letter-store.js';

/** What the verbs over dead letters work with. */
export interface DeadLettersParts {
  readonly store: DeadLetterStore;
  readonly bus: Pick<EventBus, 'redeliver'>;
  /** The contract of an event's type, for `editAndReplay`. */
  readonly contractOf: (type: string) => EventContract | undefined;
}

/** Which dead letters to replay. */
export type ReplayFilter = Omit<DeadLetterFilter, 'state'>;

/** What became of a replay of many. */
export interface ReplayReport {
  readonly replayed: number;
  /** Dead again, or still, since their subscription is gone. */
  readonly failed: number;
  /** Claimed by another replay, or discarded, since the set was taken. */
  readonly passedOver: number;
}

const FILTER_KEYS: readonly (keyof DeadLetterFilter)[] = [
  'state',
  'subscription',
  'type',
  'module',
  'key',
  'correlationId',
  'tenant',
  'reason',
  'category',
  'fingerprint',
  'from',
  'to',
];
const REPLAY_KEYS = FILTER_KEYS.filter((key) => key !== 'state');
/** How many letters are read at a time. */
const PAGE_SIZE = 1_000;

/** What an operator does with dead letters. A filter with a misspelt key is refused: it would stand for all of them. */
export class DeadLetters {
  readonly #parts: DeadLettersParts;

  constructor(parts: DeadLettersParts) {
    this.#parts = parts;
  }

  /** Nothing if no letter with this id is kept. */
  async get(id: string): Promise<DeadLetter | undefined> {
    return this.#parts.store.get(id);
  }

  /** @throws MortarError `MORTAR_OPTIONS_INVALID` */
  async list(filter: DeadLetterFilter = {}, page?: DeadLetterPage): Promise<readonly DeadLetter[]> {
    checkKeys('a filter of dead letters', filter, FILTER_KEYS);
    return this.#parts.store.list(filter, page);
  }

  /** @throws MortarError `MORTAR_OPTIONS_INVALID` */
  async groups(filter: DeadLetterFilter = {}): Promise<readonly DeadLetterGroup[]> {
    checkKeys('a filter of dead letters', filter, FILTER_KEYS);
    return this.#parts.store.groups(filter);
  }

  statistics(): Promise<DeadLetterStatistics> {
    return this.#parts.store.statistics();
  }

  /**
   * Brings the event to its subscription once more, under the same policy as before. If it fails again, the letter is
   * dead again, with the attempts added. Of several replays of one letter, one runs and the others are refused.
   * Where the bus can't bring it to its subscription at all, the letter is dead as before.
   * @throws MortarError `MORTAR_DEAD_LETTER_MISSING`, `MORTAR_DEAD_LETTER_STATE`, `MORTAR_HANDLER_MISSING`,
   * `MORTAR_BUS_STOPPED`
   */
  async replay(id: string): Promise<Outcome> {
    const letter = await this.#parts.store.change(id, 'dead', 'replaying');
    const outcome = await this.#redeliver(letter, letter.envelope);
    if (isOver(outcome)) await this.#parts.store.change(id, 'replaying', 'replayed');
    else await this.#ensureDead(letter, outcome);
    return outcome;
  }

  /**
   * Replays with other data, which is checked against the contract. The event gets a new id, and the old one's as its
   * cause; if it fails, it leaves a letter of its own. The old letter keeps the old data, and notes the new id.
   * @throws MortarError `MORTAR_DATA_INVALID` and those of `replay`; then nothing has changed
   */
  async editAndReplay(id: string, data: unknown): Promise<Outcome> {
    const { envelope } = await this.#find(id);
    const edited = this.#edit(envelope, data);
    const letter = await this.#parts.store.change(id, 'dead', 'replaying');
    const outcome = await this.#redeliver(letter, edited);
    // Lost: neither handled nor kept, so the old letter is all there is of it.
    if (outcome.status === 'lost') await this.#parts.store.change(id, 'replaying', 'dead');
    else await this.#parts.store.change(id, 'replaying', 'replayed', `edited as ${edited.id}`);
    return outcome;
  }

  /**
   * Replays all that match now, in their order, one after the other; what dies meanwhile is not among them.
   * @throws MortarError `MORTAR_OPTIONS_INVALID`; `MORTAR_BUS_STOPPED`, then those after it are dead as before
   */
  async replayAll(filter: ReplayFilter = {}): Promise<ReplayReport> {
    checkKeys('a filter of dead letters to replay', filter, REPLAY_KEYS);
    const report = { replayed: 0, failed: 0, passedOver: 0 };
    for (const id of await this.#idsOf(filter)) {
      const status = await this.#statusOfReplay(id);
      if (status === 'handled' || status === 'skipped') report.replayed += 1;
      else if (status === undefined) report.passedOver += 1;
      else report.failed += 1;
    }
    return report;
  }

  /**
   * Gives a letter up for good; it is kept, with the note, until retention removes it.
   * @throws MortarError `MORTAR_DEAD_LETTER_MISSING`, `MORTAR_DEAD_LETTER_STATE`
   */
  async discard(id: string, note: string): Promise<DeadLetter> {
    return this.#parts.store.change(id, 'dead', 'discarded', note);
  }

  /** Removes what was replayed or discarded, or is in one of the given states, since before a time. */
  purge(before: number, states: readonly DeadLetterState[] = ['replayed', 'discarded']): Promise<number> {
    return this.#parts.store.purge(before, states);
  }

  /** Brings a claimed letter's event, or its edited one, to the subscription; gives the claim back if it can't. */
  async #redeliver(letter: DeadLetter, envelope: Envelope): Promise<Outcome> {
    try {
      return await this.#parts.bus.redeliver(envelope, letter.subscription);
    } catch (error) {
      await this.#parts.store.change(letter.id, 'replaying', 'dead');
      throw error;
    }
  }

  /** A delivery that died again has put its letter back by itself, unless the store failed it or the bus has another. */
  async #ensureDead({ id }: DeadLetter, outcome: Outcome): Promise<void> {
    const isBack = outcome.status === 'dead' && outcome.deadLetterId === id;
    if (!isBack) await this.#parts.store.change(id, 'replaying', 'dead');
  }

  async #statusOfReplay(id: string): Promise<Outcome['status'] | undefined> {
    try {
      const { status } = await this.replay(id);
      return status;
    } catch (error) {
      const code = error instanceof MortarError ? error.code : undefined;
      if (code === 'MORTAR_DEAD_LETTER_MISSING' || code === 'MORTAR_DEAD_LETTER_STATE') return undefined;
      if (code === 'MORTAR_HANDLER_MISSING') return 'dead';
      throw error;
    }
  }

  /** Ids grow with time: those made from now on are not in the set, so that it ends however fast letters come. */
  async #idsOf(filter: ReplayFilter): Promise<readonly string[]> {
    const end = newId();
    const ids: string[] = [];
    for (let after = ''; ; ) {
      const page = await this.#parts.store.list(filter, { after, limit: PAGE_SIZE });
      ids.push(...page.map(({ id }) => id).filter((id) => id < end));
      const last = page.at(-1)?.id ?? end;
      if (last >= end || page.length < PAGE_SIZE) return ids;
      after = last;
    }
  }

  async #find(id: string): Promise<DeadLetter> {
    const letter = await this.#parts.store.get(id);
    if (letter !== undefined) return letter;
    throw new MortarError('MORTAR_DEAD_LETTER_MISSING', {
      rule: 'A dead letter is named by its id.',
      expected: 'the id of a dead letter that is kept',
      got: describeValue(id),
    });
  }

  #edit(envelope: Envelope, data: unknown): Envelope {
    const contract = this.#parts.contractOf(envelope.type);
    if (contract === undefined) {
      throw new MortarError('MORTAR_HANDLER_MISSING', {
        rule: 'Edited data is checked against the contract of its event.',
        expected: 'an event that a loaded module subscribes to',
        got: envelope.type,
      });
    }
    const { priority, occurredAt, metadata } = envelope;
    return createEnvelope(contract, data, { priority, occurredAt, metadata, ...passedOnBy(envelope) });
  }
}

function isOver({ status }: Outcome): boolean {
  return status === 'handled' || status === 'skipped';
}
