import { expect } from 'vitest';
import { z } from 'zod';
import { createEnvelope, event } from '../../../src/contracts/index.js';
import { Deliveries, type OpenStore } from '../../../src/delivery/index.js';
import { MortarError } from '../../../src/errors/index.js';
import {
  type EventStore,
  encodeEvent,
  type LogEntry,
  type LogRange,
} from '../../../src/event-store/index.js';
import { silentLogger } from '../../../src/logging/index.js';
import { MemoryLog, memory } from '../../../src/memory/index.js';
import { type FollowingProjection, Generations } from '../../../src/projections/generations/generations.js';
import { GenerationOperations } from '../../../src/projections/generations/projection-operations.js';
import { type Projection, placeOf, projection, runOf } from '../../../src/projections/index.js';
import { type Generation, subscriptionOf } from '../../../src/read-models/index.js';
import { type MortalStore, mortal, type Weather } from '../../delivery/processing/mortal-store.js';
import { randomOf } from '../../support/random.js';
import { settled, VirtualClock } from '../../support/virtual-clock.js';
import type { Action, Setting, Step } from './steps.js';

interface Process {
  readonly own: MortalStore;
  readonly deliveries: Deliveries;
  readonly generations: Generations;
  readonly operations: GenerationOperations;
}

const Added = event('desk.added', { data: z.object({ key: z.string(), number: z.number() }) });
/** Several, so that what one does comes in between what another one does. */
const NAMES = ['ones', 'twos', 'threes', 'fours'];
const MOST_PROCESSES = 3;
const ALL = 10_000;
const END_MS = 60_000;

/** Lists for each key which of its events it has seen. */
function lists(name: string, code: number): Projection {
  return projection(name, {
    events: [Added],
    initialState: (): number[] => [],
    key: ({ data }) => data.key,
    on: { 'desk.added': (numbers, { data }) => [...numbers, data.number] },
    version: code,
    fingerprint: 'declared',
  });
}

/** Processes of two states of the code, which keep read models up to date, and what these must be whatever befalls them. */
export class World {
  readonly #setting: Setting;
  readonly #clock: VirtualClock;
  readonly #log: MemoryLog;
  /** The store as nothing befalls it. */
  readonly #sound: OpenStore;
  readonly #random: () => number;
  /** How many events there are of a key. */
  readonly #counts = new Map<string, number>();
  #processes: Process[] = [];
  #isCalm = false;

  private constructor(setting: Setting, clock: VirtualClock, log: MemoryLog, sound: OpenStore) {
    this.#setting = setting;
    this.#clock = clock;
    this.#log = log;
    this.#sound = sound;
    this.#random = randomOf(setting.seed);
  }

  static async open(setting: Setting): Promise<World> {
    const clock = new VirtualClock();
    const log = new MemoryLog({ clock });
    return new World(setting, clock, log, await memory({ log }).open({ logger: silentLogger }));
  }

  async take(step: Step): Promise<void> {
    if (step.kind === 'trickle') await this.#trickle(step);
    else if (step.kind === 'wait') await this.#pass(step.ms);
    else if (step.kind === 'start') await this.#start(step.code);
    else if (step.kind === 'kill') kill(this.#processes.pop());
    else if (step.kind === 'sleep') this.#processes.at(-1)?.own.sleep();
    else if (step.kind === 'wake') for (const { own } of this.#processes) own.wake();
    else if (step.kind === 'steal') await this.#steal();
    else if (step.kind === 'stop') await this.#stop();
    else if (step.kind === 'operate') this.#operate(step);
    else await this.look();
  }

  /** What is kept is what the checkpoint has passed, in order. How far a key is that is held, nobody knows here. */
  async look(): Promise<void> {
    for (const process of this.#processes.splice(0)) kill(process);
    await settled(4);
    const { entries } = await this.#sound.events.readAll({ limit: ALL });
    for (const one of await this.#sound.projections.generations()) {
      const subscription = subscriptionOf(one);
      const [checkpoint] = await this.#sound.deliveries.checkpoints(subscription);
      if (checkpoint === undefined || checkpoint.heldKeys > 0) continue;
      const beyond = new Set(checkpoint.ahead);
      const passed = entries.filter(({ position }) => position <= checkpoint.low || beyond.has(position));
      const kept = await this.#keptBy(one);
      if (kept !== undefined) expect(kept, `${subscription}, ${one.state}`).toEqual(folded(passed));
    }
  }

  /** In the end both states of the code have taken care of all that is theirs. */
  async end(): Promise<void> {
    await this.look();
    this.#isCalm = true;
    for (const code of [1, 2]) await this.#start(code);
    for (const name of NAMES) this.#operate({ action: 'resume', who: 0 }, name);
    await this.#pass(END_MS);
    await this.look();
    await this.#checkProgress();
    await this.#log.close();
  }

  /** What is read has come to the end of the log, but for keys behind an event that is said to have ended processes. */
  async #checkProgress(): Promise<void> {
    const { deliveries, events, projections } = this.#sound;
    const head = await events.head();
    for (const one of await projections.generations()) {
      if (one.state !== 'active') continue;
      const subscription = subscriptionOf(one);
      const [checkpoint] = await deliveries.checkpoints(subscription);
      expect(checkpoint?.low, subscription).toBe(head);
      const held = await deliveries.heldKeys(subscription, [0]);
      expect(held.filter(({ state }) => state !== 'dead')).toEqual([]);
    }
  }

  /** Nothing of one that has no place yet. */
  async #keptBy(one: Generation): Promise<Readonly<Record<string, string>> | undefined> {
    const { documents } = this.#sound;
    const name = subscriptionOf(one);
    if (!(await documents.collections()).some((collection) => collection.name === name)) return undefined;
    const found = await documents.find(name, { tenant: '', where: [], order: [], limit: 1_000 });
    return Object.fromEntries(found.map(({ key, body }) => [key, body]));
  }

  /** One whose store does not answer does not come up. */
  async #start(code: number): Promise<void> {
    if (this.#processes.length >= MOST_PROCESSES) return;
    const own = mortal(await memory({ log: this.#log }).open({ logger: silentLogger }), this.#weather());
    await this.#advanceUntilOver(this.#begin(code, own).catch(() => own.kill()));
  }

  async #begin(code: number, own: MortalStore): Promise<void> {
    const store = { ...own.store, events: inPages(own.store.events, this.#setting.pageEvents) };
    const clock = this.#clock;
    const deliveries = new Deliveries({ store, subscriptions: [], clock, pulse: clock });
    const generations = new Generations({
      store,
      deliveries,
      projections: NAMES.map((name) => followed(lists(name, code), store)),
      pulse: clock,
      logger: silentLogger,
      pageEvents: this.#setting.pageEvents,
    });
    const operations = new GenerationOperations({ store, generations, live: [], clock });
    await generations.prepare();
    await deliveries.start();
    await generations.start();
    this.#processes.push({ own, deliveries, generations, operations });
  }

  async #stop(): Promise<void> {
    const process = this.#processes.pop();
    if (process === undefined) return;
    process.own.wake();
    const stopping = process.generations.stop().then(() => process.deliveries.stop({ timeoutMs: 2_000 }));
    await this.#advanceUntilOver(stopping.catch(() => undefined));
    kill(process);
  }

  #weather(): Weather {
    const { slowMs, failPercent, robPercent } = this.#setting;
    const happens = (percent: number): boolean => !this.#isCalm && this.#random() * 100 < percent;
    const pass = async (): Promise<void> => {
      const ms = Math.floor(this.#random() * slowMs);
      if (ms > 0) await new Promise<void>((resolve) => this.#clock.after(ms, resolve));
    };
    return {
      before: async () => {
        await pass();
        if (happens(failPercent)) throw noAnswer();
      },
      after: async (method) => {
        if (method === 'renew' && happens(robPercent)) await this.#steal();
        await pass();
      },
    };
  }

  async #steal(): Promise<void> {
    const { leases } = this.#log.deliveries;
    await this.#log.atomically(() => {
      for (const [name, lease] of [...leases.entries()]) leases.set(name, { ...lease, expiresAt: 0 });
    });
  }

  /** What is asked for may not fit how the read model stands. */
  #operate({ action, who }: { readonly action: Action; readonly who: number }, name = 'ones'): void {
    const process = this.#processes[who % Math.max(1, this.#processes.length)];
    process?.operations[action](`desk/${name}`).catch(() => undefined);
  }

  async #trickle({ count, everyMs, keys }: Extract<Step, { kind: 'trickle' }>): Promise<void> {
    for (let place = 0; place < count; place += 1) {
      const key = `k${place % keys}`;
      const number = (this.#counts.get(key) ?? 0) + 1;
      this.#counts.set(key, number);
      const added = encodeEvent(createEnvelope(Added, { key, number }));
      await this.#sound.events.append([{ events: [added] }]);
      if (everyMs > 0) await this.#clock.advance(everyMs);
      else await settled(1);
    }
  }

  async #pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 20) await this.#clock.advance(20);
  }

  /** One that was killed never ends. */
  async #advanceUntilOver(work: Promise<void>): Promise<void> {
    let isOver = false;
    void work.then(() => {
      isOver = true;
    });
    for (let steps = 0; !isOver && steps < 20_000; steps += 1) await this.#clock.advance(5);
  }
}

function followed(one: Projection, store: OpenStore): FollowingProjection {
  return {
    name: `desk/${one.name}`,
    projection: one,
    runOf: (number) => runOf(one, { ...placeOf('desk', one, number), ...store }),
  };
}

function kill(process: Process | undefined): void {
  process?.own.kill();
  process?.own.wake();
}

function folded(entries: readonly LogEntry[]): Readonly<Record<string, string>> {
  const all = new Map<string, number[]>();
  for (const { payload } of entries) {
    const { key, number } = JSON.parse(payload) as { key: string; number: number };
    all.set(key, [...(all.get(key) ?? []), number]);
  }
  return Object.fromEntries([...all].map(([key, numbers]) => [key, JSON.stringify(numbers)]));
}

/** Nobody gets more entries of the log at once than so many. */
function inPages(events: EventStore, most: number): EventStore {
  return new Proxy(events, {
    get: (_, name) =>
      name === 'readAll'
        ? (range: LogRange = {}) => events.readAll({ ...range, limit: Math.min(range.limit ?? most, most) })
        : Reflect.get(events, name),
  });
}

function noAnswer(): MortarError {
  return new MortarError('MORTAR_STORE_UNAVAILABLE', {
    rule: 'A store answers.',
    expected: 'an answer',
    got: 'none',
  });
}
