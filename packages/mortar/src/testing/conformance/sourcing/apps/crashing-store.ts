import type {
  DeliveryBatch,
  DeliveryStore,
  LeaseName,
  OpenStore,
  Store,
} from '../../../../delivery/index.js';
import { MortarError } from '../../../../errors/index.js';
import { changed } from '../subject.js';

/** When a process dies: at the first commit of a batch that says so, before it is made or when nobody has heard of it yet. */
export interface CrashPoint {
  readonly moment: 'before' | 'after';
  isReached(batch: DeliveryBatch): boolean;
}

/** A database as a process has it that dies: from then on it asks nothing and hears nothing. */
export interface CrashingDatabase {
  readonly database: Store;
  /** Resolves when it has died. */
  readonly died: Promise<void>;
  /** What the dead process waits for fails, so that nothing of it is left when a case ends. */
  bury(): void;
}

export function crashing(database: Store, point: CrashPoint): CrashingDatabase {
  const grave = new Grave();
  const open: Store['open'] = async (surroundings) => mortal(await database.open(surroundings), point, grave);
  return { database: changed(database, { open }), died: grave.died, bury: () => grave.close() };
}

/** Whether a process has died, and what its calls wait for from then on. */
class Grave {
  isDead = false;
  readonly died: Promise<void>;
  readonly #closed: Promise<never>;
  dig: () => void = () => undefined;
  close: () => void = () => undefined;

  constructor() {
    this.died = new Promise((resolve) => {
      this.dig = () => {
        this.isDead = true;
        resolve();
      };
    });
    this.#closed = new Promise((_, reject) => {
      this.close = () => {
        this.isDead = true;
        reject(gone());
      };
    });
    this.#closed.catch(() => undefined);
  }

  /** The answer to what a dead process asks: none, until it is buried. */
  silence(): Promise<never> {
    return this.#closed;
  }
}

function mortal(store: OpenStore, point: CrashPoint, grave: Grave): OpenStore {
  const { deliveries } = store;
  const leases: LeaseName[] = [];
  const owners = new Set<string>();
  const acquire: DeliveryStore['acquire'] = async (subscription, partitions, owner, ttlMs) => {
    const taken = await deliveries.acquire(subscription, partitions, owner, ttlMs);
    leases.push(...taken);
    owners.add(owner);
    return taken;
  };
  const commit = async (batch: DeliveryBatch) => {
    if (grave.isDead || !point.isReached(batch)) return deliveries.commit(batch);
    grave.isDead = true;
    if (point.moment === 'after') await deliveries.commit(batch);
    // Its leases and its announcement run out, since nobody renews them. That is not waited for: they are as if they had.
    await deliveries.renew(leases, 1);
    for (const owner of owners) await deliveries.withdraw(owner);
    grave.dig();
    return grave.silence();
  };
  return changed(store, {
    events: silenced(store.events, grave),
    units: silenced(store.units, grave),
    deliveries: silenced(changed(deliveries, { acquire, commit }), grave),
    deadLetters: silenced(store.deadLetters, grave),
    snapshots: silenced(store.snapshots, grave),
  });
}

/** A port that does not answer the dead. */
function silenced<T extends object>(port: T, grave: Grave): T {
  return new Proxy(port, {
    get(target, key) {
      const member: unknown = Reflect.get(target, key);
      if (typeof member !== 'function') return member;
      if (key === 'watch') return member.bind(target);
      return (...parameters: unknown[]) =>
        grave.isDead
          ? grave.silence()
          : Promise.resolve(member.apply(target, parameters)).then((answer) =>
              grave.isDead ? grave.silence() : answer,
            );
    },
  });
}

function gone(): MortarError {
  return new MortarError('MORTAR_STORE_CLOSED', {
    rule: 'A process that has died asks its store for nothing.',
    expected: 'a process that lives',
    got: 'one that has died',
  });
}
