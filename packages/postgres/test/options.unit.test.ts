import { MortarError } from 'mortar/errors';
import { describe, expect, it } from 'vitest';
import { type PostgresOptions, postgres } from '../src/index.js';
import { checkOptions, placeOf } from '../src/options.js';

const SECRET = 'hunter2';

describe('the options of a store on PostgreSQL', () => {
  it.each<[string, unknown]>([
    ['an unknown key', { uri: 'postgres://localhost/shop' }],
    ['no object', 7],
    ['a URL of something else', { url: `mysql://u:${SECRET}@localhost/shop` }],
    ['no URL', { url: `postgres://u:${SECRET}@[` }],
    ['a port beyond all', { port: 70_000 }],
    ['a port as text', { port: '5432' }],
    ['no connections', { maxConnections: 0 }],
    ['fewer than none', { maxConnections: -1 }],
    ['one connection, which a transaction and what it looks up would share', { maxConnections: 1 }],
    ['a delay beyond what a timer keeps', { statementTimeoutMs: 1e12 }],
    ['no time at all', { lockTimeoutMs: 0 }],
    ['a schema with a quote', { schema: 'a"; DROP TABLE events; --' }],
    ['a schema without a name', { schema: '' }],
    ['a schema that is too long', { schema: 'a'.repeat(49) }],
    ['a durability that there is not', { durability: 'maybe' }],
    ['listening by halves', { listen: 1 }],
    ['a listening URL of something else', { listen: `http://u:${SECRET}@localhost` }],
    ['a password that is none', { password: 7 }],
    ['an empty host', { host: '' }],
    ['NUL in the name', { applicationName: 'a\0' }],
    ['prepared statements by halves', { preparedStatements: 'yes' }],
  ])('%s is refused', (_, options) => {
    const error = caught(() => postgres(options as PostgresOptions));
    expect(error).toBeInstanceOf(MortarError);
    expect(error).toMatchObject({ code: 'MORTAR_OPTIONS_INVALID' });
    expect(`${String(error)} ${JSON.stringify(error)}`).not.toContain(SECRET);
    expect(Object(error).cause).toBeUndefined();
  });

  it('have defaults that are durable', () => {
    expect(checkOptions({ url: 'postgres://localhost/shop' })).toMatchObject({
      schema: '"mortar"',
      isDurable: true,
      isListening: true,
      maxConnections: 10,
      preparedStatements: undefined,
    });
  });

  it('say where a server is, and never who asks', () => {
    const url = `postgres://shop:${SECRET}@db.internal:6432/shop?sslmode=require`;
    expect(placeOf(checkOptions({ url }))).toBe('db.internal:6432/shop');
    expect(placeOf(checkOptions({ host: 'db', port: 1, database: 'shop', password: SECRET }))).toBe(
      'db:1/shop',
    );
    expect(placeOf(checkOptions({}))).toBe('PGHOST/PGDATABASE');
  });
});

function caught(call: () => unknown): unknown {
  try {
    call();
    return undefined;
  } catch (error) {
    return error;
  }
}
