import assert from 'node:assert/strict';
import { decode, encode } from '../../../contracts/index.js';
import type { EncodedEvent } from '../../../event-store/index.js';
import { anEvent, appendTo, type EventStoreCase, holds, logHolds, ORDER, publish } from './subject.js';

const TEXTS: Readonly<Record<string, readonly string[]>> = {
  'spaces and the order of keys': ['{ "b" : 1,\t"a":\n[ 1 , 2 ] }', '{"b":1,"a":2}', ' 1 ', '{"a":1,"a":2}'],
  numbers: ['1.0', '1e3', '-0', '0.1000', '9007199254740993', '1e400', '123456789012345678901234567890'],
  'what is not an object': ['null', 'true', '""', '[]', '{}', '0'],
  'escapes of JSON': [
    '"\\u0041\\u00e9"',
    '"\\/ \\b\\f\\n\\r\\t\\" \\\\"',
    '"\\ud83d\\ude00"',
    '"\u2028\u2029\u007f"',
  ],
  'all of Unicode': [
    '"é e\u0301 ß İ ı ﬀ"',
    '"😀👩‍👩‍👧𝒳𐍈"',
    '"مرحبا עולם"',
    '"日本語"',
    '"\u{10ffff}\ufffd\ufeff"',
  ],
  'what looks like a query': ['"\'; DROP TABLE events;--"', '"$1 ? :name @p %s"', '"\'\'"', '"E\'\\\\\'"'],
  'tags of the codec': ['{"$date":"2026-01-31T12:00:00.000Z"}', '{"$$x":1}', '{"$unknown":{"$":1}}'],
  'keys that every object has': [
    '{"__proto__":{"admin":true}}',
    '{"constructor":{"prototype":{"polluted":1}},"toString":1}',
    '{"__proto__":null,"hasOwnProperty":2}',
  ],
};

/** Data of the codec's every kind. */
const VALUES: Readonly<Record<string, unknown>> = {
  at: new Date(0),
  big: 12_345_678_901_234_567_890n,
  zero: -0,
  nothing: undefined,
  bytes: new Uint8Array([0, 255, 1]),
  map: new Map<unknown, unknown>([
    [1, 'a'],
    [new Date(1), new Set([1n])],
  ]),
  text: 'é😀\u2028',
};

/** Appends events to a stream and to none, and finds both as they were. */
async function roundTrip(
  { events }: Parameters<EventStoreCase['run']>[0],
  added: readonly EncodedEvent[],
): Promise<void> {
  await appendTo(events, ORDER, added);
  await holds(events, ORDER, added);
  const free = added.map((event) => anEvent({ ...event, id: anEvent().id }));
  await publish(events, free);
  await logHolds(events, [...added, ...free]);
  assert.equal(Reflect.get({}, 'admin'), undefined);
  assert.equal(Reflect.get({}, 'polluted'), undefined);
}

const textCases: readonly EventStoreCase[] = Object.entries(TEXTS).map(([name, texts]) => ({
  name: `payloads: ${name}`,
  run: async (subject) =>
    roundTrip(
      subject,
      texts.map((payload) => anEvent({ payload })),
    ),
}));

function text(length: number, unit: string): string {
  return unit.repeat(Math.floor(length / unit.length));
}

/** What is kept comes back as it was, to the last byte. */
export const payloadCases: readonly EventStoreCase[] = [
  ...textCases,
  {
    name: 'payloads: every kind of the codec',
    run: async (subject) => {
      const payload = encode(VALUES);
      await roundTrip(subject, [anEvent({ payload })]);
      const [entry] = await subject.events.readStream(ORDER);
      assert.deepEqual(decode(entry?.payload ?? ''), VALUES);
    },
  },
  {
    name: 'payloads: 1 MiB, of letters and of characters of four bytes',
    run: async (subject) => {
      const payloads = [encode(text(1_048_574, 'abc ')), encode(text(524_280, '😀'))];
      await roundTrip(
        subject,
        payloads.map((payload) => anEvent({ payload })),
      );
    },
  },
  {
    name: 'payloads: 500 containers within one another',
    run: async (subject) => {
      await roundTrip(subject, [anEvent({ payload: `${'['.repeat(500)}${']'.repeat(500)}` })]);
    },
  },
  {
    name: 'payloads: some hundreds of kilobytes in one append',
    run: async (subject) => {
      const added = Array.from({ length: 30 }, (_, index) =>
        anEvent({ payload: encode({ index, filler: text(20_000, 'x"\\é') }) }),
      );
      await roundTrip(subject, added);
    },
  },
  {
    name: 'metadata: texts of every kind, and keys that every object has',
    run: async (subject) => {
      const metadata: Record<string, string> = JSON.parse(
        '{"__proto__":"x","constructor":"y","a b":"","é":"😀\\u2028\\"\'\\\\","$1":"{}","1":"one","0":"zero"}',
      );
      await roundTrip(subject, [
        anEvent({ metadata }),
        anEvent({ metadata: { long: 'é'.repeat(4_096) } }),
        anEvent({ metadata: { lines: 'a\r\nb\tc\u0001' } }),
      ]);
    },
  },
  {
    name: 'keys, tags, actors and tenants: texts of every kind',
    run: async (subject) => {
      const texts = [
        'é😀',
        "'; DROP TABLE events;--",
        '{"a":[1]}',
        'a,b;c',
        '\\',
        '"',
        '__proto__',
        'NULL',
        '{}',
      ];
      await roundTrip(subject, [
        ...texts.map((one) =>
          anEvent({ key: one, actor: one, tenant: one, correlationId: one, causationId: one }),
        ),
        ...texts.map((one) => anEvent({ tags: [one, `${one} `, ` ${one}`] })),
        anEvent({ tags: texts }),
        anEvent({ key: 'k'.repeat(512), tags: ['t'.repeat(200)], tenant: 'x'.repeat(512) }),
        anEvent({ tags: Array.from({ length: 64 }, (_, index) => `tag:${index}`) }),
        anEvent({ key: 'a\r\nb\tc' }),
      ]);
    },
  },
];
