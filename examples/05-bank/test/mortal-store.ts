import type { OpenStore, Store } from 'mortar/delivery';

/** When a process dies: at its so manyth call of the store, before the store hears of it or after it has done it. */
export interface Fate {
  readonly calls: number;
  readonly isAfter: boolean;
}

/** The store as a process has it that dies: from then on it asks nothing, and hears no answer. */
export interface MortalStore {
  readonly store: Store;
  /** Resolves when it has died; never where it lives on. */
  readonly died: Promise<'died'>;
  /** Closes what the dead process has left open. */
  close(): Promise<void>;
}

/** For so long a lease lasts: what the dead one has held is free for the next at once. Nobody else is there to take it. */
const LEASE_MS = 1;
/** Where these methods are told how long. */
const TTL_PLACES: Readonly<Record<string, number>> = {
  'deliveries.announce': 2,
  'deliveries.acquire': 3,
  'deliveries.renew': 1,
};

const PARTS = [
  'events',
  'units',
  'deliveries',
  'deadLetters',
  'snapshots',
  'documents',
  'projections',
] as const;

/**
 * @param hops how many turns of the microtask queue the next call waits, so that calls that come together are made in any order
 */
export function mortalStore(store: Store, fate: Fate | undefined, hops: () => number): MortalStore {
  const opened: OpenStore[] = [];
  const never = new Promise<never>(() => undefined);
  let calls = 0;
  let isDead = false;
  let die = (): void => undefined;
  const died = new Promise<'died'>((resolve) => {
    die = () => {
      isDead = true;
      resolve('died');
    };
  });

  const call = async (make: () => unknown): Promise<unknown> => {
    for (let left = hops(); left > 0; left -= 1) await undefined;
    if (isDead) return never;
    calls += 1;
    const isLast = calls === fate?.calls;
    if (isLast && !fate?.isAfter) die();
    if (isDead) return never;
    const answer = await make();
    if (isLast) die();
    return isDead ? never : answer;
  };
  const part = <T extends object>(whole: T, of: string): T =>
    new Proxy(whole, {
      get(target, name) {
        const member: unknown = Reflect.get(target, name);
        if (typeof member !== 'function') return member;
        if (name === 'watch')
          return (listener: () => void) => member.call(target, () => (isDead ? undefined : listener()));
        return (...given: unknown[]) =>
          call(() => member.apply(target, shortened(`${of}.${String(name)}`, given)));
      },
    });

  return {
    died,
    store: {
      ...store,
      async open(surroundings) {
        const whole = await store.open(surroundings);
        opened.push(whole);
        return new Proxy(whole, {
          get(target, name) {
            const member: unknown = Reflect.get(target, name, target);
            if (PARTS.some((one) => one === name) && typeof member === 'object' && member !== null)
              return part(member, String(name));
            return typeof member === 'function' ? member.bind(target) : member;
          },
        });
      },
    },
    async close() {
      for (const one of opened) await one.close();
    },
  };
}

function shortened(method: string, given: readonly unknown[]): readonly unknown[] {
  const place = TTL_PLACES[method];
  return place === undefined ? given : given.with(place, LEASE_MS);
}
