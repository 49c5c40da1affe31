import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Backoff, checkBackoff, delayOf } from '../../src/resilience/index.js';

const MAX_DELAY_MS = 2 ** 31 - 1;

const backoffs: fc.Arbitrary<Backoff> = fc.oneof(
  fc.record({
    kind: fc.constant('fixed'),
    delayMs: fc.integer({ min: 0, max: MAX_DELAY_MS }),
    jitter: fc.boolean(),
  }),
  fc
    .record({
      kind: fc.constant('exponential'),
      maxDelayMs: fc.integer({ min: 1, max: MAX_DELAY_MS }),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
      factor: fc.double({ min: 1, max: 10, noNaN: true }),
      jitter: fc.boolean(),
    })
    .map(({ share, ...rest }) => ({ ...rest, delayMs: Math.max(1, Math.floor(rest.maxDelayMs * share)) })),
);

const anyNumber = fc.oneof(fc.double(), fc.constantFrom(Number.NaN, Infinity, -Infinity, -0, 1e12, 1e308));

describe('delayOf', () => {
  it('gives a whole number of milliseconds that a timer can keep, for attempts 1 to 10,000', () => {
    fc.assert(
      fc.property(
        backoffs,
        fc.integer({ min: 1, max: 10_000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (backoff, attempt, random) => {
          checkBackoff(backoff);
          const delayMs = delayOf(backoff, attempt, () => random);
          expect(Number.isInteger(delayMs) && delayMs >= 0 && delayMs <= MAX_DELAY_MS).toBe(true);
          expect(delayMs).toBeLessThanOrEqual(
            backoff.kind === 'fixed' ? backoff.delayMs : (backoff.maxDelayMs ?? 60_000),
          );
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('holds for every attempt of one backoff', () => {
    const backoff: Backoff = {
      kind: 'exponential',
      delayMs: 100,
      factor: 10,
      maxDelayMs: MAX_DELAY_MS,
      jitter: false,
    };
    for (let attempt = 1; attempt <= 10_000; attempt += 1) {
      const delayMs = delayOf(backoff, attempt);
      expect(delayMs).toBe(Math.min(MAX_DELAY_MS, 100 * 10 ** (attempt - 1)));
    }
  });

  it('answers with such a number whatever it is given', () => {
    const wild = fc.record({
      delayMs: anyNumber,
      factor: anyNumber,
      maxDelayMs: anyNumber,
      jitter: fc.boolean(),
    });
    fc.assert(
      fc.property(
        fc.constantFrom('fixed', 'exponential'),
        wild,
        anyNumber,
        anyNumber,
        (kind, options, attempt, random) => {
          const delayMs = delayOf({ kind, ...options } as Backoff, attempt, () => random);
          expect(Number.isInteger(delayMs) && delayMs >= 0 && delayMs <= MAX_DELAY_MS).toBe(true);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('doubles up to a minute unless told otherwise', () => {
    const backoff: Backoff = { kind: 'exponential', delayMs: 1_000, jitter: false };
    const delays = [1, 2, 3, 6, 7, 8].map((attempt) => delayOf(backoff, attempt));
    expect(delays).toEqual([1_000, 2_000, 4_000, 32_000, 60_000, 60_000]);
  });

  it('keeps a fixed delay', () => {
    expect(delayOf({ kind: 'fixed', delayMs: 250, jitter: false }, 9)).toBe(250);
    expect(delayOf({ kind: 'fixed', delayMs: 0 }, 1)).toBe(0);
  });

  it('never shortens a delay from one attempt to the next, without jitter', () => {
    fc.assert(
      fc.property(backoffs, fc.integer({ min: 1, max: 9_999 }), (backoff, attempt) => {
        const steady = { ...backoff, jitter: false };
        expect(delayOf(steady, attempt + 1)).toBeGreaterThanOrEqual(delayOf(steady, attempt));
      }),
    );
  });

  it.each([
    { kind: 'fixed', delayMs: 1_000 },
    { kind: 'exponential', delayMs: 1_000 },
  ] satisfies Backoff[])('spreads 10,000 failures at once evenly: $kind', (backoff) => {
    const buckets = new Array<number>(20).fill(0);
    let state = 42;
    const next = (): number => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return state / 2 ** 32;
    };
    for (let failure = 0; failure < 10_000; failure += 1) {
      const bucket = Math.min(19, Math.floor(delayOf(backoff, 1, next) / 50));
      buckets[bucket] = (buckets[bucket] ?? 0) + 1;
    }
    expect(Math.max(...buckets) / (10_000 / buckets.length)).toBeLessThanOrEqual(2);
    expect(Math.min(...buckets)).toBeGreaterThan(0);
  });

  it('uses Math.random unless given another', () => {
    const delays = new Set(
      Array.from({ length: 50 }, () => delayOf({ kind: 'fixed', delayMs: 1_000_000 }, 1)),
    );
    expect(delays.size).toBeGreaterThan(25);
  });
});

describe('checkBackoff', () => {
  it.each([
    { kind: 'fixed', delayMs: 0 },
    { kind: 'fixed', delayMs: MAX_DELAY_MS, jitter: false },
    { kind: 'exponential', delayMs: 1 },
    { kind: 'exponential', delayMs: 100, factor: 1.5, maxDelayMs: 100, jitter: true },
  ])('takes %o', (backoff) => {
    expect(() => checkBackoff(backoff)).not.toThrow();
  });

  it.each([
    undefined,
    null,
    5,
    'fixed',
    [],
    {},
    { kind: 'linear', delayMs: 5 },
    { kind: 'fixed' },
    { kind: 'fixed', delayMs: -1 },
    { kind: 'fixed', delayMs: 1.5 },
    { kind: 'fixed', delayMs: '5' },
    { kind: 'fixed', delayMs: Number.NaN },
    { kind: 'fixed', delayMs: 1e12 },
    { kind: 'fixed', delayMs: 5, factor: 2 },
    { kind: 'fixed', delayMs: 5, jitter: 'full' },
    { kind: 'exponential', delayMs: 0 },
    { kind: 'exponential', delayMs: 90_000 },
    { kind: 'exponential', delayMs: 5, maxDelayMs: 4 },
    { kind: 'exponential', delayMs: 5, maxDelayMs: 2 ** 31 },
    { kind: 'exponential', delayMs: 5, factor: 0.5 },
    { kind: 'exponential', delayMs: 5, factor: 11 },
    { kind: 'exponential', delayMs: 5, factor: Number.NaN },
    { kind: 'exponential', delayMs: 5, factor: '2' },
    { kind: 'exponential', delayMs: 5, jiter: true },
  ])('refuses %o', (backoff) => {
    expect(() => checkBackoff(backoff)).toThrow(expect.objectContaining({ code: 'MORTAR_OPTIONS_INVALID' }));
  });
});
