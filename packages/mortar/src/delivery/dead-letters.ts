import { type EventBus, type Outcome, systemClock } from '../bus/index.js';
import {
  createEnvelope,
  type Envelope,
  type EventContract,
  newId,
  passedOnBy,
  tagsOf,
} from '../contracts/index.js';
import { checkKeys, checkWholeNumber, MAX_DELAY_MS, MortarError } from '../errors/index.js';
import { encodeEvent } from '../event-store/index.js';
import type {
  AuditRange,
  AuditRecord,
  DeadLetter,
  DeadLetterFilter,
  DeadLetterGroup,
  DeadLetterPage,
  DeadLetterState,
  DeadLetterStatistics,
  DeadLetterStore,
  DurableDeadLetterStore,
  LetterAction,
  ReplayJob,
} from './dead-letter-store.js';
import { letterMissing } from './letter-making.js';

/** What the verbs over dead letters work with. */
export interface DeadLettersParts {
  /** Letters of a durable log are replayed by its deliveries, in whatever process they run. */
  readonly store: DeadLetterStore | DurableDeadLetterStore;
  readonly bus: Pick<EventBus, 'redeliver'>;
  /** The contract of an event's type, for `editAndReplay`. */
  readonly contractOf: (type: string) => EventContract | undefined;
}

/** Who acts on a letter, and why. It is kept with the letter, and for letters of a durable log on record. */
export interface ActOptions {
  readonly actor?: string;
  readonly note?: string;
}

/** How a letter is replayed. */
export interface ReplayOptions extends ActOptions {
  /** How long to wait for the outcome of a letter of the durable log; 30,000 unless said. The replay goes on after that. */
  readonly timeoutMs?: number;
}

/** How many letters are replayed. */
export interface ReplayJobOptions extends ActOptions {
  /** Letters a second over all processes; as fast as can be unless said. */
  readonly ratePerSecond?: number;
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
  'ids',
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
const DEFAULT_TIMEOUT_MS = 30_000;
const FIRST_LOOK_MS = 5;
const SLOWEST_LOOK_MS = 250;

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
   *
   * A letter of a durable log goes before the events of its key that wait for it, which then follow in order.
   * @throws MortarError `MORTAR_DEAD_LETTER_MISSING`, `MORTAR_DEAD_LETTER_STATE`, `MORTAR_HANDLER_MISSING`,
   * `MORTAR_BUS_STOPPED`; `MORTAR_WAIT_TIMEOUT` when the outcome of a letter of the log takes longer, which then is to come
   */
  async replay(id: string, options: ReplayOptions = {}): Promise<Outcome> {
    checkReplayOptions(options);
    const letter = await this.#parts.store.change(id, 'dead', 'replaying', actionOf(options));
    if (letter.entry !== undefined) return this.#whenOver(letter, options);
    const outcome = await this.#redeliver(letter, letter.envelope);
    if (isOver(outcome)) await this.#parts.store.change(id, 'replaying', 'replayed');
    else await this.#ensureDead(letter, outcome);
    return outcome;
  }

  /**
   * Replays with other data, which is checked against the contract. The event gets a new id, and the old one's as its
   * cause. The letter keeps the old data. On the in-process bus, an edited event that fails leaves a letter of its own, and
   * the old one notes the new id; a letter of a durable log keeps both, and is dead again if it fails again.
   * @throws MortarError `MORTAR_DATA_INVALID` and those of `replay`; then nothing has changed
   */
  async editAndReplay(id: string, data: unknown, options: ReplayOptions = {}): Promise<Outcome> {
    checkReplayOptions(options);
    const { envelope, entry } = await this.#find(id);
    const edited = this.#edit(envelope, data);
    if (entry !== undefined) {
      const action = { ...actionOf(options), edited: encodeEvent(edited, this.#tagsOf(edited)) };
      return this.#whenOver(await this.#parts.store.change(id, 'dead', 'replaying', action), options);
    }
    const letter = await this.#parts.store.change(id, 'dead', 'replaying', actionOf(options));
    const outcome = await this.#redeliver(letter, edited);
    // Lost: neither handled nor kept, so the old letter is all there is of it.
    if (outcome.status === 'lost') await this.#parts.store.change(id, 'replaying', 'dead');
    else await this.#parts.store.change(id, 'replaying', 'replayed', { note: `edited as ${edited.id}` });
    return outcome;
  }

  /**
   * Replays all that match now, in their order, one after the other; what dies meanwhile is not among them.
   * Those of a durable log are replayed as a job, which it waits for.
   * @throws MortarError `MORTAR_OPTIONS_INVALID`; `MORTAR_BUS_STOPPED`, then those after it are dead as before
   */
  async replayAll(filter: ReplayFilter = {}, options: ReplayJobOptions = {}): Promise<ReplayReport> {
    checkKeys('a filter of dead letters to replay', filter, REPLAY_KEYS);
    checkKeys('a replay', options, ['actor', 'note', 'ratePerSecond']);
    const report = { replayed: 0, failed: 0, passedOver: 0 };
    const { store } = this.#parts;
    if (isDurable(store)) {
      const job = await this.#whenJobOver(store, await store.startJob({ filter, ...options }));
      report.replayed += job.replayed;
      report.failed += job.failed;
      report.passedOver += job.passedOver + job.waiting;
    }
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
  async discard(id: string, note: string, { actor }: ActOptions = {}): Promise<DeadLetter> {
    return this.#parts.store.change(
      id,
      'dead',
      'discarded',
      actionOf({ note, ...(actor === undefined ? {} : { actor }) }),
    );
  }

  /**
   * Replays all letters of the durable log that match now, as a job: over a set that is fixed, at a rate, by the deliveries of
   * whatever process. Resolves when the job is on record.
   * @throws MortarError `MORTAR_OPTIONS_INVALID`, also where there is no durable log
   */
  async startReplay(filter: ReplayFilter = {}, options: ReplayJobOptions = {}): Promise<ReplayJob> {
    checkKeys('a filter of dead letters to replay', filter, REPLAY_KEYS);
    checkKeys('a replay', options, ['actor', 'note', 'ratePerSecond']);
    return this.#durable.startJob({ filter, ...options });
  }

  /** How far a job has come; nothing if it is not kept. */
  async replayJob(id: string): Promise<ReplayJob | undefined> {
    return this.#durable.job(id);
  }

  /** The latest jobs first. */
  async replayJobs(state?: ReplayJob['state']): Promise<readonly ReplayJob[]> {
    return this.#durable.jobs(state);
  }

  /** Begins nothing more of a job; what has begun goes on. @throws MortarError `MORTAR_REPLAY_MISSING` */
  async cancelReplay(id: string, options: ActOptions = {}): Promise<ReplayJob> {
    return this.#durable.cancelJob(id, actionOf(options));
  }

  /** What operators did, the latest first. */
  async audit(range?: AuditRange): Promise<readonly AuditRecord[]> {
    return this.#durable.audit(range);
  }

  /** Removes what was replayed or discarded, or is in one of the given states, since before a time. */
  purge(before: number, states: readonly DeadLetterState[] = ['replayed', 'discarded']): Promise<number> {
    return this.#parts.store.purge(before, states);
  }

  get #durable(): DurableDeadLetterStore {
    const { store } = this.#parts;
    if (isDurable(store)) return store;
    throw new MortarError('MORTAR_OPTIONS_INVALID', {
      rule: 'Jobs and the record of what operators did are kept by a durable store.',
      expected: 'an app with a store',
      got: 'dead letters of the in-process bus',
    });
  }

  /** The outcome of a replay that the deliveries of the log do. */
  async #whenOver(begun: DeadLetter, { timeoutMs = DEFAULT_TIMEOUT_MS }: ReplayOptions): Promise<Outcome> {
    const { id, subscription } = begun;
    const end = Date.now() + timeoutMs;
    for (let waitMs = FIRST_LOOK_MS; ; waitMs = Math.min(2 * waitMs, SLOWEST_LOOK_MS)) {
      const letter = await this.#parts.store.get(id);
      const attempts = (letter?.attempts ?? 0) - begun.attempts;
      if (letter?.state === 'dead' || letter?.state === 'discarded')
        return { subscription, status: 'dead', attempts, error: letter.error, deadLetterId: id };
      if (letter?.state !== 'replaying')
        return { subscription, status: 'handled', attempts: Math.max(1, attempts) };
      if (Date.now() >= end) throw tookTooLong(id, timeoutMs);
      await rest(Math.min(waitMs, Math.max(1, end - Date.now())));
    }
  }

  async #whenJobOver(store: DurableDeadLetterStore, { id }: ReplayJob): Promise<ReplayJob> {
    for (let waitMs = FIRST_LOOK_MS; ; waitMs = Math.min(2 * waitMs, SLOWEST_LOOK_MS)) {
      await store.advanceJob(id, PAGE_SIZE);
      const job = await store.job(id);
      if (job !== undefined && job.state !== 'running' && job.replaying === 0) return job;
      await rest(waitMs);
    }
  }

  #tagsOf({ type, data }: Envelope): readonly string[] | undefined {
    const contract = this.#parts.contractOf(type);
    return contract === undefined ? undefined : tagsOf(contract, data);
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
      ids.push(...page.filter(({ id, entry }) => id < end && entry === undefined).map(({ id }) => id));
      const last = page.at(-1)?.id ?? end;
      if (last >= end || page.length < PAGE_SIZE) return ids;
      after = last;
    }
  }

  async #find(id: string): Promise<DeadLetter> {
    const letter = await this.#parts.store.get(id);
    if (letter !== undefined) return letter;
    throw letterMissing(id);
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

function isDurable(store: DeadLetterStore): store is DurableDeadLetterStore {
  return 'startJob' in store;
}

function actionOf({ actor, note }: ActOptions): LetterAction {
  return { ...(actor === undefined ? {} : { actor }), ...(note === undefined ? {} : { note }) };
}

function checkReplayOptions(options: ReplayOptions): void {
  checkKeys('a replay', options, ['actor', 'note', 'timeoutMs']);
  if (options.timeoutMs !== undefined) checkWholeNumber('timeoutMs', options.timeoutMs, 0, MAX_DELAY_MS);
}

function rest(ms: number): Promise<void> {
  return new Promise((resolve) => systemClock.after(ms, resolve));
}

function tookTooLong(id: string, timeoutMs: number): MortarError {
  return new MortarError('MORTAR_WAIT_TIMEOUT', {
    rule: 'A replay is waited for as long as is said.',
    expected: `an outcome of letter ${id} within ${timeoutMs} ms`,
    got: 'none yet; the replay goes on',
  });
}

function isOver({ status }: Outcome): boolean {
  return status === 'handled' || status === 'skipped';
}
