import { expect, it } from 'vitest';
import { z } from 'zod';
import { createApp, defineModule, event, port } from '../../src/index.js';
import { silentLogger } from '../../src/logging/logger.js';
import { memoryTransport } from '../../src/ports/index.js';
import { rejectionOf } from '../delivery/letters.js';

const Detector = port('anomaly.detector', {
  detect: {
    data: z.object({ values: z.array(z.number()) }),
    result: z.object({ worst: z.number(), askedBy: z.string() }),
    timeoutMs: 1_000,
  },
  reset: { data: z.object({}), permission: 'anomaly:reset' },
});
const Checked = event('quality.checked', { data: z.object({ worst: z.number() }) });

const anomaly = defineModule('anomaly', (module) => {
  module.implement(Detector, {
    detect: ({ data, envelope }) => ({
      worst: Math.max(...data.values),
      askedBy: `${envelope.actor} of ${envelope.tenant}`,
    }),
    reset: () => undefined,
  });
});

/** A module that calls the detector for whoever publishes. */
function quality(told: string[]) {
  return defineModule('quality', (module) => {
    module.on(Checked, [Detector], async ({ data }, detector) => {
      const { askedBy, worst } = await detector.detect({ values: [data.worst, 1] });
      told.push(`${worst} for ${askedBy}`);
    });
  });
}

function latch(): readonly [promise: Promise<void>, open: () => void] {
  let open = (): void => {};
  const promise = new Promise<void>((resolve) => {
    open = resolve;
  });
  return [promise, open];
}

it('a module of one app calls a port that another app implements, for the actor who asked', async () => {
  const transport = memoryTransport();
  const told: string[] = [];
  const options = { transport, authorize: () => false, logger: silentLogger };
  const provider = await createApp({ modules: [anomaly], ...options });
  const consumer = await createApp({ modules: [quality(told)], ...options });
  await provider.start();
  await consumer.start();
  await consumer
    .as({ actor: 'user:ada', tenant: 'acme' })
    .publish(Checked, { worst: 7 }, { wait: 'handled' });
  expect(told).toEqual(['7 for user:ada of acme']);
  expect((await rejectionOf(consumer.locate(Detector).reset({}))).code).toBe('MORTAR_PERMISSION_DENIED');
  expect(consumer.stats().ports.map(({ method, consumer: caller }) => [method, caller])).toEqual([
    ['detect', 'quality'],
    ['reset', undefined],
  ]);
  await provider.stop();
  expect((await rejectionOf(consumer.locate(Detector).detect({ values: [1] }))).code).toBe(
    'MORTAR_PORT_UNREACHABLE',
  );
  await consumer.stop();
  await transport.close();
});

it('an app that stops answers the calls under way and takes no more', async () => {
  const transport = memoryTransport();
  const [isIn, enter] = latch();
  const [gate, open] = latch();
  const slow = defineModule('anomaly', (module) => {
    module.implement(Detector, {
      detect: async () => {
        enter();
        await gate;
        return { worst: 1, askedBy: 'nobody' };
      },
      reset: () => undefined,
    });
  });
  const options = { transport, authorize: () => true, logger: silentLogger };
  const provider = await createApp({ modules: [slow], ...options });
  const consumer = await createApp({ modules: [], ...options });
  await provider.start();
  await consumer.start();
  const detector = consumer.locate(Detector);
  const first = detector.detect({ values: [1] });
  await isIn;
  const stopped = provider.stop();
  const late = rejectionOf(detector.detect({ values: [2] }));
  open();
  expect(await first).toEqual({ worst: 1, askedBy: 'nobody' });
  expect((await late).category).toBe('unavailable');
  await stopped;
  await consumer.stop();
  await transport.close();
});
