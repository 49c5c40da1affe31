import { EventEmitter } from 'node:events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeValue, MortarError } from '../../src/errors/index.js';
import {
  createLogger,
  type Logger,
  type LoggerOptions,
  personal,
  Secret,
  silentLogger,
} from '../../src/logging/index.js';

type Line = Record<string, unknown>;

/** A logger and the lines it has written. */
function record(options: LoggerOptions = {}): {
  readonly logger: Logger;
  readonly lines: Line[];
  readonly raw: string[];
} {
  const lines: Line[] = [];
  const raw: string[] = [];
  const write = (line: string): void => {
    raw.push(line);
    lines.push(JSON.parse(line));
  };
  return { logger: createLogger({ level: 'trace', destination: { write }, ...options }), lines, raw };
}

/** What a field looks like in the log. */
function rendered(value: unknown, options?: LoggerOptions): unknown {
  const { logger, lines } = record(options);
  logger.info({ value }, 'm');
  expect(lines).toHaveLength(1);
  return lines[0]?.['value'];
}

describe('createLogger', () => {
  it('writes one line of JSON: level, time, bindings, fields, message', () => {
    const { logger, raw, lines } = record({ bindings: { app: 'shop' } });
    logger
      .child({ correlationId: 'c1', module: 'shop' })
      .child({ handler: 'shop/h' })
      .info({ orderId: 5 }, 'order placed');
    expect(raw[0]).toMatch(/^\{.*\}\n$/);
    expect(lines[0]).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      app: 'shop',
      correlationId: 'c1',
      module: 'shop',
      handler: 'shop/h',
      orderId: 5,
      msg: 'order placed',
    });
  });

  it('writes a message alone', () => {
    const { logger, lines } = record();
    for (const level of ['trace', 'debug', 'info', 'warn', 'error'] as const) logger[level](`at ${level}`);
    expect(lines.map(({ level, msg }) => [level, msg])).toEqual([
      ['trace', 'at trace'],
      ['debug', 'at debug'],
      ['info', 'at info'],
      ['warn', 'at warn'],
      ['error', 'at error'],
    ]);
  });

  it('writes nothing below its level, and calls nothing of the fields then', () => {
    const { logger, lines } = record({ level: 'warn' });
    const fields = {
      get expensive(): number {
        throw new Error('called');
      },
    };
    logger.info(fields, 'm');
    logger.warn('m');
    expect(lines).toHaveLength(1);
    const silent = record({ level: 'silent' });
    silent.logger.error('m');
    expect(silent.lines).toHaveLength(0);
  });

  it('writes each name once, the innermost value of it', () => {
    const { logger, raw } = record({ bindings: { module: 'a' } });
    logger.child({ module: 'b' }).info({ module: 'c' }, 'm');
    expect(raw[0]?.match(/"module"/g)).toHaveLength(1);
    expect(raw[0]).toContain('"module":"c"');
  });

  it('leaves a parent as it is', () => {
    const { logger, lines } = record();
    logger.child({ a: 1 });
    logger.info('m');
    expect(lines[0]).not.toHaveProperty('a');
  });

  it('does not let a field forge level, time or message', () => {
    const { logger, raw, lines } = record();
    logger.info({ level: 'error', time: 0, msg: 'forged', text: 'a\n{"level":"fatal"}' }, 'real');
    expect(lines[0]).toMatchObject({ level: 'info', msg: 'real', level_: 'error', msg_: 'forged' });
    expect(raw[0]?.indexOf('\n')).toBe((raw[0]?.length ?? 0) - 1);
  });

  it.each([
    { level: 'loud' },
    { level: 5 },
    { destination: 'file' },
    { destination: 5 },
    { destination: null },
    { destination: {} },
    { redact: 'email' },
    { redact: [5] },
    { redact: [''] },
    { redact: ['a..b'] },
    { redact: ['*'] },
    { redact: ['*.*'] },
    { levl: 'info' },
    null,
  ])('refuses the options %o', (options) => {
    expect(() => createLogger(options as never)).toThrow(
      expect.objectContaining({ code: 'MORTAR_OPTIONS_INVALID' }),
    );
  });
});

describe('redaction', () => {
  const HIDDEN = 'hunter2';

  it.each([
    'password',
    'PASSWORD',
    'dbPassword',
    'db_password',
    'passwd',
    'secret',
    'clientSecret',
    'token',
    'access_token',
    'refreshToken',
    'authorization',
    'Authorization',
    'Proxy-Authorization',
    'cookie',
    'Set-Cookie',
    'apiKey',
    'x-api-key',
    'API_KEY',
    'privateKey',
    'passphrase',
    'credentials',
  ])('hides %s by its name, at any depth', (name) => {
    const value = {
      [name]: HIDDEN,
      a: [{ b: { [name]: { deep: HIDDEN } } }],
      map: new Map([[name, HIDDEN]]),
    };
    expect(JSON.stringify(rendered(value))).not.toContain(HIDDEN);
    const { logger, raw } = record({ bindings: { [name]: HIDDEN } });
    logger.child({ [name]: HIDDEN }).info({ [name]: HIDDEN }, 'm');
    expect(raw[0]).not.toContain(HIDDEN);
  });

  it.each(['tokens', 'maxTokens', 'key', 'passed', 'author', 'secretary', 'cookieCount'])(
    'shows %s',
    (name) => {
      expect(rendered({ [name]: 5 })).toEqual({ [name]: 5 });
    },
  );

  it('hides the values of lists of headers', () => {
    const pairs = [
      ['Authorization', HIDDEN],
      ['accept', 'json'],
    ];
    expect(rendered(pairs)).toEqual([
      ['Authorization', '[redacted]'],
      ['accept', 'json'],
    ]);
    expect(rendered(['cookie', HIDDEN, 'host', 'h'])).toEqual(['cookie', '[redacted]', 'host', 'h']);
  });

  it('hides names and paths that are marked', () => {
    const options = { redact: ['email', 'customer.phone', '*.iban', 'a.*.c'] };
    const value = {
      email: HIDDEN,
      nested: [{ EMAIL: HIDDEN }],
      customer: { phone: HIDDEN, name: 'Ada' },
      order: { customer: [{ phone: HIDDEN }], phone: 'shop' },
      x: { iban: HIDDEN },
      a: { b: { c: HIDDEN, d: 1 } },
    };
    const text = JSON.stringify(rendered(value, options));
    expect(text).not.toContain(HIDDEN);
    expect(text).toContain('Ada');
    expect(text).toContain('"phone":"shop"');
    expect(text).toContain('"d":1');
  });

  it('hides what is wrapped, wherever it is, and says which', () => {
    const value = {
      a: [new Secret(HIDDEN)],
      b: personal('Ada'),
      c: new Map([['d', personal('Ada')]]),
      e: new Error(`${new Secret(HIDDEN)}`),
    };
    const shown = rendered(value);
    expect(shown).toMatchObject({ a: ['[redacted]'], b: '[personal]', c: { d: '[personal]' } });
    expect(JSON.stringify(shown)).not.toMatch(/Ada|hunter2/);
    expect(rendered({ password: personal('x') })).toEqual({ password: '[personal]' });
  });

  it('hides credentials in texts, messages and errors, also beside a cut', () => {
    const url = 'postgres://u:hunter2@h/db';
    const { logger, raw } = record();
    logger.info(`connecting to ${url}`);
    logger.info({ url, error: new Error(`failed: ${url}`), header: 'Bearer hunter2hunter2' }, url);
    for (let offset = 8_160; offset < 8_200; offset += 1)
      logger.info({ a: `${'x'.repeat(offset)} ${url}` }, `${'x'.repeat(offset)} ${url}`);
    for (const line of raw) expect(line.match(/.{0,30}hunt.{0,30}/)?.[0]).toBeUndefined();
  });

  it('hides fields of errors and of their causes', () => {
    const cause = Object.assign(new Error('inner'), { config: { headers: { Authorization: HIDDEN } } });
    const error = Object.assign(new Error('outer', { cause }), { password: HIDDEN, statusCode: 500 });
    const shown = rendered(error);
    expect(shown).toMatchObject({
      name: 'Error',
      message: 'outer',
      statusCode: 500,
      cause: { message: 'inner' },
    });
    expect(JSON.stringify(shown)).not.toContain(HIDDEN);
  });

  it('never lets a marked value out, whatever surrounds it', () => {
    const name = fc.constantFrom('password', 'userEmail', 'apiKey');
    const leaf = fc.oneof(
      fc.string().filter((text) => !text.includes('hunter')),
      fc.integer(),
      fc.constant(null),
    );
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 5 },
        leaf,
        name.map((key) => ({ [key]: HIDDEN })),
        fc.constant(new Secret(HIDDEN)),
        fc.array(tie('tree'), { maxLength: 4 }),
        fc.dictionary(fc.string(), tie('tree'), { maxKeys: 4 }),
        fc.tuple(fc.string(), tie('tree')).map((entry) => new Map([entry])),
        tie('tree').map((inner) => new Set([inner])),
        tie('tree').map((inner) => Object.assign(new Error('e', { cause: inner }), { inner })),
        name.map((key) => new Map([[key, HIDDEN]])),
      ),
    }));
    const { logger, raw } = record({ redact: ['useremail'] });
    fc.assert(
      fc.property(tree, (value) => {
        raw.length = 0;
        logger.info({ value }, 'm');
        expect(raw).toHaveLength(1);
        expect(raw[0]).not.toContain(HIDDEN);
      }),
      { numRuns: 500 },
    );
  });
});

describe('rendering', () => {
  class Point {
    x = 1;
    toJSON(): object {
      return { x: this.x, password: 'hunter2' };
    }
  }

  it.each<[string, unknown, unknown]>([
    ['text', 'a', 'a'],
    ['null', null, null],
    ['NaN', Number.NaN, 'NaN'],
    ['Infinity', -Infinity, '-Infinity'],
    ['bigint', 123n, '123'],
    ['a huge bigint', 1n << 100_000n, '[huge bigint]'],
    ['a symbol', Symbol('s'), 'Symbol(s)'],
    ['a function', () => 1, '[function]'],
    ['a date', new Date(0), '1970-01-01T00:00:00.000Z'],
    ['an invalid date', new Date(Number.NaN), '[invalid date]'],
    [
      'a map',
      new Map<unknown, unknown>([
        ['a', 1n],
        [2, 'b'],
        [{}, 'c'],
        [Symbol('k'), 1],
      ]),
      { a: '1', 2: 'b', '[object]': 'c', 'Symbol(k)': 1 },
    ],
    ['a set', new Set([1, undefined, 'a']), [1, null, 'a']],
    ['bytes', new Uint8Array(5_000_000), '[5000000 bytes]'],
    ['a buffer', Buffer.from('hunter2'), '[7 bytes]'],
    ['an expression', /a+/g, '/a+/g'],
    ['a URL', new URL('http://u:p@h/'), 'http://[redacted]@h/'],
    ['toJSON', new Point(), { x: 1, password: '[redacted]' }],
    ['an undefined field', { a: undefined, b: 1 }, { b: 1 }],
    ['a bare object', Object.assign(Object.create(null), { a: 1 }), { a: 1 }],
    [
      'a getter that throws',
      {
        get a(): number {
          throw new Error('no');
        },
        b: 1,
      },
      { a: '[unreadable]', b: 1 },
    ],
    [
      'a toJSON that throws',
      {
        toJSON: () => {
          throw new Error('no');
        },
      },
      '[unreadable]',
    ],
    [
      'a proxy that throws',
      new Proxy(
        {},
        {
          ownKeys: () => {
            throw new Error('no');
          },
        },
      ),
      '[unreadable]',
    ],
  ])('of %s', (_, value, expected) => {
    expect(rendered(value)).toEqual(expected);
  });

  it('survives a revoked proxy, as a value and as the fields', () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    expect(rendered(proxy)).toBe('[unreadable]');
    const { logger, lines } = record();
    logger.error(proxy, 'm');
    logger.child(proxy).info('m');
    expect(lines.map(({ msg }) => msg)).toEqual(['m', 'm']);
  });

  it('shows an error with its type, stack and chain of causes', () => {
    const root = new MortarError('MORTAR_TIMEOUT', {
      rule: 'R.',
      expected: 'e',
      got: 'g',
      cause: new TypeError('root'),
    });
    const shown = rendered(new AggregateError([root], 'all', { cause: root })) as Record<
      string,
      Line & Line[]
    >;
    const mortar = {
      name: 'MortarError',
      code: 'MORTAR_TIMEOUT',
      category: 'timeout',
      rule: 'R.',
      expected: 'e',
      got: 'g',
      stack: expect.stringContaining('logger.unit.test'),
      cause: { name: 'TypeError', message: 'root' },
    };
    expect(shown).toMatchObject({ name: 'AggregateError', message: 'all', cause: mortar, errors: [mortar] });
  });

  it('takes an error in the place of fields', () => {
    const { logger, lines } = record();
    logger.error(new Error('boom') as never, 'failed');
    expect(lines[0]).toMatchObject({ error: { message: 'boom' }, msg: 'failed' });
  });

  it('marks cycles, and shows twice what is there twice', () => {
    const cyclic: Line = { a: 1 };
    cyclic['self'] = cyclic;
    cyclic['list'] = [cyclic];
    const error: Error & { cause?: unknown } = new Error('e');
    error.cause = error;
    expect(rendered(cyclic)).toEqual({ a: 1, self: '[circular]', list: ['[circular]'] });
    expect(rendered(error)).toMatchObject({ cause: '[circular]' });
    const shared = { b: 1 };
    expect(rendered([shared, shared])).toEqual([shared, shared]);
  });

  it.each<[string, () => unknown]>([
    ['a long text', () => 'x'.repeat(10_000_000)],
    ['many long texts', () => Array.from({ length: 1_000 }, () => 'x'.repeat(10_000))],
    [
      'a wide object',
      () => Object.fromEntries(Array.from({ length: 100_000 }, (_, index) => [`key${index}`, index])),
    ],
    ['a wide map', () => new Map(Array.from({ length: 100_000 }, (_, index) => [index, index]))],
    ['a long array', () => new Array(10_000_000).fill(1)],
    ['a bushy tree', () => bush(8)],
    ['a deep object', () => chain(100_000)],
    ['long names', () => ({ ['n'.repeat(1_000_000)]: 1 })],
    ['quotes, which double', () => '"'.repeat(100_000)],
    ['an endless toJSON', () => endless()],
  ])('bounds %s', (_, create) => {
    const { logger, raw } = record();
    logger.info({ value: create() }, 'x'.repeat(1_000_000));
    expect(raw[0]?.length).toBeLessThan(300_000);
    expect(raw[0]).toMatch(/…|cut|too deep/);
  });

  it('keeps a key __proto__ as a key, and pollutes nothing', () => {
    const { logger, raw } = record({ bindings: JSON.parse('{"__proto__":{"polluted":1}}') });
    logger.info(JSON.parse('{"a":{"__proto__":{"polluted":1}}}'), 'm');
    expect(raw[0]).toContain('"a":{"__proto__":{"polluted":1}}');
    expect(({} as Line)['polluted']).toBeUndefined();
  });

  it('never throws, and writes one line of JSON, for anything', () => {
    const { logger, raw } = record();
    fc.assert(
      fc.property(
        fc.anything({
          withBigInt: true,
          withDate: true,
          withMap: true,
          withSet: true,
          withTypedArray: true,
          withNullPrototype: true,
          withSparseArray: true,
        }),
        (value) => {
          raw.length = 0;
          logger.info({ value }, 'm');
          logger.warn(value as never, value as never);
          logger.child(value as never).error('m');
          expect(raw.map((line) => describeValue(JSON.parse(line)))).toHaveLength(3);
        },
      ),
      { numRuns: 1_000 },
    );
  });
});

describe('a destination that fails', () => {
  it('does not fail the call', () => {
    const write = (): never => {
      throw new Error('disk full');
    };
    expect(() => createLogger({ destination: { write } }).error({ a: 1 }, 'm')).not.toThrow();
  });

  it('does not end the process with its error event', () => {
    const stream = Object.assign(new EventEmitter(), { write: () => true });
    createLogger({ destination: stream }).error('m');
    expect(stream.emit('error', new Error('EPIPE'))).toBe(true);
  });
});

describe('silentLogger', () => {
  it('says nothing, and neither do its children', () => {
    const child = silentLogger.child({ a: 1 });
    expect(child).toBe(silentLogger);
    expect(
      child.error(
        {
          get a(): number {
            throw new Error('called');
          },
        },
        'm',
      ),
    ).toBeUndefined();
  });
});

function bush(depth: number): unknown {
  return depth === 0
    ? 'leaf'
    : Array.from({ length: 8 }, () => (depth > 6 ? bush(depth - 1) : { a: bush(0), b: depth }));
}

function chain(length: number): unknown {
  let value: unknown = 'end';
  for (let depth = 0; depth < length; depth += 1) value = { value };
  return value;
}

function endless(): object {
  return { toJSON: () => endless() };
}
