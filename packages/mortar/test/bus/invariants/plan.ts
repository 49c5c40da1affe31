import fc from 'fast-check';
import type { Attempts, QueueOptions } from '../../../src/bus/index.js';
import { type Priority, priorities } from '../../../src/contracts/index.js';

/** A bus, who listens on it, and what is done to it. */
export interface Plan {
  readonly concurrency: number | undefined;
  readonly queue: QueueOptions | undefined;
  /** Where dead letters go: nowhere, or to a sink that answers at once, later, or with an error. */
  readonly sink: 'none' | 'prompt' | 'slow' | 'broken';
  readonly listeners: readonly ListenerPlan[];
  readonly actions: readonly Action[];
}

export interface ListenerPlan {
  readonly to: 'keyed' | 'loose' | 'both' | 'pattern';
  readonly isAsync: boolean;
  readonly policy: Attempts;
  /** What happens to an event whose error no attempt can mend. */
  readonly ifHopeless: 'skip' | 'deadLetter';
  readonly concurrency: number | undefined;
  readonly queue: QueueOptions | undefined;
  readonly batch: { readonly size: number; readonly withinMs: number } | undefined;
}

export interface EventPlan {
  readonly key: string | undefined;
  readonly priority: Priority;
  /** How many attempts throw; at each listener in turn. */
  readonly failures: readonly number[];
  readonly isHopeless: boolean;
  readonly tookMs: number;
  readonly hasFollowUp: boolean;
}

export type Verb = 'enqueue' | 'deliver' | 'deliverSync';

export type Action =
  | { readonly kind: 'send'; readonly verb: Verb; readonly event: EventPlan }
  | { readonly kind: 'advance'; readonly ms: number }
  | { readonly kind: 'drain'; readonly timeoutMs: number | undefined };

const perhaps = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(value, { nil: undefined, freq: 2 });

const queues = fc.record({
  maxSize: fc.integer({ min: 1, max: 3 }),
  whenFull: fc.constantFrom('wait', 'reject', 'dropLowest'),
});

const policies: fc.Arbitrary<Attempts> = fc.record({
  attempts: fc.integer({ min: 1, max: 3 }),
  backoff: fc.oneof(
    fc.record({
      kind: fc.constant('fixed'),
      delayMs: fc.constantFrom(0, 2, 7),
      jitter: fc.boolean(),
    }),
    fc.record({
      kind: fc.constant('exponential'),
      delayMs: fc.constantFrom(1, 3),
      factor: fc.constantFrom(1, 2, 10),
      maxDelayMs: fc.constantFrom(3, 20),
      jitter: fc.boolean(),
    }),
  ),
});

const listeners: fc.Arbitrary<ListenerPlan> = fc
  .record({
    to: fc.constantFrom('keyed', 'loose', 'both', 'pattern'),
    isAsync: fc.boolean(),
    policy: policies,
    ifHopeless: fc.constantFrom('skip', 'deadLetter'),
    concurrency: perhaps(fc.integer({ min: 1, max: 2 })),
    queue: perhaps(queues),
    batch: fc.oneof(
      { weight: 2, arbitrary: fc.constant(undefined) },
      {
        weight: 1,
        arbitrary: fc.record({ size: fc.integer({ min: 1, max: 3 }), withinMs: fc.constantFrom(0, 3) }),
      },
    ),
  })
  .map((plan) => (plan.batch === undefined ? plan : { ...plan, concurrency: undefined }));

const events: fc.Arbitrary<EventPlan> = fc.record({
  key: perhaps(fc.constantFrom('a', 'b')),
  priority: fc.constantFrom(...priorities),
  failures: fc.array(fc.nat({ max: 3 }), { minLength: 1, maxLength: 3 }),
  isHopeless: fc.oneof(
    { weight: 5, arbitrary: fc.constant(false) },
    { weight: 1, arbitrary: fc.constant(true) },
  ),
  tookMs: fc.constantFrom(0, 0, 1, 6),
  hasFollowUp: fc.boolean(),
});

const actions: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      kind: fc.constant('send'),
      verb: fc.constantFrom<Verb[]>('enqueue', 'enqueue', 'enqueue', 'deliver', 'deliver', 'deliverSync'),
      event: events,
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('advance'), ms: fc.constantFrom(0, 1, 5) }) },
);

/** The moment of a drain, counted in actions, and how long it waits. */
const drains = fc.record({
  at: fc.nat({ max: 30 }),
  timeoutMs: perhaps(fc.constantFrom(0, 1, 5, 10)),
});

export const plans: fc.Arbitrary<Plan> = fc
  .record({
    concurrency: perhaps(fc.integer({ min: 1, max: 2 })),
    queue: perhaps(queues),
    sink: fc.constantFrom('none', 'prompt', 'slow', 'broken'),
    listeners: fc.array(listeners, { minLength: 1, maxLength: 3, size: 'max' }),
    actions: fc.array(actions, { minLength: 1, maxLength: 30, size: 'max' }),
    drain: perhaps(drains),
  })
  .map(({ drain, ...plan }) => {
    if (drain === undefined) return plan;
    const { at, timeoutMs } = drain;
    return { ...plan, actions: plan.actions.toSpliced(at, 0, { kind: 'drain', timeoutMs }) };
  });
