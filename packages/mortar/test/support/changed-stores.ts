import type { EventStore } from '../../src/event-store/index.js';
import type { UnitStore } from '../../src/unit-of-work/index.js';

/** The same store, with some of its methods replaced. */
export function changedEvents(store: EventStore, parts: Partial<EventStore>): EventStore {
  return {
    append: (appends, condition) => store.append(appends, condition),
    readAll: (range) => store.readAll(range),
    readStream: (streamId, range) => store.readStream(streamId, range),
    streamInfo: (streamId) => store.streamInfo(streamId),
    statistics: (filter) => store.statistics(filter),
    head: () => store.head(),
    setStreamState: (streamId, state) => store.setStreamState(streamId, state),
    watch: (listener) => store.watch(listener),
    ...parts,
  };
}

/** The same store of units, with some of its methods replaced. */
export function changedUnits(store: UnitStore, parts: Partial<UnitStore>): UnitStore {
  return {
    commit: (units) => store.commit(units),
    findResult: (key) => store.findResult(key),
    cleanUp: (before) => store.cleanUp(before),
    ...parts,
  };
}
