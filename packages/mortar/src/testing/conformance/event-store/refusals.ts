import assert from 'node:assert/strict';
import { newId } from '../../../contracts/index.js';
import type { ErrorCode } from '../../../errors/index.js';
import type { EncodedEvent, EventStore, LogRange, StreamRange } from '../../../event-store/index.js';
import { anEvent, type EventStoreCase, logHolds, ORDER, publish, someEvents } from './subject.js';

/** What a JavaScript caller may pass, whatever the type says. */
type Loose<T> = { readonly [K in keyof T]?: unknown };

const NUMBERS: readonly unknown[] = [-1, 1.5, 2 ** 53, '1', Number.NaN, Infinity, null, {}, 1n];
const NAMES: readonly unknown[] = [
  '',
  '-',
  '-1',
  'x'.repeat(513),
  'a\0b',
  'order-\n1',
  'order-1\r\n',
  'order-\ud800',
  7,
  null,
  {},
];

/** Asserts a typed error that says nothing of SQL, and that nothing has come of it. */
async function refusesSafely(
  promise: Promise<unknown>,
  codes: readonly ErrorCode[],
  what: string,
): Promise<void> {
  await assert.rejects(promise, (error) => {
    const { name, code, message } = Object(error);
    assert.equal(name, 'MortarError', `${what}: ${error}`);
    assert.ok(codes.includes(code), `${what}: ${code} is one of ${codes.join(', ')}`);
    assert.doesNotMatch(message, /\b(SELECT|INSERT|UPDATE|sqlite|postgres|relation|syntax)\b/i, what);
    return true;
  });
}

function describe(value: unknown): string {
  const text = JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? `${part}n` : part));
  return String(text).slice(0, 60);
}

async function refusesEvents(
  events: EventStore,
  codes: readonly ErrorCode[],
  parts: readonly Loose<EncodedEvent>[],
): Promise<void> {
  const good = anEvent();
  await publish(events, [good]);
  for (const part of parts) {
    const added = [anEvent(), { ...anEvent(), ...part } as EncodedEvent];
    await refusesSafely(publish(events, added), codes, describe(part));
  }
  await logHolds(events, [good]);
}

async function refusesRanges(
  events: EventStore,
  codes: readonly ErrorCode[],
  ranges: readonly Loose<LogRange>[],
): Promise<void> {
  for (const range of ranges)
    await refusesSafely(
      events.readAll(range as LogRange),
      codes,
      `readAll(${describe(Object.values(range)[0])})`,
    );
}

async function refusesParts(
  events: EventStore,
  codes: readonly ErrorCode[],
  ranges: readonly Loose<StreamRange>[],
): Promise<void> {
  for (const range of ranges)
    await refusesSafely(
      events.readStream(ORDER, range as StreamRange),
      codes,
      `readStream(${describe(Object.values(range)[0])})`,
    );
}

const OPTIONS = ['MORTAR_OPTIONS_INVALID'] as const;
const VERSION = ['MORTAR_VERSION_INVALID'] as const;
const ENVELOPE = ['MORTAR_ENVELOPE_INVALID'] as const;

/** What is malformed is refused with a typed error, and leaves nothing behind. */
export const refusalCases: readonly EventStoreCase[] = [
  {
    name: 'names of streams, wherever they come',
    run: async ({ events }) => {
      const code = ['MORTAR_STREAM_ID_INVALID'] as const;
      for (const name of NAMES) {
        const stream = name as typeof ORDER;
        const what = describe(name);
        await refusesSafely(events.append([{ streamId: stream, events: someEvents(1) }]), code, what);
        await refusesSafely(events.readStream(stream), code, what);
        await refusesSafely(events.streamInfo(stream), code, what);
        await refusesSafely(events.setStreamState(stream, 'archived'), code, what);
      }
      await logHolds(events, []);
    },
  },
  {
    name: 'expected versions',
    run: async ({ events }) => {
      for (const expectedVersion of [...NUMBERS, 'NoStream', '', 'exists'])
        await refusesSafely(
          events.append([
            { streamId: ORDER, events: someEvents(1), expectedVersion: expectedVersion as 'any' },
          ]),
          VERSION,
          describe(expectedVersion),
        );
      await logHolds(events, []);
    },
  },
  {
    name: 'positions and versions of ranges',
    run: async ({ events }) => {
      const bad = NUMBERS.filter((number) => number !== null);
      await refusesRanges(
        events,
        VERSION,
        bad.flatMap((value) => [{ after: value }, { to: value }]),
      );
      await refusesParts(
        events,
        VERSION,
        bad.flatMap((value) => [{ from: value }, { to: value }]),
      );
    },
  },
  {
    name: 'limits, directions, times and what is not an option',
    run: async ({ events }) => {
      const limits = [0, -1, 10_001, 1.5, '10', Infinity, Number.NaN].map((limit) => ({ limit }));
      const directions = [{ direction: 'up' }, { direction: '' }, { direction: 1 }, { offset: 5 }];
      await refusesRanges(events, OPTIONS, [...limits, ...directions, { withoutArchived: 'yes' }]);
      await refusesParts(events, OPTIONS, [
        ...limits,
        ...directions,
        ...[-1, 1.5, '2026-01-01', new Date(0)].map((asOf) => ({ asOf })),
      ]);
    },
  },
  {
    name: 'filters',
    run: async ({ events }) => {
      const filters = [
        ...['types', 'categories', 'orderKeys', 'tags'].flatMap((name) =>
          ['a', 7, [7], [null], ['a\0b'], ['\ud800'], [['a']], { length: 1 }].map((value) => ({
            [name]: value,
          })),
        ),
        ...['correlationId', 'tenant'].flatMap((name) =>
          [7, null, ['a'], 'a\0b', '\udc00'].map((value) => ({ [name]: value })),
        ),
        ...['recordedFrom', 'recordedTo'].flatMap((name) =>
          [-1, 1.5, '5', new Date(0), Infinity].map((value) => ({ [name]: value })),
        ),
        ...[
          5,
          {},
          { of: 4 },
          { of: 0, among: [] },
          { of: 4, among: [4] },
          { of: 4, among: [-1] },
          { of: 4, among: 1 },
        ].map((partitions) => ({ partitions })),
        { type: 'a.b' },
        'a.b',
        null,
      ];
      for (const filter of filters) {
        await refusesSafely(events.readAll({ filter: filter as object }), OPTIONS, describe(filter));
        await refusesSafely(events.statistics(filter as object), OPTIONS, describe(filter));
      }
    },
  },
  {
    name: 'appends',
    run: async ({ events }) => {
      const appends: readonly unknown[] = [
        [{ streamId: ORDER, events: [] }],
        [{ events: [] }],
        [{ streamId: ORDER, events: anEvent() }],
        [{ streamId: ORDER }],
        [{ streamId: ORDER, events: someEvents(1), version: 1 }],
        [{ events: someEvents(1), expectedVersion: 'noStream' }],
        [{ events: someEvents(1), expectedVersion: 1 }],
        [
          { streamId: ORDER, events: someEvents(1) },
          { streamId: ORDER, events: someEvents(1) },
        ],
        [null],
        ['a'],
        {},
        null,
        'a',
      ];
      for (const append of appends)
        await refusesSafely(events.append(append as []), OPTIONS, describe(append));
      await logHolds(events, []);
    },
  },
  {
    name: 'conditions',
    run: async ({ events }) => {
      const after = 0;
      const conditions: readonly unknown[] = [
        { query: [{}] },
        ...NUMBERS.map((number) => ({ query: [{}], after: number })),
        { query: {}, after },
        { query: 'a', after },
        { query: [{ type: 'a' }], after },
        { query: [{ types: 'a' }], after },
        { query: [{ tags: [7] }], after },
        { query: [{ tags: ['a\0'] }], after },
        { query: [null], after },
        { after },
        { query: [{}], after, extra: 1 },
        null,
        7,
      ];
      for (const condition of conditions)
        await refusesSafely(
          events.append([{ events: someEvents(1) }], condition as { query: []; after: never }),
          [...OPTIONS, ...VERSION],
          describe(condition),
        );
      await logHolds(events, []);
    },
  },
  {
    name: 'ids, times and texts of events',
    run: async ({ events }) => {
      await refusesEvents(events, ENVELOPE, [
        ...['', 'x', 7, undefined, null, newId().toUpperCase(), `${newId()} `].map((id) => ({ id })),
        ...['soon', undefined, null, 1].map((priority) => ({ priority })),
        ...[1.5, '1', undefined, null, Infinity, 8.64e15 + 1].map((occurredAt) => ({ occurredAt })),
        ...['', 'a\0', 'a\nb', '\ud800', 7, undefined, 'x'.repeat(513)].map((correlationId) => ({
          correlationId,
        })),
        ...['', 'a\0', 7, 'x'.repeat(513)].flatMap((text) => [
          { causationId: text },
          { actor: text },
          { tenant: text },
        ]),
        ...['', '00-0-0-0', 7].map((traceparent) => ({ traceparent })),
        ...['', undefined, null, 7, {}].map((payload) => ({ payload })),
      ]);
    },
  },
  {
    name: 'metadata and tags of events',
    run: async ({ events }) => {
      await refusesEvents(events, ENVELOPE, [
        ...[
          undefined,
          null,
          'a',
          7,
          { a: 7 },
          { a: null },
          { a: 'b\0' },
          { a: '\ud800' },
          { 'a\0': 'b' },
          [],
        ].map((metadata) => ({ metadata })),
        { metadata: { a: 'x'.repeat(4_097) } },
        ...[undefined, null, 'a', [7], [''], ['a\0'], ['\udfff'], ['a', 'a'], ['x'.repeat(201)]].map(
          (tags) => ({
            tags,
          }),
        ),
        { tags: Array.from({ length: 65 }, (_, index) => `t${index}`) },
      ]);
    },
  },
  {
    name: 'types, schema versions and keys of events',
    run: async ({ events }) => {
      const types = [
        '',
        ' ',
        'a',
        'a.',
        '.b',
        'A.b',
        'a.b*',
        'a.**.b',
        "a.b'; DROP TABLE events;--",
        'a.b\0',
        'é.b',
        7,
      ];
      await refusesEvents(
        events,
        ['MORTAR_NAME_INVALID'],
        [...types, '__proto__', `a.${'b'.repeat(200)}`, undefined].map((type) => ({ type })),
      );
      for (const schemaVersion of [0, -1, 1.5, '1', undefined, 2 ** 31])
        await refusesSafely(
          publish(events, [{ ...anEvent(), schemaVersion: schemaVersion as number }]),
          OPTIONS,
          describe(schemaVersion),
        );
      for (const key of ['', 'a\0', '\ud800', 7, null, 'x'.repeat(513)])
        await refusesSafely(
          publish(events, [{ ...anEvent(), key: key as string }]),
          ['MORTAR_KEY_INVALID'],
          describe(key),
        );
    },
  },
  {
    name: 'states of streams',
    run: async ({ events }) => {
      await events.append([{ streamId: ORDER, events: someEvents(1) }]);
      for (const state of ['', 'closed', 'Archived', 7, null, undefined])
        await refusesSafely(events.setStreamState(ORDER, state as 'open'), OPTIONS, describe(state));
      assert.equal((await events.streamInfo(ORDER))?.state, 'open');
    },
  },
  {
    name: 'an append that is refused does not hinder others under way',
    run: async ({ events }) => {
      const added = someEvents(10);
      const outcomes = await Promise.allSettled(
        added.flatMap((event) => [
          publish(events, [event]),
          publish(events, [{ ...anEvent(), id: 'bad' }]),
          publish(events, [{ ...anEvent(), payload: 7 as unknown as string }]),
        ]),
      );
      assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, added.length);
      assert.equal((await events.statistics()).events, added.length);
    },
  },
];
