import type { OpenStore } from '../../delivery/index.js';
import { MortarError } from '../../errors/index.js';
import type { Module } from '../../modules/index.js';
import {
  type AnyProjection,
  type Projection,
  type ReadModel,
  type ReadModelOptions,
  type ReadTables,
  readModelOf,
  readTablesOf,
  type SqlProjection,
} from '../../projections/index.js';
import type { Generation } from '../../read-models/index.js';

/** What the read models of an app are read with. */
export interface AppReadModelsParts {
  readonly modules: readonly Module[];
  /** @throws MortarError `MORTAR_APP_STATE` before the start and after the stop */
  readonly store: () => OpenStore;
  /** Which generation of `<module>/<projection>` is read. */
  readonly generation: (name: string) => Generation;
}

/** Reads the read models of the modules of an app. */
export interface ReadModelReader {
  /**
   * The documents of a projection of a loaded module. Open between the start and the stop.
   * @example
   * const day = await app.readModel(ordersByDay).get('2026-11-21');
   * @throws MortarError `MORTAR_MODULE_MISSING`; `MORTAR_OPTIONS_INVALID` for a tenant that is missing, and one too many
   */
  readModel<Doc>(projection: Projection<string, Doc>, options?: ReadModelOptions): ReadModel<Doc>;
  /** The tables of a projection of SQL. @throws MortarError `MORTAR_MODULE_MISSING` */
  readModel<T extends string>(projection: SqlProjection<string, T>): ReadTables<T>;
}

export function readModelsOf({ modules, store, generation }: AppReadModelsParts): ReadModelReader {
  const owners = new Map(
    modules.flatMap(({ name, projections }) =>
      projections.map(({ projection, name: full }): readonly [AnyProjection, ReadingPlace] => [
        projection,
        { module: name, store, generation: () => generation(full) },
      ]),
    ),
  );
  const placeOf = (projection: AnyProjection): ReadingPlace => {
    const place = owners.get(projection);
    if (place === undefined) throw notLoaded(projection);
    return place;
  };
  function readModel<Doc>(projection: Projection<string, Doc>, options?: ReadModelOptions): ReadModel<Doc>;
  function readModel<T extends string>(projection: SqlProjection<string, T>): ReadTables<T>;
  function readModel(projection: AnyProjection, options?: ReadModelOptions): unknown {
    const place = placeOf(projection);
    return projection.kind === 'sql'
      ? readTablesOf(projection, place)
      : readModelOf(projection, place, options);
  }
  return { readModel };
}

type ReadingPlace = Parameters<typeof readModelOf>[1];

function notLoaded(projection: AnyProjection | undefined): MortarError {
  return new MortarError('MORTAR_MODULE_MISSING', {
    rule: 'An app reads the projections of its modules.',
    expected: 'a projection that a loaded module has registered with project',
    got: projection?.name === undefined ? 'something else' : `projection ${projection.name}`,
  });
}
