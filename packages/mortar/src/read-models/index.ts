export { aheadOfLog } from './checkpoint-errors.js';
export { type CollectionChanges, changesByCollection, isSameCollection } from './document-changes.js';
export { collectionConflict, collectionMissing, valuesUnfit } from './document-errors.js';
export { columnOf, type DocumentSql, documentSql, type SqlMarks } from './document-sql.js';
export type {
  Collection,
  DocumentChange,
  DocumentQuery,
  DocumentStore,
  DocumentTransaction,
  FieldCondition,
  StoredDocument,
} from './document-store.js';
export {
  checkCollection,
  checkCollectionName,
  checkConditions,
  checkDocumentChanges,
  checkDocumentKeys,
  checkDocumentQuery,
  isTenantOfDocuments,
  MAX_DOCUMENTS,
} from './internal/document-check.js';
export {
  type Activation,
  type Fold,
  type Generation,
  type GenerationName,
  type GenerationState,
  INLINE_OWNER,
  type InlineGeneration,
  type Inlines,
  type ProjectionStore,
  type Promotion,
  subscriptionOf,
} from './projection-store.js';
export type {
  FieldConditions,
  FieldOf,
  FindOptions,
  Found,
  FoundPage,
  ReadableDocuments,
  ReadableTables,
  ReadModel,
  ReadModelOptions,
  ReadTables,
  Sort,
  Where,
} from './read-model.js';
export { type ReadModelReader, readerOf } from './read-model-reader.js';
export {
  compareTexts,
  MAX_SORTABLE_BYTES,
  type Sortable,
  sortableOf,
  sortablesBeginningWith,
} from './sortable.js';
export {
  type GenerationAction,
  type GenerationRow,
  type GenerationStanding,
  type GenerationsWithin,
  type GenerationTables,
  StoredGenerations,
} from './stored-generations.js';
