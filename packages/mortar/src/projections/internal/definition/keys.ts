import { defuse, describeValue, MortarError, messageOf } from '../../../errors/index.js';
import type { ProjectedEvent } from '../../projected-event.js';
import { functionsOf, invalid, sourcesByName } from './base.js';

/** How the definition of a projection says which documents an event has a part in. */
export interface KeysOptions {
  readonly events: readonly { readonly name: string }[];
  readonly key?: unknown;
  readonly keys?: unknown;
}

/** The same, checked. */
export interface Keys {
  readonly of: (event: ProjectedEvent) => readonly string[];
  /** Whether an event may have several. */
  readonly areSeveral: boolean;
  /** What they are made by, for the fingerprint. */
  readonly sources: readonly unknown[];
}

/** The most keys of one event. */
export const MAX_KEYS = 100;

const MAX_KEY_BYTES = 1_024;
const NONE: readonly string[] = Object.freeze([]);

/** What a function of the definition answers with. */
type KeyFunction = (event: ProjectedEvent) => unknown;

/** @throws MortarError `MORTAR_OPTIONS_INVALID` unless there is one of `key` and `keys` */
export function keysOf(owner: string, { events, key, keys }: KeysOptions): Keys {
  if ((key === undefined) === (keys === undefined))
    throw invalid(
      `The events of ${owner} have keys, those of the documents that they have a part in.`,
      'one of the options key and keys',
      key === undefined ? 'none' : 'both',
    );
  const areSeveral = keys !== undefined;
  const option = areSeveral ? 'keys' : 'key';
  const { ask, sources } = keyFunction(owner, option, areSeveral ? keys : key, events);
  const of = (event: ProjectedEvent): readonly string[] => {
    const answer = asked(owner, option, ask, event);
    if (!areSeveral) return answer === undefined ? NONE : [checkedKey(owner, option, answer)];
    if (!Array.isArray(answer)) throw wrongKey(owner, option, 'a list of keys', answer);
    if (answer.length > MAX_KEYS) throw wrongKey(owner, option, `at most ${MAX_KEYS} keys`, answer.length);
    // Also what a list with holes has there.
    return [...new Set(Array.from(answer, (one) => checkedKey(owner, option, one)))];
  };
  return { of, areSeveral, sources };
}

/**
 * The function that answers with the keys of any event of the definition.
 * @throws MortarError `MORTAR_OPTIONS_INVALID`
 */
export function keyFunction(
  owner: string,
  option: string,
  given: unknown,
  events: readonly { readonly name: string }[],
): { readonly ask: KeyFunction; readonly sources: readonly unknown[] } {
  // Of a function that the compiler has checked it is known that it takes the events of the definition.
  if (typeof given === 'function') return { ask: given as KeyFunction, sources: [given] };
  const byType = functionsOf<KeyFunction>(
    owner,
    option,
    given,
    Array.isArray(events) ? events.map(({ name }) => name) : [],
  );
  return { ask: (event) => byType.get(event.type)?.(event), sources: sourcesByName(given) };
}

/** @throws MortarError `MORTAR_FOLD_FAILED` */
export function asked(owner: string, option: string, ask: KeyFunction, event: ProjectedEvent): unknown {
  try {
    const answer = ask(event);
    if (!defuse(answer)) return answer;
  } catch (cause) {
    throw wrongKey(owner, option, 'an answer at once', messageOf(cause), cause);
  }
  throw wrongKey(owner, option, 'an answer at once', 'a promise');
}

/** @throws MortarError `MORTAR_FOLD_FAILED` */
export function checkedKey(owner: string, option: string, key: unknown): string {
  const isText = typeof key === 'string' && key !== '' && !/\0|\p{Surrogate}/u.test(key);
  if (isText && (key.length * 3 <= MAX_KEY_BYTES || Buffer.byteLength(key) <= MAX_KEY_BYTES)) return key;
  const expected = `a key of 1 to ${MAX_KEY_BYTES} bytes, without NUL and halves of surrogate pairs`;
  throw wrongKey(owner, option, expected, key);
}

function wrongKey(
  owner: string,
  option: string,
  expected: string,
  got: unknown,
  cause?: unknown,
): MortarError {
  return new MortarError('MORTAR_FOLD_FAILED', {
    rule: `The option ${option} of ${owner} says which documents an event has a part in.`,
    expected,
    got: cause === undefined ? describeValue(got) : String(got),
    cause,
  });
}
