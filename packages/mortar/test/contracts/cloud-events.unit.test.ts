import { inspect, isDeepStrictEqual } from 'node:util';
import { CloudEvent, HTTP } from 'cloudevents';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import {
  createEnvelope,
  type Envelope,
  event,
  fromCloudEvent,
  newId,
  priorities,
  toCloudEvent,
} from '../../src/contracts/index.js';
import { caught, codeOf } from './caught.js';

const Placed = event('shop.order-placed', {
  data: z.object({ orderId: z.string(), total: z.bigint(), at: z.date() }),
  key: (data) => data.orderId,
  priority: 'high',
  schemaVersion: 3,
});
const ID = '0198f7a2-1234-7abc-8def-0123456789ab';
const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const full = createEnvelope(
  Placed,
  { orderId: 'o-1', total: 5n, at: new Date(0) },
  {
    id: ID,
    occurredAt: Date.parse('2026-01-31T12:00:00.123Z'),
    correlationId: 'request 7',
    causationId: newId(),
    actor: 'user:ada',
    tenant: 'acme',
    traceparent: TRACEPARENT,
    metadata: { ip: '::1', 'user agent': 'a\r\nb' },
  },
);
const foreign = {
  specversion: '1.0',
  id: ID,
  source: 'https://example.com/orders?x=1#y',
  type: 'com.example.order.placed',
  time: '2026-01-31T12:00:00Z',
  data: { orderId: 'o-1' },
};

function expectSame(actual: unknown, expected: unknown): void {
  if (isDeepStrictEqual(actual, expected)) return;
  throw new Error(`Expected ${inspect(expected, { depth: 9 })}; got ${inspect(actual, { depth: 9 })}.`);
}

describe('an envelope as a CloudEvent', () => {
  test('says everything in valid attributes, official ones where there are any', () => {
    expect(toCloudEvent(full)).toEqual({
      specversion: '1.0',
      id: ID,
      source: '/shop',
      type: 'shop.order-placed',
      time: '2026-01-31T12:00:00.123Z',
      datacontenttype: 'application/json',
      mortarformat: 1,
      schemaversion: 3,
      partitionkey: 'o-1',
      correlationid: 'request 7',
      causationid: full.causationId,
      traceparent: TRACEPARENT,
      actor: 'user:ada',
      tenant: 'acme',
      priority: 'high',
      metadata: '{"ip":"::1","user agent":"a\\r\\nb"}',
      data: { orderId: 'o-1', total: { $bigint: '5' }, at: { $date: '1970-01-01T00:00:00.000Z' } },
    });
    expectSame(fromCloudEvent(toCloudEvent(full)), full);
  });

  test('takes another source, and holds it to the form of a URI-reference', () => {
    const source = 'urn:example:shop%20one';
    expect(toCloudEvent(full, { source }).source).toBe(source);
    expectSame(fromCloudEvent(toCloudEvent(full, { source })), full);
    for (const bad of ['', 'a b', '<a>', 'a%2', 'a#b#c', 'a\n']) {
      const error = caught(() => toCloudEvent(full, { source: bad }));
      expect([error.code, error.issues[0]?.path]).toEqual(['MORTAR_CLOUD_EVENT_INVALID', 'source']);
    }
  });

  test('holds the data to the limits of the codec', () => {
    const Any = event('shop.any', { data: z.any() });
    const circular: Record<string, unknown> = {};
    circular['self'] = circular;
    expect(codeOf(() => toCloudEvent(createEnvelope(Any, circular)))).toBe('MORTAR_CODEC_UNSUPPORTED');
    const large = createEnvelope(Any, 'a'.repeat(100));
    expect(codeOf(() => toCloudEvent(large, { maxBytes: 99 }))).toBe('MORTAR_CODEC_TOO_LARGE');
    expect(codeOf(() => fromCloudEvent(toCloudEvent(large), { maxBytes: 99 }))).toBe(
      'MORTAR_CODEC_TOO_LARGE',
    );
  });

  test('the `cloudevents` package takes it, and hands it back whole', () => {
    const ours = toCloudEvent(full);
    const strict = new CloudEvent({ ...ours });
    expect(strict.validate()).toBe(true);
    expectSame(fromCloudEvent(strict), full);
    const message = HTTP.structured(strict);
    const back = HTTP.toEvent({ headers: message.headers, body: message.body });
    if (!(back instanceof CloudEvent)) throw new Error('One event becomes one event.');
    expect(back.validate()).toBe(true);
    expectSame(fromCloudEvent(back), full);
    const text = HTTP.toEvent({
      headers: { 'content-type': 'application/cloudevents+json' },
      body: JSON.stringify(ours),
    });
    expectSame(fromCloudEvent(JSON.stringify(text)), full);
  });
});

describe('every envelope comes back as it was', () => {
  const text = fc
    .string({ unit: 'binary', minLength: 1, maxLength: 40 })
    .filter((value) => !/\p{Cc}/u.test(value));
  const key = fc.oneof(
    fc.string({ unit: 'binary', minLength: 1 }),
    fc.constantFrom('\ud800', '\0', 'a\nb', '\uffff'),
  );
  const name = fc.oneof(
    text,
    fc.constantFrom('__proto__', 'constructor', 'toString', 'ce-source', 'ce-subject'),
  );
  const value = fc.string({ unit: 'binary' }).map((written) => written.replaceAll('\0', ''));
  const data = fc.oneof(
    fc.constantFrom<unknown>(undefined, null, 0, '', false, -0, '"', '{"a":1}'),
    fc.json().map((json): unknown => JSON.parse(json)),
    fc.bigInt(),
    fc
      .array(
        fc.tuple(
          fc.constantFrom('$date', '$$x', 'a'),
          fc.oneof(fc.date({ noInvalidDate: true }), fc.uint8Array()),
        ),
        { maxLength: 2 },
      )
      .map((entries) => Object.fromEntries(entries)),
    fc.array(fc.tuple(fc.integer(), fc.bigInt())).map((entries) => new Map(entries)),
  );
  const hex = (length: number): fc.Arbitrary<string> => {
    return fc
      .array(fc.constantFrom(...'0123456789abcdef'), { minLength: length - 1, maxLength: length - 1 })
      .map((digits) => `1${digits.join('')}`);
  };
  const envelope: fc.Arbitrary<Envelope> = fc.record(
    {
      id: fc.uuid(),
      type: fc.constantFrom('shop.order-placed', 'data-quality.rule2-failed', 'constructor.prototype'),
      schemaVersion: fc.oneof(
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
      ),
      key: fc.option(key, { nil: undefined }),
      priority: fc.constantFrom(...priorities),
      occurredAt: fc.oneof(fc.integer({ min: 0, max: 4e12 }), fc.integer({ min: -8.64e15, max: 8.64e15 })),
      correlationId: text,
      causationId: fc.option(text, { nil: undefined }),
      actor: fc.option(text, { nil: undefined }),
      tenant: fc.option(text, { nil: undefined }),
      traceparent: fc.option(
        fc.tuple(hex(32), hex(16)).map(([trace, parent]) => `00-${trace}-${parent}-01`),
        { nil: undefined },
      ),
      metadata: fc
        .array(fc.tuple(name, value), { maxLength: 4 })
        .map((entries) => Object.fromEntries(entries)),
      data,
    },
    { noNullPrototype: true },
  );

  test('by way of its JSON text', () => {
    fc.assert(
      fc.property(envelope, (original) => {
        expectSame(fromCloudEvent(JSON.stringify(toCloudEvent(original))), original);
      }),
      { numRuns: 3_000 },
    );
  });

  test('and the `cloudevents` package finds it valid, and changes nothing', () => {
    fc.assert(
      fc.property(envelope, (original) => {
        const strict = new CloudEvent({ ...toCloudEvent(original) });
        expect(strict.validate()).toBe(true);
        expectSame(fromCloudEvent(JSON.stringify(strict)), original);
      }),
      { numRuns: 500 },
    );
  });
});

describe('a CloudEvent of others', () => {
  test('made by the `cloudevents` package', () => {
    const made = new CloudEvent({
      source: '/inventory',
      type: 'inventory.stock-counted',
      data: { sku: 'a', count: 3, $date: 'not a tag' },
      subject: 'shelf 7',
      traceparent: TRACEPARENT,
      partitionkey: 'sku-a',
    });
    const envelope = fromCloudEvent(made);
    expect(envelope).toMatchObject({
      id: made.id,
      type: 'inventory.stock-counted',
      schemaVersion: 1,
      key: 'sku-a',
      priority: 'normal',
      occurredAt: Date.parse(made.time ?? ''),
      correlationId: made.id,
      traceparent: TRACEPARENT,
      metadata: { 'ce-source': '/inventory', 'ce-subject': 'shelf 7' },
      data: { sku: 'a', count: 3, $date: 'not a tag' },
    });
    expectSame(fromCloudEvent(JSON.stringify(toCloudEvent(envelope))), envelope);
  });

  test('what an envelope has no field for is kept in metadata, word for word', () => {
    const envelope = fromCloudEvent({
      ...foreign,
      subject: 'a',
      dataschema: 'https://example.com/schema',
      datacontenttype: 'application/json; charset=utf-8',
      isurgent: true,
      count: -3,
      actor: 'theirs',
      priority: 'P1',
      schemaversion: 9,
      metadata: 'theirs too',
      unset: null,
      empty: '',
      correlationid: '',
      traceparent: 'malformed',
    });
    expect(envelope).toMatchObject({ priority: 'normal', schemaVersion: 1, correlationId: ID });
    expect(envelope.actor).toBeUndefined();
    expect(envelope.traceparent).toBeUndefined();
    expect(envelope.metadata).toEqual({
      'ce-source': foreign.source,
      'ce-subject': 'a',
      'ce-dataschema': 'https://example.com/schema',
      'ce-datacontenttype': 'application/json; charset=utf-8',
      'ce-isurgent': 'true',
      'ce-count': '-3',
      'ce-actor': 'theirs',
      'ce-priority': 'P1',
      'ce-schemaversion': '9',
      'ce-metadata': 'theirs too',
      'ce-empty': '',
      'ce-correlationid': '',
      'ce-traceparent': 'malformed',
    });
  });

  test.each([
    ['2026-01-31T12:00:00Z', '2026-01-31T12:00:00.000Z', undefined],
    ['2026-01-31t12:00:00.12z', '2026-01-31T12:00:00.120Z', undefined],
    ['2026-01-31T12:00:00.123000+00:00', '2026-01-31T12:00:00.123Z', undefined],
    ['2026-01-31T12:00:00.123456Z', '2026-01-31T12:00:00.123Z', '2026-01-31T12:00:00.123456Z'],
    ['2026-01-31T12:00:00+02:00', '2026-01-31T10:00:00.000Z', '2026-01-31T12:00:00+02:00'],
    ['2026-01-31T12:00:00-09:30', '2026-01-31T21:30:00.000Z', '2026-01-31T12:00:00-09:30'],
    ['0000-01-01T00:00:00Z', '0000-01-01T00:00:00.000Z', undefined],
  ])('the time %s is %s, and kept where it says more', (time, expected, kept) => {
    const envelope = fromCloudEvent({ ...foreign, time });
    expect(new Date(envelope.occurredAt).toISOString()).toBe(expected);
    expect(envelope.metadata['ce-time']).toBe(kept);
  });

  test('without a time it is of the moment of reading, without data of none', () => {
    const { time: _, data: __, ...bare } = foreign;
    const before = Date.now();
    const envelope = fromCloudEvent(bare);
    expect(envelope.occurredAt).toBeGreaterThanOrEqual(before);
    expect(envelope.data).toBeUndefined();
    expect(fromCloudEvent({ ...bare, data: null }).data).toBeNull();
  });

  test('binary data becomes bytes', () => {
    const { data: _, ...bare } = foreign;
    expectSame(fromCloudEvent({ ...bare, data_base64: 'AQL/' }).data, new Uint8Array([1, 2, 255]));
    const made = new CloudEvent({ source: '/a', type: 'a.b', data: new Uint8Array([7, 8]) });
    expectSame(fromCloudEvent(made).data, new Uint8Array([7, 8]));
  });

  test('data named __proto__ is data and pollutes nothing', () => {
    const hostile = JSON.stringify(foreign).replace('{"orderId":"o-1"}', '{"__proto__":{"polluted":true}}');
    const { data } = fromCloudEvent(hostile);
    expect(Object.keys(data as object)).toEqual(['__proto__']);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});

describe('on its way an event of ours may', () => {
  const ours = toCloudEvent(full);

  test('gain attributes, which are kept', () => {
    const { metadata, ...fields } = fromCloudEvent({ ...ours, knativearrivaltime: '2026', subject: 'x' });
    const { metadata: before, ...expected } = full;
    expectSame(fields, expected);
    expect(metadata).toEqual({ ...before, 'ce-knativearrivaltime': '2026', 'ce-subject': 'x' });
  });

  test('have its integers turned to text', () => {
    expectSame(fromCloudEvent({ ...ours, mortarformat: '1', schemaversion: '3' }), full);
  });

  test('not gain what metadata already says otherwise', () => {
    const marked = toCloudEvent({ ...full, metadata: { 'ce-subject': 'mine' } });
    expect(fromCloudEvent({ ...marked, subject: 'mine' }).metadata).toEqual({ 'ce-subject': 'mine' });
    const error = caught(() => fromCloudEvent({ ...marked, subject: 'theirs' }));
    expect([error.code, error.issues[0]?.path]).toEqual(['MORTAR_CLOUD_EVENT_INVALID', 'subject']);
  });
});

describe('what is refused, with the attribute', () => {
  const ours = toCloudEvent(full);
  const { data: _, ...noData } = ours;
  const cases: readonly [string, unknown, string][] = [
    ['text that is not JSON', '{', '(event)'],
    ['nothing', undefined, '(event)'],
    ['null', null, '(event)'],
    ['an array', [foreign], '(event)'],
    ['a number', '7', '(event)'],
    ['no specversion', { ...foreign, specversion: undefined }, 'specversion'],
    ['an older specversion', { ...foreign, specversion: '0.3' }, 'specversion'],
    ['specversion as a number', { ...foreign, specversion: 1 }, 'specversion'],
    ['no id', { ...foreign, id: undefined }, 'id'],
    ['an empty id', { ...foreign, id: '' }, 'id'],
    ['an id that is no UUID', { ...foreign, id: 'A234-1234-1234' }, 'id'],
    ['a number as an id', { ...foreign, id: 7 }, 'id'],
    ['no source', { ...foreign, source: undefined }, 'source'],
    ['a source with blanks', { ...foreign, source: 'a b' }, 'source'],
    ['an empty source', { ...foreign, source: '' }, 'source'],
    ['no type', { ...foreign, type: null }, 'type'],
    ['an empty type', { ...foreign, type: '' }, 'type'],
    ['a type of 513 characters', { ...foreign, type: 'a'.repeat(513) }, 'type'],
    ['a control character', { ...foreign, type: 'a\n' }, 'type'],
    ['half a pair', { ...foreign, subject: '\ud800' }, 'subject'],
    ['an empty subject', { ...foreign, subject: '' }, 'subject'],
    ['no date', { ...foreign, time: 'yesterday' }, 'time'],
    ['a date without a time', { ...foreign, time: '2026-01-31' }, 'time'],
    ['the 30th of February', { ...foreign, time: '2026-02-30T00:00:00Z' }, 'time'],
    ['hour 24', { ...foreign, time: '2026-01-31T24:00:00Z' }, 'time'],
    ['a leap second', { ...foreign, time: '2016-12-31T23:59:60Z' }, 'time'],
    ['an offset of a day', { ...foreign, time: '2026-01-31T12:00:00+24:00' }, 'time'],
    ['no offset', { ...foreign, time: '2026-01-31T12:00:00' }, 'time'],
    ['time as a number', { ...foreign, time: 0 }, 'time'],
    ['a dataschema that is no URI', { ...foreign, dataschema: 'a b' }, 'dataschema'],
    ['a name in capitals', { ...foreign, tenantId: 'a' }, 'tenantId'],
    ['a name with a dash', { ...foreign, 'a-b': 'a' }, 'a-b'],
    ['the name __proto__', JSON.stringify(foreign).replace('{', '{"__proto__":"x",'), '__proto__'],
    ['an object as an attribute', { ...foreign, extra: {} }, 'extra'],
    ['a list as an attribute', { ...foreign, extra: [] }, 'extra'],
    ['a fraction', { ...foreign, extra: 1.5 }, 'extra'],
    ['an integer of more than 32 bits', { ...foreign, extra: 2 ** 31 }, 'extra'],
    ['data in two forms', { ...foreign, data_base64: 'AQ==' }, 'data_base64'],
    ['base64 without padding', { ...foreign, data: undefined, data_base64: 'AQ' }, 'data_base64'],
    ['base64 as a list', { ...foreign, data: undefined, data_base64: [1] }, 'data_base64'],
    ['a later format', { ...ours, mortarformat: 2 }, 'mortarformat'],
    ['our event without data', noData, 'data'],
    ['our event with data of another type', { ...ours, datacontenttype: 'text/plain' }, 'datacontenttype'],
    ['our event with data in two forms', { ...ours, data_base64: 'AQ==' }, 'data_base64'],
    ['our event without a schema version', { ...ours, schemaversion: undefined }, 'schemaversion'],
    ['schema version 0', { ...ours, schemaversion: 0 }, 'schemaversion'],
    ['a schema version of words', { ...ours, schemaversion: 'three' }, 'schemaversion'],
    ['an unknown priority', { ...ours, priority: 'urgent' }, 'priority'],
    ['an actor that is a number', { ...ours, actor: 7 }, 'actor'],
    ['a malformed traceparent', { ...ours, traceparent: 'abc' }, 'traceparent'],
    ['metadata that is not JSON', { ...ours, metadata: 'a' }, 'metadata'],
    ['metadata that is a list', { ...ours, metadata: '[]' }, 'metadata'],
    ['a number in metadata', { ...ours, metadata: '{"a":1}' }, 'metadata'],
    ['a rest that is not JSON', { ...ours, mortarrest: '{' }, 'mortarrest'],
    ['a rest that says no time', { ...ours, mortarrest: '{"occurredAt":"x"}' }, 'occurredAt'],
    ['our event with an id that is no UUID', { ...ours, id: 'a' }, 'id'],
    ['our event without a time', { ...ours, time: undefined }, 'time'],
  ];

  test.each(cases)('%s', (_, json, attribute) => {
    const error = caught(() => fromCloudEvent(json as object));
    expect(error.code).toBe('MORTAR_CLOUD_EVENT_INVALID');
    expect(error.issues[0]?.path).toBe(attribute);
    expect(error.message).toContain(JSON.stringify(attribute));
  });

  test('corrupt data has the code of the codec', () => {
    expect(codeOf(() => fromCloudEvent({ ...ours, data: { $date: 'x' } }))).toBe('MORTAR_CODEC_CORRUPT');
    expect(codeOf(() => fromCloudEvent(`${JSON.stringify(foreign).slice(0, -1)},"data":"\\u0000"}`))).toMatch(
      /^MORTAR_CODEC_/,
    );
  });

  test('100,000 levels do not overflow the stack', () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    const hostile = JSON.stringify(foreign).replace('{"orderId":"o-1"}', deep);
    expect(codeOf(() => fromCloudEvent(hostile))).toBe('MORTAR_CODEC_TOO_DEEP');
    const own = JSON.stringify({ ...ours, data: 'HERE' }).replace('"HERE"', deep);
    expect(codeOf(() => fromCloudEvent(own))).toBe('MORTAR_CLOUD_EVENT_INVALID');
  });
});
