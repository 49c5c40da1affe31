import { destination as openDestination, pino, stdTimeFunctions } from 'pino';
import { checkKeys, checkOneOf, describeValue, MortarError } from '../errors/index.js';
import { compileRedaction, type Redaction } from './internal/redaction.js';
import { renderFields, renderMessage } from './internal/rendering.js';
import type { LogFields, Logger } from './logger.js';

/** From the most talkative to none at all. */
export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const;

/** Lines below the level are not written. */
export type LogLevel = (typeof logLevels)[number];

/** Where lines go: called with one whole line, which ends in a line feed. A Node stream is one. */
export interface LogDestination {
  write(line: string): unknown;
}

/** What `createLogger` takes. */
export interface LoggerOptions {
  /** `info` unless said. */
  readonly level?: LogLevel;
  /**
   * `stderr` unless said, so that a program's own output stays clean. `stdout` and `stderr` are written synchronously:
   * a line that was logged is out, also when the process ends at once. A stream of one's own may buffer.
   */
  readonly destination?: 'stdout' | 'stderr' | LogDestination;
  /**
   * What must not appear beside passwords, tokens and the like: names (`email`) or paths (`customer.phone`, `*.iban`),
   * which match at any depth and in arrays. Case, `-` and `_` make no difference.
   */
  readonly redact?: readonly string[];
  /** Fields of every line. */
  readonly bindings?: LogFields;
}

/**
 * A logger that writes lines of JSON: `level`, `time` (ISO 8601), the bindings, the fields, `msg`.
 * Fields marked secret or personal never appear: by their names, by `redact`, or wrapped in `Secret` or `personal`;
 * nor do credentials in URLs, also within texts. Lines are bounded to about 64 KiB of text.
 * A call never throws, whatever it is given and whatever happens to the destination.
 * @example
 * const logger = createLogger({ redact: ['email'] });
 * const bound = logger.child({ correlationId, module: 'shop', handler: 'shop/order-placed' });
 * bound.info({ orderId, email }, 'order placed');   // … "email":"[redacted]" …
 * @throws MortarError `MORTAR_OPTIONS_INVALID`
 */
export function createLogger(options: LoggerOptions = {}): Logger {
  checkKeys('createLogger', options, ['level', 'destination', 'redact', 'bindings']);
  const { level = 'info', destination = 'stderr', redact = [], bindings = {} } = options;
  checkOneOf('level', level, logLevels);
  checkDestination(destination);
  const redaction = compileRedaction(redact);
  const sink = pino(
    {
      level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      // Everything is rendered before pino sees it.
      serializers: {},
    },
    open(destination),
  );
  return loggerOver(sink, redaction, bindingsOf(bindings, redaction));
}

/** The methods of pino that are used. */
type Sink = Pick<ReturnType<typeof pino>, Exclude<LogLevel, 'silent'> | 'isLevelEnabled'>;

type Rendered = Readonly<Record<string, unknown>>;

function loggerOver(sink: Sink, redaction: Redaction, bindings: Rendered): Logger {
  const method = (level: Exclude<LogLevel, 'silent'>) => {
    return (first: LogFields | string, second?: string): void => {
      if (!sink.isLevelEnabled(level)) return;
      try {
        const hasFields = typeof first !== 'string' || second !== undefined;
        const fields = hasFields ? { ...bindings, ...bindingsOf(first, redaction) } : bindings;
        const message = hasFields ? second : first;
        if (message === undefined) sink[level](fields);
        else sink[level](fields, renderMessage(message));
      } catch {
        // A log line is not worth the work that it tells of.
      }
    };
  };
  return Object.freeze({
    trace: method('trace'),
    debug: method('debug'),
    info: method('info'),
    warn: method('warn'),
    error: method('error'),
    child: (inner: LogFields) =>
      loggerOver(sink, redaction, { ...bindings, ...bindingsOf(inner, redaction) }),
  });
}

/** What pino writes itself; a field of one of these names would forge it. */
const RESERVED = ['level', 'time', 'msg'];

function bindingsOf(fields: unknown, redaction: Redaction): Rendered {
  const rendered = renderFields(fields, redaction);
  if (!RESERVED.some((name) => Object.hasOwn(rendered, name))) return rendered;
  return Object.fromEntries(
    Object.entries(rendered).map(([name, value]) => [RESERVED.includes(name) ? `${name}_` : name, value]),
  );
}

function open(destination: 'stdout' | 'stderr' | LogDestination): LogDestination {
  const stream =
    typeof destination === 'string'
      ? openDestination({ dest: destination === 'stdout' ? 1 : 2, sync: true })
      : destination;
  // Without a listener, an error of the stream would end the process.
  if ('on' in stream && typeof stream.on === 'function') stream.on('error', () => {});
  return stream;
}

function checkDestination(destination: unknown): void {
  if (destination === 'stdout' || destination === 'stderr') return;
  const isObject = typeof destination === 'object' && destination !== null;
  if (isObject && 'write' in destination && typeof destination.write === 'function') return;
  throw new MortarError('MORTAR_OPTIONS_INVALID', {
    rule: 'The option destination says where log lines go.',
    expected: 'stdout, stderr, or a stream with a method write',
    got: describeValue(destination),
  });
}
