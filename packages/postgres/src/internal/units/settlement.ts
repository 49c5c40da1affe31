import type { Unit } from 'mortar/unit-of-work';
import type { Database, Statement } from '../connection/database.js';
import { eventText } from '../reading/documents.js';

/** What the function `settle` is given of a unit. */
export interface Settlement {
  readonly id: string;
  readonly forget?: readonly string[];
  readonly keep?: {
    readonly key: string;
    readonly digest: string;
    readonly result: string;
    readonly expiresAt: number;
  };
  readonly inbox?: NonNullable<Unit['inbox']>;
  readonly isRecorded?: true;
  readonly unschedule?: readonly string[];
  readonly fired?: NonNullable<Unit['fired']>;
  readonly schedule?: readonly {
    readonly name: string;
    readonly dueAt: number;
    readonly eventId: string;
    readonly event: string;
  }[];
}

/** What a unit leaves behind beside its events, once its `write` functions have run. Nothing for one with events alone. */
export function settlementOf(unit: Unit, isRecorded: boolean): Settlement | undefined {
  const { id, keep, inbox, forget, unschedule, fired, schedule } = unit;
  const settlement: Settlement = {
    id,
    ...(isEmpty(forget) ? {} : { forget }),
    ...(keep === undefined ? {} : { keep: { ...keep, result: String(keep.result()) } }),
    ...(inbox === undefined ? {} : { inbox }),
    ...(isRecorded ? { isRecorded } : {}),
    ...(isEmpty(unschedule) ? {} : { unschedule }),
    ...(isEmpty(fired) ? {} : { fired }),
    ...(isEmpty(schedule)
      ? {}
      : {
          schedule: schedule.map(({ name, dueAt, event }) => ({
            name,
            dueAt,
            eventId: event.id,
            event: eventText(event),
          })),
        }),
  };
  return Object.keys(settlement).length > 1 ? settlement : undefined;
}

/** Whether a unit leaves anything behind beside its events. */
export function isSettling({ keep, inbox, forget, unschedule, fired, schedule, documents }: Unit): boolean {
  const lists: readonly (readonly unknown[] | undefined)[] = [forget, unschedule, fired, schedule, documents];
  return keep !== undefined || inbox !== undefined || lists.some((list) => !isEmpty(list));
}

export function settleStatement({ schema }: Database, settlements: readonly Settlement[]): Statement {
  return { text: `SELECT ${schema}.settle($1)`, values: [JSON.stringify(settlements)] };
}

function isEmpty<T>(list: readonly T[] | undefined): list is undefined {
  return list === undefined || list.length === 0;
}
