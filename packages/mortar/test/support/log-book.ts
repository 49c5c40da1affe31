import type { LogFields, Logger, LogMethod } from '../../src/logging/logger.js';

/** One line as it was written: fields of the line and of its logger. */
export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly fields: LogFields;
}

/** A logger that keeps its lines, and those of its children. */
export class LogBook implements Logger {
  readonly lines: LogLine[];
  readonly #bindings: LogFields;

  constructor(lines: LogLine[] = [], bindings: LogFields = {}) {
    this.lines = lines;
    this.#bindings = bindings;
  }

  readonly trace: LogMethod = this.#method('trace');
  readonly debug: LogMethod = this.#method('debug');
  readonly info: LogMethod = this.#method('info');
  readonly warn: LogMethod = this.#method('warn');
  readonly error: LogMethod = this.#method('error');

  child(bindings: LogFields): LogBook {
    return new LogBook(this.lines, { ...this.#bindings, ...bindings });
  }

  #method(level: string): LogMethod {
    return (first: string | LogFields, message?: string) => {
      const [fields, text] = typeof first === 'string' ? [{}, first] : [first, message ?? ''];
      this.lines.push({ level, message: text, fields: { ...this.#bindings, ...fields } });
    };
  }
}
