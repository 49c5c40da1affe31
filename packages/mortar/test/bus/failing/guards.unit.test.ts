import { describe, expect, test } from 'vitest';
import { createEventBus, type Outcome } from '../../../src/bus/index.js';
import { MortarError } from '../../../src/errors/index.js';
import { silentLogger } from '../../../src/logging/logger.js';
import { MemoryDeadLetterStore } from '../../../src/memory/index.js';
import { bulkhead, circuitBreaker, fallback, retry, timeout } from '../../../src/resilience/index.js';
import { Desk, LetterSent, Posted, upTo } from '../../support/parcels.js';
import { settled, VirtualClock } from '../../support/virtual-clock.js';

const fixed = { kind: 'fixed', delayMs: 100, jitter: false } as const;
const atOnce = { kind: 'fixed', delayMs: 0 } as const;

/** The code of an outcome's error. */
function codeOf(outcome: Outcome | undefined): string | undefined {
  if (outcome === undefined || outcome.status === 'handled') return undefined;
  return outcome.error instanceof MortarError ? outcome.error.code : undefined;
}

describe('guards', () => {
  test('given a circuit breaker, when it has opened, then the handler is not called any more', async () => {
    const bus = createEventBus({ deadLetters: new MemoryDeadLetterStore(), logger: silentLogger });
    const breaker = circuitBreaker({ failures: 2, cooldownMs: 60_000 });
    const calls: number[] = [];
    bus.subscribe(Posted, { guards: [breaker] }, ({ data }) => {
      calls.push(data.no);
      throw new Error('unwell');
    });
    const codes: (string | undefined)[] = [];
    for (const no of upTo(3)) codes.push(codeOf((await bus.deliver(Posted, { no }))[0]));
    expect(calls).toEqual([1, 2]);
    expect(codes).toEqual([undefined, undefined, 'MORTAR_CIRCUIT_OPEN']);
    expect(breaker.state).toBe('open');
  });

  test('given a bulkhead, when it is full, then the attempt is refused, and may be tried again', async () => {
    const clock = new VirtualClock();
    const bus = createEventBus({ clock, deadLetters: new MemoryDeadLetterStore(), logger: silentLogger });
    const desk = new Desk();
    const guards = [bulkhead({ limit: 1 })];
    bus.subscribe(Posted, { name: 'desk', guards, retry: { attempts: 2, backoff: fixed } }, desk.handle);
    const [first, second] = [bus.deliver(Posted, { no: 1 }), bus.deliver(Posted, { no: 2 })];
    await settled();
    expect(desk.started).toEqual([1]);
    desk.finish(1, 2);
    await first;
    await clock.advance(100);
    expect(await second).toEqual([{ subscription: 'desk', status: 'handled', attempts: 2 }]);
  });

  test('given a fallback, when the handler fails, then it is handled, and what the handler published is not sent', async () => {
    const bus = createEventBus();
    const errors: unknown[] = [];
    const sent: number[] = [];
    const error = new Error('unwell');
    bus.subscribe(LetterSent, ({ data }) => void sent.push(data.no));
    bus.subscribe(Posted, { guards: [fallback((cause) => void errors.push(cause))] }, async ({ publish }) => {
      await publish(LetterSent, { no: 1 });
      throw error;
    });
    const [outcome] = await bus.deliver(Posted, { no: 1 });
    await bus.idle();
    expect(outcome?.status).toBe('handled');
    expect(errors).toEqual([error]);
    expect(sent).toEqual([]);
  });

  test('given a timeout as guard, when the handler takes too long, then its own signal is aborted', async () => {
    const bus = createEventBus({ deadLetters: new MemoryDeadLetterStore(), logger: silentLogger });
    let reason: unknown;
    bus.subscribe(Posted, { guards: [timeout({ timeoutMs: 5 })] }, async ({ signal }) => {
      reason = await new Promise((resolve) => signal.addEventListener('abort', () => resolve(signal.reason)));
    });
    const [outcome] = await bus.deliver(Posted, { no: 1 });
    expect(codeOf(outcome)).toBe('MORTAR_TIMEOUT');
    await settled();
    expect(reason).toMatchObject({ code: 'MORTAR_TIMEOUT' });
  });

  test("given a retry as guard, when the handler is called again within an attempt, then only the last call's events are sent", async () => {
    const bus = createEventBus();
    const sent: number[] = [];
    const attempts: number[] = [];
    bus.subscribe(LetterSent, ({ data }) => void sent.push(data.no));
    const guards = [retry({ attempts: 3, backoff: atOnce })];
    bus.subscribe(Posted, { name: 'desk', guards }, async ({ attempt, publish }) => {
      attempts.push(attempt);
      await publish(LetterSent, { no: attempts.length });
      if (attempts.length < 3) throw new Error('jam');
    });
    expect(await bus.deliver(Posted, { no: 1 })).toEqual([
      { subscription: 'desk', status: 'handled', attempts: 1 },
    ]);
    await bus.idle();
    expect(attempts).toEqual([1, 1, 1]);
    expect(sent).toEqual([3]);
  });
});
