import { checkKeys, checkWholeNumber, MAX_DELAY_MS, MortarError } from '../../errors/index.js';
import type { DrainOptions, DrainReport } from '../event-bus.js';
import type { BusCore } from './bus-core.js';
import type { HandlerContext } from './handler-context.js';
import { countHandlersOfTrace } from './settle-handler.js';

const DEFAULT_TIMEOUT_MS = 30_000;

/** A drain under way that handlers asked for, and so can't wait for. */
interface InnerDrain {
  /** Those that were on the stack, and those that wait for their commands and queries. */
  readonly contexts: readonly HandlerContext[];
  /** How many more a stack trace tells of. */
  readonly others: number;
}

const innerDrains = new WeakMap<BusCore, Set<InnerDrain>>();

/**
 * Closes the bus to what comes from outside, waits for what is open, and gives up the rest when the time is up; also
 * when nothing goes on any more but handlers that wait for a drain themselves, behind which the rest would wait in vain.
 */
export async function drain(core: BusCore, options: DrainOptions): Promise<DrainReport> {
  checkKeys('drain', options, ['timeoutMs']);
  const { timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  checkWholeNumber('timeoutMs', timeoutMs, 0, MAX_DELAY_MS);
  const inner = innerDrainOf(core);
  const inners = innerDrains.get(core) ?? new Set();
  innerDrains.set(core, inners);
  if (inner !== undefined) inners.add(inner);
  core.isClosed = true;
  core.deliverer.flush();
  const before = core.givenUp;
  const isInTime = await isQuietWithin(timeoutMs, core, () => {
    return core.open === 0 || (inner !== undefined && isAtStandstill(core, inners));
  });
  if (!isInTime || inner !== undefined) await core.giveUp(gaveUp(core, timeoutMs, isInTime), !isInTime);
  if (inner !== undefined) inners.delete(inner);
  const givenUp = core.givenUp - before;
  return { isDrained: isInTime && givenUp === 0, givenUp };
}

function innerDrainOf(core: BusCore): InnerDrain | undefined {
  const contexts: HandlerContext[] = [];
  for (
    let context = core.deliverer.current;
    context !== undefined;
    context = core.calls.requests.get(context)
  ) {
    contexts.push(context.leader);
  }
  const others = contexts.length === 0 ? countHandlersOfTrace() : 0;
  return contexts.length + others === 0 ? undefined : { contexts, others };
}

function isQuietWithin(timeoutMs: number, core: BusCore, isQuiet: () => boolean): Promise<boolean> {
  return new Promise((resolve) => {
    const cancel = core.clock.after(timeoutMs, () => {
      stopWatching();
      resolve(false);
    });
    const stopWatching = core.watch(isQuiet, () => {
      cancel();
      resolve(true);
    });
  });
}

/** Whether all that goes on are handlers that wait for a drain. */
function isAtStandstill(core: BusCore, inners: ReadonlySet<InnerDrain>): boolean {
  if (core.isUnderWay) return false;
  const known = new Set<HandlerContext>();
  let waiting = 0;
  for (const { contexts, others } of inners) {
    waiting += others;
    for (const context of contexts) if (context.isOpen) known.add(context);
  }
  waiting += known.size;
  const calls = new Set<HandlerContext>([...core.calls.requests.keys(), ...core.calls.attempts]);
  for (const { context } of core.deliverer.open) {
    if (calls.size > waiting) return false;
    if (context !== undefined) calls.add(context.leader);
  }
  return calls.size <= waiting;
}

function gaveUp(core: BusCore, timeoutMs: number, isInTime: boolean): MortarError {
  return new MortarError('MORTAR_HANDLER_ABORTED', {
    rule: 'A stopping bus waits for its handlers only so long.',
    expected: isInTime ? 'no handler that waits for the stop' : `all to end within ${timeoutMs} ms`,
    got: `${core.open} that had not ended`,
  });
}
