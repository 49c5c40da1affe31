export type {
  DeadLetter,
  DeadLetterFilter,
  DeadLetterGroup,
  DeadLetterPage,
  DeadLetterState,
  DeadLetterStatistics,
  DeadLetterStore,
  LetterChange,
  RecordedError,
} from './dead-letter-store.js';
export { DeadLetters, type DeadLettersParts, type ReplayFilter, type ReplayReport } from './dead-letters.js';
export type {
  CheckpointInfo,
  DeliveryBatch,
  DeliveryStore,
  FailedAttempt,
  HeldKey,
  Lease,
  LeaseName,
  Progress,
  StartFrom,
  SubscriptionInfo,
} from './delivery-store.js';
export { fingerprintOf, recordError } from './recorded-error.js';
export type { DeliveryAttempt, DurableSubscription, Work } from './durable-subscription.js';
export type { OpenStore, Store, StoreSurroundings } from './store.js';
