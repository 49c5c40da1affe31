import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { createEventBus } from '../../../src/bus/index.js';
import { event } from '../../../src/contracts/index.js';

const Moved = event('ship.moved', {
  data: z.object({ ship: z.string(), step: z.number() }),
  key: (data) => data.ship,
});

describe('the order of a key, over all verbs', () => {
  test('deliver does not overtake what was enqueued before', async () => {
    const bus = createEventBus();
    const steps: string[] = [];
    bus.subscribe(Moved, ({ data }) => {
      steps.push(`${data.ship}${data.step}`);
    });
    bus.enqueue(Moved, { ship: 'a', step: 1 });
    bus.enqueue(Moved, { ship: 'a', step: 2 }, { priority: 'low' });
    const last = bus.deliver(Moved, { ship: 'a', step: 3 });
    const other = bus.deliver(Moved, { ship: 'b', step: 1 });
    expect(steps).toEqual(['b1']);
    expect((await last).map(({ status }) => status)).toEqual(['handled']);
    await other;
    expect(steps).toEqual(['b1', 'a1', 'a2', 'a3']);
  });

  test('deliver does not overtake what waits at the door', async () => {
    const bus = createEventBus({ queue: { maxSize: 1 } });
    const steps: number[] = [];
    bus.subscribe(Moved, ({ data }) => {
      steps.push(data.step);
    });
    bus.enqueue(Moved, { ship: 'b', step: 0 });
    bus.enqueue(Moved, { ship: 'a', step: 1 });
    await bus.deliver(Moved, { ship: 'a', step: 2 }).catch(() => steps.push(-1));
    await bus.idle();
    expect(steps.filter((step) => step > 0)).toEqual([1]);
    expect(steps).toContain(-1);
  });

  test('deliver does not overtake what a handler has published', async () => {
    const bus = createEventBus();
    const steps: number[] = [];
    bus.subscribe(Moved, async ({ data, publish }) => {
      steps.push(data.step);
      if (data.step === 1) await publish(Moved, { ship: 'a', step: 2 });
    });
    await bus.deliver(Moved, { ship: 'a', step: 1 });
    await bus.deliver(Moved, { ship: 'a', step: 3 });
    expect(steps).toEqual([1, 2, 3]);
  });

  test('deliverSync refuses where an earlier event of the key is still being handled', async () => {
    const bus = createEventBus();
    const steps: number[] = [];
    let release = (): void => undefined;
    bus.subscribe(Moved, ({ data }) => {
      steps.push(data.step);
      return data.step === 1 ? new Promise<void>((free) => (release = free)) : undefined;
    });
    const first = bus.deliver(Moved, { ship: 'a', step: 1 });
    const [refused] = bus.deliverSync(Moved, { ship: 'a', step: 2 });
    expect(refused).toMatchObject({ error: { code: 'MORTAR_HANDLER_ASYNC' } });
    release();
    await first;
    expect(steps).toEqual([1]);
  });

  test('deliverInTurn goes by priority and answers with the outcomes', async () => {
    const bus = createEventBus({ concurrency: 1 });
    const steps: number[] = [];
    bus.subscribe(Moved, ({ data }) => {
      steps.push(data.step);
    });
    const low = bus.deliverInTurn(Moved, { ship: 'a', step: 1 }, { priority: 'low' });
    const critical = bus.deliverInTurn(Moved, { ship: 'b', step: 2 }, { priority: 'critical' });
    expect((await Promise.all([low, critical])).flat().map(({ status }) => status)).toEqual([
      'handled',
      'handled',
    ]);
    expect(steps).toEqual([2, 1]);
  });
});
