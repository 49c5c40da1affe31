import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { personal, redactText, Secret } from '../../src/contracts/index.js';

const VALUE = 'hunter2';

describe('Secret', () => {
  const hidden = new Secret(VALUE);

  it.each<[string, (value: Secret) => unknown]>([
    ['String', (value) => String(value)],
    ['a template literal', (value) => `${value}`],
    ['concatenation', (value) => `a${value}`],
    ['JSON.stringify', (value) => JSON.stringify({ value })],
    ['inspect', (value) => inspect({ value }, { depth: 9 })],
    [
      'inspect of all there is',
      (value) => inspect(value, { showHidden: true, getters: true, customInspect: false }),
    ],
    ['an error message', (value) => new Error(`bad ${value}`).message],
    ['structuredClone', (value) => inspect(structuredClone(value), { showHidden: true })],
    ['a spread', (value) => JSON.stringify({ ...value })],
    ['its entries', (value) => JSON.stringify([Object.entries(value), Reflect.ownKeys(value)])],
    ['toLocaleString', (value) => value.toLocaleString()],
    ['a number', (value) => Number(value)],
  ])('does not show in %s', (_, render) => {
    expect(String(render(hidden))).not.toContain(VALUE);
    expect(String(render(personal(VALUE)))).not.toContain(VALUE);
  });

  it('says what it is', () => {
    expect(`${hidden}`).toBe('[redacted]');
    expect(JSON.stringify([personal('Ada')])).toBe('["[personal]"]');
    expect(inspect(personal('Ada'))).toBe('[personal]');
  });

  it('reveals its value, of any type, and can not be changed', () => {
    const value = { a: 1 };
    expect(new Secret(value).reveal()).toBe(value);
    expect(Object.isFrozen(hidden)).toBe(true);
    expect(personal(5).reveal()).toBe(5);
  });
});

describe('redactText', () => {
  it.each([
    ['postgres://u:hunter2@db/shop', 'postgres://[redacted]@db/shop'],
    ['at postgres://u:hunter2@db/shop.', 'at postgres://[redacted]@db/shop.'],
    ['amqp://hunter2@host', 'amqp://[redacted]@host'],
    ['redis://:hunter2@host:6379', 'redis://[redacted]@host:6379'],
    ['postgres://u:hun@ter2@db', 'postgres://[redacted]@db'],
    ['postgres://u:hun/ter2@db', 'postgres://[redacted]@db'],
    ['{"url":"a://u:hunter2@h"}', '{"url":"a://[redacted]@h"}'],
    ['https://h/?a=1&password=hunter2&b=2', 'https://h/?a=1&password=[redacted]&b=2'],
    ['https://h/?access_token=hunter2', 'https://h/?access_token=[redacted]'],
    ['Authorization: Bearer hunter2hunter2', 'Authorization: Bearer [redacted]'],
    ['basic aHVudGVyMg==', 'basic [redacted]'],
  ])('of %s is %s', (text, expected) => {
    expect(redactText(text)).toBe(expected);
  });

  it.each([
    'plain',
    '',
    'a@b.com',
    'https://host/path@2',
    'see https://host:80/path',
    'mailto:a@b.c, http://h',
    'basic facts',
  ])('leaves %o as it is', (text) => {
    expect(redactText(text)).toBe(text);
  });

  it('hides any password of a URL', () => {
    const passwords = fc.stringMatching(/^[A-Za-z0-9@/:?#.%_-]{8,20}$/);
    fc.assert(
      fc.property(passwords, fc.string(), (password, around) => {
        fc.pre(!around.includes(password) && !'postgres://db.example/shop[redacted]'.includes(password));
        expect(redactText(`${around} postgres://user:${password}@db.example/shop ${around}`)).not.toContain(
          `:${password}@`,
        );
      }),
    );
  });

  it('takes linear time', () => {
    const start = performance.now();
    for (const text of [
      'a://'.repeat(50_000),
      '@'.repeat(200_000),
      '?password='.repeat(20_000),
      'bearer '.repeat(30_000),
      `?${'a'.repeat(200_000)}`,
    ]) {
      redactText(text);
    }
    expect(performance.now() - start).toBeLessThan(20_000);
  });
});
