import type { Envelope, EnvelopeOptions, EventContract } from '../../contracts/index.js';
import type { AppendResult, Position } from '../../event-store/index.js';
import {
  type Aggregate,
  type DecidedOn,
  type Decides,
  type DecisionModel,
  type DomainEvent,
  decideOn,
  type HandleOptions,
  type Repository,
  StandaloneRepository,
} from '../../sourcing/index.js';
import type { ScheduleOptions } from '../handler.js';
import type { BusCore } from '../internal/bus-core.js';
import { toEnvelope } from '../internal/routing/sendable.js';
import { type CollectedEvent, UnitDraft } from '../internal/units/unit-draft.js';
import { checkName, timeOf, type UnitServices } from '../internal/units/unit-services.js';

/** An event that is committed to the log. */
export interface Published {
  readonly envelope: Envelope;
  readonly position: Position;
}

/** An event that a caller has made, and its contract. */
export interface MadeEvent {
  readonly event: EventContract;
  readonly envelope: Envelope;
}

/** Publishes to the log from outside of handlers. What it answers with is on disk. */
export class Publisher {
  readonly #core: BusCore;
  readonly #units: UnitServices;
  /** One of each aggregate, so that its calls wait for each other instead of conflicting. */
  readonly #repositories = new WeakMap<object, unknown>();

  constructor(core: BusCore, units: UnitServices) {
    this.#core = core;
    this.#units = units;
  }

  /**
   * Publishes an event. Answers with nothing where publish middleware has dropped it.
   * @throws MortarError `MORTAR_BUS_STOPPED`, those of `createEnvelope`, `encode` and `UnitStore.commit`; what a handler within
   * the transaction throws
   */
  async publish(
    event: EventContract,
    data: unknown,
    options?: EnvelopeOptions,
  ): Promise<Published | undefined> {
    const [published] = await this.publishAll([
      { event, envelope: toEnvelope(event, data, options, this.#core.envelopeClock) },
    ]);
    return published;
  }

  /** Publishes several events, all or nothing. */
  async publishAll(events: readonly MadeEvent[]): Promise<readonly Published[]> {
    this.#core.checkOpen();
    const draft = this.#draft();
    for (const { event, envelope } of events)
      await this.#core.sendThrough(envelope, (sent) => draft.add(this.#units.encode(sent, event)));
    const count = draft.envelopes.length;
    const result = await this.#units.committer.commitFromOutside(draft);
    const positions = result?.append.positions ?? [];
    return draft.envelopes.slice(0, count).flatMap((envelope, place) => {
      const position = positions[place];
      return position === undefined ? [] : [{ envelope, position }];
    });
  }

  /** The aggregates of one kind, for who is no handler: each command that is handled is a unit of work of its own. */
  repository<State, Command, Event extends DomainEvent>(
    aggregate: Aggregate<State, Command, Event>,
  ): Repository<State, Command, Event> {
    const known = this.#repositories.get(aggregate);
    // Made for this very aggregate.
    if (known !== undefined) return known as Repository<State, Command, Event>;
    const { loader, saver } = this.#units.decisions;
    const made = new StandaloneRepository({
      aggregate,
      loader,
      saver,
      commit: (streamId, expectedVersion, events, options) =>
        this.#commitDecided(aggregate, events, options, (draft, collected) =>
          draft.addTo(streamId, expectedVersion, collected, aggregate.name),
        ),
    });
    this.#repositories.set(aggregate, made);
    return made;
  }

  /** Decides over several streams, and commits what was decided. @throws MortarError as `decideOn` */
  decideOn<State, Command, Event extends DomainEvent>(
    model: DecisionModel<State, Command, Event>,
    command: Command,
    options?: HandleOptions,
  ): Promise<DecidedOn<State, Event>> {
    return decideOn(this.#units.decisions.parts, model, command, options, (events, condition, said) =>
      this.#commitDecided(model, events, said, (draft, collected) => {
        draft.decided(model, condition);
        for (const [index, one] of collected.entries()) {
          const event = events[index];
          const streamId = event === undefined ? undefined : model.streamOf(event);
          if (streamId === undefined) draft.add(one);
          else draft.addTo(streamId, 'any', [one], model.name);
        }
      }),
    );
  }

  async #commitDecided<State, Command, Event extends DomainEvent>(
    { name, events: contracts }: Decides<State, Command, Event>,
    events: readonly Event[],
    options: HandleOptions,
    add: (draft: UnitDraft, collected: readonly CollectedEvent[]) => void,
  ): Promise<AppendResult> {
    this.#core.checkOpen();
    const { decisions, committer } = this.#units;
    const collected = await decisions.collect(name, contracts, events, options, (envelope, through) =>
      this.#core.sendThrough(envelope, through),
    );
    const draft = this.#draft();
    add(draft, collected);
    const result = await committer.commitFromOutside(draft);
    if (result === undefined) return { positions: [], versions: [], isRepeated: false };
    const appended = draft.work().appends.flatMap((append) => append.events);
    const positions = collected.flatMap(
      ({ encoded }) => result.append.positions[appended.indexOf(encoded)] ?? [],
    );
    return { ...result.append, positions };
  }

  /** As `publishAt` of a handler's context; the event may say on whose behalf. */
  async publishAt(
    event: EventContract,
    data: unknown,
    at: number | Date,
    options: ScheduleOptions & EnvelopeOptions = {},
  ): Promise<string> {
    this.#core.checkOpen();
    const due = { event, data, dueAt: timeOf(at), options };
    const waiting = await this.#units.scheduled(due, (envelope, through) =>
      this.#core.sendThrough(envelope, through),
    );
    if (waiting === undefined) return options.name ?? '';
    const draft = this.#draft();
    draft.schedule.push(waiting);
    await this.#units.committer.commitFromOutside(draft);
    return waiting.name;
  }

  /** As `publishAfter` of a handler's context. */
  async publishAfter(
    event: EventContract,
    data: unknown,
    delayMs: number,
    options: ScheduleOptions & EnvelopeOptions = {},
  ): Promise<string> {
    return this.publishAt(event, data, this.#units.timeAfter(delayMs), options);
  }

  /** As `unschedule` of a handler's context. */
  async unschedule(name: string): Promise<void> {
    this.#core.checkOpen();
    const draft = this.#draft();
    draft.unschedule.push(checkName(name));
    await this.#units.committer.commitFromOutside(draft);
  }

  #draft(): UnitDraft {
    return new UnitDraft({
      collect: () => undefined,
      withdraw: (envelopes) => this.#core.withdraw(envelopes),
    });
  }
}
