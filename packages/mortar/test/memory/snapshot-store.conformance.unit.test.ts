import { describe, it } from 'vitest';
import { MemoryLog, MemorySnapshotStore } from '../../src/memory/index.js';
import { snapshotStoreCases } from '../../src/testing/conformance/snapshot-store.js';

const cases = snapshotStoreCases(() => {
  let now = 1_700_000_000_000;
  const log = new MemoryLog({ clock: { now: () => now, after: () => () => undefined } });
  const age = (ms: number): void => {
    now += ms;
  };
  const handle = () => ({ snapshots: new MemorySnapshotStore(log) });
  return { ...handle(), second: handle(), age, dispose: () => log.close() };
});

describe('snapshots in memory, as in every snapshot store', () => {
  it.each(cases)('$name', ({ run }) => run());
});
