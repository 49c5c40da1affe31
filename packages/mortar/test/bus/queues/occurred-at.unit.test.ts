import { expect, it } from 'vitest';
import { z } from 'zod';
import { createMessageBus } from '../../../src/bus/index.js';
import { event } from '../../../src/contracts/index.js';
import { VirtualClock } from '../../support/virtual-clock.js';

const Rung = event('clock.rung', { data: z.object({}) });
const Heard = event('clock.heard', { data: z.object({}) });

it('an event occurs at the time of the bus’s clock, unless it says when', async () => {
  const clock = VirtualClock.at('2026-03-01T12:00:00Z');
  const bus = createMessageBus({ clock });
  const times: string[] = [];
  bus.events.subscribe(Rung, ({ publish }) => void publish(Heard, {}));
  bus.events.subscribe([Rung, Heard], { name: 'times' }, ({ type, envelope }) => {
    times.push(`${type} ${new Date(envelope.occurredAt).toISOString()}`);
  });
  await bus.events.deliver(Rung, {});
  await clock.advance(60_000);
  await bus.events.enqueue(Rung, {});
  await bus.events.idle();
  await bus.events.deliver(Rung, {}, { occurredAt: 0 });
  await bus.events.idle();
  expect(times).toEqual([
    'clock.rung 2026-03-01T12:00:00.000Z',
    'clock.heard 2026-03-01T12:00:00.000Z',
    'clock.rung 2026-03-01T12:01:00.000Z',
    'clock.heard 2026-03-01T12:01:00.000Z',
    'clock.rung 1970-01-01T00:00:00.000Z',
    'clock.heard 2026-03-01T12:01:00.000Z',
  ]);
  await bus.stop();
});

it('and at the time of the machine where no clock is given', async () => {
  const bus = createMessageBus();
  const before = Date.now();
  const { promise, subscribe } = firstTime();
  subscribe(bus);
  await bus.events.deliver(Rung, {});
  const occurredAt = await promise;
  expect(occurredAt).toBeGreaterThanOrEqual(before);
  expect(occurredAt).toBeLessThanOrEqual(Date.now());
});

function firstTime() {
  let tell = (_: number): void => {};
  const promise = new Promise<number>((resolve) => {
    tell = resolve;
  });
  const subscribe = (bus: ReturnType<typeof createMessageBus>) =>
    bus.events.subscribe(Rung, ({ envelope }) => tell(envelope.occurredAt));
  return { promise, subscribe };
}
