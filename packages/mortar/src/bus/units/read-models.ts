import type { ReadableDocuments, ReadableTables, ReadModelOptions } from '../../read-models/index.js';

/** Who reads: a handler of a module, of a message of a tenant. */
export interface ReadingHandler {
  readonly module: string | undefined;
  readonly tenant: string | undefined;
}

/** The read models that handlers read. */
export interface ReadModels {
  /**
   * The `ReadModel` of documents, of the reader's tenant unless another is said; the `ReadTables` of a projection of SQL.
   * @throws MortarError `MORTAR_NOT_OWNER` for a projection of another module; as `app.readModel`
   */
  readFor(
    reader: ReadingHandler,
    projection: ReadableDocuments | ReadableTables,
    options?: ReadModelOptions,
  ): unknown;
}
