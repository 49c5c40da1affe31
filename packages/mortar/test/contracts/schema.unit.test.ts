import { runInNewContext } from 'node:vm';
import { type } from 'arktype';
import * as v from 'valibot';
import { describe, expect, it, test } from 'vitest';
import { z } from 'zod';
import { formatPath, type Schema, validate } from '../../src/contracts/index.js';
import { summarize } from '../../src/contracts/schema.js';
import { codeOf } from './caught.js';

function answering(result: unknown): Schema {
  const validateIt = (): never => result as never;
  return { '~standard': { version: 1, vendor: 'test', validate: validateIt } };
}

describe('validation', () => {
  const faulty = { items: [{ price: 'x' }], 'unit price': 1 };
  const schemas: readonly [string, Schema][] = [
    ['zod', z.object({ items: z.array(z.object({ price: z.number() })), 'unit price': z.string() })],
    ['valibot', v.object({ items: v.array(v.object({ price: v.number() })), 'unit price': v.string() })],
    ['arktype', type({ items: type({ price: 'number' }).array(), 'unit price': 'string' })],
  ];

  test.each(schemas)('%s: every issue has its path', (_, schema) => {
    const result = validate(schema, faulty);
    if (result.ok) throw new Error('The value is faulty.');
    expect(result.issues.map(({ path }) => path).sort()).toEqual(['["unit price"]', 'items[0].price']);
    for (const { message } of result.issues) expect(message).not.toBe('');
  });

  test.each(schemas)('%s: a root that is no object has an empty path', (_, schema) => {
    const result = validate(schema, 7);
    if (result.ok) throw new Error('The value is faulty.');
    expect(result.issues[0]?.path).toBe('');
  });

  test('gives the output, not the input', () => {
    expect(validate(z.string().transform(Number), '7')).toEqual({ ok: true, value: 7 });
    expect(validate(v.pipe(v.string(), v.trim()), ' a ')).toEqual({ ok: true, value: 'a' });
    expect(validate(type('string.numeric.parse'), '7')).toEqual({ ok: true, value: 7 });
    expect(validate(answering({ value: undefined }), 1)).toEqual({ ok: true, value: undefined });
  });

  test('a promise is refused, and its rejection does not end the process', async () => {
    expect(codeOf(() => validate(answering(Promise.resolve({ value: 1 })), 1))).toBe('MORTAR_SCHEMA_ASYNC');
    expect(codeOf(() => validate(answering(Promise.reject(new Error('late'))), 1))).toBe(
      'MORTAR_SCHEMA_ASYNC',
    );
    expect(
      codeOf(() =>
        validate(
          v.pipeAsync(
            v.string(),
            v.checkAsync(async () => true),
          ) as unknown as Schema,
          'a',
        ),
      ),
    ).toBe('MORTAR_SCHEMA_ASYNC');
    await Promise.resolve();
  });

  test('what a schema throws is its own', () => {
    const own = new RangeError('inside');
    const schema: Schema = {
      '~standard': {
        version: 1,
        vendor: 'test',
        validate: () => {
          throw own;
        },
      },
    };
    expect(() => validate(schema, 1)).toThrow(own);
  });
});

describe('paths', () => {
  test.each([
    [[], ''],
    [['a'], 'a'],
    [['a', 'b'], 'a.b'],
    [['a', 0, 'b'], 'a[0].b'],
    [[0, 1], '[0][1]'],
    [['unit price'], '["unit price"]'],
    [['a', 'b.c'], 'a["b.c"]'],
    [['a', '0'], 'a["0"]'],
    [['a', ''], 'a[""]'],
    [['a', '__proto__'], 'a.__proto__'],
    [['a', 'x\r\ny'], 'a["x\\r\\ny"]'],
    [[{ key: 'a' }, { key: 2 }], 'a[2]'],
    [[Symbol('a')], '[Symbol(a)]'],
  ])('%j is %s', (path, expected) => {
    expect(formatPath(path)).toBe(expected);
  });
});

describe('a summary of issues', () => {
  const issues = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ path: `a${index}`, message: 'is wrong' }));

  test.each([
    [0, ''],
    [1, 'a0: is wrong'],
    [2, 'a0: is wrong; a1: is wrong'],
    [5, 'a0: is wrong; a1: is wrong; a2: is wrong; a3: is wrong; a4: is wrong'],
    [7, 'a0: is wrong; a1: is wrong; a2: is wrong; a3: is wrong; a4: is wrong; and 2 more'],
  ])('of %d', (count, expected) => {
    expect(summarize(issues(count))).toBe(expected);
  });

  test('leaves out a path that is empty', () => {
    expect(summarize([{ path: '', message: 'is wrong' }])).toBe('is wrong');
  });
});

describe('a schema that answers', () => {
  it.each<[string, () => unknown]>([
    ['a promise', async () => ({ value: 1 })],
    ['a promise of another realm', () => runInNewContext('Promise.resolve({ value: 1 })')],
    ['a thenable', () => Object.defineProperty({}, 'then', { value: () => undefined })],
  ])('%s is refused as asynchronous', (_, answer) => {
    expect(() => validate(answering(answer()), 1)).toThrow('MORTAR_SCHEMA_ASYNC');
  });

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a text', 'fine'],
    ['an object without a value', {}],
    ['issues that are no list', { issues: 7 }],
    ['true', true],
  ])('%s is refused', (_, answer) => {
    expect(() => validate(answering(answer), 1)).toThrow('MORTAR_CONTRACT_INVALID');
  });

  it('an undefined value is right', () => {
    expect(validate(answering({ value: undefined }), 1)).toEqual({ ok: true, value: undefined });
  });

  it('an issue that is none has a fault all the same', () => {
    const issues = [null, {}, { message: 'too long', path: ['a'] }];
    expect(validate(answering({ issues }), 1)).toEqual({
      ok: false,
      issues: [
        { path: '', message: 'a fault without a message' },
        { path: '', message: 'a fault without a message' },
        { path: 'a', message: 'too long' },
      ],
    });
  });
});
