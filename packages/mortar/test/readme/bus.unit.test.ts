import { expect, test } from 'vitest';
import { z } from 'zod';
import { createEventBus } from '../../src/bus/index.js';
import { event } from '../../src/contracts/index.js';

const SensorRead = event('plant.sensor-read', {
  data: z.object({ sensor: z.string(), celsius: z.number() }),
  key: (data) => data.sensor,
});

function store(_readings: readonly unknown[]): void {}

test('the bus on its own', async () => {
  const alarms: string[] = [];
  // #region readme
  // import { createEventBus } from 'mortar/bus';
  const bus = createEventBus({ concurrency: 64, queue: { maxSize: 10_000, whenFull: 'wait' } });

  bus.subscribe(SensorRead, ({ data }) => {
    if (data.celsius > 90) alarms.push(data.sensor);
  });
  bus.subscribe(SensorRead, { name: 'archive', batch: { size: 500, withinMs: 20 } }, (batch) => {
    store(batch.map(({ data }) => data));
  });
  const everything = bus.subscribe('plant.*', ({ type, logger }) => logger.debug(type));

  const hot = bus.waitFor(SensorRead, { where: ({ data }) => data.celsius > 90, timeoutMs: 1_000 });
  await bus.enqueue(SensorRead, { sensor: 'boiler', celsius: 95 }, { priority: 'critical' });
  const { data } = await hot;
  const outcomes = await bus.deliver(SensorRead, { sensor: 'tank', celsius: 20 }); // one for each handler

  everything[Symbol.dispose](); // or: using everything = bus.subscribe(…)
  await bus.stop({ timeoutMs: 5_000 }); // accepts nothing more, finishes what it has
  // #endregion
  expect(data.sensor).toBe('boiler');
  expect(alarms).toEqual(['boiler']);
  expect(outcomes.map(({ status }) => status)).toEqual(['handled', 'handled', 'handled']);
});
