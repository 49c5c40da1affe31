import { checkSchema, type EventContract, type Schema } from '../contracts/index.js';
import { checkKeys, checkWholeNumber, MAX_DELAY_MS } from '../errors/index.js';
import type { StreamId } from '../event-store/index.js';
import type { Decider, DomainEvent, DomainEventOf, RecordedDomainEventOf } from './decider.js';
import { checkContracts, checkRetired } from './internal/declaring/contract-check.js';
import { checkDecider } from './internal/declaring/decider-check.js';
import { fingerprintOf } from './internal/declaring/fingerprint.js';
import { checkAggregateName, streamNaming } from './internal/declaring/stream-naming.js';
import type { Retired } from './retired.js';

/** When a snapshot is saved, beside those that are asked for by hand. `{}` for those alone. */
export interface SnapshotPolicy {
  /** When so many events had to be folded on top of the last one, from 1. */
  readonly everyEvents?: number;
  /** When it took so long to load, from 1. */
  readonly afterMs?: number;
}

/** What `aggregate` takes. */
export interface AggregateOptions<
  State,
  Command,
  Event extends DomainEvent,
  C extends EventContract = EventContract,
> {
  readonly decider: Decider<State, Command, Event>;
  /** The contracts of all its events. */
  readonly events: readonly C[];
  /** `<name>-<id>` unless said. Different ids have different streams. */
  readonly streamId?: (id: string) => string;
  /** Events that streams still have, though no code decides them any more. */
  readonly retired?: readonly Retired<NoInfer<Event>>[];
  /** How often a command is decided anew after a conflict; 10 unless said, 0 never, 1,000 at most. */
  readonly retries?: number;
  /** No snapshots are looked for unless this is given. */
  readonly snapshots?: SnapshotPolicy;
  /** Raise it where the state's meaning changes and no source text does. Part of the fingerprint of snapshots. */
  readonly stateVersion?: number;
  /** What a snapshot must be like; checked when one is saved and when one is read. It must accept its own output. */
  readonly state?: Schema<unknown, State>;
}

/** A decider with its streams: `aggregate('account', …)` keeps each account in a stream `account-<id>`. */
export interface Aggregate<
  State = unknown,
  Command = never,
  Event extends DomainEvent = DomainEvent,
  N extends string = string,
> {
  readonly name: N;
  readonly decider: Decider<State, Command, Event>;
  /** By type. */
  readonly events: ReadonlyMap<string, EventContract>;
  readonly retired: ReadonlyMap<string, Retired<Event>>;
  /** @throws MortarError `MORTAR_STREAM_ID_INVALID` */
  readonly streamOf: (id: string) => StreamId;
  readonly retries: number;
  readonly snapshots: SnapshotPolicy | undefined;
  readonly state: Schema<unknown, State> | undefined;
  /** Stands for everything that a snapshot depends on: the name, the fold's source text, the state's version and schema, contracts and upcasters. */
  readonly fingerprint: string;
}

/**
 * Nothing where contracts and events fit: each event that is decided has a contract that takes its data, and each event that is
 * read is one that `evolve` takes. Else what no call can give.
 */
export type ContractsFit<Event extends DomainEvent, C extends EventContract> = [Event] extends [
  DomainEventOf<C>,
]
  ? [RecordedDomainEventOf<C>] extends [Event]
    ? []
    : [theDeciderMustTakeTheEventsOfEachContract: never]
  : [theContractsMustTakeEachEventOfTheDecider: never];

const AGGREGATE_KEYS = [
  'decider',
  'events',
  'streamId',
  'retired',
  'retries',
  'snapshots',
  'stateVersion',
  'state',
] as const satisfies readonly (keyof AggregateOptions<unknown, never, DomainEvent>)[];

const DEFAULT_RETRIES = 10;
const MAX_RETRIES = 1_000;

/**
 * Declares an aggregate.
 * @example
 * export const account = aggregate('account', {
 *   decider: accounts,
 *   events: [Opened, Deposited, Withdrawn],
 *   snapshots: { everyEvents: 100 },
 * });
 * @throws MortarError `MORTAR_NAME_INVALID`, `MORTAR_DECIDER_INVALID`, `MORTAR_OPTIONS_INVALID`, `MORTAR_CONTRACT_INVALID`
 */
export function aggregate<
  const N extends string,
  State,
  Command,
  Event extends DomainEvent,
  C extends EventContract,
>(
  name: N,
  options: AggregateOptions<State, Command, Event, C>,
  ..._contractsMustFitTheDecider: ContractsFit<Event, C>
): Aggregate<State, Command, Event, N> {
  checkKeys(`aggregate ${String(name)}`, options, AGGREGATE_KEYS);
  checkDecider(options.decider);
  const { initialState, evolve } = options.decider;
  return makeAggregate(name, options, [String(initialState), String(evolve)]);
}

/** An aggregate whose state is made by code of this source text. The options' keys and the decider are checked already. */
export function makeAggregate<N extends string, State, Command, Event extends DomainEvent>(
  name: N,
  options: AggregateOptions<State, Command, Event>,
  sources: readonly string[],
): Aggregate<State, Command, Event, N> {
  const { decider, retries = DEFAULT_RETRIES, snapshots, stateVersion = 1, state } = options;
  checkAggregateName(name, options.streamId !== undefined);
  const events = checkContracts(`aggregate ${name}`, options.events);
  const retired = checkRetired(`aggregate ${name}`, options.retired ?? [], events);
  checkWholeNumber('retries', retries, 0, MAX_RETRIES);
  checkWholeNumber('stateVersion', stateVersion, 0, Number.MAX_SAFE_INTEGER);
  if (snapshots !== undefined) checkPolicy(snapshots);
  if (state !== undefined) checkSchema(state, `The state of aggregate ${name}`);
  return Object.freeze({
    name,
    decider,
    events,
    retired,
    streamOf: streamNaming(name, options.streamId),
    retries,
    snapshots,
    state,
    fingerprint: fingerprintOf({
      sources: [name, ...sources],
      stateVersion,
      state,
      events: [...events.values()],
      retired: [...retired.values()],
    }),
  });
}

function checkPolicy(policy: SnapshotPolicy): void {
  checkKeys('snapshots', policy, ['everyEvents', 'afterMs']);
  const { everyEvents, afterMs } = policy;
  if (everyEvents !== undefined)
    checkWholeNumber('snapshots.everyEvents', everyEvents, 1, Number.MAX_SAFE_INTEGER);
  if (afterMs !== undefined) checkWholeNumber('snapshots.afterMs', afterMs, 1, MAX_DELAY_MS);
}
