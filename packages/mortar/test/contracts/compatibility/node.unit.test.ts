import { describe, expect, test } from 'vitest';
import type { JsonSchema } from '../../../src/contracts/index.js';
import { mergeWritten } from '../../../src/contracts/internal/json-schema/merge.js';
import {
  isSameJson,
  resolve,
  takesAnything,
  takesNothing,
  toNode,
  typesOf,
} from '../../../src/contracts/internal/json-schema/node.js';

describe('references', () => {
  const text = { type: 'string' };
  const root: JsonSchema = {
    $defs: {
      text,
      'a/b~c d': text,
      again: { $ref: '#/$defs/text' },
      loop: { $ref: '#/$defs/pool' },
      pool: { $ref: '#/$defs/loop' },
      yes: true,
    },
    items: [text],
  };

  test.each([
    ['a definition', { $ref: '#/$defs/text' }, text],
    ['a reference to a reference', { $ref: '#/$defs/again' }, text],
    ['escaped letters', { $ref: '#/$defs/a~1b~0c%20d' }, text],
    ['an element of a list', { $ref: '#/items/0' }, text],
    ['the document', { $ref: '#' }, root],
    ['a schema that is true', { $ref: '#/$defs/yes' }, {}],
    ['annotations beside it', { $ref: '#/$defs/text', title: 'x' }, text],
    ['keywords beside it', { $ref: '#/$defs/text', minLength: 1 }, { allOf: [text, { minLength: 1 }] }],
    ['no reference', text, text],
    ['a circle', { $ref: '#/$defs/loop' }, undefined],
    ['nothing there', { $ref: '#/$defs/none' }, undefined],
    ['beyond a list', { $ref: '#/items/1' }, undefined],
    ['a method', { $ref: '#/$defs/toString' }, undefined],
    ['the prototype', { $ref: '#/__proto__' }, undefined],
    ['another document', { $ref: 'other.json' }, undefined],
    ['a name', { $ref: '#text' }, undefined],
    ['a broken escape', { $ref: '#/$defs/%' }, undefined],
    ['a number', { $ref: 7 }, undefined],
  ])('%s', (_, node, expected) => {
    expect(resolve(root, node)).toEqual(expected);
  });
});

describe('nodes', () => {
  test.each([
    ['true', true, true, false],
    ['absent', undefined, true, false],
    ['false', false, false, true],
    ['no keyword', {}, true, false],
    ['annotations only', { title: 'x', default: 1, $defs: {} }, true, false],
    ['not anything', { not: {} }, false, true],
    ['not true', { not: true }, false, true],
    ['not something', { not: { type: 'string' } }, false, false],
    ['a keyword', { type: 'string' }, false, false],
    ['text', 'string', false, false],
    ['a list', [{}], false, false],
  ])('%s', (_, part, anything, nothing) => {
    expect([takesAnything(toNode(part)), takesNothing(toNode(part))]).toEqual([anything, nothing]);
  });

  test.each([
    [{ type: 'string' }, ['string']],
    [{ type: ['string', 'null'] }, ['string', 'null']],
    [{ enum: ['a', 'b', 1, 1.5, null, [], {}] }, ['string', 'integer', 'number', 'null', 'array', 'object']],
    [{ const: true }, ['boolean']],
    [{ const: undefined, type: 'null' }, ['null']],
    [{ minLength: 1 }, ['null', 'boolean', 'number', 'string', 'array', 'object']],
  ])('the types of %j', (node, expected) => {
    expect(typesOf(node)).toEqual(expected);
  });
});

describe('equality of JSON', () => {
  test.each([
    [1, 1, true],
    [1, '1', false],
    [null, undefined, false],
    [[1, 2], [1, 2], true],
    [[1, 2], [2, 1], false],
    [[1], [1, 2], false],
    [[], {}, false],
    [{ a: 1, b: [2] }, { b: [2], a: 1 }, true],
    [{ a: 1 }, { a: 1, b: undefined }, false],
    [{ a: undefined }, { b: undefined }, false],
    [JSON.parse('{"__proto__":1}'), {}, false],
  ])('%j and %j: %s', (one, other, expected) => {
    expect(isSameJson(one, other)).toBe(expected);
    expect(isSameJson(other, one)).toBe(expected);
  });
});

describe('merging what is written', () => {
  test.each<[JsonSchema, JsonSchema, JsonSchema]>([
    [{ type: 'string' }, { minLength: 1 }, { type: 'string', minLength: 1 }],
    [
      { minLength: 1, maxLength: 9 },
      { minLength: 3, maxLength: 5 },
      { minLength: 3, maxLength: 5 },
    ],
    [{ minimum: 1 }, { minimum: -1 }, { minimum: 1 }],
    [{ exclusiveMinimum: true }, { exclusiveMinimum: 5 }, { exclusiveMinimum: true }],
    [{ required: ['a'] }, { required: ['b', 'a'] }, { required: ['a', 'b'] }],
    [{ pattern: '^a' }, { pattern: 'b$' }, { pattern: ['^a', 'b$'] }],
    [{ pattern: '^a' }, { pattern: '^a' }, { pattern: '^a' }],
    [{ properties: { a: {} } }, { properties: { b: {} } }, { properties: { a: {}, b: {} } }],
    [
      { properties: { a: { minLength: 1 } } },
      { properties: { a: {} } },
      { properties: { a: { allOf: [{ minLength: 1 }, {}] } } },
    ],
    [{ additionalProperties: {} }, { additionalProperties: false }, { additionalProperties: false }],
    [{ additionalProperties: false }, { additionalProperties: {} }, { additionalProperties: false }],
    [{ anyOf: [{}] }, { anyOf: [true] }, { anyOf: [{}] }],
  ])('%j and %j', (one, other, expected) => {
    expect(mergeWritten(one, other)).toEqual(expected);
  });
});
