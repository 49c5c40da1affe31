import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromBase64, toBase64 } from '../../../src/contracts/internal/base64.js';
import { hasLoneSurrogate, utf8Bytes } from '../../../src/contracts/internal/text.js';

const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc.array(fc.integer({ min: 0xd7f0, max: 0xe00f })).map((units) => String.fromCharCode(...units)),
);

describe('bytes of UTF-8', () => {
  test('are as many as TextEncoder makes of text without lone surrogates', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        fc.pre(!hasLoneSurrogate(text));
        const bytes = new TextEncoder().encode(text).length;
        // Below three times the length every unit is counted.
        expect(utf8Bytes(text, bytes)).toBe(text.length * 3 <= bytes ? text.length : bytes);
      }),
      { numRuns: 2_000 },
    );
  });

  test('are on the right side of any limit', () => {
    fc.assert(
      fc.property(anyText, fc.nat(60), (text, limit) => {
        fc.pre(!hasLoneSurrogate(text));
        const bytes = new TextEncoder().encode(text).length;
        expect(utf8Bytes(text, limit) <= limit).toBe(bytes <= limit);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('lone surrogates', () => {
  test('are found where UTF-8 would replace them', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const decoded = new TextDecoder('utf-8', { ignoreBOM: true }).decode(new TextEncoder().encode(text));
        expect(hasLoneSurrogate(text)).toBe(decoded !== text);
      }),
      { numRuns: 2_000 },
    );
  });

  test.each([
    ['nothing', '', false],
    ['a pair', '\ud83d\ude00', false],
    ['a first half', '\ud83d', true],
    ['a second half', '\ude00', true],
    ['halves the wrong way round', '\ude00\ud83d', true],
    ['a pair after a half', '\ud83d\ud83d\ude00', true],
    ['what stands beside the surrogates', '\ud7ff\ue000', false],
  ])('%s', (_, text, expected) => {
    expect(hasLoneSurrogate(text)).toBe(expected);
  });
});

describe('base64', () => {
  test('is what Node writes, and reads back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        const text = toBase64(bytes);
        expect(text).toBe(Buffer.from(bytes).toString('base64'));
        expect(fromBase64(text)).toEqual(bytes);
      }),
    );
  });

  test('of a view on part of a buffer holds that part only', () => {
    const whole = new Uint8Array([1, 2, 3, 4]);
    expect(toBase64(whole.subarray(1, 3))).toBe(Buffer.from([2, 3]).toString('base64'));
  });

  test.each([8_191, 8_192, 8_193, 100_000])('of %d bytes, around the size of a chunk', (length) => {
    const bytes = new Uint8Array(length).map((_, index) => index * 7);
    expect(fromBase64(toBase64(bytes))).toEqual(bytes);
  });

  test('any text that is not exactly what is written is refused', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('A', 'Q', '=', '/', '+', '-', ' ', 'é') }), (text) => {
        const bytes = fromBase64(text);
        expect(bytes === undefined || toBase64(bytes) === text).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });
});
