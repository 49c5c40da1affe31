import {
  type Append,
  type EncodedEvent,
  type EventStore,
  type LogEntry,
  type LogPage,
  position,
  type StreamId,
} from '../../../src/event-store/index.js';
import type { UnitStoreSubject } from '../../../src/testing/conformance/unit-store.js';
import { changedEvents } from '../../support/changed-stores.js';
import { memorySubject } from '../../support/memory-subject.js';

/** What an adapter of a log may get wrong, and the case that must find it. */
export interface LogFault {
  readonly name: string;
  readonly foundBy: string;
  readonly make: () => UnitStoreSubject;
}

function but(change: (good: EventStore) => Partial<EventStore>): () => UnitStoreSubject {
  return () => {
    const subject = memorySubject();
    const events = changedEvents(subject.events, change(subject.events));
    return { ...subject, events, second: { events, units: subject.units } };
  };
}

/** Appends are changed on their way in. What is malformed is refused as it was given. */
function appending(change: (append: Append) => Append): () => UnitStoreSubject {
  return but((good) => ({
    append: async (appends, condition) => {
      const isFit =
        Array.isArray(appends) &&
        appends.every((one) => Array.isArray(one?.events) && one.events.every(Boolean));
      return good.append(isFit ? appends.map(change) : appends, condition);
    },
  }));
}

function storing(change: (event: EncodedEvent) => EncodedEvent): () => UnitStoreSubject {
  return appending((append) => ({ ...append, events: append.events.map(change) }));
}

/** Entries are changed on their way out. */
function reading(change: (entry: LogEntry) => LogEntry): () => UnitStoreSubject {
  return but((good) => ({
    readAll: async (range) => {
      const page = await good.readAll(range);
      return { ...page, entries: page.entries.map(change) };
    },
    readStream: async (stream, range) => (await good.readStream(stream, range)).map(change),
  }));
}

function paging(change: (page: LogPage) => LogPage): () => UnitStoreSubject {
  return but((good) => ({ readAll: async (range) => change(await good.readAll(range)) }));
}

/** Ranges are changed on their way in. */
function ranging(part: object): () => UnitStoreSubject {
  return but((good) => ({ readAll: (range) => good.readAll({ ...range, ...part }) }));
}

function filtering(left: string): () => UnitStoreSubject {
  const without = (filter: object | undefined): object | undefined =>
    filter === undefined || filter === null || typeof filter !== 'object'
      ? filter
      : Object.fromEntries(Object.entries(filter).filter(([name]) => name !== left));
  return but((good) => ({
    readAll: (range) =>
      good.readAll(range?.filter === undefined ? range : { ...range, filter: without(range.filter) ?? {} }),
    statistics: (filter) => good.statistics(without(filter)),
  }));
}

const noVersion = { expectedVersion: 'any' as const };

export const logFaults: readonly LogFault[] = [
  {
    name: 'expected versions are ignored',
    foundBy: 'noStream is refused',
    make: appending((append) => (append.streamId === undefined ? append : { ...append, ...noVersion })),
  },
  {
    name: 'expected versions are checked before the append, and not in it',
    foundBy: 'of 16 that begin a stream, one does',
    make: but((good) => ({
      append: async (appends, condition) => {
        const [first] = appends;
        if (appends.length !== 1 || first?.streamId === undefined || first.expectedVersion !== 'noStream')
          return good.append(appends, condition);
        const info = await good.streamInfo(first.streamId);
        if (info !== undefined) return good.append(appends, condition);
        return good.append([{ ...first, ...noVersion }], condition);
      },
    })),
  },
  {
    name: 'any takes the version that it has read, and conflicts',
    foundBy: 'any never conflicts',
    make: but((good) => ({
      append: async (appends, condition) => {
        const [first] = appends;
        if (appends.length !== 1 || first?.streamId === undefined || first.expectedVersion !== 'any')
          return good.append(appends, condition);
        const at = (await good.streamInfo(first.streamId))?.version;
        return good.append([{ ...first, expectedVersion: at ?? 'noStream' }], condition);
      },
    })),
  },
  {
    name: 'a repeated append is said to be the first',
    foundBy: 'answers as the first',
    make: but((good) => ({
      append: async (appends, condition) => ({
        ...(await good.append(appends, condition)),
        isRepeated: false,
      }),
    })),
  },
  {
    name: 'appends to several streams are made one after the other',
    foundBy: 'keeps all from being appended to',
    make: but((good) => ({
      append: async (appends, condition) => {
        if (!Array.isArray(appends) || appends.length < 2 || condition !== undefined)
          return good.append(appends, condition);
        const results = [];
        for (const append of appends) results.push(await good.append([append]));
        return {
          positions: results.flatMap(({ positions }) => positions),
          versions: results.flatMap(({ versions }) => versions),
          isRepeated: results.every(({ isRepeated }) => isRepeated),
        };
      },
    })),
  },
  {
    name: 'conditions are ignored',
    foundBy: 'an append does not happen',
    make: but((good) => ({ append: (appends) => good.append(appends) })),
  },
  {
    name: 'conditions are checked before the append, and not in it',
    foundBy: 'of 8 that have read the same one appends',
    make: but((good) => ({
      append: async (appends, condition) => {
        if (condition === undefined || appends.length === 0) return good.append(appends, condition);
        await good.append([], condition);
        return good.append(appends);
      },
    })),
  },
  {
    name: 'tags of conditions are ignored',
    foundBy: 'has all of its tags',
    make: but((good) => ({
      append: (appends, condition) =>
        good.append(
          appends,
          Array.isArray(condition?.query)
            ? {
                ...condition,
                query: condition.query.map((item) => (item?.tags ? { ...item, tags: [] } : item)),
              }
            : condition,
        ),
    })),
  },
  {
    name: 'payloads are parsed and written anew',
    foundBy: 'spaces and the order of keys',
    make: storing((event) => ({ ...event, payload: anew(event.payload) })),
  },
  {
    name: 'payloads are normalized',
    foundBy: 'all of Unicode',
    make: storing((event) =>
      typeof event.payload === 'string' ? { ...event, payload: event.payload.normalize('NFC') } : event,
    ),
  },
  {
    name: 'payloads are cut at 64 KiB',
    foundBy: '1 MiB',
    make: reading((entry) => ({ ...entry, payload: entry.payload.slice(0, 65_536) })),
  },
  {
    name: 'metadata is copied key by key',
    foundBy: 'keys that every object has',
    make: reading((entry) => {
      const metadata: Record<string, string> = {};
      for (const [key, value] of Object.entries(entry.metadata)) metadata[key] = value;
      return { ...entry, metadata };
    }),
  },
  {
    name: 'what is absent comes back as null',
    foundBy: 'undefined, not null',
    make: reading((entry) => ({ ...entry, actor: entry.actor ?? Object(null) })),
  },
  {
    name: 'the tenant is lost',
    foundBy: 'everything that it was given',
    make: storing((event) => ({ ...event, tenant: undefined })),
  },
  {
    name: 'names of streams are compared without case',
    foundBy: 'look alike',
    make: appending((append) =>
      typeof append.streamId === 'string'
        ? { ...append, streamId: append.streamId.toLowerCase() as StreamId }
        : append,
    ),
  },
  {
    name: 'recordedAt is when the event occurred',
    foundBy: 'recordedAt is of the store',
    make: reading((entry) => ({ ...entry, recordedAt: entry.occurredAt })),
  },
  {
    name: 'as-of reads are ignored',
    foundBy: 'as of a time',
    make: but((good) => ({
      readStream: (stream, range) => {
        if (typeof range?.asOf !== 'number' || range.asOf < 0 || range.asOf % 1 > 0)
          return good.readStream(stream, range);
        const { asOf: _, ...rest } = range;
        return good.readStream(stream, rest);
      },
    })),
  },
  {
    name: 'the last page is never said to be',
    foundBy: 'the last one says that it is',
    make: paging((page) => ({ ...page, isEnd: page.entries.length === 0 })),
  },
  {
    name: 'an empty page goes on from where it began',
    foundBy: 'goes on from the head',
    make: but((good) => ({
      readAll: async (range) => {
        const page = await good.readAll(range);
        return page.entries.length > 0 ? page : { ...page, next: range?.after ?? position(0) };
      },
    })),
  },
  {
    name: 'a page goes on after more than it holds',
    foundBy: 'pages make up the whole',
    make: paging((page) => ({ ...page, next: page.isEnd ? page.next : position(page.next + 1) })),
  },
  {
    name: 'entries come in no order',
    foundBy: 'in the order of positions',
    make: paging((page) => ({ ...page, entries: page.entries.toReversed() })),
  },
  {
    name: 'archived streams are never left out',
    foundBy: 'without what is archived',
    make: ranging({ withoutArchived: false }),
  },
  {
    name: 'archived streams are always left out',
    foundBy: 'can still be read',
    make: ranging({ withoutArchived: true }),
  },
  ...['types', 'categories', 'orderKeys', 'tags', 'correlationId', 'tenant', 'recordedTo', 'partitions'].map(
    (name): LogFault => ({
      name: `filters by ${name} are ignored`,
      foundBy: name === 'partitions' ? 'partitions of every number' : 'filtering: ',
      make: filtering(name),
    }),
  ),
  {
    name: 'restoring brings a tombstoned stream back',
    foundBy: 'nothing brings a tombstoned stream back',
    make: but((good) => ({
      setStreamState: (stream, state) =>
        good.setStreamState(stream, state === 'tombstoned' ? 'archived' : state),
    })),
  },
  {
    name: 'a stream that is not there has a state',
    foundBy: 'a stream that is not there has no state',
    make: but((good) => ({
      setStreamState: async (stream, state) =>
        good.setStreamState(stream, state).catch((error) => ignore(error)),
    })),
  },
  {
    name: 'watchers are not called',
    foundBy: 'a watcher is called back when something was appended',
    make: but(() => ({ watch: () => () => undefined })),
  },
  {
    name: 'watchers are called for ever',
    foundBy: 'none after it has ended',
    make: but((good) => ({
      watch: (listener) => {
        good.watch(listener);
        return () => undefined;
      },
    })),
  },
  {
    name: 'an append answers with other places than those of its events',
    foundBy: 'versions are 1 to n',
    make: but((good) => ({
      append: async (appends, condition) => {
        const result = await good.append(appends, condition);
        return { ...result, positions: result.positions.toReversed() };
      },
    })),
  },
  {
    name: 'an append is acknowledged before it is made',
    foundBy: 'what is acknowledged can be read at once',
    make: but((good) => {
      let last: Promise<unknown> = Promise.resolve();
      const late = async (): Promise<void> => {
        for (let tick = 0; tick < 20; tick += 1) await null;
      };
      return {
        append: async (appends, condition) => {
          const [first] = appends;
          const place = await good.head();
          const isPlain = appends.length === 1 && first?.events?.length === 1 && condition === undefined;
          if (!isPlain || first.expectedVersion !== undefined) return good.append(appends, condition);
          const before = last;
          last = before
            .then(late)
            .then(() => good.append(appends))
            .catch(() => undefined);
          return { positions: [position(place + 1)], versions: [undefined], isRepeated: false };
        },
      };
    }),
  },
  {
    name: 'the head is one behind',
    foundBy: 'the head is where the last event lies',
    make: but((good) => ({ head: async () => position(Math.max((await good.head()) - 1, 0)) })),
  },
  {
    name: 'statistics count in steps',
    foundBy: 'statistics count events by type',
    make: but((good) => ({
      statistics: async (filter) => ({ ...(await good.statistics(filter)), byCategory: {} }),
    })),
  },
  {
    name: 'errors of malformed ranges are not typed',
    foundBy: 'limits, directions, times',
    make: but((good) => ({
      readAll: (range) =>
        good
          .readAll(range)
          .catch((error) => Promise.reject(range?.limit === 0 ? new TypeError('SQL') : error)),
    })),
  },
];

function anew(payload: string): string {
  try {
    return JSON.stringify(JSON.parse(payload));
  } catch {
    return payload;
  }
}

function ignore(error: unknown): void {
  if (Object(error).code !== 'MORTAR_STREAM_MISSING') throw error;
}
