import { type } from 'arktype';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { createEnvelope, type EnvelopeOptions, envelopeOf, event, isId } from '../../src/contracts/index.js';
import { caught, codeOf } from './caught.js';

const Placed = event('shop.order-placed', {
  data: z.object({ orderId: z.string(), total: z.number().positive(), note: z.string().default('none') }),
  key: (data) => data.orderId,
  priority: 'high',
});
const ID = '0198f7a2-1234-7abc-8def-0123456789ab';
const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

describe('an envelope', () => {
  test('holds the output of the schema and what follows from the contract', () => {
    const before = Date.now();
    const envelope = createEnvelope(Placed, { orderId: 'o-1', total: 5 });
    expect(envelope).toEqual({
      id: envelope.id,
      type: 'shop.order-placed',
      schemaVersion: 1,
      key: 'o-1',
      priority: 'high',
      occurredAt: envelope.occurredAt,
      correlationId: envelope.id,
      causationId: undefined,
      actor: undefined,
      tenant: undefined,
      traceparent: undefined,
      metadata: {},
      data: { orderId: 'o-1', total: 5, note: 'none' },
    });
    expect(isId(envelope.id)).toBe(true);
    expect(envelope.occurredAt).toBeGreaterThanOrEqual(before);
  });

  test('takes every option', () => {
    const options: EnvelopeOptions = {
      id: ID,
      priority: 'low',
      occurredAt: -1,
      correlationId: 'request 7',
      causationId: ID,
      actor: 'user:ada',
      tenant: 'acme',
      traceparent: TRACEPARENT,
      metadata: { ip: '::1', __proto__x: 'own' },
    };
    expect(createEnvelope(Placed, { orderId: 'o-1', total: 5 }, options)).toMatchObject(options);
  });

  test('keeps its metadata when the caller goes on to change theirs', () => {
    const metadata: Record<string, string> = { step: '1' };
    const envelope = createEnvelope(Placed, { orderId: 'o-1', total: 5 }, { metadata });
    metadata['step'] = '2';
    expect(envelope.metadata).toEqual({ step: '1' });
    expect(Object.isFrozen(envelope.metadata)).toBe(true);
  });

  test('an undefined option counts as absent', () => {
    const options = { id: undefined, actor: undefined, metadata: undefined } as unknown as EnvelopeOptions;
    expect(isId(createEnvelope(Placed, { orderId: 'o-1', total: 5 }, options).id)).toBe(true);
  });

  test('the schemas of zod, valibot and arktype are run', () => {
    const contracts = [
      event('shop.zod', { data: z.object({ a: z.string() }), key: (data) => data.a }),
      event('shop.valibot', { data: v.object({ a: v.string() }), key: (data) => data.a }),
      event('shop.arktype', { data: type({ a: 'string' }), key: (data) => data.a }),
    ];
    for (const contract of contracts) {
      expect(createEnvelope(contract, { a: 'key' })).toMatchObject({ key: 'key', data: { a: 'key' } });
      const error = caught(() => createEnvelope(contract, { a: 1 } as unknown as { a: string }));
      expect(error.code).toBe('MORTAR_DATA_INVALID');
      expect(error.issues).toHaveLength(1);
      expect(error.issues[0]?.path).toBe('a');
    }
  });

  test('an error tells a few issues and carries all', () => {
    const Rows = event('shop.rows', { data: z.array(z.string()) });
    const error = caught(() =>
      createEnvelope(Rows, Array.from({ length: 1_000 }, () => 1) as unknown as string[]),
    );
    expect(error.issues).toHaveLength(1_000);
    expect(error.message).toContain('[0]: ');
    expect(error.message).toContain('and 995 more');
    expect(error.message.length).toBeLessThan(1_000);
  });

  test('a schema that answers with a promise is refused', () => {
    const Later = event('shop.later', { data: z.string().refine(async () => true) });
    expect(codeOf(() => createEnvelope(Later, 'a'))).toBe('MORTAR_SCHEMA_ASYNC');
  });

  test.each([
    ['empty', ''],
    ['a number', 7],
    ['undefined', undefined],
  ])('a key that is %s is refused', (_, key) => {
    const Keyed = event('shop.keyed', { data: z.object({}), key: () => key as string });
    expect(codeOf(() => envelopeOf(Keyed, {}))).toBe('MORTAR_KEY_INVALID');
  });
});

describe('options of an envelope that are refused', () => {
  const cases: readonly [string, Record<string, unknown>, string][] = [
    ['an id that is no UUID', { id: 'order-1' }, 'id'],
    ['an id in capitals', { id: ID.toUpperCase() }, 'id'],
    ['an empty id', { id: '' }, 'id'],
    ['a number as an id', { id: 1 }, 'id'],
    ['an unknown priority', { priority: 'urgent' }, 'priority'],
    ['a priority that is a method', { priority: 'toString' }, 'priority'],
    ['a Date as a time', { occurredAt: new Date() }, 'occurredAt'],
    ['a time as text', { occurredAt: '2026-01-31' }, 'occurredAt'],
    ['a fraction of a millisecond', { occurredAt: 0.5 }, 'occurredAt'],
    ['no number', { occurredAt: Number.NaN }, 'occurredAt'],
    ['the end of time', { occurredAt: Number.POSITIVE_INFINITY }, 'occurredAt'],
    ['beyond the range of a Date', { occurredAt: 8.64e15 + 1 }, 'occurredAt'],
    ['an empty text', { correlationId: '' }, 'correlationId'],
    ['513 characters', { causationId: 'a'.repeat(513) }, 'causationId'],
    ['NUL', { actor: 'a\0' }, 'actor'],
    ['CR LF', { tenant: 'acme\r\nx: y' }, 'tenant'],
    ['DEL', { actor: '\u007f' }, 'actor'],
    ['half a pair', { actor: '\ud800' }, 'actor'],
    ['an object as text', { tenant: { id: 'acme' } }, 'tenant'],
    ['null', { actor: null }, 'actor'],
    ['a traceparent that is none', { traceparent: 'abc' }, 'traceparent'],
    ['version ff', { traceparent: TRACEPARENT.replace(/^00/, 'ff') }, 'traceparent'],
    ['a trace id of zeros', { traceparent: `00-${'0'.repeat(32)}-b7ad6b7169203331-01` }, 'traceparent'],
    [
      'a parent id of zeros',
      { traceparent: `00-0af7651916cd43dd8448eb211c80319c-${'0'.repeat(16)}-01` },
      'traceparent',
    ],
    ['capitals in a traceparent', { traceparent: TRACEPARENT.toUpperCase() }, 'traceparent'],
    ['more at the end of version 00', { traceparent: `${TRACEPARENT}-extra` }, 'traceparent'],
    ['metadata that is an array', { metadata: ['a'] }, 'metadata'],
    ['metadata that is a Map', { metadata: new Map() }, 'metadata'],
    ['metadata that is text', { metadata: 'a' }, 'metadata'],
    ['metadata that is null', { metadata: null }, 'metadata'],
    ['a number in metadata', { metadata: { size: 1 } }, 'metadata["size"]'],
    ['undefined in metadata', { metadata: { size: undefined } }, 'metadata["size"]'],
    ['4,097 characters in metadata', { metadata: { size: 'a'.repeat(4_097) } }, 'metadata["size"]'],
    ['NUL in metadata', { metadata: { size: 'a\0' } }, 'metadata["size"]'],
    ['an empty key of metadata', { metadata: { '': 'a' } }, 'metadata key'],
    ['a line break in a key of metadata', { metadata: { 'a\nb': 'a' } }, 'metadata key'],
    [
      'a number under __proto__ in metadata',
      { metadata: JSON.parse('{"__proto__":{"admin":true}}') },
      'metadata["__proto__"]',
    ],
  ];

  test.each(cases)('%s', (_, options, field) => {
    const error = caught(() =>
      createEnvelope(Placed, { orderId: 'o-1', total: 5 }, options as EnvelopeOptions),
    );
    expect(error.code).toBe('MORTAR_ENVELOPE_INVALID');
    expect(error.category).toBe('validation');
    expect(error.issues[0]?.path).toBe(field);
    expect(error.message).toContain(field);
    expect(({} as Record<string, unknown>)['admin']).toBeUndefined();
  });

  test.each([
    ['a later version of traceparent that says more', { traceparent: `01${TRACEPARENT.slice(2)}-extra` }],
    ['512 characters', { actor: 'a'.repeat(512) }],
    ['letters of every script', { tenant: 'Zürich 東京 😀' }],
    ['line breaks in a value of metadata', { metadata: { agent: 'a\r\nb' } }],
    [
      'metadata without a prototype',
      { metadata: Object.assign(Object.create(null), { a: 'b' }) as Record<string, string> },
    ],
    ['the edges of time', { occurredAt: -8.64e15 }],
  ])('but %s is taken', (_, options) => {
    expect(createEnvelope(Placed, { orderId: 'o-1', total: 5 }, options)).toMatchObject(options);
  });
});
