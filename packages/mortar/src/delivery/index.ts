export type {
  AuditRange,
  AuditRecord,
  DeadLetter,
  DeadLetterFilter,
  DeadLetterGroup,
  DeadLetterPage,
  DeadLetterReason,
  DeadLetterState,
  DeadLetterStatistics,
  DeadLetterStore,
  DurableDeadLetterStore,
  LetterAction,
  LetterChange,
  NewReplayJob,
  RecordedError,
  ReplayingLetter,
  ReplayJob,
} from './dead-letter-store.js';
export {
  type ActOptions,
  DeadLetters,
  type DeadLettersParts,
  type ReplayFilter,
  type ReplayJobOptions,
  type ReplayOptions,
  type ReplayReport,
} from './dead-letters.js';
export { Deliveries, type DeliveriesOptions, type StopOptions } from './deliveries.js';
export type { DeliveriesStatus, SubscriptionStatus } from './delivery-status.js';
export {
  type BatchOutcome,
  type CheckpointInfo,
  DEFAULT_PARTITIONS,
  type DeliveryBatch,
  type DeliveryStore,
  type DueEvents,
  type FailedAttempt,
  type HeldKey,
  type HeldKeyName,
  type Lease,
  type LeaseName,
  type Progress,
  type StartFrom,
  type SubscriptionInfo,
  type SubscriptionPresence,
  WINDOW_POSITIONS,
} from './delivery-store.js';
export type { DeliveryAttempt, DurableSubscription, Work } from './durable-subscription.js';
export { pulseClock } from './internal/pulse.js';
export type { LeaseRenewal, LeaseRenewalModule, LeaseRenewalPlace } from './lease-renewal.js';
export {
  type Death,
  deathInLog,
  deathOnBus,
  envelopeOf,
  jobMissing,
  leaseLost,
  letterInOtherState,
  letterMissing,
  letterOf,
  subscriptionMissing,
} from './letter-making.js';
export { fingerprintOf, recordError } from './recorded-error.js';
export { type Schedule, Schedules } from './schedules.js';
export type { Migration, MigrationPlan, OpenStore, Store, StoreSurroundings } from './store.js';
