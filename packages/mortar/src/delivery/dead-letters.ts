import type { EventBus, Outcome } from '../bus/index.js';
import { createEnvelope, type Envelope, type EventContract } from '../contracts/index.js';
import { MortarError } from '../errors/index.js';
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
  readonly bus: EventBus;
  /** The contract of an event's type, for `editAndReplay`. */
  readonly contractOf: (type: string) => EventContract | undefined;
}

/** What became of a replay of many. */
export interface ReplayReport {
  readonly replayed: number;
  /** Dead again. */
  readonly failed: number;
  /** Claimed by another replay, or discarded, since the set was taken. */
  readonly passedOver: number;
}

/** What an operator does with dead letters. */
export class DeadLetters {
  readonly #parts: DeadLettersParts;

  constructor(parts: DeadLettersParts) {
    this.#parts = parts;
  }

  list(filter?: DeadLetterFilter, page?: DeadLetterPage): Promise<readonly DeadLetter[]> {
    return this.#parts.store.list(filter, page);
  }

  groups(filter?: DeadLetterFilter): Promise<readonly DeadLetterGroup[]> {
    return this.#parts.store.groups(filter);
  }

  statistics(): Promise<DeadLetterStatistics> {
    return this.#parts.store.statistics();
  }

  /**
   * Brings the event to its subscription once more, under the same policy as before. If it fails again, the letter is
   * dead again, with the attempts added. Of several replays of one letter, one runs and the others are refused.
   * @throws MortarError `MORTAR_DEAD_LETTER_MISSING`, `MORTAR_DEAD_LETTER_STATE`, `MORTAR_HANDLER_MISSING`
   */
  async replay(id: string): Promise<Outcome> {
    const letter = await this.#parts.store.change(id, 'dead', 'replaying');
    return this.#redeliver(letter, letter.envelope);
  }

  /**
   * Replays with other data, which is checked against the contract. The event gets a new id, and the old one's as its
   * cause; if it fails, it leaves a letter of its own. The old letter keeps the old data.
   * @throws MortarError `MORTAR_DATA_INVALID` and those of `replay`; then nothing has changed
   */
  async editAndReplay(id: string, data: unknown): Promise<Outcome> {
    const { envelope } = await this.#find(id);
    const edited = this.#edit(envelope, data);
    const letter = await this.#parts.store.change(id, 'dead', 'replaying', `edited as ${edited.id}`);
    return this.#redeliver(letter, edited);
  }

  /**
   * Replays all that match now, in their order; what dies meanwhile is not among them.
   * @throws MortarError `MORTAR_HANDLER_MISSING`
   */
  async replayAll(filter: DeadLetterFilter = {}): Promise<ReplayReport> {
    const report = { replayed: 0, failed: 0, passedOver: 0 };
    for (const { id } of await this.#all(filter)) {
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

  async #redeliver(letter: DeadLetter, envelope: Envelope): Promise<Outcome> {
    const { store, bus } = this.#parts;
    try {
      const outcome = await bus.redeliver(envelope, letter.subscription);
      const isOver =
        outcome.status === 'handled' || outcome.status === 'skipped' || envelope.id !== letter.envelope.id;
      // A delivery that died again has put its letter back by itself, unless the store failed it.
      if (isOver) await store.change(letter.id, 'replaying', 'replayed');
      else if (outcome.status === 'failed') await store.change(letter.id, 'replaying', 'dead');
      return outcome;
    } catch (error) {
      await store.change(letter.id, 'replaying', 'dead');
      throw error;
    }
  }

  async #statusOfReplay(id: string): Promise<Outcome['status'] | undefined> {
    try {
      const { status } = await this.replay(id);
      return status;
    } catch (error) {
      const isTaken = error instanceof MortarError && error.code.startsWith('MORTAR_DEAD_LETTER_');
      if (isTaken) return undefined;
      throw error;
    }
  }

  async #all(filter: DeadLetterFilter): Promise<readonly DeadLetter[]> {
    const all: DeadLetter[] = [];
    for (let after: string | undefined; ; ) {
      const page = await this.#parts.store.list(filter, after === undefined ? {} : { after });
      if (page.length === 0) return all;
      all.push(...page);
      after = page.at(-1)?.id;
    }
  }

  async #find(id: string): Promise<DeadLetter> {
    const letter = await this.#parts.store.get(id);
    if (letter !== undefined) return letter;
    throw new MortarError('MORTAR_DEAD_LETTER_MISSING', {
      rule: 'A dead letter is named by its id.',
      expected: 'the id of a dead letter that is kept',
      got: id,
    });
  }

  #edit(envelope: Envelope, data: unknown): Envelope {
    const contract = this.#parts.contractOf(envelope.type);
    if (contract === undefined) {
      throw new MortarError('MORTAR_ENVELOPE_INVALID', {
        rule: 'Edited data is checked against the contract of its event.',
        expected: 'an event whose contract is loaded',
        got: envelope.type,
      });
    }
    const { priority, occurredAt, correlationId, actor, tenant, traceparent, metadata } = envelope;
    return createEnvelope(contract, data, {
      priority,
      occurredAt,
      correlationId,
      causationId: envelope.id,
      metadata,
      ...(actor === undefined ? {} : { actor }),
      ...(tenant === undefined ? {} : { tenant }),
      ...(traceparent === undefined ? {} : { traceparent }),
    });
  }
}
