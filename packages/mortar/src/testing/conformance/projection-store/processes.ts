import assert from 'node:assert/strict';
import { Deliveries, type OpenStore, pulseClock } from '../../../delivery/index.js';
import type { EncodedEvent } from '../../../event-store/index.js';
import { silentLogger } from '../../../logging/logger.js';
import {
  type CaughtUpOptions,
  type CaughtUpParts,
  CaughtUpWaits,
} from '../../../projections/generations/caught-up.js';
import { Generations, type GenerationsParts } from '../../../projections/generations/generations.js';
import { GenerationOperations } from '../../../projections/generations/projection-operations.js';
import type { GenerationStatus } from '../../../projections/generations/projection-status.js';
import { type AnyProjection, inlineStore, placeOf, runOf } from '../../../projections/index.js';

/** The only projection of these processes. */
export const ACCOUNTS = 'bank/accounts';

/** How a process goes on: what it asks of its store may wait, and it may end at any call. */
export interface Fate {
  /** Before each call of the store, with the name of the method. May call `kill`. */
  readonly before?: (method: string, parameters: readonly unknown[]) => Promise<void> | void;
}

const TTL_MS = 400;
const POLL_MS = 15;
const GIVE_UP_MS = 50_000;

/** A process with one state of the code of the projection. */
export class Process {
  readonly store: OpenStore;
  readonly deliveries: Deliveries;
  readonly generations: Generations;
  readonly operations: GenerationOperations;
  readonly #waits = new CaughtUpWaits();
  readonly #types: readonly string[];
  readonly #refresh: () => Promise<void>;
  readonly #death: { isDead: boolean };

  private constructor(
    given: OpenStore,
    projection: AnyProjection,
    death: { isDead: boolean },
    options: Partial<GenerationsParts>,
  ) {
    this.#death = death;
    this.#types = projection.types;
    const followed = {
      name: ACCOUNTS,
      projection,
      runOf: (number: number) =>
        runOf(projection, {
          ...placeOf('bank', projection, number),
          documents: given.documents,
          units: given.units,
        }),
    };
    const inline = inlineStore(given, [followed]);
    const { store } = inline;
    this.store = store;
    this.#refresh = inline.refresh;
    this.deliveries = new Deliveries({ store, subscriptions: [], leaseTtlMs: TTL_MS, pollMs: POLL_MS });
    this.generations = new Generations({
      store,
      deliveries: this.deliveries,
      projections: [followed],
      pulse: pulseClock,
      logger: silentLogger,
      pollMs: POLL_MS,
      leaseTtlMs: TTL_MS,
      pageEvents: 100,
      promoted: inline.refresh,
      promotionMs: 30,
      ...options,
    });
    const { generations } = this;
    this.operations = new GenerationOperations({ store, generations, live: [], clock: pulseClock });
  }

  /** Starts one, on a handle on the store. */
  static async start(
    handle: OpenStore,
    projection: AnyProjection,
    { before, ...options }: Fate & Partial<GenerationsParts> = {},
  ): Promise<Process> {
    const process = Process.make(handle, projection, {
      ...(before === undefined ? {} : { before }),
      ...options,
    });
    await process.begin();
    return process;
  }

  /** One that is not started yet. */
  static make(
    handle: OpenStore,
    projection: AnyProjection,
    { before, ...options }: Fate & Partial<GenerationsParts> = {},
  ): Process {
    const death = { isDead: false };
    return new Process(mortal(handle, death, before), projection, death, options);
  }

  async begin(): Promise<void> {
    await this.#refresh();
    await this.generations.prepare();
    await this.deliveries.start();
    await this.generations.start();
  }

  /** From now on it neither asks nor hears anything, as a process that was killed. */
  kill(): void {
    this.#death.isDead = true;
    // Its timers end too, which nobody hears of.
    void this.generations.stop();
    void this.deliveries.stop({ timeoutMs: 0 });
  }

  async stop(): Promise<void> {
    await Promise.all([this.generations.stop(), this.deliveries.stop()]);
  }

  /** All documents that it reads, as texts by key. */
  async documents(): Promise<Record<string, string>> {
    const { number } = this.generations.read(ACCOUNTS);
    const query = { tenant: '', where: [], order: [], limit: 10_000 };
    const found = await this.store.documents.find(`${ACCOUNTS}#${number}`, query);
    return Object.fromEntries(found.map(({ key, body }) => [key, body]));
  }

  async caughtUp(options: CaughtUpOptions = {}): Promise<void> {
    const read = () => this.generations.read(ACCOUNTS);
    const promised: CaughtUpParts['promised'] = (position) => this.generations.promise(ACCOUNTS, position);
    const parts = { store: this.store, pulse: pulseClock, read, types: this.#types, promised };
    await this.#waits.until(parts, { timeoutMs: GIVE_UP_MS, ...options });
  }

  /** Of the generation of a number. */
  async statusOf(number: number): Promise<GenerationStatus | undefined> {
    const [status] = await this.operations.status();
    return status?.generations.find((one) => one.number === number);
  }

  /** Waits until a generation is inline, or is not. */
  async isInline(number: number, wanted = true): Promise<void> {
    const what = `generation ${number} to be ${wanted ? '' : 'not '}inline`;
    await until(async () => (await this.statusOf(number))?.isInline === wanted, what);
  }

  /** Waits until the generation that it reads has this number. */
  async reads(number: number): Promise<void> {
    await until(() => this.generations.read(ACCOUNTS).number === number, `generation ${number} to be read`);
  }
}

/** Appends events, a few at once; answers when all are there. */
export async function appendAll(
  { events }: OpenStore,
  added: readonly EncodedEvent[],
  atOnce = 50,
): Promise<void> {
  for (let from = 0; from < added.length; from += atOnce)
    await events.append([{ events: added.slice(from, from + atOnce) }]);
}

/** Waits until something holds. */
export async function until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const end = performance.now() + GIVE_UP_MS;
  while (!(await holds())) {
    assert.ok(performance.now() < end, `${what}, within ${GIVE_UP_MS} ms`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** A store as a process has it that may be killed. */
function mortal(store: OpenStore, death: { readonly isDead: boolean }, before: Fate['before']): OpenStore {
  const never = new Promise<never>(() => undefined);
  const part = <T extends object>(whole: T): T =>
    new Proxy(whole, {
      get(target, name) {
        const member: unknown = Reflect.get(target, name);
        // A thread that renews leases would not die with it.
        if (name === 'renewalPlace') return undefined;
        if (typeof member !== 'function') return member;
        if (name === 'watch')
          return (listener: () => void) => member.call(target, () => (death.isDead ? undefined : listener()));
        return async (...parameters: readonly unknown[]) => {
          if (death.isDead) return never;
          await before?.(String(name), parameters);
          if (death.isDead) return never;
          const answer: unknown = await Reflect.apply(member, target, parameters);
          return death.isDead ? never : answer;
        };
      },
    });
  return {
    kind: store.kind,
    events: part(store.events),
    units: part(store.units),
    deliveries: part(store.deliveries),
    deadLetters: part(store.deadLetters),
    snapshots: part(store.snapshots),
    documents: part(store.documents),
    projections: part(store.projections),
    check: () => store.check(),
    close: () => store.close(),
    [Symbol.asyncDispose]: () => store.close(),
  };
}
