import { createEnvelope, type Envelope, type EventContract, passedOnBy } from '../../../contracts/index.js';
import { describeValue, MortarError } from '../../../errors/index.js';
import type { PublishOptions, ThreadContext } from '../../handler.js';
import type { ThreadAnswer, ThreadTask } from './thread-pool.js';

/** Runs in a worker thread: imports the handler's module and calls it. */
export async function runTask(task: ThreadTask): Promise<ThreadAnswer> {
  const published: Envelope[] = [];
  const work = { isOver: false };
  try {
    const handler = await loadHandler(task);
    await handler(contextOf(task, work, published));
    return { published: cloned(published) };
  } catch (error) {
    if (!(error instanceof MortarError)) return { error: cloneable(error) };
    const { code, rule, expected, got, issues } = error;
    return { mortarError: { code, details: { rule, expected, got, issues, cause: cloneable(error.cause) } } };
  } finally {
    work.isOver = true;
  }
}

async function loadHandler({ module, exportName }: ThreadTask): Promise<(context: ThreadContext) => unknown> {
  const handler = (await importModule(module))[exportName];
  if (typeof handler === 'function') return handler as (context: ThreadContext) => unknown;
  throw new MortarError('MORTAR_HANDLER_INVALID', {
    rule: 'The handler of a subscription on a thread is an exported function of its module.',
    expected: `a function ${exportName} in ${module}`,
    got: describeValue(handler),
  });
}

async function importModule(module: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return await import(module);
  } catch (cause) {
    throw new MortarError('MORTAR_HANDLER_INVALID', {
      rule: 'The module of a handler on a thread can be imported.',
      expected: `a module at ${module}`,
      got: cause instanceof Error ? cause.message : describeValue(cause),
      cause,
    });
  }
}

/** What can't cross threads is refused here, where it is the handler's failure; later it would be the thread's. */
function cloned(published: readonly Envelope[]): readonly Envelope[] {
  try {
    return structuredClone(published);
  } catch (cause) {
    throw new MortarError('MORTAR_DATA_INVALID', {
      rule: 'What a handler on a thread publishes crosses threads, so it is data.',
      expected: 'events whose data can be cloned',
      got: cause instanceof Error ? cause.message : describeValue(cause),
      cause,
    });
  }
}

function contextOf(
  task: ThreadTask,
  work: { readonly isOver: boolean },
  published: Envelope[],
): ThreadContext {
  const { envelope, attempt, idempotencyKey } = task;
  const { type, data } = envelope;
  const passedOn = passedOnBy(envelope);
  return {
    type,
    data,
    envelope,
    attempt,
    idempotencyKey,
    publish: (event: EventContract, message: unknown, options?: PublishOptions) => {
      if (work.isOver) throw ended(task);
      published.push(createEnvelope(event, message, { ...options, ...passedOn }));
    },
  };
}

/** Errors cross threads with their message and stack; anything else that can't is described. */
function cloneable(error: unknown): unknown {
  try {
    return structuredClone(error);
  } catch {
    return new Error(error instanceof Error ? error.message : describeValue(error));
  }
}

function ended({ module, exportName }: ThreadTask): MortarError {
  return new MortarError('MORTAR_CONTEXT_CLOSED', {
    rule: 'What a handler sends is a part of its work, so it sends before it ends.',
    expected: 'await on every promise of the handler before it returns',
    got: `publish in ${exportName} of ${module} after it had ended`,
  });
}
