import { describe, it } from 'vitest';
import { MemoryDocumentStore, MemoryLog, MemoryUnitStore } from '../../src/memory/index.js';
import { documentStoreCases } from '../../src/testing/conformance/document-store.js';

const cases = documentStoreCases(() => {
  const log = new MemoryLog();
  const handle = () => ({ documents: new MemoryDocumentStore(log), units: new MemoryUnitStore(log) });
  return { ...handle(), second: handle(), dispose: () => log.close() };
});

describe('documents in memory, as in every document store', () => {
  it.each(cases)('$name', ({ run }) => run());
});
