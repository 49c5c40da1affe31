import type { EventContract } from '../../../contracts/index.js';
import { checkOneOf, checkWholeNumber, describeValue, MortarError } from '../../../errors/index.js';
import { checkContracts, checkRetired, fingerprintOf, type Retired } from '../../../sourcing/index.js';
import type { OnDead, OnUnreadable, ProjectionBase } from '../../projection.js';

/** What may be said of projections of every kind. */
export interface BaseOptions<C extends EventContract = EventContract> {
  readonly events: readonly C[];
  readonly retired?: readonly Retired[];
  /** Raise it where what it makes changes and no source text of its own does, such as with a function that it calls; 1 unless said. */
  readonly version?: number;
  /**
   * What makes another projection of it, that is made anew beside the one there is: `source`, unless said, any change of its source
   * text, its contracts or their upcasters; `declared`, a change of its `version` alone, or of the form of what it keeps.
   */
  readonly fingerprint?: 'source' | 'declared';
  /** How many events are handled in one transaction, at most: 1 to 1,000, 100 where they have several keys; as many as that unless said. */
  readonly batch?: number;
  /** `hold` unless said. */
  readonly onDead?: OnDead;
  /**
   * `hold` unless said: an event that can't be read, or that the function of its key fails for, is a dead letter, and none that comes
   * after it is folded before that is over, since any may be of the same document. With `continue`, and where `onDead` is that, all
   * others go on; replayed, it comes after others of its document.
   */
  readonly onUnreadable?: OnUnreadable;
}

/** What the fingerprint of a projection depends on, beside its events. */
export interface BaseParts {
  readonly sources: readonly unknown[];
  /** The form of what is kept: another one never fits into the same place. */
  readonly shape: unknown;
  readonly maxBatch: number;
}

const NAME = /^[a-z][a-z0-9]*(?:[._-][a-z0-9]+)*$/;
const MAX_NAME_LENGTH = 80;

/** @throws MortarError `MORTAR_NAME_INVALID`, `MORTAR_OPTIONS_INVALID` */
export function baseOf<N extends string, C extends EventContract>(
  name: N,
  options: BaseOptions<C>,
  { sources, shape, maxBatch }: BaseParts,
): ProjectionBase<N, C> {
  checkProjectionName(name);
  const owner = `projection ${name}`;
  // They are the contracts that were given, by their names.
  const events = checkContracts(owner, options.events) as ReadonlyMap<string, C>;
  const retired = checkRetired(owner, options.retired ?? [], events);
  const { version = 1, fingerprint = 'source', batch = maxBatch } = options;
  const { onDead = 'hold', onUnreadable = 'hold' } = options;
  checkWholeNumber('version', version, 0, Number.MAX_SAFE_INTEGER);
  checkOneOf('fingerprint', fingerprint, ['source', 'declared']);
  checkWholeNumber('batch', batch, 1, maxBatch);
  checkOneOf('onDead', onDead, ['hold', 'continue', 'stop']);
  checkOneOf('onUnreadable', onUnreadable, ['hold', 'continue']);
  const isOfSource = fingerprint === 'source';
  return {
    name,
    events,
    retired,
    types: [...events.keys(), ...retired.keys()],
    version,
    fingerprint: fingerprintOf({
      sources: [name, JSON.stringify(shape), ...(isOfSource ? sources.map(String) : ['declared'])],
      stateVersion: version,
      state: undefined,
      events: isOfSource ? [...events.values()] : [],
      retired: isOfSource ? [...retired.values()] : [],
    }),
    batch,
    onDead,
    onUnreadable,
  };
}

/**
 * The functions of an option that has one for each name.
 * @throws MortarError `MORTAR_OPTIONS_INVALID` for one that lacks, and for one too many
 */
export function functionsOf<F>(
  owner: string,
  option: string,
  given: unknown,
  names: readonly string[],
): ReadonlyMap<string, F> {
  const rule = `The option ${option} of ${owner} has a function for each of its events.`;
  const expected = `functions by name: ${names.join(', ')}`;
  if (typeof given !== 'object' || given === null) throw invalid(rule, expected, describeValue(given));
  const found = new Map(Object.entries(given));
  const wrong = names.find((name) => typeof found.get(name) !== 'function');
  if (wrong !== undefined) throw invalid(rule, expected, `${describeValue(found.get(wrong))} for ${wrong}`);
  const other = [...found.keys()].find((name) => !names.includes(name));
  if (other !== undefined) throw invalid(rule, expected, `one for ${describeValue(other)}`);
  // Their types are those of the definition, which the compiler has checked.
  return found as ReadonlyMap<string, F>;
}

/** The source texts of functions by name, each with its name: two that change places are others. Their order says nothing. */
export function sourcesByName(given: unknown): readonly string[] {
  return Object.entries(given ?? {})
    .map(([name, one]) => `${name}: ${String(one)}`)
    .sort();
}

/** @throws MortarError `MORTAR_OPTIONS_INVALID` */
export function checkFunction(owner: string, option: string, value: unknown): void {
  if (typeof value === 'function') return;
  throw invalid(`The option ${option} of ${owner} is a function.`, 'a function', describeValue(value));
}

/** @throws MortarError `MORTAR_OPTIONS_INVALID` */
export function checkFlag(owner: string, option: string, value: unknown): void {
  if (typeof value === 'boolean') return;
  throw invalid(`The option ${option} of ${owner} is yes or no.`, 'true or false', describeValue(value));
}

/** The error of a definition that is not what it must be. */
export function invalid(rule: string, expected: string, got: string): MortarError {
  return new MortarError('MORTAR_OPTIONS_INVALID', { rule, expected, got });
}

function checkProjectionName(name: unknown): void {
  if (typeof name === 'string' && name.length <= MAX_NAME_LENGTH && NAME.test(name)) return;
  throw new MortarError('MORTAR_NAME_INVALID', {
    rule: 'The name of a projection is part of the names of what it keeps.',
    expected: `lower case words and digits, joined by dots, dashes or underscores, ${MAX_NAME_LENGTH} characters at most`,
    got: describeValue(name),
  });
}
