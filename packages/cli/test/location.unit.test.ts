import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { locationOf } from '../src/location.js';

const FOLDER = resolve('/home/ada/shop');

describe('a location', () => {
  test.each([
    ['shop.db', 'shop.db'],
    ['sqlite:shop.db', 'shop.db'],
    ['SQLite:data/shop.db', 'data/shop.db'],
    ['../other/shop.db', '../other/shop.db'],
    ['/var/lib/shop.db', '/var/lib/shop.db'],
    ['a b $(c).db', 'a b $(c).db'],
  ])('%s is a file, which counts from where the user stands', (text, name) => {
    expect(locationOf(text, FOLDER)).toEqual({ kind: 'sqlite', address: resolve(FOLDER, name), name });
  });

  test.each(['postgres://ada@localhost/shop', 'postgresql://ada@localhost:5433/shop?sslmode=require'])(
    '%s is a server',
    (text) => {
      expect(locationOf(text, FOLDER)).toEqual({ kind: 'postgres', address: text, name: text });
    },
  );

  test.each(['postgres://ada:secret@localhost/shop', 'postgres://ada@localhost/shop?password=secret'])(
    'the password of %s is in no message, and in the address',
    (text) => {
      const { name, address } = locationOf(text, FOLDER);
      expect(address).toBe(text);
      expect(name).not.toContain('secret');
      expect(name).toContain('ada');
    },
  );

  test.each(['', 'sqlite:', 'mysql://localhost/shop', 'http://localhost', 'a\0b'])(
    '%j is refused',
    (text) => {
      expect(() => locationOf(text, FOLDER)).toThrow(
        expect.objectContaining({ code: 'MORTAR_OPTIONS_INVALID' }),
      );
    },
  );

  test('an address that is no URL is refused without its password', () => {
    const address = 'postgres://ada:secret@[/shop';
    expect(() => locationOf(address, FOLDER)).toThrow('an address that is no URL');
    expect(() => locationOf(address, FOLDER)).not.toThrow('secret');
  });
});
