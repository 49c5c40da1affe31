import { describe, expect, test } from 'vitest';
import { createEventBus, type Outcome, type RetryPolicy } from '../../../src/bus/index.js';
import { MortarError } from '../../../src/errors/index.js';
import { silentLogger } from '../../../src/logging/logger.js';
import { MemoryDeadLetterStore } from '../../../src/memory/index.js';
import { errorOf, Latch, LetterSent, Lost, lettersOf, Posted, Sorted, upTo } from '../../support/parcels.js';
import { VirtualClock } from '../../support/virtual-clock.js';

const fixed = { kind: 'fixed', delayMs: 100, jitter: false } as const;
/** The code of an outcome's error. */
function codeOf(outcome: Outcome | undefined): string | undefined {
  if (outcome === undefined || outcome.status === 'handled') return undefined;
  return outcome.error instanceof MortarError ? outcome.error.code : undefined;
}

describe('batches', () => {
  /** A bus with a handler of batches, which fails for the given numbers. */
  function batching(size: number, withinMs: number, failing: readonly number[] = [], retry?: RetryPolicy) {
    const clock = new VirtualClock();
    const deadLetters = new MemoryDeadLetterStore();
    const bus = createEventBus({ clock, deadLetters, logger: silentLogger });
    const batches: number[][] = [];
    const options = { name: 'desk', batch: { size, withinMs }, ...(retry === undefined ? {} : { retry }) };
    bus.subscribe([Posted, Sorted], options, async (batch) => {
      const numbers = batch.map(({ data }) => data.no);
      batches.push(numbers);
      if (numbers.some((no) => failing.includes(no))) throw new Error(`jam of ${numbers.join()}`);
      for (const { publish, data } of batch) await publish(Lost, { no: data.no, reason: 'batch' });
    });
    return { clock, deadLetters, bus, batches };
  }

  test('given a size, when so many events came, then they are handled at once, in their order', async () => {
    const { clock, bus, batches } = batching(3, 1_000);
    const outcomes = await Promise.all(upTo(6).map((no) => bus.deliver(Posted, { no })));
    expect(batches).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect(outcomes.flat().every(({ status, attempts }) => status === 'handled' && attempts === 1)).toBe(
      true,
    );
    expect(clock.pending).toBe(0);
  });

  test('given fewer, when the time is up after the first, then they are handled', async () => {
    const { clock, bus, batches } = batching(10, 200);
    const first = bus.deliver(Posted, { no: 1 });
    await clock.advance(150);
    const second = bus.deliver(Posted, { no: 2 });
    await clock.advance(49);
    expect(batches).toEqual([]);
    await clock.advance(1);
    await Promise.all([first, second]);
    expect(batches).toEqual([[1, 2]]);
  });

  test('given one bad event, when the batch fails, then it is taken apart: the bad one alone dies, each published once', async () => {
    const retry: RetryPolicy = { attempts: 2, backoff: fixed };
    const { clock, bus, batches, deadLetters } = batching(3, 1_000, [2], retry);
    const causes: string[] = [];
    bus.subscribe(Lost, ({ data, envelope }) => void causes.push(`${data.no} ${envelope.causationId}`));
    const envelopes = upTo(3);
    const delivered = Promise.all(envelopes.map((no) => bus.deliver(Posted, { no })));
    await clock.runOut();
    expect(batches).toEqual([[1, 2, 3], [1], [2], [2], [3]]);
    expect((await delivered).flat().map(({ status, attempts }) => `${status} ${attempts}`)).toEqual([
      'handled 1',
      'dead 2',
      'handled 1',
    ]);
    expect(await lettersOf(deadLetters)).toEqual(['2 desk failed 2']);
    await bus.idle();
    expect(causes.map((cause) => cause.split(' ')[0])).toEqual(['1', '3']);
    expect(new Set(causes.map((cause) => cause.split(' ')[1])).size).toBe(2);
  });

  test('given events of keys, when one is tried again, then later ones of its key come after it', async () => {
    const clock = new VirtualClock();
    const bus = createEventBus({ clock });
    const handled: string[] = [];
    let failures = 1;
    const retry: RetryPolicy = { attempts: 2, backoff: fixed };
    bus.subscribe(Sorted, { batch: { size: 2, withinMs: 10 }, retry }, async (batch) => {
      if (batch.length === 2 && batch[0]?.data.no === 1) throw new Error('take it apart');
      if (batch[0]?.data.no === 1 && failures-- > 0) throw new Error('jam');
      handled.push(...batch.map(({ data }) => `${data.belt}${data.no}`));
    });
    const sent = upTo(6).map((no) => bus.deliver(Sorted, { no, belt: no % 2 === 0 ? 'b' : 'a' }));
    await clock.runOut();
    await Promise.all(sent);
    expect(handled.filter((one) => one.startsWith('a'))).toEqual(['a1', 'a3', 'a5']);
    expect(handled.filter((one) => one.startsWith('b'))).toEqual(['b2', 'b4', 'b6']);
  });

  test('given a timeout, when a batch takes too long, then each of its contexts is over', async () => {
    const clock = new VirtualClock();
    const bus = createEventBus({ clock, deadLetters: new MemoryDeadLetterStore(), logger: silentLogger });
    const latch = new Latch();
    const errors: Promise<unknown>[] = [];
    bus.subscribe(Posted, { batch: { size: 2, withinMs: 0 }, timeoutMs: 50 }, async (batch) => {
      await latch.opened;
      for (const { publish } of batch) errors.push(errorOf(publish(LetterSent, { no: 1 })));
    });
    const sent = [bus.deliver(Posted, { no: 1 }), bus.deliver(Posted, { no: 2 })];
    await clock.runOut();
    latch.open();
    const outcomes = (await Promise.all(sent)).flat();
    expect(outcomes.map(codeOf)).toEqual(['MORTAR_HANDLER_TIMEOUT', 'MORTAR_HANDLER_TIMEOUT']);
    const codes = (await Promise.all(errors)).map((error) => (error as MortarError).code);
    expect(codes).toEqual(Array.from({ length: 4 }, () => 'MORTAR_CONTEXT_CLOSED'));
  });
});
