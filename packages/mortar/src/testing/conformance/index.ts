export type { ConformanceCase } from './case-list.js';
export { deadLetterStoreCases } from './dead-letter-store.js';
export {
  type DeliveryStoreFeature,
  type DeliveryStoreFeatures,
  type DeliveryStoreSubject,
  deliveryStoreCases,
} from './delivery-store.js';
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
export {
  type RepositoryCase,
  type RepositoryFeature,
  type RepositoryFeatures,
  type RepositorySubject,
  repositoryCases,
  type Specimen,
} from './repository.js';
export {
  type Effects,
  sqlEffects,
  type UnitStoreFeature,
  type UnitStoreFeatures,
  type UnitStoreSubject,
  unitStoreCases,
} from './unit-store.js';
