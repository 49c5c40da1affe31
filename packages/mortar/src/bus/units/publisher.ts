import type { Envelope, EnvelopeOptions, EventContract } from '../../contracts/index.js';
import type { Position } from '../../event-store/index.js';
import type { ScheduleOptions } from '../handler.js';
import type { BusCore } from '../internal/bus-core.js';
import { toEnvelope } from '../internal/routing/sendable.js';
import { UnitDraft } from '../internal/units/unit-draft.js';
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
