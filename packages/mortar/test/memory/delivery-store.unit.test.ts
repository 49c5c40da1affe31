import { describe, it } from 'vitest';
import { silentLogger } from '../../src/logging/logger.js';
import { MemoryLog, memory } from '../../src/memory/index.js';
import { deliveryStoreCases } from '../../src/testing/conformance/delivery-store.js';

describe('deliveries in memory', () => {
  const make = async () => {
    const log = new MemoryLog();
    const open = () => memory({ log }).open({ logger: silentLogger });
    return { store: await open(), second: await open(), dispose: () => log.close() };
  };
  for (const { name, run } of deliveryStoreCases(make)) it(name, run);
});
