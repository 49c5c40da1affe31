export {
  type Aggregate,
  type AggregateOptions,
  aggregate,
  type ContractsFit,
  type SnapshotPolicy,
} from './aggregate.js';
export { type Decided, type Decides, decide, refused } from './decide.js';
export { type DecidedByTerms, type DecidingContext, decidedBy } from './decided-by.js';
export {
  type Decider,
  type DeciderDefinition,
  type Decision,
  type DecisionFits,
  type DomainEvent,
  type DomainEventOf,
  decider,
  type Evolver,
  type RecordedDomainEventOf,
} from './decider.js';
export {
  type AggregateCall,
  type AggregateClass,
  type AggregateClassOptions,
  aggregateOf,
  EventSourcedAggregate,
  type When,
} from './event-sourced-aggregate.js';
export { checkContracts, checkRetired, isEventContract } from './internal/declaring/contract-check.js';
export { type FingerprintParts, fingerprintOf } from './internal/declaring/fingerprint.js';
export { type KnownEvents, readEntry } from './internal/folding/entry-reader.js';
export { placed } from './internal/folding/stream-fold.js';
export { AggregateLoader, type Loaded } from './loading/aggregate-loader.js';
export { type LoadEffort, SnapshotSaver } from './loading/snapshot-saver.js';
export {
  type CommitDecision,
  type DecidedOn,
  type DecisionBasis,
  decideOn,
  readDecision,
} from './models/decide-on.js';
export {
  type DecisionModel,
  type DecisionModelOptions,
  type DecisionQuery,
  decisionModel,
} from './models/decision-model.js';
export type {
  Handled,
  HandleOptions,
  HandlerRepository,
  HistoryEntry,
  PointInTime,
  Repository,
  Sourced,
  StateDiff,
  TriedHandle,
} from './repository.js';
export { dropped, type Retired, renamed, split } from './retired.js';
export type { SourcingParts } from './sourcing-parts.js';
export {
  type CommitEvents,
  type RepositoryParts,
  repository,
  StandaloneRepository,
} from './standalone-repository.js';
export { changesBetween, type StateChange } from './state-diff.js';
