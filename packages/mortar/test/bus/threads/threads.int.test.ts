import { threadId } from 'node:worker_threads';
import { createEventBus, type EventBus, type Outcome, type ThreadSubscribeOptions } from 'mortar/bus';
import { type Envelope, event } from 'mortar/contracts';
import { MortarError } from 'mortar/errors';
import { silentLogger } from 'mortar/logging';
import { MemoryDeadLetterStore } from 'mortar/memory';
import { afterEach, describe, expect, test } from 'vitest';
import { z } from 'zod';

const Resized = event('photo.resized', { data: z.object({ no: z.number() }) });
const handlers = new URL('./fixtures/handlers.mjs', import.meta.url);
const atOnce = { kind: 'fixed', delayMs: 0 } as const;
const buses: EventBus[] = [];

afterEach(async () => {
  await Promise.all(buses.splice(0).map((bus) => bus.stop({ timeoutMs: 1_000 })));
});

/** A bus with one handler on a thread, a store, and what the handler published. */
function threaded(exportName: string, options: Partial<ThreadSubscribeOptions> = {}) {
  const deadLetters = new MemoryDeadLetterStore();
  const bus = createEventBus({ deadLetters, logger: silentLogger });
  const stored: Envelope<{ no: number; threadId: number; attempt: number }>[] = [];
  bus.subscribe('photo.stored', ({ envelope }) => void stored.push(envelope as (typeof stored)[number]));
  bus.subscribe(Resized, { name: 'resize', ...options, runOn: 'thread', export: exportName }, handlers);
  buses.push(bus);
  const deliver = async (no: number): Promise<Outcome> => {
    const outcome = (await bus.deliver(Resized, { no }, { tenant: 'acme' })).at(0);
    if (outcome === undefined) throw new Error('Expected an outcome.');
    return outcome;
  };
  return { bus, deadLetters, stored, deliver };
}

/** The code of an outcome's error, or its status. */
function codeOf(outcome: Outcome): string {
  const error = outcome.status === 'handled' ? undefined : outcome.error;
  return error instanceof MortarError ? error.code : outcome.status;
}

describe('a handler on a thread, with a policy and a store', () => {
  test('given an event, when it is handled, then it was on another thread, and what it publishes is caused by it', async () => {
    const { bus, stored, deliver } = threaded('crashOnce');
    expect(await deliver(2)).toEqual({ subscription: 'resize', status: 'handled', attempts: 1 });
    await bus.idle();
    expect(stored.map(({ data }) => data)).toEqual([{ no: 2, threadId: expect.any(Number), attempt: 1 }]);
    expect(stored[0]?.data.threadId).not.toBe(threadId);
    expect(stored[0]?.tenant).toBe('acme');
    expect(stored[0]?.causationId).toBe(stored[0]?.correlationId);
  });

  test('given a MortarError, when it is thrown there, then the policy heeds its category', async () => {
    const { deliver } = threaded('throwMortarError', { retry: { attempts: 3, on: { throttled: 'skip' } } });
    const outcome = await deliver(1);
    expect([codeOf(outcome), outcome.status, outcome.attempts]).toEqual([
      'MORTAR_BULKHEAD_FULL',
      'skipped',
      1,
    ]);
  });

  test("given an attempt that publishes and fails, when the next succeeds, then only that one's event is sent", async () => {
    const { bus, stored, deliver } = threaded('publishAndFail', { retry: { attempts: 2, backoff: atOnce } });
    expect((await deliver(1)).attempts).toBe(2);
    await bus.idle();
    expect(stored.map(({ data }) => data.attempt)).toEqual([2]);
  });

  test('given threads that die again and again, when events come between, then each death is one dead letter', async () => {
    const { deadLetters, deliver } = threaded('crashOnce');
    const outcomes = [await deliver(1), await deliver(2), await deliver(3), await deliver(4)];
    expect(outcomes.map(codeOf)).toEqual([
      'MORTAR_THREAD_FAILED',
      'handled',
      'MORTAR_THREAD_FAILED',
      'handled',
    ]);
    const letters = await deadLetters.list();
    expect(letters.map(({ error, attempts }) => `${error.code} ${attempts}`)).toEqual([
      'MORTAR_THREAD_FAILED 1',
      'MORTAR_THREAD_FAILED 1',
    ]);
  });

  test('given another attempt, when the first ended its thread, then it is made on a new one', async () => {
    const { bus, stored, deliver } = threaded('crashOnce', { retry: { attempts: 2, backoff: atOnce } });
    expect(await deliver(1)).toEqual({ subscription: 'resize', status: 'handled', attempts: 2 });
    await bus.idle();
    expect(stored.map(({ data }) => data.attempt)).toEqual([2]);
  });

  test('given an endless loop, when the bus stops, then it is given up as a dead letter with reason stopped', async () => {
    const { bus, deadLetters, deliver } = threaded('spin');
    const delivery = deliver(1);
    expect(await bus.stop({ timeoutMs: 300 })).toEqual({ isDrained: false, givenUp: 1 });
    expect(codeOf(await delivery)).toBe('MORTAR_HANDLER_ABORTED');
    expect((await deadLetters.list()).map(({ reason }) => reason)).toEqual(['stopped']);
  });
});
