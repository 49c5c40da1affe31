import type { ReadingHandler, ReadModels } from '../../bus/index.js';
import type { OpenStore } from '../../delivery/index.js';
import { MortarError } from '../../errors/index.js';
import type { ModuleProjection } from '../../modules/index.js';
import {
  type AnyProjection,
  type ReadingParts,
  readModelOf,
  readTablesOf,
  type TableReadingParts,
} from '../../projections/index.js';
import {
  type Generation,
  type ReadableDocuments,
  type ReadableTables,
  type ReadModelOptions,
  type ReadModelReader,
  readerOf,
} from '../../read-models/index.js';

/** What the read models of an app are read with. */
export interface AppReadModelsParts {
  readonly projections: readonly ModuleProjection[];
  /** @throws MortarError `MORTAR_APP_STATE` before the start and after the stop */
  readonly store: () => OpenStore;
  /** Which generation of `<module>/<projection>` is read. @throws MortarError `MORTAR_APP_STATE` */
  readonly generation: (name: string) => Generation;
}

interface Place extends ReadingParts, TableReadingParts {
  readonly projection: AnyProjection;
  readonly store: () => OpenStore;
}

/** The read models of an app, as they are read from outside and by its handlers. */
export class AppReadModels implements ReadModels {
  /** By the projection. */
  readonly #places: ReadonlyMap<unknown, Place>;

  constructor({ projections, store, generation }: AppReadModelsParts) {
    this.#places = new Map(
      projections.map(({ projection, name }) => [
        projection,
        { projection, module: moduleOf(name), store, generation: () => generation(name) },
      ]),
    );
  }

  /** Reads those of any module. */
  get reader(): ReadModelReader {
    return readerOf((projection, options) => readAt(placeIn(this.#places, projection), options));
  }

  readFor(
    { module, tenant = '' }: ReadingHandler,
    projection: ReadableDocuments | ReadableTables,
    options?: ReadModelOptions,
  ): unknown {
    const place = placeIn(this.#places, projection);
    if (place.module !== module) throw foreign(place, module);
    const isOfTenant = projection.kind === 'documents' && projection.perTenant;
    return readAt(place, isOfTenant ? { tenant, ...options } : options);
  }
}

function readAt(place: Place, options: ReadModelOptions | undefined): unknown {
  const { projection } = place;
  return projection.kind === 'sql'
    ? readTablesOf(projection, place)
    : readModelOf(projection, place, options);
}

/** @throws MortarError `MORTAR_MODULE_MISSING` */
function placeIn(
  places: ReadonlyMap<unknown, Place>,
  projection: ReadableDocuments | ReadableTables | undefined,
): Place {
  const place = places.get(projection);
  if (place !== undefined) return place;
  throw new MortarError('MORTAR_MODULE_MISSING', {
    rule: 'An app reads the projections of its modules.',
    expected: 'a projection that a loaded module has registered with project',
    got: projection?.name === undefined ? 'something else' : `projection ${projection.name}`,
  });
}

function moduleOf(name: string): string {
  return name.slice(0, name.indexOf('/'));
}

function foreign({ module, projection }: Place, reader: string | undefined): MortarError {
  return new MortarError('MORTAR_NOT_OWNER', {
    rule: 'A handler reads the read models of its own module, and asks queries of others.',
    expected: `a projection of module ${reader}`,
    got: `${module}/${projection.name}`,
  });
}
