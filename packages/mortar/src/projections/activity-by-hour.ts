import type { EventContract } from '../contracts/index.js';
import { type Projection, projection } from './projection.js';

/** How many events of one type have occurred within an hour. */
export interface Activity {
  /** The beginning of the hour, in milliseconds since the Unix epoch. */
  readonly hour: number;
  /** Of the module that owns the event. */
  readonly module: string;
  readonly type: string;
  readonly events: number;
}

const HOUR_MS = 3_600_000;
/** So much of a time follows its hour, whose year may have more than four digits. */
const AFTER_HOUR = ':00:00.000Z'.length;

/**
 * The read model of a dashboard: counts of these events by type, module and hour of occurrence. Its documents have the keys
 * `<hour>/<type>`, such as `2026-11-21T20/shop.order-placed`.
 * @example
 * const activity = activityByHour([OrderPlaced, OrderCancelled]);
 * // module.project(activity)
 * await app.readModel(activity).find({ where: { module: 'shop', hour: { atLeast: yesterday } }, sort: 'hour' });
 * @throws MortarError `MORTAR_OPTIONS_INVALID`
 */
export function activityByHour(events: readonly EventContract[]): Projection<'activity-by-hour', Activity> {
  const modules = new Map(Array.isArray(events) ? events.map(({ name, module }) => [name, module]) : []);
  const counted = (activity: Activity, { type, occurredAt }: Occurrence): Activity => ({
    hour: hourOf(occurredAt),
    module: modules.get(type) ?? '',
    type,
    events: activity.events + 1,
  });
  return projection('activity-by-hour', {
    events,
    initialState: (): Activity => ({ hour: 0, module: '', type: '', events: 0 }),
    key: ({ type, occurredAt }) =>
      `${new Date(hourOf(occurredAt)).toISOString().slice(0, -AFTER_HOUR)}/${type}`,
    on: Object.fromEntries([...modules.keys()].map((type) => [type, counted])),
    indexes: ['hour', ['module', 'hour'], ['type', 'hour']],
  });
}

interface Occurrence {
  readonly type: string;
  readonly occurredAt: number;
}

function hourOf(occurredAt: number): number {
  return Math.floor(occurredAt / HOUR_MS) * HOUR_MS;
}
