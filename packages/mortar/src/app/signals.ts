/// <reference lib="esnext.disposable" preserve="true" />
import { constants } from 'node:os';
import type { DrainOptions } from '../bus/index.js';
import { checkKeys, checkWholeNumber, describeValue, MAX_DELAY_MS, MortarError } from '../errors/index.js';
import { guardedLogger } from '../logging/guarded-logger.js';
import { type Logger, silentLogger } from '../logging/logger.js';

/** What `stopOnSignals` takes beside the app. */
export interface SignalOptions extends DrainOptions {
  /** Those that a service manager and a terminal send, `SIGTERM` and `SIGINT`, unless said. */
  readonly signals?: readonly NodeJS.Signals[];
  /** Is told when a signal has come, and when the stop has failed. */
  readonly logger?: Logger;
}

/** What can be stopped. */
interface Stoppable {
  stop(options?: DrainOptions): Promise<unknown>;
}

const DEFAULT_SIGNALS: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGINT'];

/**
 * Stops an app when the process is asked to end. Then the process ends by the same signal, so that whoever sent it sees
 * what it expects, unless something else still listens to it: another app that is stopping, or a listener of the user's
 * own. A second signal ends it at once. Disposing of the answer takes the listeners away.
 * @example
 * stopOnSignals(app, { timeoutMs: 10_000 });
 * @throws MortarError `MORTAR_OPTIONS_INVALID`
 */
export function stopOnSignals(app: Stoppable, options: SignalOptions = {}): Disposable {
  checkOptions(app, options);
  const { signals = DEFAULT_SIGNALS, logger: given = silentLogger, ...drainOptions } = options;
  const logger = guardedLogger(given);
  let isStopping = false;
  const release = (): void => {
    for (const signal of signals) process.off(signal, stop);
  };
  /** Without a listener, a signal ends the process. Another app that is still stopping has one. */
  const pass = (signal: NodeJS.Signals): void => {
    release();
    if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
  };
  const stop = async (signal: NodeJS.Signals): Promise<void> => {
    if (isStopping) {
      pass(signal);
      return;
    }
    isStopping = true;
    logger.info({ signal }, 'The app stops, as it was asked to');
    try {
      await app.stop(drainOptions);
    } catch (error) {
      logger.error({ error, signal }, 'The app did not stop cleanly');
    }
    pass(signal);
  };
  for (const signal of signals) process.on(signal, stop);
  return { [Symbol.dispose]: release };
}

/** When the signal comes, it is too late to say that something is wrong. */
function checkOptions(app: Stoppable, options: SignalOptions): void {
  if (typeof app?.stop !== 'function') throw invalid('stops an app', 'an app', app);
  checkKeys('stopOnSignals', options, ['signals', 'logger', 'timeoutMs']);
  const { signals = DEFAULT_SIGNALS, timeoutMs } = options;
  if (timeoutMs !== undefined) checkWholeNumber('timeoutMs', timeoutMs, 0, MAX_DELAY_MS);
  if (!Array.isArray(signals) || signals.length === 0)
    throw invalid('listens to signals', 'an array of names such as SIGTERM', signals);
  const wrong = signals.find((signal) => !isHeard(signal));
  if (wrong !== undefined) throw invalid('listens to signals', 'names of signals that can be heard', wrong);
}

/** Two signals can't be listened to; of a name that is none, nothing would ever be heard. */
function isHeard(signal: string): boolean {
  return signal in constants.signals && signal !== 'SIGKILL' && signal !== 'SIGSTOP';
}

function invalid(rule: string, expected: string, got: unknown): MortarError {
  return new MortarError('MORTAR_OPTIONS_INVALID', {
    rule: `stopOnSignals ${rule}.`,
    expected,
    got: describeValue(got),
  });
}
