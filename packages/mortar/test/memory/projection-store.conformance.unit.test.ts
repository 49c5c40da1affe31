import { describe, it } from 'vitest';
import { silentLogger } from '../../src/logging/index.js';
import { MemoryLog, memory } from '../../src/memory/index.js';
import { projectionStoreCases } from '../../src/testing/conformance/projection-store.js';

const cases = projectionStoreCases(async () => {
  const log = new MemoryLog();
  const open = () => memory({ log }).open({ logger: silentLogger });
  return { store: await open(), second: await open(), dispose: () => log.close() };
});

describe('generations in memory, as in every store of projections', () => {
  it.each(cases)('$name', ({ run }) => run());
});
