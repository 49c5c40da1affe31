import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { describeValue, messageOf } from '../../src/errors/index.js';

describe('describeValue', () => {
  it.each<[unknown, string]>([
    ['text', '"text"'],
    ['', 'an empty string'],
    ['a\nb\u2028c\u0085', '"a\\nb\\u2028c\\u0085"'],
    ['\ud800', '"\\ud800"'],
    ['x'.repeat(61), `"${'x'.repeat(60)}…" (61 characters)`],
    [5, '5'],
    [-0, '-0'],
    [Number.NaN, 'NaN'],
    [-Infinity, '-Infinity'],
    [12n, '12n'],
    [-12n, '-12n'],
    [1n << 1_000_000n, 'a huge bigint'],
    [true, 'true'],
    [undefined, 'undefined'],
    [null, 'null'],
    [Symbol('s'), 'Symbol("s")'],
    [Symbol(), 'Symbol()'],
    [() => 1, 'a function'],
    [class {}, 'a function'],
    [{}, 'an object'],
    [Object.create(null), 'an object'],
    [[1, 2], 'an array'],
    [new Date(Number.NaN), 'an object'],
  ])('of %o', (value, expected) => {
    expect(describeValue(value)).toBe(expected);
  });

  it('is one short, printable line for anything', () => {
    const texts = fc.string({ unit: 'binary', maxLength: 300 });
    const values = fc.oneof(fc.anything({ withBigInt: true }), texts, texts.map(Symbol), fc.bigInt());
    fc.assert(
      fc.property(values, (value) => {
        const description = describeValue(value);
        expect(description.length).toBeLessThanOrEqual(120);
        expect(description).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
        expect(description.length).toBeGreaterThan(0);
      }),
      { numRuns: 2_000 },
    );
  });

  it('calls nothing of the value', () => {
    const called = vi.fn();
    const value = {
      get a(): unknown {
        return called();
      },
      get [Symbol.toStringTag](): string {
        called();
        return 'Tag';
      },
      toJSON: called,
      toString: called,
      valueOf: called,
      [Symbol.toPrimitive]: called,
      [Symbol.for('nodejs.util.inspect.custom')]: called,
    };
    describeValue(value);
    describeValue(Object.assign(() => 1, { toString: called }));
    expect(called).not.toHaveBeenCalled();
  });

  it.each([
    ['object', {}],
    ['array', []],
    ['function', () => 1],
  ])('calls no trap of a proxy of an %s', (_, target) => {
    const trap = vi.fn(() => {
      throw new Error('trap');
    });
    const handler = new Proxy({}, { get: () => trap });
    expect(describeValue(new Proxy(target, handler))).toMatch(/^an? (object|array|function)$/);
    expect(trap).not.toHaveBeenCalled();
  });

  it.each([{}, [], () => 1])('survives a revoked proxy', (target) => {
    const { proxy, revoke } = Proxy.revocable(target, {});
    revoke();
    expect(describeValue(proxy)).toMatch(/^an? (object|function)$/);
  });
});

describe('messageOf', () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  const liar = new Error('never seen');
  Object.defineProperty(liar, 'message', {
    get() {
      throw new Error('caught');
    },
  });

  it.each<[() => unknown, string]>([
    [() => new TypeError('broken'), 'broken'],
    [() => 'text', '"text"'],
    [() => undefined, 'undefined'],
    [() => null, 'null'],
    [() => Object.create(null), 'an object'],
    [() => proxy, 'an object'],
    [() => liar, 'an object'],
    [() => ({ toString: () => 'never called' }), 'an object'],
  ])('says what was thrown, whatever it was', (thrown, text) => {
    expect(messageOf(thrown())).toBe(text);
  });
});
