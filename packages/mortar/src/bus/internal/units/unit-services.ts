import {
  createEnvelope,
  type Envelope,
  type EnvelopeOptions,
  type EventContract,
  tagsOf,
} from '../../../contracts/index.js';
import {
  checkKeys,
  checkWholeNumber,
  describeValue,
  MAX_DELAY_MS,
  MortarError,
} from '../../../errors/index.js';
import { encodeEvent } from '../../../event-store/index.js';
import type { ScheduledEvent } from '../../../unit-of-work/index.js';
import { type Awaitable, isThenable, type PublishOptions, type ScheduleOptions } from '../../handler.js';
import type { ReadModels } from '../../units/read-models.js';
import { storedKeyOf } from '../../units/stored-keys.js';
import type { BusCore } from '../bus-core.js';
import type { HandlerContext } from '../handler-context.js';
import { checkKind } from '../routing/kind.js';
import { Decisions } from './decisions.js';
import { UnitCommitter, type Units } from './unit-committer.js';
import { type CollectedEvent, UnitDraft, type WriteWork } from './unit-draft.js';

/** What a `write` publishes with. */
type WritePublish = Parameters<Parameters<WriteWork>[1]['publish']>;

/** When an event is published that is published later, and under which name it waits. */
export interface DueEvent {
  readonly event: EventContract;
  readonly data: unknown;
  readonly dueAt: number;
  readonly options: ScheduleOptions & EnvelopeOptions;
}

const PUBLISH_KEYS: readonly (keyof PublishOptions)[] = ['id', 'priority', 'occurredAt', 'metadata'];
const MAX_NAME = 200;
const MAX_TIME_MS = 8.64e15;

/** What handlers do beside sending, in an app with a store: it is collected, and committed when they have finished. */
export class UnitServices {
  readonly #core: BusCore;
  readonly committer: UnitCommitter;
  readonly decisions: Decisions;
  readonly readModels: ReadModels;

  constructor(core: BusCore, store: Units) {
    this.#core = core;
    this.committer = new UnitCommitter(core, store);
    this.decisions = new Decisions(core, this, store);
    this.readModels = store.readModels;
  }

  draftFor(context: HandlerContext): UnitDraft {
    return new UnitDraft({
      collect: (...args) => this.#collectInWrite(context, args),
      withdraw: (envelopes) => this.#core.withdraw(envelopes),
    });
  }

  /** Of an event whose contract is not at hand, such as one published by a thread, no tags are known. */
  encode(envelope: Envelope, event: EventContract | undefined): CollectedEvent {
    const tags = event === undefined ? undefined : tagsOf(event, envelope.data);
    return { envelope, encoded: encodeEvent(envelope, tags) };
  }

  publishAt(
    context: HandlerContext,
    event: EventContract,
    data: unknown,
    at: number | Date,
    options: ScheduleOptions = {},
  ): Promise<string> {
    return this.#schedule(context, { event, data, dueAt: timeOf(at), options });
  }

  publishAfter(
    context: HandlerContext,
    event: EventContract,
    data: unknown,
    delayMs: number,
    options: ScheduleOptions = {},
  ): Promise<string> {
    return this.#schedule(context, { event, data, dueAt: this.timeAfter(delayMs), options });
  }

  unschedule({ draft }: HandlerContext, name: string): void {
    draft.unschedule.push(checkName(name));
  }

  /** Once the handler's work is committed, the result that is kept for this key is of no more use. */
  forget(context: HandlerContext, key: string): void {
    if (context.isOpen) context.draft.forget.push(storedKeyOf(key));
  }

  /** @throws MortarError `MORTAR_OPTIONS_INVALID` */
  timeAfter(delayMs: number): number {
    checkWholeNumber('delayMs', delayMs, 0, MAX_DELAY_MS * 1_000);
    return this.#core.clock.now() + delayMs;
  }

  /** What waits for its time, when publish middleware has let it through. */
  async scheduled(
    { event, data, dueAt, options }: DueEvent,
    send: (envelope: Envelope, through: (sent: Envelope) => void) => Awaitable<unknown>,
  ): Promise<ScheduledEvent | undefined> {
    checkKind('event', event);
    const { name, ...given } = options;
    if (name !== undefined) checkName(name);
    const envelope = createEnvelope(event, data, { occurredAt: dueAt, ...given }, this.#core.envelopeClock);
    let waiting: ScheduledEvent | undefined;
    await send(envelope, (sent) => {
      waiting = { name: name ?? sent.id, dueAt, event: this.encode(sent, event).encoded };
    });
    return waiting;
  }

  async #schedule(context: HandlerContext, due: DueEvent): Promise<string> {
    checkKeys('publishAt', due.options, [...PUBLISH_KEYS, 'name']);
    const options = { ...due.options, ...context.passedOn() };
    const waiting = await this.scheduled({ ...due, options }, (envelope, through) =>
      this.#core.sendFrom(context, envelope, through),
    );
    // What a middleware has dropped waits for nothing, under the name that it would have had.
    if (waiting !== undefined) context.draft.schedule.push(waiting);
    return waiting?.name ?? due.options.name ?? '';
  }

  #collectInWrite(context: HandlerContext, [event, data, options]: WritePublish): CollectedEvent | undefined {
    checkKind('event', event);
    if (options !== undefined) checkKeys('publish', options, PUBLISH_KEYS);
    if (this.committer.isHandledWithin(event.name))
      throw inWrite('an event that no handler takes within the transaction', event.name);
    const given = { ...options, ...context.passedOn() };
    const envelope = createEnvelope(event, data, given, this.#core.envelopeClock);
    let collected: CollectedEvent | undefined;
    const passed = this.#core.sendFrom(context, envelope, (sent) => {
      collected = this.encode(sent, event);
    });
    if (!isThenable(passed)) return collected;
    passed.then(undefined, () => undefined);
    throw inWrite('publish middleware that answers at once', 'a promise of it');
  }
}

/**
 * A time, in milliseconds since the Unix epoch.
 * @throws MortarError `MORTAR_SCHEDULE_INVALID`
 */
export function timeOf(at: number | Date): number {
  const time = at instanceof Date ? at.getTime() : at;
  if (Number.isSafeInteger(time) && time >= 0 && time <= MAX_TIME_MS) return time;
  throw new MortarError('MORTAR_SCHEDULE_INVALID', {
    rule: 'An event that is published later has its time.',
    expected: 'a Date, or whole milliseconds since the Unix epoch',
    got: describeValue(at),
  });
}

/** @throws MortarError `MORTAR_SCHEDULE_INVALID` */
export function checkName(name: unknown): string {
  const isPrintable = typeof name === 'string' && /^[^\p{C}\p{Zl}\p{Zp}]+$/u.test(name);
  if (isPrintable && name.length <= MAX_NAME) return name;
  throw new MortarError('MORTAR_SCHEDULE_INVALID', {
    rule: 'What waits for its time may have a name.',
    expected: `1 to ${MAX_NAME} printable characters`,
    got: describeValue(name),
  });
}

function inWrite(expected: string, got: string): MortarError {
  return new MortarError('MORTAR_WRITE_INVALID', {
    rule: 'What a write publishes is published while the transaction is open.',
    expected,
    got,
  });
}
