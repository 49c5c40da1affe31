import type { EventContract } from '../contracts/index.js';

/** How times of a schedule are counted. */
export interface ScheduleTimes {
  /** Of the time zone database, such as `Europe/Vienna`; UTC unless said. */
  readonly timezone?: string;
  /** What becomes of times at which no process was there: they make `once` one event, unless said, or are left out. */
  readonly missed?: 'once' | 'skip';
}

/** An event that a module publishes by the calendar. */
export interface ModuleSchedule extends ScheduleTimes {
  /** `<module>/<name>`. */
  readonly name: string;
  readonly cron: string;
  readonly event: EventContract;
  /** Of the event that is due at a time, in milliseconds since the Unix epoch. */
  readonly data: (dueAt: number) => unknown;
  /** Where in the source it was registered. */
  readonly place: string;
}
