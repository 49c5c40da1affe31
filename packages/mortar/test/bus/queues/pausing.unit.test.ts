import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createMessageBus, type MessageBus } from '../../../src/bus/index.js';
import { event } from '../../../src/contracts/index.js';
import { MortarError } from '../../../src/errors/index.js';
import { MemoryDeadLetterStore } from '../../../src/memory/index.js';
import { settled, VirtualClock } from '../../support/virtual-clock.js';

const Rung = event('bell.rung', { data: z.object({ at: z.number() }) });
const Heard = event('bell.heard', { data: z.object({ at: z.number() }) });

/** A bus whose bell is heard, and the times at which it was. */
function bell(options: Parameters<typeof createMessageBus>[0] = {}): readonly [MessageBus, number[]] {
  const heard: number[] = [];
  const bus = createMessageBus(options);
  bus.events.subscribe(Rung, ({ data, publish }) => void publish(Heard, data));
  bus.events.subscribe(Heard, { name: 'ear' }, ({ data }) => void heard.push(data.at));
  return [bus, heard];
}

const reason = new MortarError('MORTAR_APP_STATE', { rule: 'A test.', expected: 'a', got: 'b' });

describe('a paused bus', () => {
  it('holds back what is enqueued and what handlers publish, and goes on in order', async () => {
    const [bus, heard] = bell();
    bus.events.pause();
    await bus.events.enqueue(Rung, { at: 1 });
    await bus.events.deliver(Rung, { at: 2 });
    await settled();
    expect(heard).toEqual([]);
    bus.events.resume();
    await bus.events.idle();
    expect(heard).toEqual([2, 1]);
    await bus.stop();
  });

  it('holds no sender back: what it has no room for is refused', async () => {
    const [bus, heard] = bell({ queue: { maxSize: 2 } });
    bus.events.pause();
    for (const at of [1, 2, 3, 4]) await bus.events.enqueue(Heard, { at });
    await expect(bus.events.enqueue(Heard, { at: 5 })).rejects.toMatchObject({ code: 'MORTAR_QUEUE_FULL' });
    bus.events.resume();
    await bus.events.idle();
    expect(heard).toEqual([1, 2, 3, 4]);
    await bus.stop();
  });

  it('gives up what waits as dead letters when it is asked to', async () => {
    const deadLetters = new MemoryDeadLetterStore();
    const [bus, heard] = bell({ deadLetters });
    bus.events.pause();
    await bus.events.enqueue(Heard, { at: 1 });
    await bus.events.giveUpWaiting(reason);
    bus.events.resume();
    await bus.events.idle();
    expect(heard).toEqual([]);
    const [letter] = await deadLetters.list({});
    expect(letter).toMatchObject({ subscription: 'ear', reason: 'stopped' });
    await bus.events.enqueue(Heard, { at: 2 });
    await bus.events.idle();
    expect(heard).toEqual([2]);
    await bus.stop();
  });

  it('that is stopped gives up what waits when the time is up', async () => {
    const clock = new VirtualClock();
    const deadLetters = new MemoryDeadLetterStore();
    const [bus, heard] = bell({ deadLetters, clock });
    bus.events.pause();
    await bus.events.enqueue(Heard, { at: 1 });
    const stopped = bus.stop({ timeoutMs: 100 });
    await clock.advance(100);
    expect(await stopped).toMatchObject({ isDrained: false, givenUp: 1 });
    expect(heard).toEqual([]);
    expect(await deadLetters.list({})).toHaveLength(1);
  });

  it('may be paused and resumed at any time', async () => {
    const [bus, heard] = bell();
    bus.events.resume();
    bus.events.pause();
    bus.events.pause();
    await bus.events.enqueue(Heard, { at: 1 });
    bus.events.resume();
    bus.events.resume();
    await bus.events.idle();
    expect(heard).toEqual([1]);
    await bus.stop();
  });
});
