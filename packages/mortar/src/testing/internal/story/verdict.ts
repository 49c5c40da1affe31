import { defuse, MortarError } from '../../../errors/index.js';
import type { DomainEvent } from '../../../sourcing/index.js';
import { areEqual, met } from '../../like.js';
import { dataText, errorText } from '../scenario-errors.js';
import { differencesBetween } from './differences.js';
import { eventText, type StoryDifference, storyFailure } from './story-errors.js';
import { type StoryPlan, type Told, tell } from './telling.js';

/** What a story is expected to end with. */
export type StoryVerdict =
  | { readonly kind: 'events'; readonly events: readonly unknown[] }
  /** Without data, any will do. */
  | { readonly kind: 'failure'; readonly name: string; readonly data: readonly unknown[] }
  | { readonly kind: 'error'; readonly error: unknown }
  | { readonly kind: 'state'; readonly state: unknown };

/** @throws AssertionError for a story that ends otherwise */
export function judge<State, Command, Event extends DomainEvent>(
  plan: StoryPlan<State, Command, Event>,
  verdict: StoryVerdict,
): void {
  const told = tell(plan);
  const fault = faultOf(told, verdict);
  if (fault !== undefined) throw storyFailure(plan, told, fault.what, fault);
}

interface Fault extends StoryDifference {
  readonly what: string;
}

function faultOf(told: Told, verdict: StoryVerdict): Fault | undefined {
  if (verdict.kind === 'events') return eventsFault(told, verdict.events);
  if (verdict.kind === 'failure') return failureFault(told, verdict);
  return verdict.kind === 'error' ? errorFault(told, verdict.error) : stateFault(told, verdict.state);
}

function eventsFault(told: Told, patterns: readonly unknown[]): Fault | undefined {
  if (told.kind !== 'events') {
    const what = `it failed, where ${patterns.length === 0 ? 'nothing' : 'events'} should have come of it`;
    return {
      what,
      ...plainly(
        told,
        patterns.map((pattern) => met(pattern, undefined)),
      ),
    };
  }
  const actual = told.events;
  const expected = patterns.map((pattern, place) => expectedEvent(pattern, actual[place]));
  if (areEqual(actual, expected)) return undefined;
  const what =
    patterns.length === 0 ? 'events were decided, where none should be' : 'other events were decided';
  const places = Array.from({ length: Math.max(actual.length, expected.length) });
  const lines = places.flatMap((_, place) => eventLines(place, expected[place], actual[place]));
  return { what, actual, expected, lines };
}

/** The event that would have met the pattern, and differs from what came as little as can be; as it was said for another type. */
function expectedEvent(pattern: unknown, came: DomainEvent | undefined): unknown {
  const said = met(pattern, undefined);
  const isOther = typeof said === 'object' && said !== null && 'type' in said && said.type !== came?.type;
  const like = isOther ? undefined : came;
  const event = met(pattern, like);
  return isEvent(event) ? { ...event, data: met(event.data, like?.data) } : event;
}

function isEvent(value: unknown): value is DomainEvent {
  return typeof value === 'object' && value !== null && 'type' in value && 'data' in value;
}

function eventLines(place: number, expected: unknown, actual: DomainEvent | undefined): readonly string[] {
  if (actual !== undefined && isEvent(expected) && expected.type === actual.type)
    return differencesBetween(`event ${place + 1}, ${actual.type}`, expected, actual);
  const text = (event: unknown): string =>
    event === undefined ? 'none' : isEvent(event) ? eventText(event) : dataText(event);
  return [`event ${place + 1}: expected ${text(expected)}; got ${text(actual)}`];
}

function failureFault(
  told: Told,
  { name, data }: Extract<StoryVerdict, { kind: 'failure' }>,
): Fault | undefined {
  const came = told.kind === 'failure' ? told.data : undefined;
  const expected = { failure: name, data: data.length === 0 ? came : met(data[0], came) };
  const what = 'the decision is not this failure';
  if (told.kind !== 'failure') return { what, ...plainly(told, expected) };
  const actual = { failure: told.name, data: told.data };
  const lines = differencesBetween('the decision', expected, actual);
  return lines.length === 0 ? undefined : { what, actual, expected, lines };
}

function stateFault(told: Told, pattern: unknown): Fault | undefined {
  if (told.kind !== 'events')
    return {
      what: 'it failed, where a state should have come of it',
      ...plainly(told, met(pattern, undefined)),
    };
  const actual = told.state;
  const expected = met(pattern, actual);
  const lines = differencesBetween('the state', expected, actual);
  return lines.length === 0 ? undefined : { what: 'it led to another state', actual, expected, lines };
}

function errorFault(told: Told, expected: unknown): Fault | undefined {
  const name = expectationText(expected);
  if (told.kind !== 'error') {
    const hint = told.kind === 'failure' ? '; thenFailure is for failures that it answers with' : '';
    return { what: `decide threw no error${hint}`, ...plainly(told, name) };
  }
  if (isExpected(expected, told.error)) return undefined;
  return { what: 'decide threw another error', ...plainly(told, name) };
}

function isExpected(expected: unknown, error: unknown): boolean {
  if (typeof expected === 'string') return codeOf(error) === expected;
  if (expected instanceof Error) return isLikeError(expected, error);
  if (typeof expected !== 'function') return false;
  if (isErrorClass(expected)) return isOf(expected, error);
  // A promise is no yes: a test whose function is asynchronous could not fail.
  const answer: unknown = Reflect.apply(expected, undefined, [error]);
  defuse(answer);
  return answer === true;
}

type ErrorClass = abstract new (...args: never[]) => Error;

function isErrorClass(value: unknown): value is ErrorClass {
  return typeof value === 'function' && (value === Error || value.prototype instanceof Error);
}

/** Of what may be thrown, some can't be asked what it is. */
function isOf(type: ErrorClass, error: unknown): boolean {
  try {
    return error instanceof type;
  } catch {
    return false;
  }
}

function codeOf(error: unknown): string | undefined {
  return isOf(MortarError, error) && error instanceof MortarError ? error.code : undefined;
}

/** Of one class, with one message. */
function isLikeError(expected: Error, error: unknown): boolean {
  if (!isOf(Error, error) || !(error instanceof Error)) return false;
  return (
    Object.getPrototypeOf(expected) === Object.getPrototypeOf(error) && expected.message === error.message
  );
}

function expectationText(expected: unknown): string {
  if (typeof expected === 'string') return expected;
  if (isErrorClass(expected)) return `an error of class ${expected.name}`;
  return expected instanceof Error ? errorText(expected) : 'an error that the function accepts';
}

/** A story that ended in another way than was expected. */
function plainly(told: Told, expected: unknown): StoryDifference {
  const actual = plainOf(told);
  const cause = told.kind === 'error' ? { cause: told.error } : {};
  const text = (value: unknown): string => (typeof value === 'string' ? value : dataText(value));
  return { actual, expected, lines: [`expected ${text(expected)}; got ${text(actual)}`], ...cause };
}

function plainOf(told: Told): unknown {
  if (told.kind === 'events') return told.events.length === 0 ? 'no event' : told.events;
  if (told.kind === 'failure') return { failure: told.name, data: told.data };
  return `the error ${errorText(told.error)}`;
}
