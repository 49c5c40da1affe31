export { systemClock } from '../bus/bus-options.js';
export type { Clock } from '../contracts/index.js';
export { type Comparable, type ComparableKey, compare } from './comparable.js';
export {
  type HealthCheck,
  type HealthCheckOptions,
  type HealthData,
  type HealthReport,
  type HealthReportLine,
  type HealthResult,
  type HealthStatus,
  runHealthChecks,
} from './health-check.js';
export { type MemoryRepositoryOptions, memoryRepository } from './memory-repository.js';
export { memoryUnitOfWork } from './memory-unit-of-work.js';
export {
  ANY_VERSION,
  checkEntityId,
  checkExpected,
  checkVersion,
  type EntityChange,
  type EntityId,
  type EntityPage,
  type ExpectedVersion,
  type Find,
  getOrThrow,
  NEW_ENTITY,
  type Repository,
  type Sort,
  type Stored,
} from './repository.js';
export {
  type Service,
  type ServiceCallOptions,
  type ServiceDescription,
  type ServiceOptions,
  service,
} from './service.js';
export {
  type FieldCondition,
  type Specification,
  type SpecificationDescription,
  specification,
} from './specification.js';
export type { UnitOfWork } from './unit-of-work.js';
export { type Condition, type Where, where } from './where.js';
