import fc from 'fast-check';
import { expect, it } from 'vitest';
import { DueQueue } from '../../src/delivery/internal/processor/due-queue.js';

const step = fc.oneof(
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('push' as const), at: fc.nat(30) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('take' as const), at: fc.nat(30) }) },
);

it('gives what is due, the earliest first, and of one time the first that came', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const queue = new DueQueue<number>();
      let waiting: { readonly dueAt: number; readonly item: number }[] = [];
      steps.forEach(({ kind, at }, item) => {
        if (kind === 'push') {
          queue.push(item, at);
          waiting = [...waiting, { dueAt: at, item }].sort((a, b) => a.dueAt - b.dueAt || a.item - b.item);
        } else {
          const [first] = waiting;
          const expected = first !== undefined && first.dueAt <= at ? waiting.shift()?.item : undefined;
          expect(queue.take(at)).toBe(expected);
        }
        expect(queue.size).toBe(waiting.length);
        expect(queue.nextAt).toBe(waiting[0]?.dueAt);
      });
    }),
    { numRuns: 2_000 },
  );
});
