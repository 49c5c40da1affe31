import { expect } from 'vitest';
import type { Deliveries, DeliveryAttempt, DurableSubscription, Work } from '../../../src/delivery/index.js';
import { MortarError } from '../../../src/errors/index.js';
import { keyHashOf, partitionOf } from '../../../src/event-store/index.js';
import type { MemoryTransaction } from '../../../src/memory/index.js';
import { randomOf } from '../../support/random.js';
import { settled } from '../../support/virtual-clock.js';
import { anEvent, type Bench, NAME, subscription } from '../processing/bench.js';
import { type MortalStore, mortal, type Weather } from '../processing/mortal-store.js';
import type { Fate, Setting, Specimen, Step } from './steps.js';

interface Process {
  readonly deliveries: Deliveries;
  readonly mortal: MortalStore;
}

/** What an event has been through. */
interface Past {
  calls: number;
  outages: number;
  failures: number;
  refusals: number;
}

const LARGE = JSON.stringify('x'.repeat(200_000));
const STOP_MS = 5_000;

/** Processes that come and go, and everything they must hold to. */
export class World {
  readonly bench: Bench;
  readonly #setting: Setting;
  readonly #fates = new Map<string, Fate>();
  readonly #pasts = new Map<string, Past>();
  #processes: Process[] = [];
  readonly #dead = new Set<MortalStore>();
  /** Letters that an operator has acted on, by their event. */
  readonly #replayed = new Set<string>();
  readonly #random: () => number;
  /** How often a handler was, or may have been, cut off from the store: an attempt on record then counts. */
  #ends = 0;
  readonly #violations: string[] = [];
  #isOut = false;
  isMended = false;
  isCalm = false;

  constructor(bench: Bench, chosen: Setting) {
    this.bench = bench;
    this.#setting = chosen.hasOwnOrder ? { ...chosen, partitions: 1 } : chosen;
    this.#random = randomOf(chosen.seed);
    // A store that is so slow lets leases expire.
    if (chosen.failPercent > 0 || chosen.slowMs > 1_000) this.#ends += 1;
  }

  async take(next: Step): Promise<void> {
    if (next.kind === 'publish') await this.#publish(next.specimens);
    else if (next.kind === 'flood')
      await this.bench.publish(...Array.from({ length: next.count }, () => this.#event({})));
    else if (next.kind === 'wait') await this.#pass(next.ms);
    else if (next.kind === 'start') await this.start();
    else if (next.kind === 'kill') this.#kill(this.#processes.at(-1)?.mortal);
    else if (next.kind === 'sleep') this.#sleep();
    else if (next.kind === 'wake') this.#wakeAll();
    else if (next.kind === 'steal') await this.#steal();
    else if (next.kind === 'outage') this.#isOut = !this.#isOut;
    else if (next.kind === 'replay' || next.kind === 'discard') await this.#act(next.kind, next.letter);
    else await this.#stop();
    await this.check();
  }

  async start(): Promise<void> {
    if (this.#processes.length > 3) return;
    const own = mortal(await this.bench.handle(), this.#weather());
    let isOver = false;
    const starting = this.bench.deliver(this.#subscription(own), { store: own.store }).then(
      (deliveries) => {
        if (!this.#dead.has(own)) this.#processes.push({ deliveries, mortal: own });
      },
      () => own.kill(),
    );
    void starting.then(() => {
      isOver = true;
    });
    await this.#advanceUntil(() => isOver || this.#dead.has(own), 10, 'a start');
  }

  /** Everything that is accounted for has its effect, is held, or has a letter; nothing has two effects. */
  async check(): Promise<void> {
    expect(this.#violations).toEqual([]);
    const { leases, held, buried, effects, entries } = await this.#snapshot();
    for (const entry of entries) {
      const key = this.#orderOf(entry);
      const number = partitionOf(keyHashOf(key), this.#setting.partitions);
      const lease = leases.find(({ partition }) => partition === number);
      const isAccounted =
        lease !== undefined && (entry.position <= lease.low || lease.ahead.includes(entry.position));
      const row = held.get(key);
      const isHeld = row !== undefined && row.first <= entry.position && entry.position <= row.last;
      const count = effects.get(entry.id) ?? 0;
      expect(count, 'effects of one event').toBeLessThanOrEqual(1);
      if (isAccounted && !isHeld && !buried.has(entry.id)) expect(count, 'a place before the effect').toBe(1);
      if (!isAccounted || isHeld) expect(count, 'an effect before the place').toBe(0);
    }
  }

  /** In the end every event is done, dead, or held behind one that is dead. */
  async end(): Promise<void> {
    this.isCalm = true;
    this.#isOut = false;
    this.#wakeAll();
    await this.start();
    await this.#settle();
    await this.check();
    const { held, buried, effects, entries } = await this.#snapshot();
    for (const entry of entries) {
      const state = buried.get(entry.id);
      const row = held.get(this.#orderOf(entry));
      const isBehind = row?.state === 'dead' && row.first < entry.position && entry.position <= row.last;
      const isHeldBack = this.#setting.onDead === 'hold' && isBehind;
      const isDead = state === 'dead' || state === 'discarded';
      const states = [effects.get(entry.id) === 1, isDead, isHeldBack && state === undefined];
      expect(states.filter(Boolean), 'one state').toHaveLength(1);
      if (this.#fates.get(entry.id)?.isBad === true) expect(isDead || isHeldBack).toBe(true);
    }
    await this.#replayAll();
    this.#checkOrder();
    while (this.#processes.length > 0) await this.#stop();
  }

  /** Time passes in steps, in each of which many deliveries may follow one another. */
  async #pass(ms: number): Promise<void> {
    const stepMs = ms < 100 ? 10 : 500;
    for (let passed = 0; passed < ms; passed += stepMs) {
      await this.bench.clock.advance(Math.min(stepMs, ms - passed));
      await settled(4);
    }
  }

  async #advanceUntil(holds: () => boolean, stepMs: number, what: string): Promise<void> {
    for (let steps = 0; !holds(); steps += 1) {
      if (steps > 10_000) throw new Error(`Expected ${what} to end.`);
      await this.bench.clock.advance(stepMs);
    }
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

  /** Also before its start has come to its end. */
  #kill(own: MortalStore | undefined): void {
    if (own === undefined) return;
    this.#ends += 1;
    this.#dead.add(own);
    own.kill();
    this.#processes = this.#processes.filter((process) => process.mortal !== own);
  }

  #sleep(): void {
    this.#ends += 1;
    this.#processes.at(-1)?.mortal.sleep();
  }

  #wakeAll(): void {
    for (const { mortal: own } of this.#processes) own.wake();
  }

  /** Some leases are out of time, though their holders go on. */
  async #steal(): Promise<void> {
    this.#ends += 1;
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

  /** Everything as it is at one moment, between two transactions. */
  #snapshot() {
    const { log } = this.bench;
    return log.exclusively(() => ({
      leases: [...log.deliveries.leases.values()],
      held: new Map([...log.deliveries.held.values()].map((row) => [row.orderKey, row])),
      buried: new Map(
        [...log.deliveries.letters.values()].map(({ envelope, state }) => [envelope.id, state]),
      ),
      effects: new Map(log.table('effects').entries() as Iterable<[string, number]>),
      entries: [...log.entries],
    }));
  }

  async #replayAll(): Promise<void> {
    this.isMended = true;
    for (let round = 0; round < 200; round += 1) {
      const dead = await this.bench.store.deadLetters.list({}, { limit: 1_000 });
      if (dead.length === 0) break;
      for (const { id } of dead) await this.bench.store.deadLetters.change(id, 'dead', 'replaying');
      await this.#settle();
    }
    await this.check();
    const { buried, effects, entries } = await this.#snapshot();
    for (const { id } of entries) {
      const expected = buried.get(id) === 'discarded' ? 0 : 1;
      expect(effects.get(id) ?? 0, 'mended and replayed').toBe(expected);
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

  #event(parts: Parameters<typeof anEvent>[0]) {
    return anEvent({ ...parts, ...(this.#setting.isLarge ? { payload: LARGE } : {}) });
  }

  async #publish(specimens: readonly Specimen[]): Promise<void> {
    if (specimens.length === 0) return;
    const events = specimens.map(({ key, priority }) =>
      this.#event({ ...(key === 0 ? {} : { key: `k${key}` }), priority }),
    );
    for (const [index, { id }] of events.entries()) this.#fates.set(id, specimens[index] as Fate);
    await this.bench.publish(...events);
  }

  async #stop(): Promise<void> {
    this.#wakeAll();
    const process = this.#processes.pop();
    if (process === undefined) return;
    const from = this.bench.clock.now();
    const stopped = process.deliveries.stop({ timeoutMs: STOP_MS });
    let isStopped = false;
    void stopped.then(() => {
      isStopped = true;
    });
    await this.#advanceUntil(() => isStopped || this.#dead.has(process.mortal), 100, 'a stop');
    if (this.bench.clock.now() - from >= STOP_MS) this.#ends += 1;
  }

  /** Until nothing is left to be done but what waits for an operator. */
  async #settle(): Promise<void> {
    for (let round = 0; round < 1_500; round += 1) {
      await this.#pass(1_000);
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

  /** What is published here is of no stream. */
  #orderOf({ key, id }: { readonly key: string | undefined; readonly id: string }): string {
    if (!this.#setting.hasOwnOrder) return key ?? id;
    return key === undefined ? 'without a key' : `pair ${Number(key.slice(1)) % 2}`;
  }

  #subscription(own: MortalStore): DurableSubscription {
    const { onDead, partitions, batch, concurrency, hasOwnOrder } = this.#setting;
    return subscription((deliveries) => this.#handle(deliveries, own), {
      ...{ onDead, partitions, batch },
      ...(hasOwnOrder ? { orderKey: (entry) => this.#orderOf(entry) } : {}),
      concurrency: batch === undefined ? concurrency : 1,
      decide: (_, attempt) =>
        attempt >= 8 ? { kind: 'deadLetter' } : { kind: 'retry', afterMs: 100 * attempt },
    });
  }

  async #handle(deliveries: readonly DeliveryAttempt[], own: MortalStore): Promise<Work | undefined> {
    for (const { event, attempt } of deliveries) this.#count(event.id, attempt);
    for (const { event } of deliveries) {
      const fate = this.#fates.get(event.id);
      if (fate !== undefined && !this.isMended) await this.#befall(event.id, fate, own);
    }
    return { writes: [async (tx) => this.#write(tx as MemoryTransaction, deliveries)], appends: [] };
  }

  /** Where nothing was cut off, no attempt is counted that was not made. */
  #count(id: string, attempt: number): void {
    const past = this.#pastOf(id);
    past.calls += 1;
    if (this.#ends === 0 && attempt > past.calls)
      this.#violations.push(`attempt ${attempt} at call ${past.calls}`);
  }

  async #befall(id: string, fate: Fate, own: MortalStore): Promise<void> {
    const past = this.#pastOf(id);
    if (fate.ms > 0) await new Promise<void>((resolve) => this.bench.clock.after(fate.ms, resolve));
    if (fate.kills && !this.isCalm) {
      this.#kill(own);
      await new Promise(() => undefined);
    }
    if (this.#isOut || past.outages < fate.outages) {
      past.outages += 1;
      throw failure('MORTAR_CIRCUIT_OPEN');
    }
    past.failures += 1;
    if (fate.isBad || past.failures <= fate.failures) throw new Error('not yet');
  }

  #pastOf(id: string): Past {
    const past = this.#pasts.get(id) ?? { calls: 0, outages: 0, failures: 0, refusals: 0 };
    this.#pasts.set(id, past);
    return past;
  }

  #refuse(id: string): void {
    const past = this.#pastOf(id);
    const refusals = this.#fates.get(id)?.refusals ?? 0;
    if (this.isMended || past.refusals >= refusals) return;
    past.refusals += 1;
    throw new Error('refused');
  }

  async #write(tx: MemoryTransaction, deliveries: readonly DeliveryAttempt[]): Promise<void> {
    for (const { event } of deliveries) {
      this.#refuse(event.id);
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

function failure(
  code: 'MORTAR_STORE_UNAVAILABLE' | 'MORTAR_COMMIT_UNKNOWN' | 'MORTAR_CIRCUIT_OPEN',
): MortarError {
  return new MortarError(code, { rule: 'What is needed answers.', expected: 'an answer', got: 'none' });
}
