export { GroupCommit, type GroupCommitOptions, type JobOutcome } from './group-commit.js';
export type { SqlTransaction, Transaction, Write } from './transaction.js';
export type { CommitResult, KeptResult, ScheduledEvent, Unit, UnitOutcome } from './unit.js';
export type { KnownResult, UnitStore } from './unit-store.js';
