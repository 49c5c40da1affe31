import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type } from 'arktype';
import fc from 'fast-check';
import * as v from 'valibot';
import { afterAll, describe, expect, expectTypeOf, it, vi } from 'vitest';
import { z } from 'zod';
import {
  describeConfig,
  flag,
  list,
  loadConfig,
  number,
  type Secret,
  secret,
  text,
} from '../../src/config/index.js';
import type { MortarError } from '../../src/errors/index.js';

const folder = mkdtempSync(join(tmpdir(), 'mortar-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;
function fileOf(content: string): string {
  files += 1;
  const path = join(folder, `${files}.json`);
  writeFileSync(path, content);
  return path;
}

const schema = z.object({
  port: z.number().int().min(1).max(65_535).default(3000),
  databaseUrl: z.string().min(1),
  verbose: z.boolean().default(false),
  hosts: z.array(z.string()).default([]),
  pool: z.object({ size: z.number().int().min(1).default(4), ratio: z.number().optional() }),
});

const settings = {
  port: number('MORTAR_PORT'),
  databaseUrl: secret('MORTAR_DATABASE_URL'),
  verbose: flag('MORTAR_VERBOSE'),
  hosts: list('MORTAR_HOSTS'),
  pool: { size: number('MORTAR_POOL_SIZE'), ratio: number('MORTAR_POOL_RATIO') },
};

type Env = Record<string, string | undefined>;

const URL_WITH_PASSWORD = 'postgres://shop:hunter2@db/shop';

function load(env: Env = {}, file?: string): ReturnType<typeof loadConfig<typeof schema, typeof settings>> {
  const full = { MORTAR_DATABASE_URL: URL_WITH_PASSWORD, ...env };
  return loadConfig({ schema, settings, env: full, ...(file === undefined ? {} : { file }) });
}

function failureOf(run: () => unknown): MortarError {
  try {
    run();
  } catch (error) {
    return error as MortarError;
  }
  throw new Error('nothing was thrown');
}

describe('loadConfig', () => {
  it('reads the environment into a typed object', () => {
    const config = load({
      MORTAR_PORT: '8080',
      MORTAR_VERBOSE: 'true',
      MORTAR_HOSTS: 'a, b',
      MORTAR_POOL_RATIO: '-0.5',
    });
    expect(config).toMatchObject({
      port: 8080,
      verbose: true,
      hosts: ['a', 'b'],
      pool: { size: 4, ratio: -0.5 },
    });
    expect(config.databaseUrl.reveal()).toBe(URL_WITH_PASSWORD);
    expectTypeOf(config.port).toEqualTypeOf<number>();
    expectTypeOf(config.databaseUrl).toEqualTypeOf<Secret<string>>();
    expectTypeOf(config.hosts).toEqualTypeOf<readonly string[]>();
    expectTypeOf(config.pool.ratio).toEqualTypeOf<number | undefined>();
    expect(() => {
      // @ts-expect-error It is read-only.
      config.port = 1;
    }).toThrow(TypeError);
  });

  it('rejects at compile time what does not fit the schema', () => {
    const one = z.object({ port: z.number() });
    const env = { MORTAR_PORT: '1' };
    // @ts-expect-error A setting is missing.
    expect(() => loadConfig({ schema: one, settings: {}, env })).toThrow();
    // @ts-expect-error A number is not read by `text`.
    expect(() => loadConfig({ schema: one, settings: { port: text('MORTAR_PORT') }, env })).toThrow();
  });

  it('is deeply frozen', () => {
    const config = load({ MORTAR_HOSTS: 'a' });
    expect([config, config.hosts, config.pool, config.databaseUrl].every(Object.isFrozen)).toBe(true);
  });

  it('takes the environment over the file, the file over defaults', () => {
    const file = fileOf('{ "port": 1000, "pool": { "size": 9 }, "hosts": ["f"], "verbose": true }');
    expect(load({ MORTAR_PORT: '2000' }, file)).toMatchObject({
      port: 2000,
      pool: { size: 9 },
      hosts: ['f'],
      verbose: true,
    });
    const url = pathToFileURL(file);
    expect(loadConfig({ schema, settings, env: { MORTAR_DATABASE_URL: 'x' }, file: url }).port).toBe(1000);
  });

  it('reads process.env unless given another, and takes names without the prefix', () => {
    // Those that choose which tests run are nobody's settings.
    for (const name of Object.keys(process.env)) if (name.startsWith('MORTAR_')) vi.stubEnv(name, undefined);
    try {
      const one = z.object({ path: z.string() });
      expect(loadConfig({ schema: one, settings: { path: text('PATH') } }).path).toBe(process.env['PATH']);
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it('takes every library with a Standard Schema', () => {
    const env = { MORTAR_PORT: '8080' };
    const port = number('MORTAR_PORT');
    expect(loadConfig({ schema: v.object({ port: v.number() }), settings: { port }, env })).toEqual({
      port: 8080,
    });
    expect(loadConfig({ schema: type({ port: 'number' }), settings: { port }, env })).toEqual({ port: 8080 });
  });

  it('leaves a group out where none of it is set and the schema allows that', () => {
    const tls = z.object({ cert: z.string(), key: z.string() }).optional();
    const options = {
      schema: z.object({ tls }),
      settings: { tls: { cert: text('MORTAR_CERT'), key: secret('MORTAR_KEY') } },
    };
    expect(loadConfig({ ...options, env: {} })).toEqual({});
    const config = loadConfig({ ...options, env: { MORTAR_CERT: 'c', MORTAR_KEY: 'k' } });
    expect(config.tls?.key.reveal()).toBe('k');
    expect(failureOf(() => loadConfig({ ...options, env: { MORTAR_CERT: 'c' } })).message).toContain(
      'MORTAR_KEY is not set',
    );
  });

  it('keeps instances of classes that the schema makes', () => {
    const config = loadConfig({
      schema: z.object({ url: z.string().transform((value) => new URL(value)) }),
      settings: { url: text('MORTAR_URL') },
      env: { MORTAR_URL: 'http://u:hunter2@h/' },
    });
    expect(config.url.hostname).toBe('h');
    expect(JSON.stringify(describeConfig(config))).not.toContain('hunter2');
  });
});

describe('faults', () => {
  const badNumbers = [
    '',
    ' ',
    ' 5 ',
    '5 ',
    '0x1',
    '1e3',
    'NaN',
    'Infinity',
    '-Infinity',
    '+5',
    '1_000',
    '1,000',
    '.5',
    '5.',
    '007',
    '--1',
    '٣',
    '9007199254740993',
    '1'.repeat(400),
    'null',
    '5\n',
  ];
  const cases: readonly [string, Env, string][] = [
    ...badNumbers.map((bad): [string, Env, string] => [
      `MORTAR_PORT=${bad.slice(0, 20)}`,
      { MORTAR_PORT: bad },
      'MORTAR_PORT',
    ]),
    ...['70000', '0', '-1', '80.5'].map((bad): [string, Env, string] => [
      `MORTAR_PORT=${bad}`,
      { MORTAR_PORT: bad },
      'MORTAR_PORT',
    ]),
    ...['', '1', '0', 'yes', 'TRUE', 'True', ' true'].map((bad): [string, Env, string] => [
      `MORTAR_VERBOSE=${bad}`,
      { MORTAR_VERBOSE: bad },
      'MORTAR_VERBOSE',
    ]),
    ...['0', '-1'].map((bad): [string, Env, string] => [
      `MORTAR_POOL_SIZE=${bad}`,
      { MORTAR_POOL_SIZE: bad },
      'MORTAR_POOL_SIZE',
    ]),
    ['MORTAR_HOSTS=a,,b', { MORTAR_HOSTS: 'a,,b' }, 'MORTAR_HOSTS'],
    ['an empty secret', { MORTAR_DATABASE_URL: '' }, 'MORTAR_DATABASE_URL'],
    ['a missing secret', { MORTAR_DATABASE_URL: undefined }, 'MORTAR_DATABASE_URL is not set'],
  ];

  it.each(cases)('refuses %s, and names the key', (_, env, key) => {
    const error = failureOf(() => load(env));
    expect(error).toMatchObject({ code: 'MORTAR_CONFIG_INVALID', category: 'validation' });
    expect(error.issues).toHaveLength(1);
    expect(error.message).toContain(key);
  });

  it.each([
    ['0', 0],
    ['-0', 0],
    ['-1', -1],
    ['0.5', 0.5],
    ['9007199254740991', 2 ** 53 - 1],
  ])('takes the number %s', (value, expected) => {
    expect(number('X').parse(value)).toEqual({ ok: true, value: expected });
  });

  it('takes as a number exactly what reads back as the same text', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.integer().map(String), fc.stringMatching(/^[-+0-9.ex ]{1,8}$/)),
        (value) => {
          const parsed = number('X').parse(value);
          if (parsed.ok) expect(Number.isFinite(parsed.value) && /^-?\d+(\.\d+)?$/.test(value)).toBe(true);
          else
            expect(
              String(Number(value)) === value && /^-?\d+$/.test(value) && Number.isSafeInteger(Number(value)),
            ).toBe(false);
        },
      ),
    );
  });

  it('refuses unknown variables with the prefix, and guesses what was meant', () => {
    const error = failureOf(() => load({ MORTAR_PROT: '5', MORTAR_ZZZZZZZZ: 'hunter2', OTHER: 'x' }));
    expect(error).toMatchObject({ code: 'MORTAR_CONFIG_UNKNOWN_KEY' });
    expect(error.message).toContain(
      '"MORTAR_PROT" in the environment is not a known key; did you mean MORTAR_PORT?',
    );
    expect(error.message).not.toMatch(/hunter2|OTHER/);
    expect(error.issues.map(({ path }) => path)).toEqual(['MORTAR_PROT', 'MORTAR_ZZZZZZZZ']);
  });

  it('knows what is read elsewhere, and another prefix', () => {
    const one = { schema: z.object({}), settings: {} };
    expect(loadConfig({ ...one, env: { MORTAR_HOME: 'x' }, alsoKnown: ['MORTAR_HOME'] })).toEqual({});
    expect(loadConfig({ ...one, env: { MORTAR_HOME: 'x' }, prefix: 'SHOP_' })).toEqual({});
    expect(failureOf(() => loadConfig({ ...one, env: { SHOP_X: '1' }, prefix: 'SHOP_' })).message).toContain(
      'SHOP_X',
    );
  });

  it('refuses unknown keys in the file, also inner ones, and guesses what was meant', () => {
    const error = failureOf(() => load({}, fileOf('{ "prot": 5, "pool": { "sise": 1 }, "constructor": 1 }')));
    expect(error.code).toBe('MORTAR_CONFIG_UNKNOWN_KEY');
    expect(error.message).toContain('"prot" in the file is not a known key; did you mean port?');
    expect(error.message).toContain('"pool.sise" in the file is not a known key; did you mean size?');
    expect(error.issues).toHaveLength(3);
  });

  it('tells every fault at once', () => {
    const file = fileOf('{ "prot": 5, "pool": 7, "hosts": [1] }');
    const env = { MORTAR_PORT: 'x', MORTAR_VERBOSE: 'y', MORTAR_DATABASE_URL: undefined, MORTAR_NEW: '1' };
    const error = failureOf(() => load(env, file));
    expect(error.code).toBe('MORTAR_CONFIG_INVALID');
    for (const key of [
      'prot',
      'pool',
      'hosts',
      'MORTAR_PORT',
      'MORTAR_VERBOSE',
      'MORTAR_DATABASE_URL',
      'MORTAR_NEW',
    ]) {
      expect(error.message).toContain(key);
    }
    expect(error.issues).toHaveLength(7);
  });

  it.each([
    ['missing', () => join(folder, 'none.json')],
    ['a folder', () => folder],
    ['a path with NUL', () => 'a\0b'],
    ['empty', () => fileOf('')],
    ['malformed', () => fileOf('{ "port": 1,\n  "databaseUrl": hunter2 }')],
    ['an array', () => fileOf('[]')],
    ['null', () => fileOf('null')],
    ['a text', () => fileOf('"hunter2"')],
    ['too deep', () => fileOf(`${'{"hosts":'.repeat(50)}1${'}'.repeat(50)}`)],
    ['100,000 levels deep', () => fileOf(`{"hosts":${'['.repeat(100_000)}${']'.repeat(100_000)}}`)],
    ['too large', () => fileOf(`{"hosts":["${'x'.repeat(1_048_577)}"]}`)],
  ])('refuses a file that is %s', (_, path) => {
    const error = failureOf(() => load({}, path()));
    expect(error).toMatchObject({ code: 'MORTAR_CONFIG_FILE' });
    expect(everything(error)).not.toContain('hunter2');
  });

  it('says where a malformed file is wrong', () => {
    expect(failureOf(() => load({}, fileOf('{ "port": 1,\n  verbose: 1 }'))).message).toContain(
      'line 2, column 3',
    );
  });

  it('takes a byte order mark', () => {
    expect(load({}, fileOf('\ufeff{ "port": 5 }')).port).toBe(5);
  });

  it('is not polluted by keys such as __proto__', () => {
    const file = fileOf('{ "__proto__": { "polluted": true }, "pool": { "__proto__": { "size": 77 } } }');
    const error = failureOf(() => load({}, file));
    expect(error.code).toBe('MORTAR_CONFIG_UNKNOWN_KEY');
    expect(error.issues).toHaveLength(2);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    const any = loadConfig({
      schema: z.object({ rules: z.unknown() }),
      settings: { rules: text('MORTAR_RULES') },
      env: {},
      file: fileOf('{ "rules": { "__proto__": { "polluted": 1 }, "constructor": 2 } }'),
    });
    expect(JSON.stringify(any)).toBe('{"rules":{"__proto__":{"polluted":1},"constructor":2}}');
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it.each([
    [{}],
    [{ schema, settings: { port: 'MORTAR_PORT' } }],
    [{ schema, settings, prefx: 'X_' }],
    [{ schema, settings, prefix: '' }],
    [{ schema, settings, file: 5 }],
    [{ schema, settings, env: 'x' }],
    [{ schema, settings, env: null }],
    [{ schema, settings, alsoKnown: 'x' }],
    [{ schema, settings: { a: text('X'), b: secret('X') } }],
    [{ schema, settings: null }],
  ])('refuses the options %#', (options) => {
    expect(failureOf(() => loadConfig(options as never)).code).toMatch(/^MORTAR_(OPTIONS|CONTRACT)_INVALID$/);
  });

  it.each(['', 'A B', '1A', 'A-B', undefined, 5])('refuses a variable named %o', (name) => {
    expect(failureOf(() => text(name as string)).code).toBe('MORTAR_OPTIONS_INVALID');
  });

  it('refuses an asynchronous schema, and tells of one that throws', () => {
    const settings = { a: text('MORTAR_A') };
    const env = { MORTAR_A: 'a' };
    const late = z.object({ a: z.string().refine(async () => true) });
    const fail = (): never => {
      throw new Error('bug');
    };
    const broken = { '~standard': { version: 1, vendor: 'test', validate: fail } } as const;
    expect(failureOf(() => loadConfig({ schema: late, settings, env })).code).toMatch(
      /MORTAR_SCHEMA_ASYNC|MORTAR_CONFIG_INVALID/,
    );
    expect(failureOf(() => loadConfig({ schema: broken, settings, env } as never))).toMatchObject({
      code: 'MORTAR_CONFIG_INVALID',
      cause: { message: 'bug' },
    });
  });
});

/** All that a log or a console could show of an error. */
function everything(error: unknown): string {
  const { inspect } = process.getBuiltinModule('node:util');
  return [
    inspect(error, { depth: 20, showHidden: true }),
    JSON.stringify(error),
    String(error),
    inspect((error as Error).cause),
  ].join();
}

describe('secrets', () => {
  it('never stand in an error, whatever the schema library says of them', () => {
    const env = {
      MORTAR_KEY: 'hunter2-key',
      MORTAR_PIN: 'hunter2-pin',
      MORTAR_NAME: 'postgres://u:hunter2@h/x',
    };
    const settings = {
      key: secret('MORTAR_KEY'),
      pin: secret(number('MORTAR_PIN')),
      name: text('MORTAR_NAME'),
    };
    const schemas = [
      z.object({ key: z.literal('a'), pin: z.number(), name: z.string() }),
      z.object({
        key: z.string().refine(() => false, { error: ({ input }) => `bad: ${input}` }),
        pin: z.number().optional(),
        name: z.string(),
      }),
      z
        .object({ key: z.string(), pin: z.number().optional(), name: z.string() })
        .refine(() => false, { error: ({ input }) => JSON.stringify(input) }),
      z.object({
        key: z.string().transform((value): string => JSON.parse(value)),
        pin: z.number().optional(),
        name: z.string(),
      }),
      z.object({
        key: z.string(),
        pin: z.number().optional(),
        name: z.literal('a', { error: ({ input }) => `not ${input}` }),
      }),
      v.object({ key: v.literal('a'), pin: v.optional(v.number()), name: v.string() }),
      type({ key: "'a'", 'pin?': 'number', name: "'b'" }),
      type({ key: 'string', 'pin?': 'number', name: 'string' }).narrow((data, context) =>
        context.reject(`other than ${data.key}`),
      ),
    ];
    for (const schema of schemas) {
      const error = failureOf(() => loadConfig({ schema, settings, env } as never));
      // zod answers with a promise where a transformation throws.
      expect(error.code).toMatch(/^MORTAR_(CONFIG_INVALID|SCHEMA_ASYNC)$/);
      expect(everything(error)).not.toContain('hunter2');
      if (error.code === 'MORTAR_CONFIG_INVALID') expect(error.message).toMatch(/MORTAR_(KEY|PIN|NAME)/);
    }
  });

  it('do not show in parts either', () => {
    const schema = z.object({
      key: z.string().refine(() => false, { error: ({ input }) => `ends in ${String(input).slice(-4)}` }),
    });
    const error = failureOf(() =>
      loadConfig({ schema, settings: { key: secret('MORTAR_KEY') }, env: { MORTAR_KEY: 'swordfish' } }),
    );
    expect(everything(error)).not.toContain('fish');
    expect(error.message).toContain('MORTAR_KEY: does not fit its schema');
  });

  it('do not show in a URL that is not marked as one', () => {
    const schema = z.object({
      url: z.string().refine(() => false, { error: ({ input }) => `not ${input}` }),
      port: z.number(),
    });
    const settings = { url: text('MORTAR_URL'), port: number('MORTAR_PORT') };
    const error = failureOf(() =>
      loadConfig({
        schema,
        settings,
        env: { MORTAR_URL: URL_WITH_PASSWORD, MORTAR_PORT: URL_WITH_PASSWORD },
      }),
    );
    expect(error.issues).toHaveLength(2);
    expect(everything(error)).not.toContain('hunter2');
  });

  it('stay secret when they come from the file', () => {
    const file = fileOf('{ "databaseUrl": "hunter2" }');
    const config = loadConfig({ schema, settings, env: {}, file });
    expect(config.databaseUrl.reveal()).toBe('hunter2');
    const error = failureOf(() =>
      loadConfig({ schema, settings, env: {}, file: fileOf('{ "databaseUrl": ["hunter2"] }') }),
    );
    expect(everything(error)).not.toContain('hunter2');
    expect(error.message).toContain('databaseUrl in the file');
  });

  it('may not be moved by the schema', () => {
    const moved = z.object({ key: z.string() }).transform(({ key }) => ({ other: key }));
    const error = failureOf(() =>
      loadConfig({ schema: moved, settings: { key: secret('MORTAR_KEY') }, env: { MORTAR_KEY: 'hunter2' } }),
    );
    expect(error.message).toContain('MORTAR_KEY: the schema must keep a secret in its place');
    expect(everything(error)).not.toContain('hunter2');
  });

  it('wrap a default of the schema too', () => {
    const config = loadConfig({
      schema: z.object({ key: z.string().default('hunter2') }),
      settings: { key: secret('MORTAR_KEY') },
      env: {},
    });
    expect(config.key.reveal()).toBe('hunter2');
    expect(JSON.stringify(config)).toBe('{"key":"[redacted]"}');
  });

  it('do not show in a loaded configuration', () => {
    const config = load();
    expect(everything(config)).not.toContain('hunter2');
    expect(describeConfig(config)).toMatchObject({ databaseUrl: '[redacted]', port: 3000 });
  });

  it('are text unless made of another setting', () => {
    const config = loadConfig({
      schema: z.object({ pin: z.number() }),
      settings: { pin: secret(number('MORTAR_PIN')) },
      env: { MORTAR_PIN: '42' },
    });
    expectTypeOf(config.pin).toEqualTypeOf<Secret<number>>();
    expect(config.pin.reveal()).toBe(42);
  });
});

describe('describeConfig', () => {
  it('replaces the credentials in URLs that are no secrets', () => {
    const described = describeConfig({
      url: URL_WITH_PASSWORD,
      list: [URL_WITH_PASSWORD],
      big: 5n,
      none: undefined,
      on: true,
      run: () => 1,
    });
    expect(JSON.stringify(described)).not.toContain('hunter2');
    expect(described).toMatchObject({ url: 'postgres://[redacted]@db/shop', big: '5', on: true });
  });
});
