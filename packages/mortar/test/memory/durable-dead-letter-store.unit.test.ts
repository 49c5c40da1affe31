import { describe, it } from 'vitest';
import { silentLogger } from '../../src/logging/logger.js';
import { MemoryLog, memory } from '../../src/memory/index.js';
import { deadLetterStoreCases } from '../../src/testing/conformance/dead-letter-store.js';

describe('dead letters of a log in memory', () => {
  const make = async () => {
    const log = new MemoryLog();
    const open = () => memory({ log }).open({ logger: silentLogger });
    return { store: await open(), second: await open(), dispose: () => log.close() };
  };
  for (const { name, run } of deadLetterStoreCases(make)) it(name, run);
});
