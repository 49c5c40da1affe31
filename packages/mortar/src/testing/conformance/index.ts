export type { ConformanceCase } from './case-list.js';
export { deadLetterStoreCases } from './dead-letter-store.js';
export {
  type DeliveryStoreFeature,
  type DeliveryStoreFeatures,
  type DeliveryStoreSubject,
  deliveryStoreCases,
} from './delivery-store.js';
export {
  type DocumentStoreFeature,
  type DocumentStoreFeatures,
  type DocumentStoreSubject,
  documentStoreCases,
} from './document-store.js';
export {
  type EventStoreFeature,
  type EventStoreFeatures,
  type EventStoreSubject,
  eventStoreCases,
} from './event-store.js';
export {
  type Change,
  checkAgainstModel,
  type LogCommand,
  type ModelAppend,
  type ModelCondition,
  type ModelEvent,
} from './log-model.js';
export { projectionStoreCases } from './projection-store.js';
export { type AppProjectionSubject, appProjectionCases } from './projections/app-projections.js';
export {
  type ProjectionFeature,
  type ProjectionFeatures,
  type ProjectionStores,
  type ProjectionSubject,
  projectionCases,
} from './projections.js';
export {
  type RepositoryCase,
  type RepositoryFeature,
  type RepositoryFeatures,
  type RepositorySubject,
  repositoryCases,
  type Specimen,
} from './repository.js';
export {
  type SnapshotStoreFeature,
  type SnapshotStoreFeatures,
  type SnapshotStoreSubject,
  snapshotStoreCases,
} from './snapshot-store.js';
export {
  type LogDamage,
  type LogTable,
  type SourcingFeature,
  type SourcingFeatures,
  type SourcingSubject,
  sourcingCases,
  sqlDamage,
} from './sourcing/sourcing-cases.js';
export {
  type Effects,
  sqlEffects,
  type UnitStoreFeature,
  type UnitStoreFeatures,
  type UnitStoreSubject,
  unitStoreCases,
} from './unit-store.js';
