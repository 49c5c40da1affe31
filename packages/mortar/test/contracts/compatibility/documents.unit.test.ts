import { type } from 'arktype';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { JsonSchema } from '../../../src/contracts/index.js';
import { changes, documented, fact, input, result, summary } from './changes.js';

describe('what cannot be compared is a change', () => {
  test('opaque contracts, unless they hold the same schema', () => {
    const dated = v.object({ at: v.date() });
    expect(summary(fact(dated), fact(dated))).toEqual([]);
    expect(summary(fact(dated), fact(v.object({ at: v.date() })))).toEqual(['data opaque']);
    expect(summary(input(dated), input(z.object({})))).toEqual(['data opaque']);
    expect(summary(input(z.object({})), input(dated))).toEqual(['data opaque']);
    expect(summary(result(dated), result(z.object({})))).toEqual(['result opaque']);
    expect(summary(input(type({ at: 'Date' })), input(type({ at: 'RegExp' })))).toEqual(['data opaque']);
    expect(changes(input(dated), input(z.object({})))[0]?.message).toContain(
      'valibot makes no JSON Schema of it',
    );
  });

  const text = { type: 'string' };
  const cases: readonly [string, JsonSchema, JsonSchema, readonly string[]][] = [
    ['an unknown keyword', text, { type: 'string', shape: 'round' }, ['data shape']],
    [
      'an unknown keyword on both sides alike',
      { type: 'string', shape: 'round', title: 'x' },
      { type: 'string', shape: 'round', title: 'x' },
      [],
    ],
    ['a condition', text, JSON.parse('{"if":{"type":"string"},"then":false}'), ['data if', 'data then']],
    [
      'patternProperties',
      { type: 'object' },
      { type: 'object', patternProperties: { '^a': text } },
      ['data patternProperties'],
    ],
    [
      'properties by pattern, where others are refused',
      { type: 'object', patternProperties: { '^a': text } },
      { type: 'object', additionalProperties: false },
      ['data additionalProperties'],
    ],
    ['contains', { type: 'array' }, { type: 'array', contains: text }, ['data contains']],
    ['a reference out of the document', text, { $ref: 'https://example.com/a' }, ['data $ref']],
    ['a reference to nowhere', text, { $ref: '#/$defs/missing' }, ['data $ref']],
    ['a written reference to nowhere', { $ref: '#/$defs/missing' }, text, ['data $ref']],
    [
      'a written variant that leads nowhere',
      { anyOf: [text, { $ref: '#/$defs/missing' }] },
      text,
      ['data $ref'],
    ],
    ['a reference to itself', text, { $ref: '#' }, ['data $ref']],
    ['a union of itself', text, { anyOf: [{ $ref: '#' }, { type: 'number' }] }, ['data $ref']],
    ['a reference by a method of objects', text, { $ref: '#/constructor' }, ['data $ref']],
    ['an escaped reference', text, { $ref: '#/$defs/a~1b%20c', $defs: { 'a/b c': text } }, []],
    [
      'keywords beside a reference',
      text,
      { $ref: '#/$defs/a', minLength: 1, $defs: { a: text } },
      ['data minLength'],
    ],
    [
      'keywords beside a written reference',
      { $ref: '#/$defs/a', minLength: 1, $defs: { a: text } },
      { type: 'string', minLength: 1 },
      [],
    ],
    [
      'references of one name and different targets',
      { $ref: '#/$defs/a', $defs: { a: { type: 'number' } } },
      { $ref: '#/$defs/a', $defs: { a: text } },
      ['data type'],
    ],
    [
      'bounds of another draft',
      { type: 'number', minimum: 3 },
      { type: 'number', minimum: 3, exclusiveMinimum: true },
      ['data exclusiveMinimum'],
    ],
    ['elements of another draft', { type: 'array' }, { type: 'array', items: [text] }, ['data[] malformed']],
    ['a schema that is text', text, { allOf: ['text'] }, ['data malformed']],
    ['allOf that is no list', text, { allOf: text }, ['data allOf']],
    ['an empty union', text, { anyOf: [] }, ['data anyOf']],
    ['an unknown type', { type: 'money' }, { type: ['money'] }, ['data type']],
    ['no type', { type: [] }, text, ['data type']],
    ['an enum that is no list', text, { enum: 'a' }, ['data enum']],
    ['not', text, { not: { type: 'number' } }, []],
    ['not, unproven', text, { not: { minLength: 3 } }, ['data not']],
    ['not a value', { enum: ['a', 'b'] }, { not: { const: 'b' } }, ['data not']],
    [
      'a required property that is not described',
      { type: 'object', required: ['a'] },
      { type: 'object', properties: { a: text } },
      ['data.a type'],
    ],
    [
      'objects as values',
      { const: { a: 1, b: [true] } },
      {
        type: 'object',
        properties: { a: { type: 'integer' }, b: { items: { type: 'boolean' }, maxItems: 1 } },
      },
      [],
    ],
    [
      'objects as other values',
      { const: { a: 'x' } },
      { type: 'object', properties: { a: { type: 'integer' } } },
      ['data.a type'],
    ],
    [
      'fewer properties',
      { type: 'object', required: ['a'] },
      { type: 'object', minProperties: 2 },
      ['data minProperties'],
    ],
    ['more properties', { type: 'object' }, { type: 'object', maxProperties: 2 }, ['data maxProperties']],
    ['unique elements', { type: 'array' }, { type: 'array', uniqueItems: true }, ['data uniqueItems']],
    [
      'written allOf merged',
      {
        allOf: [
          { type: 'string', minLength: 3 },
          { type: 'string', minLength: 5, maxLength: 9 },
        ],
      },
      { type: 'string', minLength: 5, maxLength: 9 },
      [],
    ],
    [
      'written allOf where one part is closed',
      {
        allOf: [
          { properties: { a: text }, additionalProperties: false },
          { properties: { a: { minLength: 1 } } },
        ],
        type: 'object',
      },
      { type: 'object', properties: { a: { type: 'string', minLength: 1 } }, additionalProperties: false },
      [],
    ],
    [
      'written allOf where one part is open',
      {
        allOf: [{ properties: { a: text }, additionalProperties: true }, { properties: { b: text } }],
        type: 'object',
      },
      { type: 'object', properties: { c: text } },
      ['data.c type'],
    ],
    [
      'properties by pattern beside one of that name',
      { type: 'object', patternProperties: { '^a': { type: 'number' } }, additionalProperties: false },
      { type: 'object', properties: { a: text } },
      ['data.a type'],
    ],
    [
      'written allOf that closes what is open',
      {
        type: 'object',
        allOf: [{ additionalProperties: text }, { properties: { a: text }, additionalProperties: false }],
      },
      { type: 'object', properties: { a: text }, additionalProperties: false },
      [],
    ],
    [
      'a bound said twice',
      { type: 'number', minimum: 3, exclusiveMinimum: 3, maximum: 9, exclusiveMaximum: 9 },
      { type: 'number', exclusiveMinimum: 3, exclusiveMaximum: 9 },
      [],
    ],
    [
      'elements that are constants',
      { const: ['a', 1] },
      { type: 'array', prefixItems: [text], items: { type: 'integer' }, minItems: 2 },
      [],
    ],
    [
      'written if and then, which only narrow',
      { type: 'string', if: { minLength: 2 }, else: false },
      { type: 'string', title: 'x' },
      [],
    ],
    ['written allOf of itself', { allOf: [{ $ref: '#' }] }, text, ['data $ref']],
    [
      'annotations',
      text,
      {
        type: 'string',
        title: 'a',
        description: 'b',
        default: 'c',
        examples: [],
        $comment: 'd',
        deprecated: true,
      },
      [],
    ],
  ];

  test.each(cases)('%s', (_, old, fresh, expected) => {
    expect(summary(documented(old), documented(fresh))).toEqual(expected);
  });

  test('schemas nested without end, or unions of unions, end in a change', () => {
    let deep: JsonSchema = { type: 'string', minLength: 2 };
    let other: JsonSchema = { type: 'string', minLength: 1 };
    for (let level = 0; level < 300; level += 1) {
      deep = { type: 'array', items: deep };
      other = { type: 'array', items: other, title: 'x' };
    }
    expect(changes(documented(deep), documented(other)).map(({ rule }) => rule)).toEqual(['too-complex']);
    let wide: JsonSchema = { type: 'string', minLength: 1 };
    let wider: JsonSchema = { type: 'string', minLength: 2 };
    for (let level = 0; level < 12; level += 1) {
      wide = { type: 'array', items: { anyOf: [wide, { type: 'array', items: wide }, { type: 'null' }] } };
      wider = {
        type: 'array',
        items: { anyOf: [wider, { type: 'array', items: wider, maxItems: 3 }, { type: 'null' }] },
      };
    }
    expect(changes(documented(wide), documented(wider)).length).toBeGreaterThan(0);
  });

  test('a recursive union that grows', () => {
    const node = (value: JsonSchema): JsonSchema => ({
      $ref: '#/$defs/node',
      $defs: { node: { anyOf: [value, { type: 'array', items: { $ref: '#/$defs/node' } }] } },
    });
    expect(summary(documented(node(text)), documented(node({ type: ['string', 'null'] })))).toEqual([]);
    expect(summary(documented(node({ type: ['string', 'null'] })), documented(node(text)))).toEqual([
      'data anyOf',
      'data[] anyOf',
    ]);
  });

  test('hostile names pollute nothing', () => {
    const hostile = JSON.parse(
      '{"type":"object","properties":{"__proto__":{"type":"string"}},"required":["__proto__"]}',
    ) as JsonSchema;
    expect(summary(documented({ type: 'object' }), documented(hostile))).toEqual(['data.__proto__ required']);
    expect(summary(documented(hostile), documented({ ...hostile, title: 'x' }))).toEqual([]);
    expect(({} as Record<string, unknown>)['type']).toBeUndefined();
  });
});
