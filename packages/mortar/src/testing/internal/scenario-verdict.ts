import type { EventContract } from '../../contracts/index.js';
import { defuse, MortarError } from '../../errors/index.js';
import { areEqual, met } from '../like.js';
import { type Difference, dataText, deathText, errorText, failureOf } from './scenario-errors.js';
import { hasFailed, type Played, type TriggerOutcome } from './scenario-play.js';

/** What a scenario is expected to end with. */
export type Verdict =
  | { readonly kind: 'events'; readonly events: readonly ExpectedEvent[] }
  | { readonly kind: 'error'; readonly error: string | ((error: unknown) => boolean) }
  /** Without data, any will do. */
  | { readonly kind: 'failure'; readonly name: string; readonly data: readonly unknown[] }
  | { readonly kind: 'result'; readonly result: unknown };

interface ExpectedEvent {
  readonly event: EventContract;
  readonly data: unknown;
}

/** @throws AssertionError for a scenario that ended otherwise */
export function judge(all: readonly Played[], verdict: Verdict): void {
  const given = all.slice(0, -1);
  const last = all.at(-1);
  if (last === undefined) return;
  for (const played of given) checkGiven(played);
  // It may be a given step that failed, and then it is the last.
  if (last.title.startsWith('given ')) checkGiven(last);
  checkDeaths(last);
  if (verdict.kind === 'events') checkEvents(last, verdict.events);
  else if (verdict.kind === 'error') checkError(last, verdict.error);
  else checkAnswer(last, verdict);
}

function checkGiven(played: Played): void {
  checkDeaths(played);
  if (!hasFailed(played)) return;
  const { outcome } = played;
  const difference = { actual: plainOutcome(outcome), expected: SUCCESS, ...causeOf(outcome) };
  throw failureOf('what is given has failed', difference, played);
}

function checkDeaths(played: Played): void {
  const { deaths, allowsDeadLetters } = played;
  const [first] = deaths;
  if (first === undefined || allowsDeadLetters) return;
  const difference = { actual: deaths.map(deathText), expected: [], cause: first.error };
  throw failureOf('a subscriber gave up an event; allowDeadLetters() lets it', difference, played);
}

function checkEvents(played: Played, expected: readonly ExpectedEvent[]): void {
  const { outcome } = played;
  const plain = expected.map(({ event, data }) => ({ type: event.name, data }));
  if (outcome.kind === 'error' || outcome.kind === 'failure') {
    const difference = { actual: plainOutcome(outcome), expected: plain, ...causeOf(outcome) };
    throw failureOf(
      `it failed, where ${expected.length === 0 ? 'nothing' : 'events'} should have come of it`,
      difference,
      played,
    );
  }
  const actual = played.events.map(({ type, data }) => ({ type, data }));
  const wanted = plain.map(({ type, data }, place) => {
    const came = actual[place];
    return { type, data: met(data, came?.type === type ? came.data : undefined) };
  });
  if (areEqual(actual, wanted)) return;
  const what =
    expected.length === 0 ? 'events were published, where none should be' : 'other events were published';
  throw failureOf(what, { actual, expected: wanted }, played);
}

function checkError(played: Played, expected: string | ((error: unknown) => boolean)): void {
  const { outcome } = played;
  const name = typeof expected === 'string' ? expected : 'an error that the function accepts';
  if (outcome.kind !== 'error') {
    const hint = outcome.kind === 'failure' ? '; thenFailure is for failures that the contract names' : '';
    throw failureOf(
      `it did not fail with an error${hint}`,
      { actual: plainOutcome(outcome), expected: name },
      played,
    );
  }
  const { error } = outcome;
  const code = codeOf(error);
  // A promise is no yes: a test whose function is asynchronous could not fail.
  const answer: unknown = typeof expected === 'string' ? code === expected : expected(error);
  if (answer === true) return;
  defuse(answer);
  const actual = code !== undefined && typeof expected === 'string' ? code : errorText(error);
  throw failureOf('it failed with another error', { actual, expected: name, cause: error }, played);
}

/** Of what may be thrown, some can't be asked what it is. */
function codeOf(error: unknown): string | undefined {
  try {
    return error instanceof MortarError ? error.code : undefined;
  } catch {
    return undefined;
  }
}

function checkAnswer(played: Played, verdict: Exclude<Verdict, { kind: 'events' | 'error' }>): void {
  const { outcome } = played;
  const actual = plainOutcome(outcome);
  const expected = expectedAnswer(verdict, outcome);
  if (areEqual(actual, expected)) return;
  const what =
    verdict.kind === 'result' ? 'it was answered otherwise' : 'it was not answered with this failure';
  const difference: Difference = { actual, expected, ...causeOf(outcome) };
  throw failureOf(what, difference, played);
}

function expectedAnswer(
  verdict: Exclude<Verdict, { kind: 'events' | 'error' }>,
  outcome: TriggerOutcome,
): unknown {
  if (verdict.kind === 'result')
    return { result: met(verdict.result, outcome.kind === 'result' ? outcome.value : undefined) };
  const { name, data } = verdict;
  const came = outcome.kind === 'failure' ? outcome.data : undefined;
  return { failure: name, data: data.length === 0 ? came : met(data[0], came) };
}

const SUCCESS = 'no error';

function plainOutcome(outcome: TriggerOutcome): unknown {
  if (outcome.kind === 'none') return 'no answer: what happened has none';
  if (outcome.kind === 'result') return { result: outcome.value };
  if (outcome.kind === 'failure') return { failure: outcome.name, data: outcome.data };
  return { error: errorText(outcome.error) };
}

function causeOf(outcome: TriggerOutcome): { readonly cause?: unknown } {
  if (outcome.kind === 'error') return { cause: outcome.error };
  return outcome.kind === 'failure' ? { cause: dataText({ [outcome.name]: outcome.data }) } : {};
}
