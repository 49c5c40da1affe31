import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  categoryOf,
  checkExpectedVersion,
  type ExpectedVersion,
  isExpected,
  keyHashOf,
  orderKeyOf,
  orderKeyOfEntry,
  partitionOf,
  position,
  streamId,
  unexpectedVersion,
  version,
} from '../../src/event-store/index.js';
import { MemoryEventStore } from '../../src/memory/index.js';
import { anEvent } from '../../src/testing/conformance/event-store/subject.js';
import { caught } from '../contracts/caught.js';

const NUMBERS: readonly unknown[] = [-1, 1.5, 2 ** 53, '1', Number.NaN, Infinity, null, undefined, {}, 1n];

describe('the name of a stream', () => {
  it.each([
    'order-1',
    'order',
    'order-',
    'a b',
    'é-😀',
    "'; DROP TABLE events;--",
    '__proto__',
    'x'.repeat(512),
  ])('may be %s', (name) => {
    expect(streamId(name)).toBe(name);
  });

  it.each([
    '',
    '-',
    '-a',
    'x'.repeat(513),
    'a\0',
    'a\n',
    '\u0085',
    '\ud800',
    'a\udc00',
    7,
    null,
    undefined,
    {},
  ])('can not be %o', (name) => {
    expect(caught(() => streamId(name as string))).toMatchObject({ code: 'MORTAR_STREAM_ID_INVALID' });
  });

  it.each([
    ['order-1', 'order'],
    ['order-1-2', 'order'],
    ['order', 'order'],
    ['order-', 'order'],
    ['__proto__-1', '__proto__'],
  ])('%s has the category %s', (name, category) => {
    expect(categoryOf(streamId(name))).toBe(category);
  });
});

describe('a version and a position', () => {
  it('count from 0', () => {
    for (const value of [0, 1, 2 ** 53 - 1]) {
      expect(version(value)).toBe(value);
      expect(position(value)).toBe(value);
    }
  });

  it.each(NUMBERS)('are not %o', (value) => {
    for (const make of [version, position])
      expect(caught(() => make(value as number))).toMatchObject({ code: 'MORTAR_VERSION_INVALID' });
  });
});

describe('an expected version', () => {
  it.each<[ExpectedVersion, readonly boolean[]]>([
    ['any', [true, true, true]],
    ['noStream', [true, false, false]],
    ['streamExists', [false, true, true]],
    [version(0), [true, false, false]],
    [version(2), [false, false, true]],
  ])('%s is met by streams at 0, 1 and 2: %o', (expected, met) => {
    expect([0, 1, 2].map((actual) => isExpected(expected, version(actual)))).toEqual(met);
    checkExpectedVersion(expected);
  });

  it.each([...NUMBERS, 'none', ''])('is not %o', (expected) => {
    expect(caught(() => checkExpectedVersion(expected))).toMatchObject({ code: 'MORTAR_VERSION_INVALID' });
  });

  it.each<[ExpectedVersion, number, string, string]>([
    ['noStream', 2, 'stream order-1 without events', 'version 2'],
    ['streamExists', 0, 'stream order-1 with events', 'no stream'],
    [version(3), 4, 'stream order-1 at version 3', 'version 4'],
  ])('that is not met says so: %s at %i', (expected, actual, wanted, got) => {
    expect(unexpectedVersion(streamId('order-1'), expected, version(actual))).toMatchObject({
      code: 'MORTAR_VERSION_CONFLICT',
      expected: wanted,
      got,
      details: { streamId: 'order-1', expected, actual },
    });
  });
});

describe('what keeps events in order', () => {
  it('is the key, else the stream, else the id', async () => {
    const [keyed, plain] = [anEvent({ key: 'k' }), anEvent()];
    expect(orderKeyOf(keyed, 's-1')).toBe('k');
    expect(orderKeyOf(plain, 's-1')).toBe('s-1');
    expect(orderKeyOf(plain, undefined)).toBe(plain.id);
    const events = new MemoryEventStore();
    await events.append([{ streamId: streamId('s-1'), events: [keyed, plain] }, { events: [anEvent()] }]);
    const { entries } = await events.readAll();
    expect(entries.map(orderKeyOfEntry)).toEqual(['k', 's-1', entries[2]?.id]);
  });

  it.each([
    ['', 223_903_206],
    ['a', 648_723_096],
    ['order-1', 682_709_472],
    ['é😀', 650_639_540],
    ['x'.repeat(512), 1_088_525_434],
  ])('hashes %o to %i, as stores have kept it', (key, hash) => {
    expect(keyHashOf(key)).toBe(hash);
  });

  it('hashes to 31 bits, the same each time, spread over partitions', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 64 }), (key, partitions) => {
        const hash = keyHashOf(key);
        expect(Number.isInteger(hash) && hash >= 0 && hash < 2 ** 31).toBe(true);
        expect(keyHashOf(key)).toBe(hash);
        expect(partitionOf(hash, partitions)).toBeLessThan(partitions);
      }),
    );
    const counts = new Array<number>(16).fill(0);
    for (let index = 0; index < 16_000; index += 1) {
      const partition = partitionOf(keyHashOf(`order-${index}`), 16);
      counts[partition] = (counts[partition] ?? 0) + 1;
    }
    expect(Math.min(...counts)).toBeGreaterThan(850);
    expect(Math.max(...counts)).toBeLessThan(1_150);
  });
});
