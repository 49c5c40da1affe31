import { toStandardJsonSchema } from '@valibot/to-json-schema';
import { type } from 'arktype';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import {
  command,
  event,
  jsonSchemaOf,
  query,
  type Schema,
  type SchemaDocument,
} from '../../src/contracts/index.js';

function schemaOf(document: SchemaDocument | undefined): unknown {
  if (document === undefined || document.opaque)
    throw new Error(`Expected a document, got ${JSON.stringify(document)}.`);
  return document.schema;
}

function reasonOf(document: SchemaDocument | undefined): string {
  if (document?.opaque !== true) throw new Error(`Expected no document, got ${JSON.stringify(document)}.`);
  return document.reason;
}

describe('the JSON Schema of a contract', () => {
  test('from zod: input and output differ where a default is', () => {
    const { data, result } = jsonSchemaOf(
      event('shop.a', { data: z.object({ note: z.string().default('x') }) }),
    );
    expect(schemaOf(data.input)).toMatchObject({ type: 'object', properties: { note: { type: 'string' } } });
    expect(schemaOf(data.input)).not.toHaveProperty('required');
    expect(schemaOf(data.output)).toMatchObject({ required: ['note'], additionalProperties: false });
    expect(result).toBeUndefined();
  });

  test('from arktype', () => {
    const { data } = jsonSchemaOf(event('shop.a', { data: type({ a: 'string', 'b?': 'number > 3' }) }));
    expect(data.input).toMatchObject({ opaque: false, source: 'library' });
    expect(schemaOf(data.output)).toMatchObject({
      required: ['a'],
      properties: { b: { exclusiveMinimum: 3 } },
    });
  });

  test('from valibot, through its own converter', () => {
    const { data } = jsonSchemaOf(
      event('shop.a', { data: toStandardJsonSchema(v.object({ a: v.string() })) }),
    );
    expect(schemaOf(data.output)).toMatchObject({ type: 'object', required: ['a'] });
  });

  test('of a command and a query, with the result', () => {
    const options = { data: z.object({ id: z.string() }), result: z.object({ total: z.number() }) };
    for (const contract of [command('shop.a', options), query('shop.a', options)]) {
      const { data, result } = jsonSchemaOf(contract);
      expect(schemaOf(data.input)).toMatchObject({ required: ['id'] });
      expect(schemaOf(result?.output)).toMatchObject({ required: ['total'] });
    }
    expect(jsonSchemaOf(command('shop.a', { data: options.data })).result).toBeUndefined();
  });

  test('recursive schemas', () => {
    const Node = z.object({
      value: z.number(),
      get children() {
        return z.array(Node);
      },
    });
    expect(schemaOf(jsonSchemaOf(event('shop.a', { data: Node })).data.output)).toMatchObject({
      properties: { children: { items: { $ref: '#' } } },
    });
  });
});

describe('without help of the schema library', () => {
  const document = { type: 'object', properties: { at: { type: 'string', format: 'date-time' } } };
  const dated: readonly [string, Schema<{ at: Date }>, RegExp][] = [
    ['valibot', v.object({ at: v.date() }), /valibot makes no JSON Schema of it/],
    [
      'valibot with its converter',
      toStandardJsonSchema(v.object({ at: v.date() })),
      /"date" schema cannot be converted/,
    ],
    ['zod', z.object({ at: z.date() }), /Date cannot be represented/],
    ['arktype, which would say that anything goes', type({ at: 'Date' }), /"date" cannot be represented/],
  ];

  test.each(dated)('%s: the option', (_, schema) => {
    const { data } = jsonSchemaOf(event('shop.a', { data: schema, jsonSchema: document }));
    expect(data.input).toEqual({ opaque: false, schema: document, source: 'option' });
    expect(data.output).toEqual(data.input);
  });

  test.each(dated)('%s: opaque, with the reason', (_, schema, reason) => {
    const { data } = jsonSchemaOf(event('shop.a', { data: schema }));
    expect(reasonOf(data.input)).toMatch(reason);
    expect(reasonOf(data.output)).toMatch(reason);
  });

  test('the options of a request are for data and result', () => {
    const contract = query('shop.a', {
      data: v.object({ id: v.string() }),
      result: v.object({ total: v.number() }),
      jsonSchema: { result: document },
    });
    const { data, result } = jsonSchemaOf(contract);
    expect(data.input.opaque).toBe(true);
    expect(schemaOf(result?.output)).toBe(document);
  });

  test('each side stands for itself: the input of a transform is known', () => {
    const { data } = jsonSchemaOf(command('shop.a', { data: z.string().transform(Number) }));
    expect(schemaOf(data.input)).toMatchObject({ type: 'string' });
    expect(reasonOf(data.output)).toContain('Transforms cannot be represented');
  });

  test('the library comes before the option', () => {
    const { data } = jsonSchemaOf(event('shop.a', { data: z.string(), jsonSchema: document }));
    expect(schemaOf(data.input)).toMatchObject({ type: 'string' });
  });

  test.each([
    [
      'throws no error',
      () => {
        throw 'a text';
      },
      '"a text"',
    ],
    ['answers with a promise', () => Promise.resolve({}) as unknown, 'an object'],
    ['answers with text', () => 'object', '"object"'],
    ['answers with an array', () => [], 'an array'],
    ['answers with nothing', () => undefined, 'undefined'],
  ])('a converter that %s makes the contract opaque', (_, make, reason) => {
    const standard = {
      version: 1,
      vendor: 'test',
      validate: (value: unknown) => ({ value }),
      jsonSchema: { input: make, output: make },
    } as const;
    const { data } = jsonSchemaOf(event('shop.a', { data: { '~standard': standard } as Schema<unknown> }));
    expect(reasonOf(data.input)).toContain(reason);
  });

  test('an option that is no document leaves the contract opaque', () => {
    const options = { data: v.string(), jsonSchema: 'string' as unknown as Record<string, unknown> };
    expect(reasonOf(jsonSchemaOf(event('shop.a', options)).data.input)).toContain(
      'the jsonSchema option is "string"',
    );
  });
});
