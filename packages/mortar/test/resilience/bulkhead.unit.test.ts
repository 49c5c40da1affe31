import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { bulkhead } from '../../src/resilience/index.js';

const FULL = { code: 'MORTAR_BULKHEAD_FULL', category: 'throttled' };

/** Work that ends when it is told to. */
function held(): { readonly work: () => Promise<string>; release(): void } {
  let release = (): void => {};
  const promise = new Promise<string>((resolve) => {
    release = () => resolve('done');
  });
  return { work: () => promise, release: () => release() };
}

/** Lets everything happen that is due. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

describe('bulkhead', () => {
  it('runs up to its limit, lets some wait and refuses the rest', async () => {
    const guard = bulkhead({ limit: 2, queue: 1 });
    const works = [held(), held(), held()];
    const outcomes = works.map(({ work }) => guard.execute(work));
    const refused = vi.fn();
    await expect(guard.execute(refused)).rejects.toMatchObject(FULL);
    expect(refused).not.toHaveBeenCalled();
    expect(guard.describe().state).toEqual({ running: 2, waiting: 1 });
    for (const { release } of works) release();
    expect(await Promise.all(outcomes)).toEqual(['done', 'done', 'done']);
    expect(guard.describe().state).toEqual({ running: 0, waiting: 0 });
  });

  it('has no queue unless told', async () => {
    const guard = bulkhead({ limit: 1 });
    const first = held();
    const outcome = guard.execute(first.work);
    await expect(guard.execute(() => 1)).rejects.toMatchObject(FULL);
    first.release();
    await outcome;
    expect(await guard.execute(() => 1)).toBe(1);
  });

  it('serves those who wait in their order, before a newcomer', async () => {
    const guard = bulkhead({ limit: 1, queue: 5 });
    const order: string[] = [];
    const first = held();
    const running = guard.execute(first.work).then(() => guard.execute(() => order.push('newcomer')));
    const waiting = ['a', 'b', 'c'].map((name) => guard.execute(() => order.push(name)));
    first.release();
    await Promise.all([running, ...waiting]);
    expect(order).toEqual(['a', 'b', 'c', 'newcomer']);
  });

  it('gives the place on after a failure, also a synchronous one', async () => {
    const guard = bulkhead({ limit: 1, queue: 2 });
    const outcomes = await Promise.allSettled([
      guard.execute(() => {
        throw new Error('first');
      }),
      guard.execute(() => Promise.reject(new Error('second'))),
      guard.execute(() => 'third'),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled']);
    expect(guard.describe().state).toEqual({ running: 0, waiting: 0 });
  });

  it('lets an aborted caller leave the queue at once, and does not stall behind it', async () => {
    const guard = bulkhead({ limit: 1, queue: 2 });
    const first = held();
    const running = guard.execute(first.work);
    const caller = new AbortController();
    const never = vi.fn();
    const aborted = guard.execute(never, caller.signal);
    const last = guard.execute(() => 'last');
    caller.abort(new Error('gone'));
    await expect(aborted).rejects.toThrow('gone');
    expect(guard.describe().state).toEqual({ running: 1, waiting: 1 });
    first.release();
    await running;
    expect(await last).toBe('last');
    expect(never).not.toHaveBeenCalled();
  });

  it('never exceeds its bounds and never loses a work, over any run', async () => {
    const command = fc.constantFrom('call', 'release', 'abort');
    const sizes = fc.record({ limit: fc.integer({ min: 1, max: 3 }), queue: fc.integer({ min: 0, max: 3 }) });
    await fc.assert(
      fc.asyncProperty(sizes, fc.array(command, { maxLength: 40 }), async ({ limit, queue }, commands) => {
        const guard = bulkhead({ limit, queue });
        const running: (() => void)[] = [];
        const outcomes: Promise<string>[] = [];
        const aborts: AbortController[] = [];
        for (const name of commands) {
          if (name === 'call') {
            const caller = new AbortController();
            aborts.push(caller);
            const work = (): Promise<string> => {
              expect(running.length).toBeLessThan(limit);
              const { work: inner, release } = held();
              running.push(release);
              return inner();
            };
            outcomes.push(guard.execute(work, caller.signal).catch((error: Error) => error.message));
          } else if (name === 'release') {
            running.shift()?.();
          } else {
            // Works under way do not heed the signal here: only those who wait are concerned.
            aborts.shift()?.abort(new Error('aborted'));
          }
          await settle();
          expect(guard.describe().state).toMatchObject({ running: running.length });
          expect(guard.describe().state?.['waiting']).toBeLessThanOrEqual(queue);
        }
        while (running.length > 0) {
          running.shift()?.();
          await settle();
          expect(guard.describe().state).toMatchObject({ running: running.length });
        }
        for (const outcome of await Promise.all(outcomes))
          expect(outcome).toMatch(/^done$|^aborted$|^MORTAR_BULKHEAD_FULL/);
        expect(guard.describe().state).toEqual({ running: 0, waiting: 0 });
      }),
      { numRuns: 200 },
    );
  });
});
