import type { ConnectionOptions } from 'node:tls';
import {
  checkKeys,
  checkOneOf,
  checkWholeNumber,
  describeValue,
  MAX_DELAY_MS,
  MortarError,
} from 'mortar/errors';

/** How a store on PostgreSQL is reached, and how it works. */
export interface PostgresOptions {
  /** `postgres://user:password@host:port/database`. What it does not say comes from the variables `PGHOST`, `PGUSER` and so on. */
  readonly url?: string;
  readonly host?: string;
  /** 5432 unless said. */
  readonly port?: number;
  readonly database?: string;
  readonly user?: string;
  readonly password?: string | (() => string | Promise<string>);
  readonly ssl?: boolean | ConnectionOptions;
  /** What the server shows of the connections; `mortar` unless said. */
  readonly applicationName?: string;
  /** Where the tables are, made if it is not there; `mortar` unless said. Letters, digits and underscores, 48 at most. */
  readonly schema?: string;
  /**
   * How many connections there may be, beside the one that listens; 10 unless said. Who finds none free waits; units with
   * `write` functions have all but two of them at most.
   */
  readonly maxConnections?: number;
  /** How long connecting to the server may take; 5,000 unless said. Waiting for a free connection is not counted. */
  readonly connectTimeoutMs?: number;
  /** The longest that one statement may take; 30,000 unless said. */
  readonly statementTimeoutMs?: number;
  /** The longest wait for a lock of somebody else; 5,000 unless said. */
  readonly lockTimeoutMs?: number;
  /** The longest that the `write` functions of a unit may take together; 5,000 unless said. */
  readonly writeTimeoutMs?: number;
  /** How long the outcome of a commit is looked for when its connection was lost; 10,000 unless said. */
  readonly recoveryTimeoutMs?: number;
  /**
   * `full` unless said: what was acknowledged is on disk. With `relaxed`, `synchronous_commit` is left as the server has it:
   * where that is `off`, a crash of the server loses what it acknowledged in the last moments, and a reader may have seen it.
   * No thread keeps the leases of a relaxed store while the event loop is blocked, nor where the options hold a function.
   */
  readonly durability?: 'full' | 'relaxed';
  /**
   * How other processes are told at once that something was appended: by LISTEN and NOTIFY on a connection of its own.
   * `false` where there is a pooler in transaction mode; or the URL of the server behind it. Without it, looking from time
   * to time finds it a little later.
   */
  readonly listen?: boolean | string;
  /** How often `watch` looks for what others have appended; 250 unless said. */
  readonly pollMs?: number;
  /**
   * Keeps statements prepared on the server, under names. Unless said, it is done where the connection leads to the server
   * itself, and not where a pooler, which may give it to others, stands between.
   */
  readonly preparedStatements?: boolean;
}

/** Options that were checked, with the defaults put in. */
export interface CheckedOptions {
  readonly connection: {
    readonly connectionString?: string;
    readonly host?: string;
    readonly port?: number;
    readonly database?: string;
    readonly user?: string;
    readonly password?: string | (() => string | Promise<string>);
    readonly ssl?: boolean | ConnectionOptions;
  };
  readonly applicationName: string;
  /** Quoted. */
  readonly schema: string;
  readonly schemaName: string;
  readonly maxConnections: number;
  readonly connectTimeoutMs: number;
  readonly statementTimeoutMs: number;
  readonly lockTimeoutMs: number;
  readonly writeTimeoutMs: number;
  readonly recoveryTimeoutMs: number;
  readonly isDurable: boolean;
  readonly isListening: boolean;
  readonly listenUrl: string | undefined;
  readonly pollMs: number;
  readonly preparedStatements: boolean | undefined;
}

const KEYS = [
  'url',
  'host',
  'port',
  'database',
  'user',
  'password',
  'ssl',
  'applicationName',
  'schema',
  'maxConnections',
  'connectTimeoutMs',
  'statementTimeoutMs',
  'lockTimeoutMs',
  'writeTimeoutMs',
  'recoveryTimeoutMs',
  'durability',
  'listen',
  'pollMs',
  'preparedStatements',
] as const satisfies readonly (keyof PostgresOptions)[];

const SCHEMA = /^[A-Za-z_][A-Za-z0-9_]{0,47}$/;

/** @throws MortarError `MORTAR_OPTIONS_INVALID`, which never shows a URL or a password */
export function checkOptions(options: PostgresOptions): CheckedOptions {
  checkKeys('a store on PostgreSQL', options, KEYS);
  const { schema = 'mortar', durability = 'full', listen = true, preparedStatements } = options;
  if (typeof schema !== 'string' || !SCHEMA.test(schema))
    throw invalid('schema', '1 to 48 letters, digits and underscores, no digit first', describeValue(schema));
  checkOneOf('durability', durability, ['full', 'relaxed']);
  if (preparedStatements !== undefined) checkFlag('preparedStatements', preparedStatements);
  if (typeof listen === 'string') checkUrl('listen', listen);
  else checkFlag('listen', listen);
  return {
    connection: connectionOf(options),
    applicationName: textOf('applicationName', options.applicationName) ?? 'mortar',
    schema: `"${schema}"`,
    schemaName: schema,
    maxConnections: numberOf('maxConnections', options.maxConnections, 10, 2, 1_000),
    connectTimeoutMs: delayOf('connectTimeoutMs', options.connectTimeoutMs, 5_000),
    statementTimeoutMs: delayOf('statementTimeoutMs', options.statementTimeoutMs, 30_000),
    lockTimeoutMs: delayOf('lockTimeoutMs', options.lockTimeoutMs, 5_000),
    writeTimeoutMs: delayOf('writeTimeoutMs', options.writeTimeoutMs, 5_000),
    recoveryTimeoutMs: delayOf('recoveryTimeoutMs', options.recoveryTimeoutMs, 10_000),
    isDurable: durability === 'full',
    isListening: listen !== false,
    listenUrl: typeof listen === 'string' ? listen : undefined,
    pollMs: delayOf('pollMs', options.pollMs, 250),
    preparedStatements,
  };
}

/** Where the server is, for messages: never who asks, nor how. */
export function placeOf({ connection }: CheckedOptions): string {
  const { connectionString, host = 'PGHOST', port, database = 'PGDATABASE' } = connection;
  if (connectionString === undefined) return `${host}${port === undefined ? '' : `:${port}`}/${database}`;
  const url = new URL(connectionString);
  return `${url.host}${url.pathname}`;
}

function connectionOf(options: PostgresOptions): CheckedOptions['connection'] {
  const { url, port, password, ssl } = options;
  if (url !== undefined) checkUrl('url', url);
  if (port !== undefined) checkWholeNumber('port', port, 1, 65_535);
  const host = textOf('host', options.host);
  const database = textOf('database', options.database);
  const user = textOf('user', options.user);
  if (password !== undefined && typeof password !== 'string' && typeof password !== 'function')
    throw invalid('password', 'text, or a function that answers with it', typeof password);
  return {
    ...(url === undefined ? {} : { connectionString: url }),
    ...(host === undefined ? {} : { host }),
    ...(port === undefined ? {} : { port }),
    ...(database === undefined ? {} : { database }),
    ...(user === undefined ? {} : { user }),
    ...(password === undefined ? {} : { password }),
    ...(ssl === undefined ? {} : { ssl }),
  };
}

/** The error of a URL is made anew: the one of the platform shows it, with its password. */
function checkUrl(name: string, url: unknown): void {
  const isFit = typeof url === 'string' && /^postgres(?:ql)?:\/\//.test(url) && URL.canParse(url);
  if (!isFit) throw invalid(name, 'postgres://user:password@host:port/database', 'something else');
}

function textOf(name: string, value: unknown): string | undefined {
  if (value === undefined || (typeof value === 'string' && value !== '' && !value.includes('\0')))
    return value;
  throw invalid(name, 'text', describeValue(value));
}

function checkFlag(name: string, value: unknown): void {
  if (typeof value !== 'boolean') throw invalid(name, 'true or false', describeValue(value));
}

function delayOf(name: string, value: number | undefined, otherwise: number): number {
  return numberOf(name, value, otherwise, 1, MAX_DELAY_MS);
}

function numberOf(name: string, value: unknown, otherwise: number, min: number, max: number): number {
  if (value === undefined) return otherwise;
  checkWholeNumber(name, value, min, max);
  return value;
}

function invalid(name: string, expected: string, got: string): MortarError {
  return new MortarError('MORTAR_OPTIONS_INVALID', {
    rule: `The option ${name} of a store on PostgreSQL is well formed.`,
    expected,
    got,
  });
}
