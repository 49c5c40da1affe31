export type {
  FieldConditions,
  FieldOf,
  FindOptions,
  Found,
  FoundPage,
  ReadModel,
  ReadModelOptions,
  ReadTables,
  Sort,
  Where,
} from '../read-models/index.js';
export { type Activity, activityByHour } from './activity-by-hour.js';
export type { CaughtUpOptions } from './generations/caught-up.js';
export type { OperationOptions, ProjectionOperations } from './generations/projection-operations.js';
export type { GenerationStatus, ProjectionStatus } from './generations/projection-status.js';
export type { InlineCode } from './inline/inline-appends.js';
export { type InlineStore, inlineStore } from './inline/inline-store.js';
export { type KeptDocument, keptDocument } from './internal/folding/document-codec.js';
export type {
  ProjectedEvent,
  ProjectedEventNamed,
  ProjectedEventOf,
  ProjectionContext,
} from './projected-event.js';
export {
  type KeyOptions,
  type OnDead,
  type OnUnreadable,
  type Projection,
  type ProjectionBase,
  type ProjectionDefinition,
  projection,
} from './projection.js';
export {
  type AnyProjection,
  type Folded,
  type FoldWork,
  type GenerationPlace,
  type ProjectionRun,
  placeOf,
  type RunParts,
  runOf,
} from './projection-run.js';
export { type ReadingParts, readModelOf, readTablesOf, type TableReadingParts } from './reading.js';
export {
  type ProjectionSql,
  type SqlProjection,
  type SqlProjectionDefinition,
  sqlProjection,
} from './sql-projection.js';
