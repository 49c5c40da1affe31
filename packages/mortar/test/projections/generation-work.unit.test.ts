import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { event } from '../../src/contracts/index.js';
import { Deliveries, type OpenStore, pulseClock } from '../../src/delivery/index.js';
import { silentLogger } from '../../src/logging/index.js';
import { MemoryLog, memory } from '../../src/memory/index.js';
import { GenerationWork } from '../../src/projections/generations/generation-work.js';
import { placeOf, projection, runOf } from '../../src/projections/index.js';
import { mortal, type Weather } from '../delivery/processing/mortal-store.js';

const Counted = event('desk.counted', { data: z.object({ by: z.number() }) });
const sums = projection('sums', {
  events: [Counted],
  initialState: () => ({ sum: 0 }),
  key: () => 'all',
  on: { 'desk.counted': ({ sum }, { data }) => ({ sum: sum + data.by }) },
});

let log: MemoryLog;
const running: Deliveries[] = [];
beforeEach(() => {
  log = new MemoryLog();
});
afterEach(async () => {
  for (const deliveries of running.splice(0)) await deliveries.stop();
  await log.close();
});

/** Works at the only generation of a projection, in a process whose store has such weather. */
async function working(
  weather: Weather,
): Promise<{ work: GenerationWork; deliveries: Deliveries; sound: OpenStore }> {
  const sound = await memory({ log }).open({ logger: silentLogger });
  const { store } = mortal(sound, weather);
  const deliveries = new Deliveries({ store, subscriptions: [] });
  running.push(deliveries);
  await deliveries.start();
  const generation = await sound.projections.begin('desk/sums', sums.fingerprint);
  const work = new GenerationWork({
    generation,
    projection: sums,
    run: runOf(sums, { ...placeOf('desk', sums, generation.number), ...store }),
    store,
    deliveries,
    leaseTtlMs: 60_000,
    pageEvents: 100,
    pulse: pulseClock,
    logger: silentLogger,
    isPaused: () => false,
    reachedEnd: async () => 'handOver',
  });
  return { work, deliveries, sound };
}

it.each([
  ['register', 2],
  ['renew', 1],
])(
  'work that is stopped while its delivery begins, at %s, leaves no delivery and no lease',
  async (method, nth) => {
    let calls = 0;
    let stopping: Promise<void> | undefined;
    const { work, deliveries, sound } = await working({
      before: (called, [subject]) => {
        const isOfNothing = Array.isArray(subject) && subject.length === 0;
        if (called !== method || isOfNothing) return;
        calls += 1;
        if (calls === nth) stopping = work.stop();
      },
    });
    await vi.waitFor(() => expect(stopping).toBeDefined());
    await stopping;
    expect(work.activity).toBe('ended');
    expect((await deliveries.status()).subscriptions).toEqual([]);
    expect((await sound.deliveries.checkpoints()).map(({ isLeased }) => isLeased)).toEqual([false]);
  },
);
