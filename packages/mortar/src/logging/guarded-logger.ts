import type { LogFields, Logger, LogMethod } from './logger.js';

/** The same logger, but one that keeps the promise never to throw: a line that can't be written is dropped. */
export function guardedLogger(logger: Logger): Logger {
  return Object.freeze({
    trace: guarded(logger, 'trace'),
    debug: guarded(logger, 'debug'),
    info: guarded(logger, 'info'),
    warn: guarded(logger, 'warn'),
    error: guarded(logger, 'error'),
    child(bindings: LogFields): Logger {
      try {
        return guardedLogger(logger.child(bindings));
      } catch {
        return guardedLogger(logger);
      }
    },
  });
}

function guarded(logger: Logger, level: Exclude<keyof Logger, 'child'>): LogMethod {
  return (...line: readonly unknown[]) => {
    try {
      // The overloads of LogMethod, whichever is called.
      (logger[level] as (...parts: readonly unknown[]) => void)(...line);
    } catch {
      // There is nowhere left to tell of it.
    }
  };
}
