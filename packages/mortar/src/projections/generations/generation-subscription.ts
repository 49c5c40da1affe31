import { decide, type FailureDecision, type RetryPolicy } from '../../bus/index.js';
import type { DurableSubscription } from '../../delivery/index.js';
import type { AnyProjection, ProjectionRun } from '../projection-run.js';

/** What a fold or handler throws is hopeless at once; what the store or a transaction was in the way of is tried again, for about a second. */
const RETRY: RetryPolicy = { attempts: 5 };

/** The subscription that keeps a generation up to date: one partition, in batches, in the order of the log. */
export function generationSubscription(
  name: string,
  { batch, onDead, onUnreadable }: AnyProjection,
  run: ProjectionRun,
): DurableSubscription {
  return {
    name,
    types: run.types,
    from: 'beginning',
    partitions: 1,
    concurrency: 1,
    batch: { size: batch, withinMs: 0 },
    onDead: onDead === 'continue' ? 'continue' : 'hold',
    onUnreadable: 'deadLetter',
    orderKey: (entry) => run.orderKey(entry),
    ...(onUnreadable === 'hold' && onDead !== 'continue'
      ? { holdsAll: (orderKey: string) => run.holdsAll(orderKey) }
      : {}),
    read: (entry) => run.read(entry),
    decide: (error, attempt) => stoppingIf(onDead === 'stop', decide(RETRY, error, attempt)),
    attempt: (deliveries) => run.work(deliveries.map(({ event }) => run.entryOf(event))),
  };
}

function stoppingIf(stops: boolean, decision: FailureDecision): FailureDecision {
  return stops && decision.kind === 'deadLetter' ? { kind: 'stop' } : decision;
}
