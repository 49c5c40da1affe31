import { describeValue, MortarError } from '../errors/index.js';
import type { StreamId, Version } from './place.js';

/**
 * What a stream must be like for an append: at exactly this version, `noStream` without events, `streamExists` with at
 * least one, or `any`.
 */
export type ExpectedVersion = Version | 'noStream' | 'streamExists' | 'any';

/** Whether a stream that has come to `actual` (0 without events) is as expected. */
export function isExpected(expected: ExpectedVersion, actual: Version): boolean {
  switch (expected) {
    case 'any':
      return true;
    case 'noStream':
      return actual === 0;
    case 'streamExists':
      return actual > 0;
    default:
      return actual === expected;
  }
}

/** @throws MortarError `MORTAR_VERSION_INVALID` */
export function checkExpectedVersion(expected: unknown): void {
  if (expected === 'any' || expected === 'noStream' || expected === 'streamExists') return;
  if (Number.isSafeInteger(expected) && (expected as number) >= 0) return;
  throw new MortarError('MORTAR_VERSION_INVALID', {
    rule: 'An append says what it expects of its stream.',
    expected: "a whole number from 0, 'noStream', 'streamExists' or 'any'",
    got: describeValue(expected),
  });
}

/** The error of an append whose stream is not as expected. */
export function unexpectedVersion(stream: StreamId, expected: ExpectedVersion, actual: Version): MortarError {
  return new MortarError('MORTAR_VERSION_CONFLICT', {
    rule: 'An append finds its stream as it expects it.',
    expected: `stream ${stream} ${describeExpected(expected)}`,
    got: actual === 0 ? 'no stream' : `version ${actual}`,
    details: { streamId: stream, expected, actual },
  });
}

function describeExpected(expected: ExpectedVersion): string {
  if (expected === 'noStream') return 'without events';
  if (expected === 'streamExists') return 'with events';
  return `at version ${expected}`;
}
