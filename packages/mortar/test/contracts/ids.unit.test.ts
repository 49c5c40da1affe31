import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { isId, newId } from '../../src/contracts/index.js';

const V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** The Unix milliseconds in the first 48 bits (RFC 9562, section 5.7). */
function timeOf(id: string): number {
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}

function expectIncreasing(count: number): Set<string> {
  let last = newId();
  const seen = new Set([last]);
  for (let index = 1; index < count; index += 1) {
    const id = newId();
    if (id <= last) throw new Error(`${id} does not come after ${last}.`);
    if (!V7.test(id)) throw new Error(`${id} is no UUIDv7.`);
    seen.add(id);
    last = id;
  }
  return seen;
}

describe('ids', () => {
  test('have the version and the variant of RFC 9562, and the time', () => {
    const before = Date.now();
    const id = newId();
    expect(id).toMatch(V7);
    expect(isId(id)).toBe(true);
    expect(timeOf(id)).toBeGreaterThanOrEqual(before);
  });

  test('1,000,000 of them strictly increase', () => {
    const seen = expectIncreasing(1_000_000);
    expect(seen.size).toBe(1_000_000);
  });

  test('differ in their random bits from one millisecond to the next', () => {
    const tails = new Set<string>();
    let last = 0;
    while (tails.size < 20) {
      const id = newId();
      if (timeOf(id) > last) tails.add(id.slice(14, 32));
      last = timeOf(id);
    }
    expect(tails.size).toBe(20);
  });
});

describe('ids when the clock misbehaves', () => {
  beforeEach(() => {
    // Ahead of whatever the tests before have used up.
    vi.useFakeTimers({ now: timeOf(newId()) + 3_600_000, toFake: ['Date'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test('it steps back an hour', () => {
    const before = newId();
    const now = Date.now();
    vi.setSystemTime(now - 3_600_000);
    const after = newId();
    expect(after > before).toBe(true);
    expect(timeOf(after)).toBe(timeOf(before));
    vi.setSystemTime(now + 5);
    const later = newId();
    expect(later > after).toBe(true);
    expect(timeOf(later)).toBe(now + 5);
  });

  test('it stands still: 300,000 ids are unique, increase, and run ahead by a few milliseconds at most', () => {
    const seen = expectIncreasing(300_000);
    expect(seen.size).toBe(300_000);
    expect(timeOf(newId()) - Date.now()).toBeLessThanOrEqual(6);
  });

  test('it jumps forth ten years and back', () => {
    const now = Date.now();
    vi.setSystemTime(now + 315_360_000_000);
    const far = newId();
    vi.setSystemTime(now);
    expectIncreasing(100_000);
    expect(newId() > far).toBe(true);
  });
});

describe('isId', () => {
  test.each(['0198f7a2-1234-7abc-8def-0123456789ab', '00000000-0000-0000-0000-000000000000'])(
    'takes %s',
    (value) => {
      expect(isId(value)).toBe(true);
    },
  );

  test.each([
    ['capitals', '0198F7A2-1234-7ABC-8DEF-0123456789AB'],
    ['no dashes', '0198f7a212347abc8def0123456789ab'],
    ['a line break at the end', '0198f7a2-1234-7abc-8def-0123456789ab\n'],
    ['braces', '{0198f7a2-1234-7abc-8def-0123456789ab}'],
    ['an empty text', ''],
    ['a number', 1],
    ['undefined', undefined],
    ['an array', ['0198f7a2-1234-7abc-8def-0123456789ab']],
  ])('refuses %s', (_, value) => {
    expect(isId(value)).toBe(false);
  });
});
