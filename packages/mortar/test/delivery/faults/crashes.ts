import type { DeadLetter, DeliveryAttempt, DurableSubscription } from '../../../src/delivery/index.js';
import { MortarError } from '../../../src/errors/index.js';
import type { MemoryTransaction } from '../../../src/memory/index.js';
import type { VirtualClock } from '../../support/virtual-clock.js';
import { anEvent, Bench, NAME, subscription } from '../processing/bench.js';
import { type MortalStore, mortal } from '../processing/mortal-store.js';

/** What an event's payload says of what its handler does. */
export interface Fate {
  readonly name: string;
  /** How long a call takes. */
  readonly ms?: number;
  /** Its process ends with the call. */
  readonly kills?: boolean;
  /** How many calls fail; all of them where it is Infinity. */
  readonly failures?: number;
}

export interface Call {
  readonly name: string;
  readonly attempt: number;
  readonly at: number;
  /** Which process, from 1. */
  readonly process: number;
}

type Settings = Partial<DurableSubscription>;

/** Processes that deliver the same subscriptions, one after the other; each ends with the first call that kills. */
export class Crashes {
  readonly bench: Bench;
  readonly calls: Call[] = [];
  processes = 0;
  kills = 0;
  isMended = false;
  readonly #failed = new Map<string, number>();
  #current: MortalStore | undefined;

  private constructor(bench: Bench) {
    this.bench = bench;
  }

  static async open(): Promise<Crashes> {
    return new Crashes(await Bench.open());
  }

  get clock(): VirtualClock {
    return this.bench.clock;
  }

  event(key: string, fate: Fate, type = 'shop.order-placed') {
    const failures = fate.failures === Number.POSITIVE_INFINITY ? -1 : fate.failures;
    return anEvent({ key, type, payload: JSON.stringify({ ...fate, failures }) });
  }

  /** Starts a process. Subscriptions are told by their settings; one that retries is assumed. */
  async start(...settings: readonly Settings[]): Promise<void> {
    const own = mortal(await this.bench.handle());
    this.processes += 1;
    this.#current = own;
    const number = this.processes;
    let isDead = false;
    const die = (): void => {
      if (!isDead) this.kills += 1;
      isDead = true;
      own.kill();
      if (this.#current === own) this.#current = undefined;
    };
    const all = settings.length === 0 ? [{}] : settings;
    const subscriptions = all.map((some) =>
      subscription(
        async (deliveries) => {
          for (const { event, attempt } of deliveries) {
            if (isDead) await new Promise(() => undefined);
            const { name, ms = 0, kills = false, failures = 0 } = event.data as Fate;
            this.calls.push({ name, attempt, at: this.clock.now(), process: number });
            if (ms > 0) await new Promise<void>((resolve) => this.clock.after(ms, resolve));
            if (isDead) await new Promise(() => undefined);
            if (kills && !this.isMended) {
              die();
              await new Promise(() => undefined);
            }
            this.#fail(name, failures);
          }
          return {
            writes: [(tx) => count(tx as MemoryTransaction, some.name ?? NAME, deliveries)],
            appends: [],
          };
        },
        { decide: retryUnlessItKills(100), ...some },
      ),
    );
    await this.bench.deliver(subscriptions, { store: own.store });
  }

  /** The process goes, whatever it does. */
  kill(): void {
    this.#current?.kill();
    this.#current = undefined;
  }

  /** Starts a process whenever the one before is dead, until something holds. */
  async until(holds: () => boolean | Promise<boolean>, ...settings: readonly Settings[]): Promise<void> {
    const from = this.processes;
    for (let step = 0; step < 4_000; step += 1) {
      if (await holds()) return;
      if (this.processes - from > 60) break;
      if (this.#current === undefined) await this.start(...settings);
      await this.clock.advance(100);
    }
    throw new Error(`Expected it to come true: ${this.processes} processes, ${this.kills} kills.`);
  }

  /** Names of those whose handler is said to have ended a process. */
  async blamed(): Promise<readonly string[]> {
    return (await this.bench.store.deadLetters.list({}, { limit: 1_000 }))
      .filter(({ error }) => error.code === 'MORTAR_PROCESS_DIED')
      .map(nameOf)
      .sort();
  }

  effects(name = NAME): ReadonlyMap<unknown, unknown> {
    return new Map(this.bench.log.table(`effects of ${name}`).entries());
  }

  #fail(name: string, failures: number): void {
    if (this.isMended) return;
    const failed = this.#failed.get(name) ?? 0;
    this.#failed.set(name, failed + 1);
    if (failures < 0 || failed < failures) throw new Error(`no ${name}`);
  }
}

export function nameOf({ entry }: DeadLetter): string {
  return (JSON.parse(entry?.payload ?? '{}') as Fate).name;
}

/** Tries again for ever, but for what ends processes. */
export function retryUnlessItKills(afterMs: number): DurableSubscription['decide'] {
  return (error) => {
    const isKiller = error instanceof MortarError && error.code === 'MORTAR_PROCESS_DIED';
    return isKiller ? { kind: 'deadLetter' } : { kind: 'retry', afterMs };
  };
}

/** Counts in the store, with the progress, how often each event was handled. */
async function count(
  tx: MemoryTransaction,
  name: string,
  deliveries: readonly DeliveryAttempt[],
): Promise<void> {
  const table = tx.table<number>(`effects of ${name}`);
  for (const { event } of deliveries) await table.set(event.id, ((await table.get(event.id)) ?? 0) + 1);
}
