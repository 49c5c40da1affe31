import { checkKeys, checkWholeNumber, MAX_DELAY_MS, MortarError } from '../../errors/index.js';
import type { DrainOptions, DrainReport } from '../event-bus.js';
import type { BusCore } from './bus-core.js';
import { isInsideHandler } from './settle-handler.js';

const DEFAULT_TIMEOUT_MS = 30_000;

/** By bus: how many of its running handlers wait for a drain themselves, and so can't be waited for. */
const waitingHandlers = new WeakMap<BusCore, number>();

/** Closes the bus to what comes from outside, waits for what is open, and gives up the rest when the time is up. */
export async function drain(core: BusCore, options: DrainOptions): Promise<DrainReport> {
  checkKeys('drain', options, ['timeoutMs']);
  const { timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  checkWholeNumber('timeoutMs', timeoutMs, 0, MAX_DELAY_MS);
  if (core.deliverer.current !== undefined || isInsideHandler()) {
    waitingHandlers.set(core, (waitingHandlers.get(core) ?? 0) + 1);
  }
  core.isClosed = true;
  const isDrained = await isQuietWithin(core, timeoutMs);
  if (isDrained) return { isDrained, givenUp: 0 };
  const error = new MortarError('MORTAR_HANDLER_ABORTED', {
    rule: 'A stopping bus waits for its handlers only so long.',
    expected: `all to end within ${timeoutMs} ms`,
    got: `${core.open} that had not`,
  });
  return { isDrained, givenUp: await core.giveUp(error) };
}

function isQuietWithin(core: BusCore, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const cancel = core.clock.after(timeoutMs, () => resolve(false));
    core
      .whenQuiet(() => core.open <= (waitingHandlers.get(core) ?? 0))
      .then(() => {
        cancel();
        resolve(true);
      });
  });
}
