export { type MemoryDeadLetterOptions, MemoryDeadLetterStore } from './dead-letter-store.js';
