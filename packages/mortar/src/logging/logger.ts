/** Fields of one log line, beside its message. Secret and personal ones never appear. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Writes one line: a message, or fields and a message. Never throws, never waits. */
export interface LogMethod {
  (message: string): void;
  (fields: LogFields, message: string): void;
}

/** Where an area or a handler says what happens. */
export interface Logger {
  readonly trace: LogMethod;
  readonly debug: LogMethod;
  readonly info: LogMethod;
  readonly warn: LogMethod;
  readonly error: LogMethod;
  /** A logger that adds these fields to each of its lines; those of its own parent stay. */
  child(bindings: LogFields): Logger;
}

/** A logger that says nothing. */
export const silentLogger: Logger = Object.freeze({
  trace: ignore,
  debug: ignore,
  info: ignore,
  warn: ignore,
  error: ignore,
  child: () => silentLogger,
});

function ignore(): void {}
