import { AssertionError, deepStrictEqual } from 'node:assert';
import { inspect } from 'node:util';
import { MortarError } from '../../errors/index.js';
import type { RecordedDeath } from '../recorded.js';
import { nameOf, type Played } from './scenario-play.js';

/** What a scenario's failure compares. */
export interface Difference {
  readonly actual: unknown;
  readonly expected: unknown;
  /** Why it failed at all, where that was an error. */
  readonly cause?: unknown;
}

/** An `await` of a scenario without an end. Rejects what awaits it: else it would wait for ever. */
export function forgotten(reject: unknown): Promise<void> {
  const error = new MortarError('MORTAR_OPTIONS_INVALID', {
    rule: 'A scenario runs when its end is said.',
    expected: 'then(…), thenNothing(), thenResult(…), thenFails(…) or thenFailure(…) after when',
    got: 'an await without one',
  });
  if (typeof reject === 'function') {
    reject(error);
    return Promise.resolve();
  }
  return Promise.reject(error);
}

/**
 * The failure of a scenario: an error that every runner shows, with what it needs to print a difference; its message
 * tells the difference, and what happened.
 */
export function failureOf(
  what: string,
  { actual, expected, cause }: Difference,
  played: Played,
): AssertionError {
  const lines = [`${played.title}: ${what}`, differenceOf(actual, expected), storyOf(played)];
  const error = new AssertionError({
    message: lines.filter((line) => line !== '').join('\n\n'),
    actual,
    expected,
    // Not one of Node's own, to whose message it may add the difference a second time.
    operator: 'scenario',
    stackStartFn: failureOf,
  });
  if (cause !== undefined) error.cause = cause;
  return error;
}

/** What a delivery died of. */
export function deathText({ subscription, type, attempts, reason, error }: RecordedDeath): string {
  const how = reason === 'failed' ? `in attempt ${attempts}` : `${reason} after ${attempts} attempts`;
  return `${subscription} gave up ${type} (${how}): ${errorText(error)}`;
}

/** An error in one line. */
export function errorText(error: unknown): string {
  try {
    if (error instanceof MortarError) return error.message;
    if (error instanceof Error) return `${error.name}: ${error.message}`;
  } catch {
    // A revoked proxy can be thrown too, and can't be asked what it is.
  }
  return dataText(error);
}

/** Data in one line, which may be a long one. */
export function dataText(data: unknown): string {
  return inspect(data, {
    depth: 8,
    breakLength: Number.POSITIVE_INFINITY,
    maxStringLength: 200,
    maxArrayLength: 20,
  });
}

function differenceOf(actual: unknown, expected: unknown): string {
  try {
    deepStrictEqual(actual, expected);
    return '';
  } catch (error) {
    return error instanceof Error ? error.message : '';
  }
}

function storyOf(played: Played): string {
  const { steps, outcome, events, deaths } = played;
  return [
    'What happened:',
    ...steps.map((step) => `  given ${nameOf(step)}`),
    `  when ${nameOf(played.trigger)}`,
    ...(outcome.kind === 'none' ? [] : [`    → ${outcomeText(outcome)}`]),
    ...events.map(({ type, data }) => `  then ${type} ${dataText(data)}`),
    ...(events.length === 0 ? ['  then no event'] : []),
    ...deaths.map((death) => `  dead: ${deathText(death)}`),
  ].join('\n');
}

function outcomeText(outcome: Exclude<Played['outcome'], { kind: 'none' }>): string {
  if (outcome.kind === 'result') return `result ${dataText(outcome.value)}`;
  if (outcome.kind === 'failure') return `failure ${outcome.name} ${dataText(outcome.data)}`;
  return `error ${errorText(outcome.error)}`;
}
