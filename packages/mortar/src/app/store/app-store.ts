import type { OpenStore, Store } from '../../delivery/index.js';
import { MortarError, messageOf } from '../../errors/index.js';
import type { EventStore, SnapshotStore } from '../../event-store/index.js';
import type { Logger } from '../../logging/logger.js';
import type { HealthResult } from '../../patterns/index.js';
import type { KnownResult, Unit, UnitOutcome } from '../../unit-of-work/index.js';
import { late } from './late.js';

/** The store of an app: opened when it starts, closed when it has stopped, and opened anew where a start has failed. */
export class AppStore {
  readonly #store: Store;
  readonly #logger: Logger;
  #open: OpenStore | undefined;
  /** Of whichever store is open when they are called. */
  readonly events: EventStore = late(() => this.current.events);
  readonly snapshots: SnapshotStore = late(() => this.current.snapshots);

  constructor(store: Store, logger: Logger) {
    this.#store = store;
    this.#logger = logger;
  }

  /** @throws MortarError `MORTAR_APP_STATE` before the start and after the stop */
  get current(): OpenStore {
    if (this.#open !== undefined) return this.#open;
    throw new MortarError('MORTAR_APP_STATE', {
      rule: 'The store of an app is open between its start and its stop.',
      expected: 'a started app',
      got: 'one whose store is closed',
    });
  }

  async open(): Promise<void> {
    this.#open = await this.#store.open({ logger: this.#logger });
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
}
