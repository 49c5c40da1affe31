import { describeValue } from '../../errors/index.js';
import type { LogFields, Logger } from '../../logging/logger.js';

/** What the bus itself says to an operator. Unlike a logger of the user's, it never throws. */
export interface Alarm {
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
}

/** Speaks through a logger; without one, or where it fails, errors become warnings of the process. */
export function alarmOf(logger: Logger | undefined): Alarm {
  const say =
    (level: 'warn' | 'error') =>
    (fields: LogFields, message: string): void => {
      try {
        if (logger !== undefined) logger[level](fields, message);
        else if (isWorthAWarning(level, fields)) emitWarning(fields, message);
      } catch {
        emitWarning(fields, message);
      }
    };
  return { warn: say('warn'), error: say('error') };
}

/** What is kept as a dead letter can be seen there. */
function isWorthAWarning(level: 'warn' | 'error', fields: LogFields): boolean {
  return level === 'error' || !('deadLetterId' in fields);
}

function emitWarning({ error }: LogFields, message: string): void {
  process.emitWarning(error === undefined ? message : `${message}: ${textOf(error)}`, 'MortarWarning');
}

/** Anything may have been thrown, also what can't be made a text. */
function textOf(error: unknown): string {
  try {
    return String(error);
  } catch {
    return describeValue(error);
  }
}
