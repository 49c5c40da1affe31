import { type CodecOptions, checked, decode, encode } from '../../../contracts/index.js';
import { messageOf } from '../../../errors/index.js';
import type { Snapshot, StreamId } from '../../../event-store/index.js';
import type { Aggregate } from '../../aggregate.js';

/** Why a snapshot is not used. */
export interface SnapshotFault {
  readonly reason: string;
}

/** What a snapshot depends on. */
type SnapshotOwner<State> = Pick<Aggregate<State>, 'name' | 'fingerprint' | 'state'>;

/** States may be larger than any event: they stand for all of them. */
const STATE_LIMITS: CodecOptions = { maxBytes: 268_435_456, maxDepth: 512 };

/**
 * A state as the text of a snapshot.
 * @throws MortarError `MORTAR_DATA_INVALID` for a state that does not follow its own schema; as `encode` of the codec
 */
export function writeState<State>(owner: SnapshotOwner<State>, state: State): string {
  if (owner.state !== undefined)
    checked('MORTAR_DATA_INVALID', `The state of aggregate ${owner.name}`, owner.state, state);
  return encode(state, STATE_LIMITS);
}

/** The state in a snapshot, or why it can't be that of the stream. Whether it is of this very log is for the caller to see. */
export function readState<State>(
  owner: SnapshotOwner<State>,
  streamId: StreamId,
  snapshot: Snapshot,
): { readonly state: State } | SnapshotFault {
  if (snapshot.fingerprint !== owner.fingerprint || snapshot.streamId !== streamId)
    return { reason: 'it was saved under another fingerprint or for another stream' };
  if (!Number.isSafeInteger(snapshot.version) || snapshot.version < 1)
    return { reason: 'its version is none' };
  try {
    const state = decode(snapshot.state, STATE_LIMITS);
    if (owner.state !== undefined)
      checked('MORTAR_DATA_INVALID', `The state of aggregate ${owner.name}`, owner.state, state);
    // The fingerprint says that code of this very text has made it, and the schema, where there is one, agrees.
    return { state: state as State };
  } catch (error) {
    return { reason: `its state can't be read: ${messageOf(error)}` };
  }
}
