import { type } from 'arktype';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type Contract, command, event, query, type Schema } from '../../../src/contracts/index.js';
import { changes, fact, input, result, summary } from './changes.js';

describe('input: the new code accepts whatever old callers send', () => {
  const Tree = z.object({
    value: z.number(),
    get children() {
      return z.array(Tree);
    },
  });
  const StringTree = z.object({
    value: z.string(),
    get children() {
      return z.array(StringTree);
    },
  });
  const OptionalTree = z.object({
    value: z.number().optional(),
    get children() {
      return z.array(OptionalTree).optional();
    },
  });
  const circle = z.object({ kind: z.literal('circle'), radius: z.number() });
  const square = z.object({ kind: z.literal('square'), side: z.number() });

  const cases: readonly [string, Schema, Schema, readonly string[]][] = [
    ['the same', z.object({ a: z.string() }), z.object({ a: z.string() }), []],
    [
      'keys in another order',
      z.object({ a: z.string(), b: z.number() }),
      z.object({ b: z.number(), a: z.string() }),
      [],
    ],
    ['an optional property added', z.object({}), z.object({ a: z.string().optional() }), []],
    ['a property with a default added', z.object({}), z.object({ a: z.string().default('x') }), []],
    ['a required property added', z.object({}), z.object({ a: z.string() }), ['data.a required']],
    [
      'a property now required',
      z.object({ a: z.string().optional() }),
      z.object({ a: z.string() }),
      ['data.a required'],
    ],
    ['a property now optional', z.object({ a: z.string() }), z.object({ a: z.string().optional() }), []],
    ['a property dropped, and stripped', z.object({ a: z.string() }), z.object({}), []],
    [
      'a property dropped and refused',
      z.strictObject({ a: z.string() }),
      z.strictObject({}),
      ['data.a additionalProperties'],
    ],
    ['closed', z.object({}), z.strictObject({}), ['data additionalProperties']],
    ['opened', z.strictObject({}), z.looseObject({}), []],
    [
      'open, then a property added',
      z.looseObject({}),
      z.object({ a: z.string().optional() }),
      ['data.a type'],
    ],
    [
      'others narrowed',
      z.object({}).catchall(z.unknown()),
      z.object({}).catchall(z.string()),
      ['data.* type'],
    ],
    [
      'others widened',
      z.object({}).catchall(z.string()),
      z.object({}).catchall(z.union([z.string(), z.number()])),
      [],
    ],
    ['a type changed', z.object({ a: z.string() }), z.object({ a: z.number() }), ['data.a type']],
    [
      'a type narrowed',
      z.object({ a: z.union([z.string(), z.number()]) }),
      z.object({ a: z.string() }),
      ['data.a type'],
    ],
    ['a type widened', z.object({ a: z.string() }), z.object({ a: z.union([z.string(), z.number()]) }), []],
    ['now null too', z.string(), z.string().nullable(), []],
    ['no longer null', z.string().nullable(), z.string(), ['data type']],
    ['anything', z.string(), z.unknown(), []],
    ['no longer anything', z.unknown(), z.string(), ['data type']],
    ['nothing', z.string(), z.never(), ['data not']],
    ['was nothing', z.never(), z.string(), []],
    ['whole numbers only', z.number(), z.int(), ['data type']],
    ['no longer whole numbers only', z.int(), z.number(), []],
    ['an enum grown', z.enum(['a', 'b']), z.enum(['a', 'b', 'c']), []],
    ['an enum shrunk', z.enum(['a', 'b']), z.enum(['a']), ['data enum']],
    ['an enum freed', z.enum(['a', 'b']), z.string(), []],
    ['text to an enum', z.string(), z.enum(['a']), ['data enum']],
    ['a literal changed', z.literal('a'), z.literal('b'), ['data const']],
    ['a literal to an enum with it', z.literal('a'), z.enum(['a', 'b']), []],
    ['a literal to text of its length', z.literal('ab'), z.string().min(2).max(2), []],
    ['a literal to longer text', z.literal('ab'), z.string().min(3), ['data minLength']],
    ['a literal to a range', z.literal(5), z.number().min(1).max(5), []],
    ['a literal out of range', z.literal(5), z.number().max(4), ['data maximum']],
    ['both booleans', z.boolean(), z.union([z.literal(true), z.literal(false)]), []],
    ['one boolean', z.boolean(), z.literal(true), ['data const']],
    ['minLength raised', z.string().min(1), z.string().min(2), ['data minLength']],
    ['minLength lowered', z.string().min(2), z.string().min(1), []],
    ['maxLength lowered', z.string().max(5), z.string().max(4), ['data maxLength']],
    ['maxLength come', z.string(), z.string().max(4), ['data maxLength']],
    ['maxLength gone', z.string().max(4), z.string(), []],
    ['a pattern come', z.string(), z.string().regex(/^a/), ['data pattern']],
    ['a pattern changed', z.string().regex(/^a/), z.string().regex(/^b/), ['data pattern']],
    ['a pattern gone', z.string().regex(/^a/), z.string(), []],
    ['one of two patterns gone', z.string().regex(/^a/).regex(/b$/), z.string().regex(/b$/), []],
    ['a second pattern', z.string().regex(/^a/), z.string().regex(/^a/).regex(/b$/), ['data pattern']],
    ['a format come', z.string(), z.email(), ['data pattern', 'data format']],
    ['a format gone', z.email(), z.string(), []],
    ['the minimum raised', z.number().min(1), z.number().min(2), ['data minimum']],
    ['the minimum lowered', z.number().min(1), z.number().min(0), []],
    ['the minimum excluded', z.number().min(1), z.number().gt(1), ['data exclusiveMinimum']],
    ['the minimum included', z.number().gt(1), z.number().min(1), []],
    ['the maximum lowered', z.number().max(9), z.number().max(8), ['data maximum']],
    ['the maximum excluded', z.number().max(9), z.number().lt(9), ['data exclusiveMaximum']],
    ['the maximum included', z.number().lt(9), z.number().max(9), []],
    ['a multiple of a multiple', z.number().multipleOf(6), z.number().multipleOf(3), []],
    ['no multiple', z.number().multipleOf(3), z.number().multipleOf(6), ['data multipleOf']],
    ['multiples that are whole numbers', z.number().multipleOf(3).min(0).max(9), z.int(), []],
    ['elements widened', z.array(z.string()), z.array(z.string().nullable()), []],
    ['elements narrowed', z.array(z.string().nullable()), z.array(z.string()), ['data[] type']],
    ['fewer elements', z.array(z.string()).max(3), z.array(z.string()).max(2), ['data maxItems']],
    ['more elements', z.array(z.string()).min(1), z.array(z.string()).min(2), ['data minItems']],
    ['a tuple to an array', z.tuple([z.string(), z.string()]), z.array(z.string()), []],
    [
      'a tuple to an array of other elements',
      z.tuple([z.string(), z.number()]),
      z.array(z.string()),
      ['data[1] type'],
    ],
    [
      'an array to a tuple',
      z.array(z.string()),
      z.tuple([z.string()]),
      ['data minItems', 'data maxItems', 'data[] not'],
    ],
    ['a longer tuple', z.tuple([z.string()]), z.tuple([z.string(), z.string()]), ['data minItems']],
    ['a tuple with a rest', z.tuple([z.string()]), z.tuple([z.string()], z.number()), []],
    ['a union grown', z.union([circle, square]), z.union([circle, square, z.string()]), []],
    ['a union shrunk', z.union([circle, square]), circle, ['data.radius required', 'data.kind const']],
    [
      'a discriminated union grown',
      z.discriminatedUnion('kind', [circle]),
      z.discriminatedUnion('kind', [circle, square]),
      [],
    ],
    ['a union told apart', z.union([circle, square]), z.discriminatedUnion('kind', [circle, square]), []],
    [
      'a variant narrowed',
      z.discriminatedUnion('kind', [circle, square]),
      z.discriminatedUnion('kind', [circle, square.extend({ side: z.number().min(1) })]),
      ['data.side minimum'],
    ],
    ['exactly one of two that overlap', z.string(), z.xor([z.string(), z.string().min(1)]), ['data oneOf']],
    [
      'an intersection loosened',
      z.intersection(z.object({ a: z.string() }), z.object({ b: z.string() })),
      z.object({ a: z.string() }),
      [],
    ],
    ['a record of more', z.record(z.string(), z.int()), z.record(z.string(), z.number()), []],
    ['a record of less', z.record(z.string(), z.number()), z.record(z.string(), z.int()), ['data.* type']],
    ['an object to a record', z.strictObject({ a: z.string() }), z.record(z.string(), z.string()), []],
    [
      'keys narrowed',
      z.record(z.string(), z.string()),
      z.record(z.enum(['a']), z.string()),
      ['data.a required', 'data.* enum'],
    ],
    ['a recursive schema, equal', Tree, z.object({ value: z.number(), children: z.array(Tree) }), []],
    ['a recursive schema, loosened', Tree, OptionalTree, []],
    [
      'a recursive schema, tightened',
      OptionalTree,
      Tree,
      [
        'data.value required',
        'data.children required',
        'data.children[].value required',
        'data.children[].children required',
      ],
    ],
    ['a recursive schema, changed', Tree, StringTree, ['data.value type', 'data.children[].value type']],
    [
      'a transform: only the input counts',
      z.string().transform(Number),
      z.string().transform((text) => text.length),
      [],
    ],
    ['arktype, loosened', type({ a: "'x' | 'y'" }), type({ 'a?': 'string' }), []],
    [
      'arktype, tightened',
      type({ 'a?': 'string' }),
      type({ a: "'x' | 'y'" }),
      ['data.a required', 'data.a enum'],
    ],
    [
      'from arktype to zod',
      type({ a: 'string', 'b?': 'number > 3' }),
      z.object({ a: z.string(), b: z.number().optional() }),
      [],
    ],
    ['from zod to arktype', z.object({ a: z.string() }), type({ a: 'string >= 1' }), ['data.a minLength']],
  ];

  test.each(cases)('%s', (_, old, fresh, expected) => {
    expect(summary(input(old), input(fresh))).toEqual(expected);
  });
});

describe('a result: old callers can use whatever the new code answers', () => {
  const cases: readonly [string, Schema, Schema, readonly string[]][] = [
    ['a property added', z.object({ a: z.string() }), z.object({ a: z.string(), b: z.string() }), []],
    [
      'a property added that strict callers refuse',
      z.strictObject({}),
      z.object({ b: z.string() }),
      ['result.b additionalProperties'],
    ],
    ['a property gone', z.object({ a: z.string() }), z.object({}), ['result.a required']],
    [
      'a property now optional',
      z.object({ a: z.string() }),
      z.object({ a: z.string().optional() }),
      ['result.a required'],
    ],
    [
      'a property that callers relied on for its default',
      z.object({ a: z.string().default('x') }),
      z.object({}),
      ['result.a required'],
    ],
    ['an enum grown', z.enum(['a']), z.enum(['a', 'b']), ['result enum']],
    ['an enum shrunk', z.enum(['a', 'b']), z.enum(['a']), []],
    ['now null too', z.string(), z.string().nullable(), ['result type']],
    ['no longer null', z.string().nullable(), z.string(), []],
    ['a bound tightened', z.number().max(9), z.number().max(8), []],
    ['a bound loosened', z.number().max(8), z.number().max(9), ['result maximum']],
  ];

  test.each(cases)('%s', (_, old, fresh, expected) => {
    expect(summary(result(old), result(fresh))).toEqual(expected);
  });

  test('one has come, or is gone', () => {
    expect(summary(input(z.object({})), result(z.string()))).toEqual([]);
    expect(summary(result(z.string()), input(z.object({})))).toEqual(['result result']);
  });
});

describe('event data under one schema version: both ways', () => {
  const cases: readonly [string, Schema<unknown>, Schema<unknown>, readonly string[]][] = [
    ['an optional property added', z.object({}), z.object({ a: z.string().optional() }), []],
    ['a property with a default added', z.object({}), z.object({ a: z.string().default('x') }), []],
    ['an optional property gone', z.object({ a: z.string().optional() }), z.object({}), []],
    ['a required property gone', z.object({ a: z.string() }), z.object({}), ['data.a required']],
    ['a required property added', z.object({}), z.object({ a: z.string() }), ['data.a required']],
    ['an enum grown', z.enum(['a']), z.enum(['a', 'b']), ['data enum']],
    ['an enum shrunk', z.enum(['a', 'b']), z.enum(['a']), ['data enum']],
    ['a bound loosened', z.number().max(8), z.number().max(9), ['data maximum']],
    ['a type changed', z.string(), z.number(), ['data type']],
  ];

  test.each(cases)('%s', (_, old, fresh, expected) => {
    expect(summary(fact(old), fact(fresh))).toEqual(expected);
  });

  test('the message says who writes what, and who refuses it', () => {
    const messages = changes(fact(z.enum(['a', 'b'])), fact(z.enum(['b', 'c']))).map(
      ({ message }) => message,
    );
    expect(messages).toEqual([
      'old data may be "a", which the new schema refuses',
      'new data may be "c", which an old reader refuses',
    ]);
  });
});

describe('schema versions, keys and names', () => {
  const same = (data: unknown): unknown => data;
  const at = (
    schemaVersion: number,
    upcasters: Record<number, typeof same>,
    data: Schema<unknown> = z.string(),
  ): Contract => {
    return event('shop.a', { data, schemaVersion, upcasters });
  };

  test('a raised version with an upcaster from the old one makes any change of the data acceptable', () => {
    expect(summary(at(1, {}), at(2, { 1: same }, z.number()))).toEqual([]);
    expect(summary(at(2, { 1: same }), at(4, { 1: same, 2: same, 3: same }, z.number()))).toEqual([]);
    expect(summary(at(1, {}, v.date()), at(2, { 1: same }, v.date()))).toEqual([]);
  });

  test('a raised version without one does not, even if the data is the same', () => {
    expect(summary(at(1, {}), at(2, {}))).toEqual(['upcasters upcasters']);
    expect(summary(at(1, {}), at(3, { 2: same }))).toEqual(['upcasters upcasters']);
  });

  test('an upcaster that is gone leaves old events unreadable', () => {
    expect(summary(at(3, { 1: same, 2: same }), at(3, { 2: same }))).toEqual(['upcasters upcasters']);
    expect(summary(at(3, { 2: same }), at(3, { 1: same, 2: same }))).toEqual([]);
    expect(summary(at(2, { 1: same }), at(3, { 2: same }))).toEqual(['upcasters upcasters']);
  });

  test('a lowered version', () => {
    expect(summary(at(2, { 1: same }), at(1, {}))).toEqual(['schemaVersion schemaVersion']);
  });

  test('a key that has come or gone', () => {
    const data = z.object({ id: z.string() });
    const keyed = event('shop.a', { data, key: ({ id }) => id });
    expect(summary(keyed, event('shop.a', { data }))).toEqual(['key key']);
    expect(summary(event('shop.a', { data }), keyed)).toEqual(['key key']);
    expect(summary(keyed, event('shop.a', { data, key: () => 'one' }))).toEqual([]);
  });

  test('another name or kind is another contract', () => {
    const data = z.object({});
    expect(summary(command('shop.a', { data }), command('shop.b', { data }))).toEqual(['name name']);
    expect(summary(command('shop.a', { data }), query('shop.a', { data }))).toEqual(['kind kind']);
    expect(summary(event('shop.a', { data }), command('shop.a', { data }))).toEqual(['kind kind']);
  });

  test('priority and description may change', () => {
    const data = z.object({});
    expect(
      summary(event('shop.a', { data }), event('shop.a', { data, priority: 'low', description: 'x' })),
    ).toEqual([]);
  });
});
