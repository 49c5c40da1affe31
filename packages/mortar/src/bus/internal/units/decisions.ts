import {
  type Envelope,
  type EnvelopeOptions,
  type EventContract,
  envelopeOf,
} from '../../../contracts/index.js';
import { MortarError } from '../../../errors/index.js';
import type { EventStore, SnapshotStore, StreamId } from '../../../event-store/index.js';
import { version } from '../../../event-store/index.js';
import {
  type Aggregate,
  AggregateLoader,
  type DecidedOn,
  type Decides,
  type DecisionModel,
  type DomainEvent,
  decide,
  type Handled,
  type HandlerRepository,
  readDecision,
  refused,
  SnapshotSaver,
  type Sourced,
  type SourcingParts,
  type TriedHandle,
} from '../../../sourcing/index.js';
import type { Awaitable } from '../../handler.js';
import type { BusCore } from '../bus-core.js';
import type { HandlerContext } from '../handler-context.js';
import type { CollectedEvent } from './unit-draft.js';
import type { UnitServices } from './unit-services.js';

/** Where aggregates lie. */
export interface SourcingStore {
  readonly events: EventStore;
  readonly snapshots: SnapshotStore;
}

/** What aggregates and decision models decide for handlers: it becomes a part of their units of work. */
export class Decisions {
  readonly parts: SourcingParts;
  readonly loader: AggregateLoader;
  readonly saver: SnapshotSaver;
  readonly #core: BusCore;
  readonly #units: UnitServices;

  constructor(core: BusCore, units: UnitServices, { events, snapshots }: SourcingStore) {
    this.#core = core;
    this.#units = units;
    this.parts = { events, snapshots, logger: core.logger };
    this.loader = new AggregateLoader(this.parts);
    this.saver = new SnapshotSaver(this.loader, this.parts);
  }

  /** The aggregates of one kind, for one call of a handler. `mayHandle` throws where the handler may only look. */
  repository<State, Command, Event extends DomainEvent>(
    context: HandlerContext,
    aggregate: Aggregate<State, Command, Event>,
    mayHandle: () => void,
  ): HandlerRepository<State, Command, Event> {
    const tryHandle = async (id: string, command: Command): Promise<TriedHandle<State, Event>> => {
      mayHandle();
      const streamId = aggregate.streamOf(id);
      return context.draft.inTurn(streamId, () => this.#handle(context, aggregate, streamId, command));
    };
    return {
      load: (id) => this.#load(context, aggregate, aggregate.streamOf(id)),
      tryHandle,
      async handle(id, command) {
        const tried = await tryHandle(id, command);
        if (tried.ok) return tried.value;
        throw refused(aggregate.name, tried.failure);
      },
    };
  }

  /** As `decideOn`, as a part of the handler's work. */
  async decideOn<State, Command, Event extends DomainEvent>(
    context: HandlerContext,
    model: DecisionModel<State, Command, Event>,
    command: Command,
  ): Promise<Omit<DecidedOn<State, Event>, 'positions'>> {
    const { state, condition } = await readDecision(this.parts, model, command);
    const decided = decide(model, state, command);
    if (!decided.ok) throw refused(model.name, decided.failure);
    const { events } = decided;
    const collected = await this.#collectFrom(context, model, events);
    const { draft } = context;
    draft.checkUnseen(condition);
    draft.decided(model, condition);
    for (const [index, event] of events.entries()) {
      const streamId = model.streamOf(event);
      const one = collected[index];
      if (one === undefined) continue;
      if (streamId === undefined) draft.add(one);
      else draft.addTo(streamId, 'any', [one], model.name);
    }
    return { state: decided.state, events };
  }

  async #handle<State, Command, Event extends DomainEvent>(
    context: HandlerContext,
    aggregate: Aggregate<State, Command, Event>,
    streamId: StreamId,
    command: Command,
  ): Promise<TriedHandle<State, Event>> {
    const before = await this.#load(context, aggregate, streamId);
    const decided = decide(aggregate, before.state, command);
    if (!decided.ok) return decided;
    const { events, state } = decided;
    const { draft } = context;
    // Where events are decided, they count only while the state is so. Where none are, nothing holds others from changing it.
    draft.decided(aggregate);
    const handled: Handled<State, Event> = {
      streamId,
      state,
      version: version(before.version + events.length),
      events,
    };
    if (events.length === 0) return { ok: true, value: handled };
    const collected = await this.#collectFrom(context, aggregate, events);
    draft.addTo(streamId, before.version, collected, keyOf(aggregate, streamId));
    draft.sourced.set(keyOf(aggregate, streamId), { ...before, state, version: handled.version });
    return { ok: true, value: handled };
  }

  async #load<State, Command, Event extends DomainEvent>(
    context: HandlerContext,
    aggregate: Aggregate<State, Command, Event>,
    streamId: StreamId,
  ): Promise<Sourced<State>> {
    const key = keyOf(aggregate, streamId);
    if (context.hasDraft) context.draft.checkDecider(streamId, key);
    const pending = context.hasDraft ? context.draft.sourced.get(key) : undefined;
    // Kept under the aggregate's own fingerprint, by `#handle`.
    if (pending !== undefined) return pending as Sourced<State>;
    const loaded = await this.loader.loadStream(aggregate, streamId);
    this.saver.consider(aggregate, streamId, loaded);
    const { state, version: at, position, recordedAt } = loaded;
    return { streamId, state, version: at, position, recordedAt };
  }

  #collectFrom<State, Command, Event extends DomainEvent>(
    context: HandlerContext,
    { name, events: contracts }: Decides<State, Command, Event>,
    events: readonly Event[],
  ): Promise<readonly CollectedEvent[]> {
    return this.collect(name, contracts, events, context.passedOn(), (envelope, through) =>
      this.#core.sendFrom(context, envelope, through),
    );
  }

  /** What was decided passes the publish middleware, as what is published does. It may not be dropped: others build on it. */
  async collect(
    name: string,
    contracts: ReadonlyMap<string, EventContract>,
    events: readonly DomainEvent[],
    options: EnvelopeOptions,
    send: (envelope: Envelope, through: (sent: Envelope) => void) => Awaitable<unknown>,
  ): Promise<readonly CollectedEvent[]> {
    const collected: CollectedEvent[] = [];
    let shared = options;
    for (const { type, data } of events) {
      const contract = contracts.get(type);
      if (contract === undefined) continue;
      const envelope = envelopeOf(contract, data, shared, this.#core.envelopeClock);
      // Those of one decision belong together.
      if (shared.correlationId === undefined) shared = { ...options, correlationId: envelope.correlationId };
      await send(envelope, (sent) => collected.push(this.#units.encode(sent, contract)));
    }
    if (collected.length === events.length) return collected;
    throw new MortarError('MORTAR_DECIDER_INVALID', {
      rule: 'What an aggregate has decided is published whole: its next decisions build on it.',
      expected: `publish middleware that lets the events of ${name} pass`,
      got: `one that has dropped ${events.length - collected.length} of ${events.length}`,
    });
  }
}

function keyOf({ fingerprint }: Pick<Aggregate, 'fingerprint'>, streamId: StreamId): string {
  return `${fingerprint} ${streamId}`;
}
