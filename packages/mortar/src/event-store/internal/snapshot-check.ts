import { isId } from '../../contracts/index.js';
import { checkKeys, checkWholeNumber, describeValue, MortarError } from '../../errors/index.js';
import { streamId } from '../place.js';
import type { Snapshot } from '../snapshot-store.js';
import { isStorableText } from './filter.js';

const MAX_FINGERPRINT_LENGTH = 200;

/** @throws MortarError `MORTAR_STREAM_ID_INVALID`; `MORTAR_OPTIONS_INVALID` for anything else that is malformed */
export function checkSnapshot(snapshot: Snapshot): void {
  checkKeys('a snapshot', snapshot, ['streamId', 'fingerprint', 'version', 'eventId', 'state']);
  const { version, eventId, state } = snapshot;
  checkSnapshotName(snapshot.streamId, snapshot.fingerprint);
  checkWholeNumber('version', version, 1, Number.MAX_SAFE_INTEGER);
  if (!isId(eventId)) throw malformed('eventId', 'a UUID in lower case', eventId);
  if (!isStorableText(state) || state === '') throw malformed('state', 'text of the codec', state);
}

/** @throws MortarError `MORTAR_STREAM_ID_INVALID`, `MORTAR_OPTIONS_INVALID` */
export function checkSnapshotName(stream: string, fingerprint: string): void {
  streamId(stream);
  const isFit = isStorableText(fingerprint) && fingerprint !== '';
  if (isFit && fingerprint.length <= MAX_FINGERPRINT_LENGTH) return;
  throw malformed(
    'fingerprint',
    `1 to ${MAX_FINGERPRINT_LENGTH} characters without NUL and halves of surrogate pairs`,
    fingerprint,
  );
}

function malformed(field: string, expected: string, got: unknown): MortarError {
  return new MortarError('MORTAR_OPTIONS_INVALID', {
    rule: `The ${field} of a snapshot can be kept as it is.`,
    expected,
    got: describeValue(got),
  });
}
