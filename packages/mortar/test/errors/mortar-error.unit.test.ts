import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { categoryOf, type ErrorCode, errorCodes, MortarError } from '../../src/errors/index.js';

const details = { rule: 'A port is a number.', expected: '1 to 65535', got: '"x"' };

describe('MortarError', () => {
  it('says code, rule, expected and got in its message', () => {
    const error = new MortarError('MORTAR_CONFIG_INVALID', details);
    expect(error.message).toBe('MORTAR_CONFIG_INVALID: A port is a number. Expected 1 to 65535; got "x".');
    expect(String(error)).toMatch(/^MortarError: MORTAR_CONFIG_INVALID/);
    expect(error).toBeInstanceOf(Error);
    expect(error.stack).toContain('mortar-error.unit.test');
  });

  it('ends with one full stop where what was got is a sentence', () => {
    const error = new MortarError('MORTAR_START_FAILED', { ...details, got: 'the server said: no.' });
    expect(error.message).toMatch(/got the server said: no\.$/);
    expect(error.got).toBe('the server said: no.');
  });

  it('keeps its cause, and has none where there is none', () => {
    const cause = new TypeError('root');
    expect(new MortarError('MORTAR_TIMEOUT', { ...details, cause }).cause).toBe(cause);
    expect(new MortarError('MORTAR_TIMEOUT', details)).not.toHaveProperty('cause');
  });

  it('is plain data in JSON: no stack, no cause, issues where there are some', () => {
    const issues = [{ path: 'a', message: 'b' }];
    const error = new MortarError('MORTAR_TIMEOUT', { ...details, cause: new Error('secret') });
    expect(JSON.parse(JSON.stringify(error))).toEqual({
      code: 'MORTAR_TIMEOUT',
      category: 'timeout',
      ...details,
    });
    expect(new MortarError('MORTAR_TIMEOUT', { ...details, issues }).toJSON()).toMatchObject({ issues });
  });

  it('tells programs what they may want to know beyond the text', () => {
    const told = { streamId: 'order-1', expected: 3, actual: 4 };
    const error = new MortarError('MORTAR_VERSION_CONFLICT', { ...details, details: told });
    expect(error.details).toEqual(told);
    expect(error.toJSON()).toMatchObject({ details: told });
    expect(error.message).not.toContain('order-1');
  });

  it('has empty details, and none in JSON, where nothing is told', () => {
    const error = new MortarError('MORTAR_TIMEOUT', details);
    expect(error.details).toEqual({});
    expect(error.toJSON()).not.toHaveProperty('details');
    const empty = new MortarError('MORTAR_TIMEOUT', { ...details, details: {} });
    expect(empty.toJSON()).not.toHaveProperty('details');
  });

  it('has the category of its code', () => {
    for (const [code, category] of Object.entries(errorCodes)) {
      expect(new MortarError(code as ErrorCode, details).category).toBe(category);
    }
  });

  it('has codes of one form', () => {
    for (const code of Object.keys(errorCodes)) expect(code).toMatch(/^MORTAR_[A-Z]+(_[A-Z]+)*$/);
  });
});

describe('categoryOf', () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  const trapped = new Proxy(
    {},
    {
      getPrototypeOf: () => {
        throw new Error('trap');
      },
    },
  );

  it.each<[string, unknown, string]>([
    ['a MortarError', new MortarError('MORTAR_NOT_OWNER', details), 'permission'],
    ['any error', new Error('any'), 'internal'],
    ['the timeout of a signal', new DOMException('', 'TimeoutError'), 'timeout'],
    ['an abort', new DOMException('', 'AbortError'), 'internal'],
    ['an object that looks like one', { category: 'timeout', code: 'MORTAR_TIMEOUT' }, 'internal'],
    ['undefined', undefined, 'internal'],
    ['null', null, 'internal'],
    ['a text', 'timeout', 'internal'],
    ['a revoked proxy', proxy, 'internal'],
    ['a proxy that throws', trapped, 'internal'],
  ])('of %s', (_, error, expected) => {
    expect(categoryOf(error)).toBe(expected);
  });

  it('answers for whatever is thrown', () => {
    fc.assert(fc.property(fc.anything(), (value) => void expect(categoryOf(value)).toBe('internal')));
  });
});
