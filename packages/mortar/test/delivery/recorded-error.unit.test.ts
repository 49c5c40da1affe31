import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { fingerprintOf, type RecordedError, recordError } from '../../src/delivery/index.js';
import { MortarError } from '../../src/errors/index.js';
import { heapBytes } from '../support/heap.js';

function revoked(): unknown {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

function revokedFunction(): unknown {
  const { proxy, revoke } = Proxy.revocable(() => undefined, {});
  revoke();
  return proxy;
}

/** An error whose properties throw when they are read. */
function thorny(...properties: readonly string[]): Error {
  const error = new Error('hidden');
  for (const property of properties) {
    Object.defineProperty(error, property, {
      get() {
        throw new Error('thorn');
      },
    });
  }
  return error;
}

const circular: { self?: unknown } = {};
circular.self = circular;

class DomainError extends Error {
  override readonly name = 'DomainError';
}

describe('recordError', () => {
  it.each<readonly [string, () => unknown, Partial<RecordedError>]>([
    [
      'an error',
      () => new RangeError('too far'),
      { name: 'RangeError', message: 'too far', category: 'internal' },
    ],
    ['an error with a name of its own', () => new DomainError('no'), { name: 'DomainError', message: 'no' }],
    ['an error without a message', () => new Error(), { name: 'Error', message: '' }],
    ['a frozen error', () => Object.freeze(new Error('cold')), { name: 'Error', message: 'cold' }],
    [
      'what only looks like an error',
      () => ({ name: 'Odd', message: 'one', stack: 's' }),
      { name: 'Odd', stack: 's' },
    ],
    [
      'a DOMException',
      () => new DOMException('late', 'TimeoutError'),
      { name: 'TimeoutError', category: 'timeout' },
    ],
    ['a text', () => 'no mailbox', { name: 'NonError', message: 'no mailbox', stack: undefined }],
    ['an empty text', () => '', { name: 'NonError', message: '' }],
    ['undefined', () => undefined, { name: 'NonError', message: 'undefined' }],
    ['null', () => null, { name: 'NonError', message: 'null' }],
    ['a number', () => -0, { name: 'NonError', message: '-0' }],
    ['a bigint', () => 5n, { name: 'NonError', message: '5n' }],
    ['a symbol', () => Symbol('s'), { name: 'NonError', message: 'Symbol("s")' }],
    ['a function', () => () => 1, { name: 'NonError', message: 'a function' }],
    ['an object without a prototype', () => Object.create(null), { name: 'NonError', message: 'an object' }],
    ['a circular object', () => circular, { name: 'NonError', message: 'an object' }],
    ['an array', () => [1], { name: 'NonError', message: 'an array' }],
    ['a revoked proxy', revoked, { name: 'NonError', message: 'an object', category: 'internal' }],
    ['a revoked proxy of a function', revokedFunction, { name: 'NonError', message: 'a function' }],
    ['an error whose message throws', () => thorny('message'), { name: 'Error', message: 'an object' }],
    ['an error whose name throws', () => thorny('name'), { name: 'NonError', message: 'hidden' }],
    ['an error whose stack throws', () => thorny('stack'), { message: 'hidden', stack: undefined }],
    ['an error that is all thorns', () => thorny('stack', 'name', 'message'), { message: 'an object' }],
    [
      'an error whose message is no text',
      () => Object.assign(new Error('x'), { message: { toString: () => circular.self } }),
      { message: 'an object' },
    ],
  ])('keeps %s', (_, make, expected) => {
    const recorded = recordError(make());
    expect(recorded).toMatchObject(expected);
    expect(() => JSON.stringify(recorded)).not.toThrow();
    expect(fingerprintOf(recorded)).toContain(recorded.name);
  });

  it('keeps the code and the category of an error of Mortar', () => {
    const error = new MortarError('MORTAR_KEY_INVALID', { rule: 'R.', expected: 'e', got: 'g' });
    expect(recordError(error)).toMatchObject({
      name: 'MortarError',
      code: 'MORTAR_KEY_INVALID',
      category: 'validation',
    });
  });

  it('cuts what is huge, also a name', () => {
    const error = new Error('m'.repeat(1_000_000));
    error.name = 'n'.repeat(1_000_000);
    error.stack = 's'.repeat(1_000_000);
    const { name, message, stack } = recordError(error);
    expect([name.length, message.length, stack?.length]).toEqual([200, 2_000, 8_000]);
  });

  it('keeps no huge text alive by its beginning', () => {
    const errors: RecordedError[] = [];
    const before = heapBytes();
    for (let index = 0; index < 200; index += 1) {
      errors.push(recordError(new Error(`${index} ${Math.random().toString().repeat(50_000)}`)));
    }
    const grown = heapBytes() - before;
    expect(errors).toHaveLength(200);
    // 200 messages of about 900 kB each are 180 MB, which a slice would hold on to.
    expect(grown).toBeLessThan(20_000_000);
  });

  it('has no NUL and no half of a surrogate pair, also where it was cut', () => {
    const cutInTheMiddle = `${'x'.repeat(1_999)}😀`;
    for (const text of ['a\0b', '\ud800', 'x\udc00y', '😀', cutInTheMiddle]) {
      const { message } = recordError(new Error(text));
      expect(message).not.toContain('\0');
      expect(Buffer.from(message, 'utf8').toString('utf8')).toBe(message);
    }
    expect(recordError(new Error('a\0b\ud800 😀')).message).toBe('a\ufffdb\ufffd 😀');
  });

  it('never throws and always answers with texts, whatever is thrown', () => {
    fc.assert(
      fc.property(fc.anything({ withNullPrototype: true, withBigInt: true }), (thrown) => {
        const { name, message, stack } = recordError(thrown);
        expect(typeof name).toBe('string');
        expect(typeof message).toBe('string');
        expect(['string', 'undefined']).toContain(typeof stack);
      }),
    );
  });
});

function fingerprint(message: string, name = 'Error'): string {
  return fingerprintOf({ name, message, category: 'internal', code: undefined, stack: undefined });
}

describe('fingerprintOf', () => {
  test.each([
    ['a number', 'order 5 not found', 'order 4711 not found', 'Error: order <n> not found'],
    ['a number with a sign', 'at -5', 'at 5', 'Error: at <n>'],
    ['a fraction', 'took 1.5 s', 'took 1,234.5 s', 'Error: took <n> s'],
    ['an address', 'connect 10.0.0.1:5432', 'connect 127.0.0.1:80', 'Error: connect <n>'],
    ['a number in a word', 'no order-9', 'no order-10', 'Error: no order-<n>'],
    [
      'a number in a long word',
      'no customer-account-9',
      'no customer-account-10',
      'Error: no customer-account-<n>',
    ],
    [
      'a UUID',
      'id 0198f7a2-1234-7abc-8def-0123456789ab',
      'id 00000000-0000-0000-0000-000000000000',
      'Error: id <n>',
    ],
    ['a hash', 'at 1a410efbd13591db07496601ebc7a059dd55cfe9', 'at 2b1d9e40', 'Error: at <n>'],
    ['an object id', 'no 507f1f77bcf86cd799439011', 'no 507f191e810c19729de860ea', 'Error: no <n>'],
    ['a ULID', 'no 01ARZ3NDEKTSV4RRFFQ69G5FAV', 'no 01BX5ZZKBKACTAV9WEVGEMMVRZ', 'Error: no <n>'],
    ['a nano id', 'no V1StGXR8_Z5jdHi6B-myT', 'no IRFa-VaY2b9UsTQ3Z0x_q', 'Error: no <n>'],
    ['a quoted text', 'no "ada" here', 'no "bob the 2nd" here', 'Error: no <text> here'],
    ['a quoted text with quotes', String.raw`no "a\"b" 1`, 'no "b" 2', 'Error: no <text> <n>'],
    ['a text in single quotes', "can't find 'ada'", "can't find 'bob'", "Error: can't find <text>"],
    ['a text in backticks', 'no `ada`', 'no ``', 'Error: no <text>'],
    ['a quoted text that was cut', 'no "ada lov', 'no "bo', 'Error: no <text>'],
    ['the kind in front', 'Error: order 5', 'order 6', 'Error: order <n>'],
  ])('is the same for messages that differ in %s', (_, one, other, expected) => {
    expect([fingerprint(one), fingerprint(other)]).toEqual([expected, expected]);
  });

  test.each([
    ['order not found', 'order not paid'],
    ['decade', 'facade'],
    ['deadbeef', 'cafebabe'],
    ['internationalization', 'characterization'],
  ])('differs for %s and %s', (one, other) => {
    expect(fingerprint(one)).not.toBe(fingerprint(other));
  });

  it('differs by name, and by code where there is one', () => {
    expect(fingerprint('x', 'TypeError')).not.toBe(fingerprint('x', 'RangeError'));
    const details = { rule: 'R.', expected: 'e', got: 'g' };
    const codes = ['MORTAR_TIMEOUT', 'MORTAR_CIRCUIT_OPEN'] as const;
    expect(codes.map((code) => fingerprintOf(recordError(new MortarError(code, details))))).toEqual([
      'MORTAR_TIMEOUT: R. Expected e; got g.',
      'MORTAR_CIRCUIT_OPEN: R. Expected e; got g.',
    ]);
  });

  it('is the same for huge quoted texts that were cut at different places', () => {
    const [one, other] = ['a', 'b'].map((letter) =>
      recordError(new Error(`bad "${letter.repeat(3_000)}" value`)),
    );
    expect(one && fingerprintOf(one)).toBe(other && fingerprintOf(other));
  });

  it('is the same whatever number stands in a message', () => {
    const word = fc.constantFrom('order', 'o-', 'customer-account-', 'x', 'abc', 'at ', 'v', 'a b ');
    const template = fc.tuple(word, fc.constantFrom('', ' ms', '-b', 'z', ', again'));
    fc.assert(
      fc.property(template, fc.nat(), fc.nat(), ([before, after], one, other) => {
        expect(fingerprint(`${before}${one}${after}`)).toBe(fingerprint(`${before}${other}${after}`));
      }),
    );
  });

  it.each([
    ['double quotes', '"'],
    ['single quotes', " '"],
    ['backticks', '`'],
    ['a quote and backslashes', '"\\'],
    ['escaped quotes', '\\"'],
    ['digits', '7'],
    ['numbers', '1.'],
    ['signs', '-'],
    ['hexadecimal digits', 'a1'],
    ['dashes between digits', '0-'],
    ['placeholders', '<n>.'],
  ])('takes no time for a megabyte of %s', (_, part) => {
    const message = part.repeat(Math.ceil(1_000_000 / part.length));
    const start = performance.now();
    for (let round = 0; round < 20; round += 1) {
      fingerprint(message);
      fingerprintOf(recordError(new Error(message)));
    }
    expect(performance.now() - start).toBeLessThan(20_000);
    expect(fingerprint(message).length).toBeLessThan(200);
  });
});
