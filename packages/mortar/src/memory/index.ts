export { type MemoryDeadLetterOptions, MemoryDeadLetterStore } from './dead-letter-store.js';
export { MemoryDeliveryStore } from './delivery-store.js';
export { MemoryDurableDeadLetterStore } from './durable-dead-letter-store.js';
export { MemoryEventStore } from './event-store.js';
export { MemoryLog, type MemoryLogOptions } from './memory-log.js';
export { type MemoryStoreOptions, memory } from './store.js';
export { type MemoryTable, MemoryTransaction } from './transaction.js';
export { MemoryUnitStore } from './unit-store.js';
