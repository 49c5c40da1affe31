import { describeValue, MortarError } from '../../../errors/index.js';
import { type StreamId, streamId } from '../../../event-store/index.js';

const NAME = /^[a-z][a-z0-9]*(?:[._-][a-z0-9]+)*$/;
const MAX_NAME_LENGTH = 100;

/**
 * @throws MortarError `MORTAR_NAME_INVALID` for a malformed name; also for one with a dash, unless the aggregate names its streams
 * itself, since the category of a stream ends at the first dash
 */
export function checkAggregateName(name: unknown, namesItsStreams: boolean): void {
  const isName = typeof name === 'string' && name.length <= MAX_NAME_LENGTH && NAME.test(name);
  if (isName && (namesItsStreams || !name.includes('-'))) return;
  throw new MortarError('MORTAR_NAME_INVALID', {
    rule: 'The name of an aggregate is the category of its streams, which ends at the first dash.',
    expected: 'lower case words and digits, joined by dots or underscores, such as account or bank.account',
    got: describeValue(name),
  });
}

/** How the streams of an aggregate are named. */
export function streamNaming(name: string, own?: (id: string) => string): (id: string) => StreamId {
  return (id) => {
    if (typeof id !== 'string' || id === '') throw invalidId(name, describeValue(id));
    return streamId(own === undefined ? `${name}-${id}` : namedBy(own, name, id));
  };
}

function namedBy(own: (id: string) => string, name: string, id: string): string {
  try {
    return own(id);
  } catch (cause) {
    throw invalidId(name, `an error of streamId for ${describeValue(id)}`, cause);
  }
}

function invalidId(name: string, got: string, cause?: unknown): MortarError {
  return new MortarError('MORTAR_STREAM_ID_INVALID', {
    rule: `Each ${name} has a stream, named by its id.`,
    expected: 'an id of one character or more',
    got,
    cause,
  });
}
