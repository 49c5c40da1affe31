import { newId } from '../../../../src/contracts/index.js';
import type { DeliveryStore, OpenStore } from '../../../../src/delivery/index.js';
import type {
  Append,
  EncodedEvent,
  EventStore,
  LogEntry,
  Snapshot,
  SnapshotStore,
} from '../../../../src/event-store/index.js';
import { standIn } from '../../../../src/projections/inline/stand-in.js';
import type { Unit, UnitStore } from '../../../../src/unit-of-work/index.js';

/** A store that does one thing wrong, and the cases that must find it. */
export interface SourcingFault {
  readonly name: string;
  readonly foundBy: string;
  readonly change: (store: OpenStore) => OpenStore;
}

function events(own: (good: EventStore) => Partial<EventStore>): SourcingFault['change'] {
  return (store) => standIn(store, { events: standIn(store.events, own(store.events)) });
}

function snapshots(own: (good: SnapshotStore) => Partial<SnapshotStore>): SourcingFault['change'] {
  return (store) => standIn(store, { snapshots: standIn(store.snapshots, own(store.snapshots)) });
}

function deliveries(own: (good: DeliveryStore) => Partial<DeliveryStore>): SourcingFault['change'] {
  return (store) => standIn(store, { deliveries: standIn(store.deliveries, own(store.deliveries)) });
}

function units(own: (good: UnitStore) => Partial<UnitStore>): SourcingFault['change'] {
  return (store) => standIn(store, { units: standIn(store.units, own(store.units)) });
}

/** Streams are changed on their way out. */
function reading(change: (entries: readonly LogEntry[]) => readonly LogEntry[]): SourcingFault['change'] {
  return events((good) => ({
    readStream: async (stream, range) => change(await good.readStream(stream, range)),
  }));
}

/** Events are changed on their way in. */
function appending(change: (event: EncodedEvent) => EncodedEvent): SourcingFault['change'] {
  return events((good) => ({
    append: (appends, condition) =>
      good.append(
        appends.map((append) => ({ ...append, events: append.events.map(change) })),
        condition,
      ),
  }));
}

function unexpecting({ expectedVersion: _, ...append }: Append): Append {
  return append;
}

const isOdd = ({ payload }: LogEntry): boolean => payload.includes('$nothing');

export const sourcingFaults: readonly SourcingFault[] = [
  {
    name: 'expected versions are ignored',
    foundBy: 'what is decided anew is decided from what has come meanwhile',
    change: events((good) => ({
      append: (appends, condition) => good.append(appends.map(unexpecting), condition),
    })),
  },
  {
    name: 'a lost update is called a success',
    foundBy: 'lose no update and leave no hole',
    change: events((good) => ({
      append: async (appends, condition) =>
        good.append(appends, condition).catch(async () => ({
          positions: [await good.head()],
          versions: appends.map(({ expectedVersion }) => (Number(expectedVersion) + 1) as never),
          isRepeated: false,
        })),
    })),
  },
  {
    name: 'units do not look at expected versions',
    foundBy: 'money is conserved',
    change: units((good) => ({
      commit: (given) =>
        good.commit(given.map((unit) => ({ ...unit, appends: unit.appends.map(unexpecting) }))),
    })),
  },
  {
    name: 'the appends of a unit are committed one by one',
    foundBy: 'money is conserved',
    change: units((good) => ({
      commit: async (given) => {
        const parts = await Promise.all(
          given.map(async ({ appends: [first, ...rest], ...unit }): Promise<Unit> => {
            if (first === undefined || rest.length === 0)
              return { ...unit, appends: first === undefined ? [] : [first] };
            await good.commit([{ id: newId(), writes: [], appends: [first] }]);
            return { ...unit, appends: rest };
          }),
        );
        return good.commit(parts);
      },
    })),
  },
  {
    name: 'conditions are ignored',
    foundBy: 'exactly one commits',
    change: events((good) => ({ append: (appends) => good.append(appends) })),
  },
  {
    name: 'conditions hold for the whole log',
    foundBy: 'disturbs no decision',
    change: events((good) => ({
      append: async (appends, condition) =>
        good.append(
          appends,
          condition && { ...condition, query: condition.query.map(({ types = [] }) => ({ types })) },
        ),
    })),
  },
  {
    name: 'tags are lost',
    foundBy: 'a rule over many streams holds',
    change: appending((event) => ({ ...event, tags: [] })),
  },
  {
    name: 'who asked is lost',
    foundBy: 'history tells what, when, who and why',
    change: appending((event) => ({ ...event, actor: undefined })),
  },
  {
    name: 'texts are cut down to ASCII',
    foundBy: 'with all that its data holds',
    change: appending((event) => ({ ...event, payload: event.payload.replaceAll(/[^ -~]/g, '?') })),
  },
  {
    name: 'a page has one entry less than there is room for',
    foundBy: 'an aggregate of many pages',
    change: events((good) => ({
      readStream: async (stream, range) => {
        const entries = await good.readStream(stream, range);
        return entries.length > 200 ? entries.slice(0, -1) : entries;
      },
    })),
  },
  {
    name: 'the end of a range is not in it',
    foundBy: 'at every version, position and time',
    change: events((good) => ({
      readStream: async (stream, range = {}) =>
        (await good.readStream(stream, range)).filter(
          ({ version }) => range.to === undefined || Number(version) < range.to,
        ),
    })),
  },
  {
    name: 'times are times of occurrence',
    foundBy: 'at every version, position and time',
    change: events((good) => ({
      readStream: async (stream, { asOf, ...range } = {}) =>
        (await good.readStream(stream, range)).filter(
          ({ occurredAt }) => asOf === undefined || occurredAt < asOf,
        ),
    })),
  },
  {
    name: 'what is read of a stream is read once',
    foundBy: 'one is saved by hand',
    change: (store) => {
      const known = new Map<string, readonly LogEntry[]>();
      return events((good) => ({
        readStream: async (stream, range = {}) => {
          const entries = known.get(stream) ?? (await good.readStream(stream, { limit: 10_000 }));
          if (entries.length > 0) known.set(stream, entries);
          return entries.filter(({ version }) => Number(version) >= Number(range.from ?? 1));
        },
      }))(store);
    },
  },
  {
    name: 'an archived stream takes events',
    foundBy: 'an archived stream',
    change: events((good) => ({
      append: async (appends, condition) => {
        for (const { streamId } of appends)
          if (streamId !== undefined && (await good.streamInfo(streamId))?.state === 'archived')
            await good.setStreamState(streamId, 'open');
        return good.append(appends, condition);
      },
    })),
  },
  {
    name: 'a tombstoned stream has no events',
    foundBy: 'a tombstoned stream',
    change: events((good) => ({
      readStream: (stream, range) => good.readStream(stream, range).catch(() => []),
    })),
  },
  {
    name: 'holes are hidden',
    foundBy: 'a hole: ',
    change: reading((entries) =>
      entries.map((entry, index) => ({ ...entry, version: (index + 1) as never })),
    ),
  },
  {
    name: 'versions that come twice are left out',
    foundBy: 'a version that is there twice',
    change: reading((entries) =>
      [...new Map(entries.map((entry) => [entry.version, entry])).values()].slice(0, 2),
    ),
  },
  {
    name: 'what can not be read is left out',
    foundBy: 'a payload that the codec does not know',
    change: reading((entries) => entries.filter((entry) => !isOdd(entry))),
  },
  {
    name: 'what can not be read is left out of the log',
    foundBy: 'is not made from an event that can not be read',
    change: events((good) => ({
      readAll: async (range) => {
        const page = await good.readAll(range);
        return { ...page, entries: page.entries.filter((entry) => !isOdd(entry)) };
      },
    })),
  },
  {
    name: 'a snapshot is found under any fingerprint',
    foundBy: 'side by side',
    change: (store) => {
      const known = new Map<string, Snapshot>();
      return snapshots((good) => ({
        save: async (snapshot) => {
          known.set(snapshot.streamId, snapshot);
          await good.save(snapshot);
        },
        find: async (stream, fingerprint) => {
          const snapshot = known.get(stream);
          return snapshot && { ...snapshot, fingerprint };
        },
      }))(store);
    },
  },
  {
    name: 'no snapshot is removed',
    foundBy: 'newer than the stream',
    change: snapshots(() => ({ remove: async () => undefined })),
  },
  {
    name: 'an older snapshot takes the place of a newer one',
    foundBy: 'one is saved when so many events were folded',
    change: snapshots((good) => ({
      save: async (snapshot) => {
        await good.remove(snapshot.streamId);
        await good.save({ ...snapshot, version: Math.min(snapshot.version, 3) as never });
      },
    })),
  },
  {
    name: 'snapshots are forgotten',
    foundBy: 'one is saved by hand',
    change: snapshots(() => ({ find: async () => undefined })),
  },
  {
    name: 'results of commands are not kept',
    foundBy: 'is decided once',
    change: units((good) => ({
      findResult: async () => undefined,
      commit: (given) => good.commit(given.map(({ keep: _, ...unit }) => unit)),
    })),
  },
  {
    name: 'progress is not kept',
    foundBy: 'exactly once',
    change: deliveries((good) => ({
      commit: (batch) => good.commit({ ...batch, progress: [] }),
    })),
  },
];
