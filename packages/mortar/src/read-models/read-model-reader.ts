import type {
  ReadableDocuments,
  ReadableTables,
  ReadModel,
  ReadModelOptions,
  ReadTables,
} from './read-model.js';

/** Gives what a projection makes, in the types of the projection. */
export interface ReadModelReader {
  <Doc>(projection: ReadableDocuments<Doc>, options?: ReadModelOptions): ReadModel<Doc>;
  <T extends string>(projection: ReadableTables<T>): ReadTables<T>;
}

type Read = (
  projection: ReadableDocuments | ReadableTables,
  options: ReadModelOptions | undefined,
) => unknown;

/** @param read answers with the `ReadModel` of documents, and the `ReadTables` of SQL */
export function readerOf(read: Read): ReadModelReader {
  function readModel<Doc>(projection: ReadableDocuments<Doc>, options?: ReadModelOptions): ReadModel<Doc>;
  function readModel<T extends string>(projection: ReadableTables<T>): ReadTables<T>;
  function readModel(projection: ReadableDocuments | ReadableTables, options?: ReadModelOptions): unknown {
    return read(projection, options);
  }
  return readModel;
}
