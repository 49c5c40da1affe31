import { createEnvelope, type Envelope, type EventContract } from '../../../contracts/index.js';
import { describeValue, MortarError } from '../../../errors/index.js';
import type { PublishOptions, ThreadContext } from '../../handler.js';
import type { ThreadAnswer, ThreadTask } from './thread-pool.js';

/** Runs in a worker thread: imports the handler's module and calls it. */
export async function runTask(task: ThreadTask): Promise<ThreadAnswer> {
  try {
    const published: Envelope[] = [];
    const handler = await loadHandler(task);
    await handler(contextOf(task, published));
    return { published };
  } catch (error) {
    if (!(error instanceof MortarError)) return { error: cloneable(error) };
    const { code, rule, expected, got, issues } = error;
    return { mortarError: { code, details: { rule, expected, got, issues } } };
  }
}

async function loadHandler({ module, exportName }: ThreadTask): Promise<(context: ThreadContext) => unknown> {
  const exports: Readonly<Record<string, unknown>> = await import(module);
  const handler = exports[exportName];
  if (typeof handler === 'function') return handler as (context: ThreadContext) => unknown;
  throw new MortarError('MORTAR_HANDLER_INVALID', {
    rule: 'The handler of a subscription on a thread is an exported function of its module.',
    expected: `a function ${exportName} in ${module}`,
    got: describeValue(handler),
  });
}

function contextOf(task: ThreadTask, published: Envelope[]): ThreadContext {
  const { envelope, attempt, idempotencyKey } = task;
  const { correlationId, id, actor, tenant, traceparent, type, data } = envelope;
  const passedOn = {
    correlationId,
    causationId: id,
    ...(actor === undefined ? {} : { actor }),
    ...(tenant === undefined ? {} : { tenant }),
    ...(traceparent === undefined ? {} : { traceparent }),
  };
  return {
    type,
    data,
    envelope,
    attempt,
    idempotencyKey,
    publish: (event: EventContract, message: unknown, options?: PublishOptions) => {
      published.push(createEnvelope(event, message, { ...options, ...passedOn }));
    },
  };
}

/** Errors cross threads with their message and stack; anything else that can't is described. */
function cloneable(error: unknown): unknown {
  try {
    return structuredClone(error);
  } catch {
    return new Error(describeValue(error));
  }
}
