import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Priority } from '../../../src/contracts/index.js';
import type { Deliveries, DeliveryAttempt, DurableSubscription, Work } from '../../../src/delivery/index.js';
import { MortarError } from '../../../src/errors/index.js';
import { keyHashOf, type LogEntry, partitionOf } from '../../../src/event-store/index.js';
import type { MemoryTransaction } from '../../../src/memory/index.js';
import { anEvent, Bench, NAME, subscription } from './bench.js';
import { type MortalStore, mortal, type Weather } from './mortal-store.js';

/** What the handler does with an event: how long it takes, how often it fails before it succeeds, or that it always fails. */
interface Fate {
  readonly ms: number;
  readonly failures: number;
  readonly isBad: boolean;
}

interface Specimen extends Fate {
  readonly key: number;
  readonly priority: Priority;
}

type Step =
  | { readonly kind: 'publish'; readonly specimens: readonly Specimen[] }
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'replay' | 'discard'; readonly letter: number }
  | { readonly kind: 'start' | 'kill' | 'stop' | 'sleep' | 'wake' | 'steal' };

interface Process {
  readonly deliveries: Deliveries;
  readonly mortal: MortalStore;
}

const specimen: fc.Arbitrary<Specimen> = fc.record({
  key: fc.nat(4),
  priority: fc.constantFrom('critical', 'high', 'normal', 'low'),
  ms: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat(400)),
  failures: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, fc.nat(3)),
  isBad: fc.oneof({ weight: 9, arbitrary: fc.constant(false) }, fc.constant(true)),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('publish' as const),
      specimens: fc.array(specimen, { maxLength: 12 }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(9_000) }) },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      { kind: 'start' as const },
      { kind: 'kill' as const },
      { kind: 'stop' as const },
      { kind: 'sleep' as const },
      { kind: 'wake' as const },
      { kind: 'steal' as const },
    ),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom('replay' as const, 'discard' as const),
      letter: fc.nat(20),
    }),
  },
);
const setting = fc.record({
  onDead: fc.constantFrom('hold' as const, 'continue' as const),
  partitions: fc.constantFrom(1, 3, 16),
  /** Whether the subscription has an order of its own, by which several keys go together. */
  hasOwnOrder: fc.boolean(),
  concurrency: fc.constantFrom(1, 2, 16),
  batch: fc.constantFrom(undefined, { size: 4, withinMs: 20 }),
  /** How long a call of the store takes at most, how many of a hundred fail, and of which seed that is. */
  slowMs: fc.constantFrom(0, 10, 200),
  failPercent: fc.constantFrom(0, 2, 20),
  seed: fc.nat(),
});
type Setting = typeof setting extends fc.Arbitrary<infer S> ? S : never;

/** Processes that come and go, and everything they must hold to. */
class World {
  readonly bench: Bench;
  readonly #setting: Setting;
  readonly #fates = new Map<string, Fate>();
  readonly #failed = new Map<string, number>();
  readonly #processes: Process[] = [];
  /** Letters that an operator has acted on, by their event. */
  readonly #replayed = new Set<string>();
  readonly #random: () => number;
  isMended = false;
  isCalm = false;

  constructor(bench: Bench, chosen: Setting) {
    this.bench = bench;
    this.#setting = chosen.hasOwnOrder ? { ...chosen, partitions: 1 } : chosen;
    this.#random = randomOf(chosen.seed);
  }

  async take(next: Step): Promise<void> {
    if (next.kind === 'publish') await this.#publish(next.specimens);
    else if (next.kind === 'wait') await this.bench.clock.advance(next.ms);
    else if (next.kind === 'start') await this.start();
    else if (next.kind === 'kill') this.#processes.pop()?.mortal.kill();
    else if (next.kind === 'sleep') this.#processes.at(-1)?.mortal.sleep();
    else if (next.kind === 'wake') this.#wakeAll();
    else if (next.kind === 'steal') await this.#steal();
    else if (next.kind === 'replay' || next.kind === 'discard') await this.#act(next.kind, next.letter);
    else await this.#stop();
    await this.check();
  }

  async start(): Promise<void> {
    if (this.#processes.length > 3) return;
    const own = mortal(await this.bench.handle(), this.#weather());
    let isOver = false;
    const starting = this.bench.deliver(this.#subscription(), { store: own.store }).then(
      (deliveries) => this.#processes.push({ deliveries, mortal: own }),
      () => own.kill(),
    );
    void starting.then(() => {
      isOver = true;
    });
    while (!isOver) await this.bench.clock.advance(10);
  }

  /** A store takes its time, answers now and then that it can't be reached, or does not say whether it has committed. */
  #weather(): Weather {
    const { slowMs, failPercent } = this.#setting;
    const pass = async (): Promise<boolean> => {
      const ms = Math.floor(this.#random() * slowMs);
      if (ms > 0) await new Promise<void>((resolve) => this.bench.clock.after(ms, resolve));
      return !this.isCalm && this.#random() * 200 < failPercent;
    };
    return {
      before: async () => {
        if (await pass()) throw failure('MORTAR_STORE_UNAVAILABLE');
      },
      after: async (method) => {
        if (await pass())
          throw failure(method === 'commit' ? 'MORTAR_COMMIT_UNKNOWN' : 'MORTAR_STORE_UNAVAILABLE');
      },
    };
  }

  /** Some leases are out of time, though their holders go on. */
  async #steal(): Promise<void> {
    const { leases } = this.bench.log.deliveries;
    await this.bench.log.atomically(() => {
      for (const [name, lease] of [...leases.entries()])
        if (this.#random() < 0.5)
          leases.set(name, { ...lease, token: lease.token + 1, owner: undefined, expiresAt: 0 });
    });
  }

  async #act(kind: 'replay' | 'discard', number: number): Promise<void> {
    const { deadLetters } = this.bench.store;
    const dead = await deadLetters.list({}, { limit: 1_000 });
    const letter = dead[number % Math.max(1, dead.length)];
    if (letter === undefined) return;
    this.#replayed.add(letter.envelope.id);
    await deadLetters.change(letter.id, 'dead', kind === 'replay' ? 'replaying' : 'discarded');
  }

  /** Everything that is accounted for has its effect, is held, or has a letter; nothing has two effects. */
  async check(): Promise<void> {
    const { leases, held, buried, effects, entries } = await this.#snapshot();
    for (const entry of entries) {
      const key = this.#orderOf(entry);
      const number = partitionOf(keyHashOf(key), this.#setting.partitions);
      const lease = leases.find(({ partition }) => partition === number);
      const isAccounted =
        lease !== undefined && (entry.position <= lease.low || lease.ahead.includes(entry.position));
      const row = held.find(({ orderKey }) => orderKey === key);
      const isHeld = row !== undefined && row.first <= entry.position && entry.position <= row.last;
      const count = effects.get(entry.id) ?? 0;
      expect(count, 'effects of one event').toBeLessThanOrEqual(1);
      if (isAccounted && !isHeld && !buried.has(entry.id)) expect(count, 'a place before the effect').toBe(1);
      if (!isAccounted || isHeld) expect(count, 'an effect before the place').toBe(0);
    }
  }

  /** Everything as it is at one moment, between two transactions. */
  #snapshot() {
    const { log } = this.bench;
    return log.exclusively(() => ({
      leases: [...log.deliveries.leases.values()],
      held: [...log.deliveries.held.values()],
      buried: new Set([...log.deliveries.letters.values()].map(({ envelope }) => envelope.id)),
      effects: new Map(log.table('effects').entries() as Iterable<[string, number]>),
      entries: [...log.entries],
    }));
  }

  /** In the end every event is done, dead, or held behind one that is dead. */
  async end(): Promise<void> {
    this.isCalm = true;
    this.#wakeAll();
    await this.start();
    await this.#settle();
    await this.check();
    for (const entry of await this.#entries()) {
      const letter = await this.bench.store.deadLetters.find(NAME, entry.id);
      const isHeldBack = this.#setting.onDead === 'hold' && (await this.#isBehindDead(entry));
      const states = [
        this.#effectsOf(entry) === 1,
        letter?.state === 'dead' || letter?.state === 'discarded',
        isHeldBack && letter === undefined,
      ];
      expect(states.filter(Boolean), 'one state').toHaveLength(1);
      if (this.#fates.get(entry.id)?.isBad === true)
        expect(letter?.state === 'dead' || letter?.state === 'discarded' || isHeldBack).toBe(true);
    }
    await this.#replayAll();
    this.#checkOrder();
    while (this.#processes.length > 0) await this.#stop();
  }

  #wakeAll(): void {
    for (const { mortal: own } of this.#processes) own.wake();
  }

  async #replayAll(): Promise<void> {
    this.isMended = true;
    for (let round = 0; round < 40; round += 1) {
      const dead = await this.bench.store.deadLetters.list({}, { limit: 1_000 });
      for (const { id } of dead) await this.bench.store.deadLetters.change(id, 'dead', 'replaying');
      await this.#settle();
    }
    await this.check();
    for (const entry of await this.#entries()) {
      const letter = await this.bench.store.deadLetters.find(NAME, entry.id);
      const expected = letter?.state === 'discarded' ? 0 : 1;
      expect(this.#effectsOf(entry), 'mended and replayed').toBe(expected);
    }
  }

  #checkOrder(): void {
    const table = this.bench.log.table('order');
    const lastOf = new Map<string, number>();
    const rows = [...table.entries()].sort(([a], [b]) => (a < b ? -1 : 1));
    for (const [, value] of rows) {
      const { key, position, wasDead } = value as { key: string; position: number; wasDead: boolean };
      if (this.#setting.onDead === 'continue' && wasDead) continue;
      expect(position, `the order of ${key}`).toBeGreaterThan(lastOf.get(key) ?? 0);
      lastOf.set(key, position);
    }
  }

  async #publish(specimens: readonly Specimen[]): Promise<void> {
    if (specimens.length === 0) return;
    const events = specimens.map(({ key, priority }) =>
      anEvent({ ...(key === 0 ? {} : { key: `k${key}` }), priority }),
    );
    for (const [index, { id }] of events.entries()) this.#fates.set(id, specimens[index] as Fate);
    await this.bench.publish(...events);
  }

  async #stop(): Promise<void> {
    this.#wakeAll();
    const process = this.#processes.pop();
    if (process === undefined) return;
    const stopped = process.deliveries.stop({ timeoutMs: 5_000 });
    let isStopped = false;
    void stopped.then(() => {
      isStopped = true;
    });
    while (!isStopped) await this.bench.clock.advance(100);
  }

  /** Until nothing is left to be done but what waits for an operator. */
  async #settle(): Promise<void> {
    for (let round = 0; round < 1_500; round += 1) {
      await this.bench.clock.advance(1_000);
      if (await this.#isSettled()) return;
    }
    const held = await this.bench.store.deliveries.heldKeys(NAME, [0, 1, 2]);
    const status = await Promise.all(this.#processes.map(({ deliveries }) => deliveries.status()));
    throw new Error(`The deliveries never end: ${JSON.stringify({ held, status })}`);
  }

  async #isSettled(): Promise<boolean> {
    const { deliveries, deadLetters, events } = this.bench.store;
    const leases = await deliveries.checkpoints(NAME);
    const head = await events.head();
    const lows = leases.filter(({ low }) => low >= head);
    const held = await deliveries.heldKeys(
      NAME,
      leases.map(({ partition }) => partition),
    );
    const { byState } = await deadLetters.statistics();
    return (
      lows.length === leases.length && held.every(({ state }) => state === 'dead') && byState.replaying === 0
    );
  }

  async #isBehindDead(entry: LogEntry): Promise<boolean> {
    const partition = partitionOf(keyHashOf(this.#orderOf(entry)), this.#setting.partitions);
    const held = await this.bench.store.deliveries.heldKeys(NAME, [partition]);
    return held.some(
      ({ orderKey, state, first, last }) =>
        orderKey === this.#orderOf(entry) &&
        state === 'dead' &&
        first < entry.position &&
        entry.position <= last,
    );
  }

  async #entries(): Promise<readonly LogEntry[]> {
    return (await this.bench.store.events.readAll({ limit: 10_000 })).entries;
  }

  /** What is published here is of no stream. */
  #orderOf({ key, id }: { readonly key: string | undefined; readonly id: string }): string {
    if (!this.#setting.hasOwnOrder) return key ?? id;
    return key === undefined ? 'without a key' : `pair ${Number(key.slice(1)) % 2}`;
  }

  #effectsOf({ id }: LogEntry): number {
    return (this.bench.log.table('effects').get(id) as number | undefined) ?? 0;
  }

  #subscription(): DurableSubscription {
    const { hasOwnOrder, ...settings } = this.#setting;
    return subscription((deliveries) => this.#handle(deliveries), {
      ...settings,
      ...(hasOwnOrder ? { orderKey: (entry) => this.#orderOf(entry) } : {}),
      concurrency: this.#setting.batch === undefined ? this.#setting.concurrency : 1,
      decide: (_, attempt) =>
        attempt >= 8 ? { kind: 'deadLetter' } : { kind: 'retry', afterMs: 100 * attempt },
    });
  }

  async #handle(deliveries: readonly DeliveryAttempt[]): Promise<Work | undefined> {
    for (const { event } of deliveries) {
      const fate = this.#fates.get(event.id);
      if (fate === undefined || this.isMended) continue;
      if (fate.ms > 0) await new Promise<void>((resolve) => this.bench.clock.after(fate.ms, resolve));
      const failed = this.#failed.get(event.id) ?? 0;
      this.#failed.set(event.id, failed + 1);
      if (fate.isBad || failed < fate.failures) throw new Error('not yet');
    }
    return { writes: [async (tx) => this.#write(tx as MemoryTransaction, deliveries)], appends: [] };
  }

  async #write(tx: MemoryTransaction, deliveries: readonly DeliveryAttempt[]): Promise<void> {
    for (const { event } of deliveries) {
      const count = (await tx.table<number>('effects').get(event.id)) ?? 0;
      await tx.table<number>('effects').set(event.id, count + 1);
      const place = (await tx.table<number>('places').get('last')) ?? 0;
      await tx.table<number>('places').set('last', place + 1);
      const key = this.#orderOf(event);
      const wasDead = this.isMended || this.#replayed.has(event.id);
      await tx.table('order').set(String(place).padStart(9, '0'), { key, position: event.position, wasDead });
    }
  }
}

/** A sequence of numbers from 0 to 1, the same for a seed. (mulberry32) */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function failure(code: 'MORTAR_STORE_UNAVAILABLE' | 'MORTAR_COMMIT_UNKNOWN'): MortarError {
  return new MortarError(code, { rule: 'A store answers.', expected: 'an answer', got: 'none' });
}

it('whatever happens to processes and to their store, every event is done or dead once, in the order of its key', async () => {
  await fc.assert(
    fc.asyncProperty(setting, fc.array(step, { minLength: 3, maxLength: 14 }), async (chosen, steps) => {
      const bench = await Bench.open();
      const world = new World(bench, chosen);
      for (const next of steps) await world.take(next);
      await world.end();
      await bench.log.close();
    }),
    { numRuns: Number(process.env['MORTAR_MODEL_RUNS'] ?? 60) },
  );
}, 300_000);
