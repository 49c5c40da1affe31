import { createHash } from 'node:crypto';
import { type Clock, createEnvelope, type EventContract, newId, tagsOf } from '../contracts/index.js';
import { checkKeys, checkOneOf, describeValue, MortarError, messageOf } from '../errors/index.js';
import { type EncodedEvent, encodeEvent } from '../event-store/index.js';
import type { ScheduledEvent } from '../unit-of-work/index.js';
import type { OpenStore } from './store.js';

/** An event that is published by the calendar. */
export interface Schedule {
  /** Unique; stands for the schedule in the store. */
  readonly name: string;
  /** Five fields, or six with seconds before them: `0 9 * * 1-5`. */
  readonly cron: string;
  /** Of the time zone database, such as `Europe/Vienna`; UTC unless said. */
  readonly timezone?: string;
  readonly event: EventContract;
  /** The data of the event that is due at a time, in milliseconds since the Unix epoch. The same for the same time. */
  readonly data: (dueAt: number) => unknown;
  /** What becomes of times at which no process was there: they make `once` one event, or are left out. `once` unless said. */
  readonly missed?: 'once' | 'skip';
}

/** The next time of a cron expression after a time; nothing if there is none. */
type NextTime = (after: number) => number | undefined;

const KEYS: readonly (keyof Schedule)[] = ['name', 'cron', 'timezone', 'event', 'data', 'missed'];
const PREFIX = 'schedule:';
const SPEC = 'mortar.schedule';
/** A time that has passed by less counts as now. */
const GRACE_MS = 60_000;

/**
 * Events by the calendar. Each time makes one event, however many processes there are: its id is made of the schedule's name
 * and the time.
 */
export class Schedules {
  readonly #schedules: ReadonlyMap<string, Schedule>;
  readonly #times = new Map<string, NextTime>();
  #clock: Clock | undefined = undefined;

  /** @throws MortarError `MORTAR_SCHEDULE_INVALID` for two of one name; `MORTAR_OPTIONS_INVALID` */
  constructor(schedules: readonly Schedule[]) {
    for (const schedule of schedules) {
      checkKeys('a schedule', schedule, KEYS);
      if (schedule.missed !== undefined) checkOneOf('missed', schedule.missed, ['once', 'skip']);
    }
    this.#schedules = new Map(schedules.map((schedule) => [PREFIX + schedule.name, schedule]));
    if (this.#schedules.size < schedules.length)
      throw invalid('names of their own', 'two schedules of one name');
  }

  /**
   * Sees to it that the next event of each schedule waits in the store.
   * @throws MortarError `MORTAR_SCHEDULE_INVALID` for an expression or a time zone that there is not
   */
  async prepare(store: OpenStore, clock: Clock): Promise<void> {
    this.#clock = clock;
    for (const [name, schedule] of this.#schedules) this.#times.set(name, await timesOf(schedule));
    const names = [...this.#schedules.keys()];
    if (names.length === 0) return;
    const present = await store.deliveries.scheduled(names);
    const wanted = names.flatMap((name) => {
      const kept = present.find((one) => one.name === name);
      return kept !== undefined && this.#isStillWanted(kept, clock.now())
        ? []
        : (this.#after(name, clock.now()) ?? []);
    });
    if (wanted.length === 0) return;
    const [outcome] = await store.units.commit([{ id: newId(), writes: [], appends: [], schedule: wanted }]);
    if (outcome?.ok === false) throw outcome.error;
  }

  /** What comes after an event that was published; nothing if it is not of a schedule. Times that were missed are passed over. */
  next({ name, dueAt }: ScheduledEvent): ScheduledEvent | undefined {
    return this.#after(name, Math.max(dueAt, this.#clock?.now() ?? dueAt));
  }

  #isStillWanted({ name, dueAt, event }: ScheduledEvent, now: number): boolean {
    const schedule = this.#schedules.get(name);
    if (schedule === undefined || event.metadata[SPEC] !== specOf(schedule)) return false;
    return schedule.missed !== 'skip' || dueAt > now - GRACE_MS;
  }

  #after(name: string, time: number): ScheduledEvent | undefined {
    const schedule = this.#schedules.get(name);
    const dueAt = this.#times.get(name)?.(time);
    if (schedule === undefined || dueAt === undefined) return undefined;
    return { name, dueAt, event: eventAt(schedule, dueAt) };
  }
}

/** The event of a schedule that is due at a time: the same in every process. */
function eventAt(schedule: Schedule, dueAt: number): EncodedEvent {
  const { name, event, data } = schedule;
  const metadata = { [SPEC]: specOf(schedule) };
  const options = { id: idAt(name, dueAt), occurredAt: dueAt, metadata };
  const envelope = createEnvelope(event, data(dueAt), options);
  return encodeEvent(envelope, tagsOf(event, envelope.data));
}

function specOf({ cron, timezone = 'UTC' }: Schedule): string {
  return `${cron} ${timezone}`;
}

/** A UUIDv7 (RFC 9562) of the time, whose random part is made of the name. */
function idAt(name: string, dueAt: number): string {
  const time = Math.trunc(dueAt).toString(16).padStart(12, '0');
  const hash = createHash('sha256').update(`${name} ${dueAt}`).digest('hex');
  const variant = ((Number.parseInt(hash.slice(3, 4), 16) & 0x3) | 0x8).toString(16);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${hash.slice(0, 3)}-${variant}${hash.slice(4, 7)}-${hash.slice(7, 19)}`;
}

async function timesOf({ name, cron, timezone = 'UTC' }: Schedule): Promise<NextTime> {
  // Loaded by those who have a schedule only.
  const { Cron } = await import('croner');
  try {
    const job = new Cron(cron, { timezone, paused: true });
    const next: NextTime = (after) => job.nextRun(new Date(after))?.getTime();
    next(0);
    return next;
  } catch (cause) {
    throw invalid(
      'a cron expression of five or six fields, in a time zone that there is',
      `${describeValue(cron)} in ${describeValue(timezone)} for ${name}: ${messageOf(cause)}`,
      cause,
    );
  }
}

function invalid(expected: string, got: string, cause?: unknown): MortarError {
  return new MortarError('MORTAR_SCHEDULE_INVALID', {
    rule: 'Schedules say when their events are published.',
    expected,
    got,
    cause,
  });
}
