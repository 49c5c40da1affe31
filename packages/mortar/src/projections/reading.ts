import type { CodecOptions } from '../contracts/index.js';
import type { OpenStore } from '../delivery/index.js';
import { checkKeys, describeValue, MortarError } from '../errors/index.js';
import type { Generation, ReadModel, ReadModelOptions, ReadTables } from '../read-models/index.js';
import { LiveReadModel } from './internal/reading/live-read-model.js';
import { readCollection } from './internal/reading/read-collection.js';
import { StoredReadModel } from './internal/reading/stored-read-model.js';
import { unknownTable } from './internal/runs/projection-sql.js';
import { fullName } from './internal/runs/tables.js';
import type { Projection } from './projection.js';
import { placeOf } from './projection-run.js';
import type { SqlProjection } from './sql-projection.js';

/** What read models are read with. */
export interface ReadingParts {
  /** Asked for with each reading. */
  readonly store: () => Pick<OpenStore, 'documents' | 'events'>;
  /** The generation that this process reads: asked for with each reading of one that follows the log. */
  readonly generation: () => Pick<Generation, 'number' | 'fingerprint'>;
  /** The name of the module whose projection it is. */
  readonly module: string;
  readonly codec?: CodecOptions;
}

/** What tables are found with. */
export interface TableReadingParts extends Pick<ReadingParts, 'generation' | 'module'> {
  /** Asked for with each reading. */
  readonly store: () => Pick<OpenStore, 'units'>;
}

/** The documents of a projection of a module. @throws MortarError `MORTAR_OPTIONS_INVALID` for a tenant that is missing, and one too many */
export function readModelOf<Doc>(
  projection: Projection<string, Doc>,
  { store, module, generation, codec }: ReadingParts,
  options: ReadModelOptions = {},
): ReadModel<Doc> {
  const tenant = tenantOf(projection, options);
  if (projection.placement === 'live')
    return new LiveReadModel(projection, { events: () => store().events, tenant, codec });
  return new StoredReadModel(projection, {
    documents: () => store().documents,
    collection: () => readCollection(store(), module, projection, generation()),
    tenant,
  });
}

/** The tables of a projection of SQL of a module. */
export function readTablesOf<T extends string>(
  projection: SqlProjection<string, T>,
  { store, module, generation }: TableReadingParts,
): ReadTables<T> {
  return {
    table: async (name) => {
      if (!projection.tables.has(name)) throw unknownTable(projection, name);
      const { tableOf } = placeOf(module, projection, generation().number);
      return fullName({ tableOf, schema: store().units.schema }, name);
    },
  };
}

function tenantOf({ name, perTenant }: Projection, options: ReadModelOptions): string {
  checkKeys('readModel', options, ['tenant']);
  const { tenant } = options;
  const isFit = perTenant ? typeof tenant === 'string' : tenant === undefined;
  if (isFit) return tenant ?? '';
  throw new MortarError('MORTAR_OPTIONS_INVALID', {
    rule: perTenant
      ? `Projection ${name} has documents for each tenant.`
      : `Projection ${name} has the same documents for all tenants.`,
    expected: perTenant ? 'a tenant' : 'no tenant',
    got: describeValue(tenant),
  });
}
