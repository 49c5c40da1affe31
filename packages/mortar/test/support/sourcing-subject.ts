import type { OpenStore, Store } from '../../src/delivery/index.js';
import type { LogEntry, StreamId } from '../../src/event-store/index.js';
import { silentLogger } from '../../src/logging/logger.js';
import { MemoryLog, memory } from '../../src/memory/index.js';
import type { LogDamage, SourcingSubject } from '../../src/testing/conformance/sourcing/sourcing-cases.js';

/** An empty log in memory, opened twice, as the suite of sourcing wants it. A handle may be changed, as may those of apps. */
export async function sourcingSubject(
  change: (store: OpenStore) => OpenStore = (store) => store,
): Promise<SourcingSubject> {
  const log = new MemoryLog();
  const sound = memory({ log });
  const database: Store = {
    ...sound,
    open: async (surroundings) => change(await sound.open(surroundings)),
  };
  const open = () => database.open({ logger: silentLogger });
  return {
    store: await open(),
    second: await open(),
    database,
    damage: memoryDamage(log),
    dispose: () => log.close(),
  };
}

function memoryDamage(log: MemoryLog): LogDamage {
  const change = (stream: StreamId, version: number, parts: Partial<LogEntry> | undefined): void => {
    const { entries } = log.streams.get(stream) ?? { entries: [] };
    const index = entries.findIndex((entry) => entry.version === version);
    const entry = entries[index];
    if (entry === undefined) throw new Error(`Stream ${stream} has no version ${version}.`);
    const changed = parts === undefined ? [] : [{ ...entry, ...parts }];
    entries.splice(index, 1, ...changed);
    // As a database, which answers in the order of versions.
    entries.sort((one, other) => Number(one.version) - Number(other.version));
    if (changed[0] !== undefined) log.entries[entry.position - 1] = changed[0];
  };
  return {
    remove: (stream, version) => change(stream, version, undefined),
    renumber: (stream, version, to) => change(stream, version, { version: to as LogEntry['version'] }),
    rewrite: (stream, version, payload) => change(stream, version, { payload }),
  };
}
