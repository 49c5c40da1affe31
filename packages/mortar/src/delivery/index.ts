export type {
  DeadLetter,
  DeadLetterFilter,
  DeadLetterGroup,
  DeadLetterPage,
  DeadLetterState,
  DeadLetterStatistics,
  DeadLetterStore,
  RecordedError,
} from './dead-letter-store.js';
export { DeadLetters, type DeadLettersParts, type ReplayFilter, type ReplayReport } from './dead-letters.js';
export { fingerprintOf, recordError } from './recorded-error.js';
