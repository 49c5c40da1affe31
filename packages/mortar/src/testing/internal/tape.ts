import type { HandlerEntry } from '../../bus/index.js';
import type { Envelope, PortContract } from '../../contracts/index.js';
import { describeValue, MortarError } from '../../errors/index.js';
import type {
  Recorded,
  RecordedDeath,
  RecordedEvent,
  RecordedHandling,
  RecordedOutcome,
  RecordedRequest,
} from '../recorded.js';

/** An event while it is being handled. */
export interface EventEntry {
  readonly kind: 'event';
  readonly envelope: Envelope;
  readonly handlings: Map<string, RecordedHandling>;
}

/** A request while it is being handled. */
export interface RequestEntry extends Omit<RecordedRequest, 'outcome'> {
  outcome: RecordedOutcome;
}

/** Keeps what passed over a bus. */
export class Tape {
  readonly #entries = new Set<EventEntry | RequestEntry>();
  /** The last event of each id. */
  readonly #events = new Map<string, EventEntry>();
  /** How deliveries stand of events that are not recorded yet, where it is said by the log which are. */
  readonly #early: Map<string, RecordedHandling[]> | undefined;
  #deaths: RecordedDeath[] = [];

  /** Events `comeLate` if they may be handled before it is known that they are published. */
  constructor({ comeLate = false }: { readonly comeLate?: boolean } = {}) {
    this.#early = comeLate ? new Map() : undefined;
  }

  addEvent(envelope: Envelope, subscriptions: readonly HandlerEntry[]): void {
    const handlings = subscriptions.map(({ name, module }): [string, RecordedHandling] => [
      name,
      { handler: name, module, status: 'waiting', attempts: 0 },
    ]);
    const entry: EventEntry = { kind: 'event', envelope, handlings: new Map(handlings) };
    this.#entries.add(entry);
    this.#events.set(envelope.id, entry);
    for (const handling of this.#early?.get(envelope.id) ?? []) {
      const module = entry.handlings.get(handling.handler)?.module;
      entry.handlings.set(handling.handler, { ...handling, module });
    }
    this.#early?.delete(envelope.id);
  }

  /** Of the last attempt of a handler, where that failed. */
  errorOf(id: string, handler: string): unknown {
    return this.#events.get(id)?.handlings.get(handler)?.error;
  }

  addRequest(entry: RequestEntry): void {
    this.#entries.add(entry);
  }

  addDeath(death: RecordedDeath): void {
    this.#deaths.push(death);
  }

  remove(envelope: Envelope): void {
    const entry = this.#events.get(envelope.id);
    if (entry?.envelope !== envelope) return;
    this.#entries.delete(entry);
    this.#events.delete(envelope.id);
  }

  /** Notes how a delivery stands, also that of a replay, whose event is another object with the same id. */
  update(id: string, handler: string, change: Pick<RecordedHandling, 'status' | 'attempts' | 'error'>): void {
    const entry = this.#events.get(id);
    if (entry === undefined) {
      const early = this.#early?.get(id) ?? [];
      this.#early?.set(id, [...early, { handler, module: undefined, ...change }]);
      return;
    }
    const module = entry.handlings.get(handler)?.module;
    entry.handlings.set(handler, { handler, module, ...change });
  }

  /** What a test sees of it. */
  recorded(): Recorded {
    const requests = (kind: RecordedRequest['kind']): readonly RecordedRequest[] =>
      this.#all().filter((entry): entry is RecordedRequest => entry.kind === kind);
    const events = (): readonly RecordedEvent[] => this.#all().filter((entry) => entry.kind === 'event');
    /** Asked for a contract that is undefined, as a cycle of imports leaves one, it is not asked for all. */
    const list =
      (kind: 'event' | 'command' | 'query', entries: () => readonly (RecordedEvent | RecordedRequest)[]) =>
      (...contract: readonly unknown[]): readonly unknown[] =>
        contract.length === 0 ? entries() : dataOf(kind, contract[0], entries());
    // The overloads of Recorded give types to what is untyped here: data of a type follows its contract.
    return Object.freeze({
      all: () => this.#all(),
      events: list('event', events),
      commands: list('command', () => requests('command')),
      queries: list('query', () => requests('query')),
      calls: (...call: readonly [PortContract?, string?]) =>
        call.length === 0 ? requests('call') : dataOf('port', methodOf(...call), requests('call')),
      deaths: () => [...this.#deaths],
      clear: () => {
        this.#entries.clear();
        this.#events.clear();
        this.#early?.clear();
        this.#deaths = [];
      },
    }) as Recorded;
  }

  #all(): readonly (RecordedEvent | RecordedRequest)[] {
    return Array.from(this.#entries, (entry) => (entry.kind === 'event' ? eventOf(entry) : { ...entry }));
  }
}

function eventOf({ envelope, handlings }: EventEntry): RecordedEvent {
  return {
    kind: 'event',
    type: envelope.type,
    data: envelope.data,
    envelope,
    handlings: [...handlings.values()],
  };
}

function dataOf(
  kind: 'event' | 'command' | 'query' | 'port',
  contract: unknown,
  entries: readonly (RecordedEvent | RecordedRequest)[],
): readonly unknown[] {
  const isOne = typeof contract === 'object' && contract !== null && 'kind' in contract && 'name' in contract;
  if (isOne && contract.kind === kind)
    return entries.filter(({ type }) => type === contract.name).map(({ data }) => data);
  throw new MortarError('MORTAR_OPTIONS_INVALID', {
    rule: 'What was recorded is looked up by its contract.',
    expected: kind === 'port' ? 'a port and the name of one of its methods' : `a contract of kind ${kind}`,
    got: isOne ? `${String(contract.kind)} ${String(contract.name)}` : describeValue(contract),
  });
}

function methodOf(port?: PortContract, method?: string): unknown {
  return method === undefined ? undefined : port?.methods?.[method];
}
