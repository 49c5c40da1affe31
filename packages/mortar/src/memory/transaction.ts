import { constraintViolated, type Transaction, type WriteGuard } from '../unit-of-work/index.js';
import type { JournaledMap } from './internal/journal.js';
import type { MemoryLog } from './memory-log.js';

/** A table of a transaction in memory. Values are copied on their way in and out. */
export interface MemoryTable<Value> {
  get(key: string): Promise<Value | undefined>;
  /** Puts a value in, in place of the one that is there. */
  set(key: string, value: Value): Promise<void>;
  /** Puts a value in. @throws MortarError `MORTAR_CONSTRAINT_VIOLATED` (`details.constraint`: `<table>.key`) if there is one */
  insert(key: string, value: Value): Promise<void>;
  /** Resolves with whether there was one. */
  delete(key: string): Promise<boolean>;
  /** In no particular order. */
  entries(): Promise<readonly (readonly [key: string, value: Value])[]>;
}

/** The transaction of the stores in memory: tables of keys and values, made when they are first used. */
export class MemoryTransaction implements Transaction {
  readonly #log: MemoryLog;
  readonly #guard: WriteGuard;

  constructor(log: MemoryLog, guard: WriteGuard) {
    this.#log = log;
    this.#guard = guard;
  }

  savepoint<T>(work: () => T | PromiseLike<T>): Promise<T> {
    const { journal } = this.#log;
    let mark = 0;
    return this.#guard.savepoint(work, {
      begin: async () => {
        mark = journal.mark;
      },
      release: async () => undefined,
      rollback: async () => journal.undoTo(mark),
    });
  }

  table<Value>(name: string): MemoryTable<Value> {
    const guard = this.#guard;
    const table = this.#log.table(name) as JournaledMap<string, Value>;
    return {
      get: (key) => guard.operation(() => structuredClone(table.get(key))),
      set: (key, value) => guard.operation(() => table.set(key, structuredClone(value))),
      insert: (key, value) =>
        guard.operation(() => {
          if (table.has(key)) throw constraintViolated(`${name}.key`);
          table.set(key, structuredClone(value));
        }),
      delete: (key) => guard.operation(() => table.delete(key)),
      entries: () => guard.operation(() => structuredClone([...table.entries()])),
    };
  }
}
