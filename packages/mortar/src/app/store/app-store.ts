import type { OpenStore, Store } from '../../delivery/index.js';
import { MortarError, messageOf } from '../../errors/index.js';
import type { EventStore, SnapshotStore } from '../../event-store/index.js';
import type { Logger } from '../../logging/logger.js';
import type { ModuleProjection } from '../../modules/index.js';
import type { HealthResult } from '../../patterns/index.js';
import { type InlineStore, inlineStore } from '../../projections/inline/inline-store.js';
import type { Generation } from '../../read-models/index.js';
import type { KnownResult, Unit, UnitOutcome } from '../../unit-of-work/index.js';
import { followingIn } from './app-projections.js';
import { late } from './late.js';
import { AppReadModels } from './read-models.js';

/** The store of an app: opened when it starts, closed when it has stopped, and opened anew where a start has failed. */
export class AppStore {
  readonly #store: Store;
  readonly #logger: Logger;
  readonly #projections: readonly ModuleProjection[];
  #open: OpenStore | undefined;
  #inline: InlineStore | undefined;
  /** Told of the types of events that were committed with what inline projections make of them. */
  projected: (types: readonly string[]) => void = () => undefined;
  /** Of whichever store is open when they are called. */
  readonly events: EventStore = late(() => this.current.events);
  readonly snapshots: SnapshotStore = late(() => this.current.snapshots);
  readonly readModels: AppReadModels;
  /** Which generation of `<module>/<projection>` is read. */
  generation: (name: string) => Generation = () => this.#notOpen();

  /** @param projections those of the app: what they have in common with those that are inline in the store is folded by each append */
  constructor(store: Store, logger: Logger, projections: readonly ModuleProjection[]) {
    this.#store = store;
    this.#logger = logger;
    this.#projections = projections;
    this.readModels = new AppReadModels({
      projections,
      store: () => this.current,
      generation: (name) => this.generation(name),
    });
  }

  /** @throws MortarError `MORTAR_APP_STATE` before the start and after the stop */
  get current(): OpenStore {
    return this.#open ?? this.#notOpen();
  }

  async open(): Promise<void> {
    const store = await this.#store.open({ logger: this.#logger });
    const code = this.#projections
      .filter(({ projection }) => projection.placement !== 'live')
      .map((one) => followingIn(one, store));
    this.#inline = inlineStore(store, code, (types) => this.projected(types));
    this.#open = this.#inline.store;
    await this.#inline.refresh();
  }

  /** Looks at what is inline in the store. */
  async refreshInlines(): Promise<void> {
    await this.#inline?.refresh();
  }

  /** Closes what was opened, unless that has been done. */
  async close(opened: OpenStore | undefined = this.#open): Promise<void> {
    if (this.#open === opened) this.#open = undefined;
    await opened?.close();
  }

  /** What was opened last, if it was not closed. */
  get opened(): OpenStore | undefined {
    return this.#open;
  }

  /** Never rejects. */
  async health(): Promise<HealthResult> {
    try {
      await this.current.check();
      return { status: 'healthy' };
    } catch (error) {
      return { status: 'unhealthy', detail: messageOf(error) };
    }
  }

  async commit(units: readonly Unit[]): Promise<readonly UnitOutcome[]> {
    return this.current.units.commit(units);
  }

  async findResult(key: string): Promise<KnownResult | undefined> {
    return this.current.units.findResult(key);
  }

  #notOpen(): never {
    throw new MortarError('MORTAR_APP_STATE', {
      rule: 'The store of an app is open between its start and its stop.',
      expected: 'a started app',
      got: 'one whose store is closed',
    });
  }
}
