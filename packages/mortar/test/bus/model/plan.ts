import fc from 'fast-check';
import type { QueueOptions } from '../../../src/bus/index.js';
import { type Priority, priorities } from '../../../src/contracts/index.js';

/** A bus, its subscriptions, and what happens to it. */
export interface Plan {
  readonly concurrency: number | undefined;
  readonly queue: QueueOptions | undefined;
  /** How the dead-letter sink answers. */
  readonly sink: 'at once' | 'later' | 'fails';
  readonly subscriptions: readonly SubscriptionPlan[];
  readonly steps: readonly Step[];
}

export interface SubscriptionPlan {
  readonly isAsync: boolean;
  readonly concurrency: number | undefined;
  readonly attempts: number;
  readonly restMs: number;
  readonly timeoutMs: number | undefined;
  readonly queue: QueueOptions | undefined;
  readonly batch: { readonly size: number; readonly withinMs: number } | undefined;
  /** What happens to an event whose error no attempt can mend. */
  readonly whenHopeless: 'skip' | 'deadLetter';
}

export interface EventPlan {
  readonly key: string | undefined;
  readonly priority: Priority;
  /** How many attempts fail; of each subscription in turn. */
  readonly failures: readonly number[];
  readonly isHopeless: boolean;
  readonly tookMs: number;
  /** How many events each handler of this one publishes. */
  readonly children: number;
}

export type Step =
  | { readonly kind: 'enqueue' | 'deliver'; readonly event: EventPlan }
  | { readonly kind: 'advance'; readonly ms: number }
  | { readonly kind: 'dispose'; readonly subscription: number };

const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(value, { nil: undefined, freq: 2 });

const queues: fc.Arbitrary<QueueOptions> = fc.record({
  maxSize: fc.integer({ min: 1, max: 4 }),
  whenFull: fc.constantFrom('wait', 'reject', 'dropLowest'),
});

const subscriptions: fc.Arbitrary<SubscriptionPlan> = fc
  .record({
    isAsync: fc.boolean(),
    concurrency: maybe(fc.integer({ min: 1, max: 2 })),
    attempts: fc.integer({ min: 1, max: 3 }),
    restMs: fc.constantFrom(0, 1, 5),
    timeoutMs: maybe(fc.constantFrom(3, 8)),
    queue: maybe(queues),
    batch: maybe(fc.record({ size: fc.integer({ min: 1, max: 3 }), withinMs: fc.constantFrom(0, 4) })),
    whenHopeless: fc.constantFrom('skip', 'deadLetter'),
  })
  .map((plan) => (plan.batch === undefined ? plan : { ...plan, concurrency: undefined }));

const events: fc.Arbitrary<EventPlan> = fc.record({
  key: maybe(fc.constantFrom('a', 'b')),
  priority: fc.constantFrom(...priorities),
  failures: fc.array(fc.nat({ max: 3 }), { minLength: 1, maxLength: 3 }),
  isHopeless: fc.boolean(),
  tookMs: fc.constantFrom(0, 0, 1, 5, 10),
  children: fc.constantFrom(0, 0, 0, 1, 2),
});

const steps: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('enqueue'), event: events }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('deliver'), event: events }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('advance'), ms: fc.constantFrom(0, 1, 4, 12) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('dispose'), subscription: fc.nat({ max: 2 }) }) },
);

export const plans: fc.Arbitrary<Plan> = fc.record({
  concurrency: maybe(fc.integer({ min: 1, max: 3 })),
  queue: maybe(queues),
  sink: fc.constantFrom('at once', 'later', 'fails'),
  subscriptions: fc.array(subscriptions, { minLength: 1, maxLength: 3 }),
  steps: fc.array(steps, { minLength: 1, maxLength: 16, size: 'max' }),
});
