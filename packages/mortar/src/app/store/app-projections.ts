import type { Clock } from '../../contracts/index.js';
import { type Deliveries, type OpenStore, pulseClock } from '../../delivery/index.js';
import { describeValue, MortarError } from '../../errors/index.js';
import type { Position } from '../../event-store/index.js';
import type { Logger } from '../../logging/logger.js';
import type { ModuleProjection } from '../../modules/index.js';
import { type CaughtUpOptions, CaughtUpWaits } from '../../projections/generations/caught-up.js';
import { type FollowingProjection, Generations } from '../../projections/generations/generations.js';
import {
  GenerationOperations,
  type ProjectionOperations,
} from '../../projections/generations/projection-operations.js';
import { placeOf, runOf } from '../../projections/index.js';
import type { Generation } from '../../read-models/index.js';
import type { AppDeliveryOptions, AppProjectionOptions } from '../app-options.js';

/** What the projections of an app are followed with. */
export interface AppProjectionsParts {
  readonly projections: readonly ModuleProjection[];
  readonly projecting: AppProjectionOptions;
  readonly delivering: AppDeliveryOptions;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What there is between the start and the stop. */
interface AtWork {
  readonly store: OpenStore;
  readonly generations: Generations;
  readonly waits: CaughtUpWaits;
  readonly operations: ProjectionOperations;
}

/** The projections of an app, from its start to its stop. */
export class AppProjections {
  readonly #parts: AppProjectionsParts;
  #atWork: AtWork | undefined;

  constructor(parts: AppProjectionsParts) {
    this.#parts = parts;
  }

  /** How many of them follow the log. */
  get following(): number {
    return this.#parts.projections.filter(({ projection }) => projection.placement !== 'live').length;
  }

  /** Between the start and the stop. @throws MortarError `MORTAR_APP_STATE` */
  get operations(): ProjectionOperations {
    return this.#working.operations;
  }

  /** Which generation of `<module>/<projection>` is read. @throws MortarError `MORTAR_APP_STATE` */
  read(name: string): Generation {
    return this.#working.generations.read(name);
  }

  /** Makes known which generations are read, and where their documents are. */
  async prepare(store: OpenStore, deliveries: Deliveries, promoted: () => Promise<void>): Promise<void> {
    const { projections, projecting, delivering, clock, logger } = this.#parts;
    const { leaseMs } = delivering;
    const generations = new Generations({
      ...projecting,
      ...(leaseMs === undefined ? {} : { leaseTtlMs: leaseMs }),
      store,
      deliveries,
      projections: projections
        .filter(({ projection }) => projection.placement !== 'live')
        .map((one) => followingIn(one, store)),
      pulse: pulseClock,
      logger,
      promoted,
      changed: () => this.#atWork?.waits.wake(),
    });
    const live = projections.filter(({ projection }) => projection.placement === 'live');
    const operations = new GenerationOperations({ store, generations, live, clock });
    this.#atWork = { store, generations, waits: new CaughtUpWaits(), operations };
    await generations.prepare();
  }

  /** Begins to follow the log; the deliveries have been started. */
  async start(): Promise<void> {
    await this.#working.generations.start();
  }

  /** Resolves when pages that are being folded are committed. */
  async stop(): Promise<void> {
    const atWork = this.#atWork;
    this.#atWork = undefined;
    atWork?.waits.stop();
    await atWork?.generations.stop();
  }

  /** Resolves when none is being caught up by this process any more. */
  async ready(signal: AbortSignal | undefined): Promise<void> {
    await this.#atWork?.generations.ready(signal);
  }

  /** The types that a subscription is of, if it is that of a generation; something of it was committed. */
  committed(subscription: string): readonly string[] {
    const { generations, waits } = this.#atWork ?? {};
    const types = generations?.typesOf(subscription) ?? [];
    if (types.length > 0) waits?.wake();
    return types;
  }

  /** Something was appended, and inline projections brought on with it. */
  projected(): void {
    this.#atWork?.waits.wake();
  }

  /** See `DurableParticulars.caughtUp`. */
  async caughtUp(name: string, options: CaughtUpOptions): Promise<void> {
    const { store, waits, generations } = this.#working;
    const one = this.#parts.projections.find((known) => known.name === name);
    if (one === undefined) throw unknownProjection(name, this.#parts.projections);
    // What is folded when it is read has everything by then.
    if (one.projection.placement === 'live') return;
    const { types } = one.projection;
    const read = (): Generation => generations.read(name);
    const promised = (position: Position): void => generations.promise(name, position);
    await waits.until({ store, pulse: pulseClock, read, types, promised }, options);
  }

  get #working(): AtWork {
    if (this.#atWork !== undefined) return this.#atWork;
    throw new MortarError('MORTAR_APP_STATE', {
      rule: 'The projections of an app follow the log between its start and its stop.',
      expected: 'a started app',
      got: 'one that is not',
    });
  }
}

/** What a projection of a module needs of a store. */
export function followingIn(
  { name, projection }: ModuleProjection,
  store: Pick<OpenStore, 'documents' | 'units'>,
): FollowingProjection {
  const module = name.slice(0, name.indexOf('/'));
  return {
    name,
    projection,
    runOf: (number) =>
      runOf(projection, {
        ...placeOf(module, projection, number),
        documents: store.documents,
        units: store.units,
      }),
  };
}

function unknownProjection(name: string, known: readonly ModuleProjection[]): MortarError {
  return new MortarError('MORTAR_MODULE_MISSING', {
    rule: 'Projections are those of loaded modules, by module and name.',
    expected: known.map((one) => one.name).join(', ') || 'a loaded module that has a projection',
    got: describeValue(name),
  });
}
