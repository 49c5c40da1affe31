import type { CodecOptions } from '../../contracts/index.js';
import {
  type AppendCondition,
  type AppendResult,
  BEGINNING,
  type EventStore,
  type LogEntry,
  type Position,
} from '../../event-store/index.js';
import { decide, refused } from '../decide.js';
import type { DomainEvent } from '../decider.js';
import { retrying } from '../internal/conflict-retry.js';
import { encodeDecided, StreamedEvents } from '../internal/event-encoding.js';
import { readEntry } from '../internal/folding/entry-reader.js';
import { evolved, initialStateOf } from '../internal/folding/evolve.js';
import { placed } from '../internal/folding/stream-fold.js';
import { machineClock } from '../internal/machine-clock.js';
import type { HandleOptions } from '../repository.js';
import type { SourcingParts } from '../sourcing-parts.js';
import type { DecisionModel, DecisionQuery } from './decision-model.js';

/** What a decision is made from, and what must still be so when it is committed. */
export interface DecisionBasis<State> {
  readonly state: State;
  readonly condition: AppendCondition;
}

/** What a decision over several streams has come to. */
export interface DecidedOn<State, Event extends DomainEvent> {
  /** After the events. */
  readonly state: State;
  /** What was decided; none where nothing had to happen. */
  readonly events: readonly Event[];
  /** Of each event. */
  readonly positions: readonly Position[];
}

/**
 * Appends decided events under a condition, each to the stream that the model says, all or nothing.
 * @throws MortarError as `EventStore.append`
 */
export type CommitDecision<Event extends DomainEvent> = (
  events: readonly Event[],
  condition: AppendCondition,
  options: HandleOptions,
) => Promise<AppendResult>;

const PAGE = 1_000;
const UNKNOWN_RETRIES = 3;

/**
 * Decides a command over all events that the model's query finds, and appends what was decided, unless such an event has come
 * meanwhile: then it begins anew, as often as the model allows, each time after a little longer.
 * @throws MortarError `MORTAR_REQUEST_REFUSED` for a failure, which is its cause; what `decide` throws; as `readDecision` and
 * `EventStore.append`: `MORTAR_APPEND_CONFLICT` after the last time
 */
export async function decideOn<State, Command, Event extends DomainEvent>(
  parts: Omit<SourcingParts, 'snapshots'>,
  model: DecisionModel<State, Command, Event>,
  command: Command,
  options: HandleOptions = {},
  commit: CommitDecision<Event> = plainCommit(parts, model),
): Promise<DecidedOn<State, Event>> {
  const { clock = machineClock } = parts;
  return retrying('MORTAR_APPEND_CONFLICT', model.retries, clock, async () => {
    const { state, condition } = await readDecision(parts, model, command);
    const decided = decide(model, state, command);
    if (!decided.ok) throw refused(model.name, decided.failure);
    const { events } = decided;
    if (events.length === 0) return { state: decided.state, events, positions: [] };
    const { positions } = await commit(events, condition, options);
    return { state: decided.state, events, positions };
  });
}

/**
 * Reads what a command is decided from.
 * @throws MortarError `MORTAR_DECIDER_INVALID` for a query that is none; as `AggregateLoader.load` for an event that can't be folded
 */
export async function readDecision<State, Command, Event extends DomainEvent>(
  { events: store, codec }: Pick<SourcingParts, 'events' | 'codec'>,
  model: DecisionModel<State, Command, Event>,
  command: Command,
): Promise<DecisionBasis<State>> {
  const query = model.queryOf(command);
  const { entries, upTo } = await readQuery(store, query);
  return { state: foldEntries(model, entries, codec), condition: { query, after: upTo } };
}

/** The entries that any item of a query asks for, each once, by position; and the position up to which that is all of them. */
async function readQuery(
  store: EventStore,
  query: DecisionQuery,
): Promise<{ readonly entries: readonly LogEntry[]; readonly upTo: Position }> {
  const found = new Map<Position, LogEntry>();
  let upTo: Position | undefined;
  for (const filter of query) {
    let after = BEGINNING;
    for (let isEnd = false; !isEnd; ) {
      const to = upTo === undefined ? {} : { to: upTo };
      const page = await store.readAll({ after, filter, limit: PAGE, ...to });
      for (const entry of page.entries) found.set(entry.position, entry);
      after = page.next;
      isEnd = page.isEnd;
    }
    // Where the first item has ended, the others end too, so that all of them have seen the same log.
    upTo ??= after;
  }
  const entries = [...found.values()].sort((one, other) => one.position - other.position);
  return { entries, upTo: upTo ?? BEGINNING };
}

function foldEntries<State, Command, Event extends DomainEvent>(
  model: DecisionModel<State, Command, Event>,
  entries: readonly LogEntry[],
  codec: CodecOptions | undefined,
): State {
  let state = initialStateOf(model.decider);
  for (const entry of entries)
    try {
      readEntry(model, entry, codec, (event) => {
        state = evolved(model.decider, state, event);
      });
    } catch (error) {
      throw placed(error, entry);
    }
  return state;
}

function plainCommit<State, Command, Event extends DomainEvent>(
  { events: store, codec, clock = machineClock }: Omit<SourcingParts, 'snapshots'>,
  model: DecisionModel<State, Command, Event>,
): CommitDecision<Event> {
  return async (events, condition, options) => {
    const encoded = encodeDecided(events, { events: model.events, codec, clock }, options);
    const streamed = new StreamedEvents(
      encoded,
      events.map((event) => model.streamOf(event)),
    );
    // The same events under the same ids: if they lie there already, that is the answer.
    return retrying('MORTAR_COMMIT_UNKNOWN', UNKNOWN_RETRIES, clock, async () =>
      streamed.inOrder(await store.append(streamed.appends, condition)),
    );
  };
}
