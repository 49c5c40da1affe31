export { GroupCommit, type GroupCommitOptions, type JobOutcome } from './group-commit.js';
export type { ProjectionTransaction, SqlTransaction, Transaction, Write } from './transaction.js';
export type { CommitResult, KeptResult, ScheduledEvent, Unit, UnitOutcome } from './unit.js';
export { checkUnit, isKnownById, MAX_WRITES } from './unit-check.js';
export { constraintViolated, messageHandled, resultKnown } from './unit-errors.js';
export type { KnownResult, UnitStore } from './unit-store.js';
export { type UnplacedEntry, unplacedEntries, versionsAhead } from './unplaced-entry.js';
export { type SavepointSteps, WRITE_TIMEOUT_MS, WriteGuard } from './write-guard.js';
export { checkWriteStatement } from './write-statement.js';
