import { checkOneOf, MortarError } from '../../errors/index.js';
import type { StreamState } from '../event-store.js';
import type { StreamId } from '../place.js';

/** @throws MortarError `MORTAR_OPTIONS_INVALID` */
export function checkStreamState(state: unknown): void {
  checkOneOf('state', state, ['open', 'archived', 'tombstoned'] satisfies readonly StreamState[]);
}

/** The error of an append to a stream that is not open, and of anything asked of one that is tombstoned. */
export function streamClosed(stream: StreamId, state: StreamState): MortarError {
  return new MortarError('MORTAR_STREAM_CLOSED', {
    rule: 'An archived stream takes no events until it is restored; a tombstoned one is closed for ever.',
    expected: 'an open stream',
    got: `stream ${stream}, which is ${state}`,
    details: { streamId: stream, state },
  });
}

/** The error of a change of a stream that has no events. */
export function streamMissing(stream: StreamId): MortarError {
  return new MortarError('MORTAR_STREAM_MISSING', {
    rule: 'A stream exists from its first event on.',
    expected: 'a stream with events',
    got: `stream ${stream}, which has none`,
    details: { streamId: stream },
  });
}
