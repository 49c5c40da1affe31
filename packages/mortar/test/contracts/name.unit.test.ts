import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { checkModuleName, checkName, command, event, moduleOf, query } from '../../src/contracts/index.js';
import { codeOf } from './caught.js';

const schema = z.object({});

describe('names of contracts', () => {
  test.each(['shop.order-placed', 'a.b', 'data-quality.rule2-failed', 's3.a-1', `a.${'b'.repeat(198)}`])(
    'takes %s',
    (name) => {
      expect(() => checkName(name)).not.toThrow();
      expect(event(name as 'a.b', { data: schema }).module).toBe(moduleOf(name));
    },
  );

  const refused: readonly [string, unknown][] = [
    ['nothing', undefined],
    ['an empty text', ''],
    ['blanks', '   '],
    ['513 characters', `a.${'b'.repeat(511)}`],
    ['201 characters', `a.${'b'.repeat(199)}`],
    ['no dot', 'order-placed'],
    ['two dots', 'shop.order.placed'],
    ['only a dot', '.'],
    ['no module', '.order-placed'],
    ['no name', 'shop.'],
    ['capitals', 'shop.OrderPlaced'],
    ['an underscore', 'shop.order_placed'],
    ['a dash at the start', 'shop.-placed'],
    ['a dash at the end', 'shop.placed-'],
    ['two dashes', 'shop.order--placed'],
    ['a digit at the start', 'shop.2nd-order'],
    ['a digit at the start of the module', '2nd.order'],
    ['a wildcard', 'shop.*'],
    ['wildcards', 'a.**.**.**.b'],
    ['a pattern that backtracks', '(a+)+$'],
    ['SQL', "'; DROP TABLE events;--"],
    ['a path', '../../etc/passwd'],
    ['__proto__', '__proto__'],
    ['__proto__ in a module', 'shop.__proto__'],
    ['toString', 'shop.toString'],
    ['CR LF', 'shop.order\r\nplaced'],
    ['a line break at the end', 'shop.order-placed\n'],
    ['NUL', 'shop.order\0'],
    ['an umlaut, composed', 'shop.bestellung-ausgel\u00f6st'],
    ['an umlaut, decomposed', 'shop.bestellung-ausgelo\u0308st'],
    ['a Cyrillic letter that looks Latin', 'shop.\u043erder'],
    ['a full-width letter', 'shop.\uff41'],
    ['half a pair', 'shop.\ud800'],
    ['a number', 7],
    ['null', null],
    ['an array that reads as a name', ['shop.order-placed']],
    ['an object with toString', { toString: () => 'shop.order-placed' }],
  ];

  test.each(refused)('refuses %s, in every kind of contract', (_, name) => {
    expect(codeOf(() => checkName(name))).toBe('MORTAR_NAME_INVALID');
    expect(codeOf(() => event(name as 'a.b', { data: schema }))).toBe('MORTAR_NAME_INVALID');
    expect(codeOf(() => command(name as 'a.b', { data: schema }))).toBe('MORTAR_NAME_INVALID');
    expect(codeOf(() => query(name as 'a.b', { data: schema }))).toBe('MORTAR_NAME_INVALID');
  });

  test('the error shows the name on one line', () => {
    expect(() => checkName('shop.a\r\nb\u2028')).toThrow(/^[^\r\n\u2028]*"shop\.a\\r\\nb\\u2028"\.$/);
  });

  test('names that objects have of themselves are names like any other', () => {
    expect(event('constructor.prototype', { data: schema }).module).toBe('constructor');
  });

  test('100,000 names of 200 characters take no more than a moment', () => {
    const name = `a.${'b-'.repeat(98)}b`;
    const startedAt = performance.now();
    for (let round = 0; round < 100_000; round += 1) checkName(name);
    expect(performance.now() - startedAt).toBeLessThan(20_000);
  });
});

describe('names of modules', () => {
  test.each(['shop', 'data-quality', 'a', 'constructor'])('takes %s', (name) => {
    expect(() => checkModuleName(name)).not.toThrow();
  });

  test.each([
    '',
    'shop.orders',
    'Shop',
    '-shop',
    'shop-',
    '2shop',
    'sh op',
    '*',
    '__proto__',
    'a'.repeat(201),
  ])('refuses %j', (name) => {
    expect(codeOf(() => checkModuleName(name))).toBe('MORTAR_NAME_INVALID');
  });
});
