import { AssertionError } from 'node:assert';
import type { DomainEvent } from '../../../sourcing/index.js';
import { dataText, errorText } from '../scenario-errors.js';
import type { Told } from './telling.js';

/** What a story's failure tells of it. */
export interface StorySoFar {
  readonly given: readonly DomainEvent[];
  readonly when?: { readonly command: unknown };
}

/** What a story's failure compares. */
export interface StoryDifference {
  readonly actual: unknown;
  readonly expected: unknown;
  /** In words, one a line. */
  readonly lines: readonly string[];
  readonly cause?: unknown;
}

/** The failure of a story: an error that every runner shows; its message tells the difference, and what happened. */
export function storyFailure(
  story: StorySoFar,
  told: Told,
  what: string,
  { actual, expected, lines, cause }: StoryDifference,
): AssertionError {
  return failure(
    [`${titleOf(story)}: ${what}`, lines.join('\n'), [...storyOf(story), ...endOf(told)].join('\n')],
    { actual, expected, cause },
  );
}

/** The failure of a story whose decider breaks the rules of deciders. */
export function brokenDecider(story: StorySoFar, what: string, cause?: unknown): AssertionError {
  const why = cause === undefined ? '' : errorText(cause);
  return failure([`${titleOf(story)}: ${what}`, why, storyOf(story).join('\n')], {
    actual: what,
    expected: 'a decider that is pure',
    cause,
  });
}

function failure(
  parts: readonly string[],
  { actual, expected, cause }: Omit<StoryDifference, 'lines'>,
): AssertionError {
  const error = new AssertionError({
    message: parts.filter((part) => part !== '').join('\n\n'),
    actual,
    expected,
    // Not one of Node's own, to whose message it may add the difference a second time.
    operator: 'story',
    stackStartFn: failure,
  });
  if (cause !== undefined) error.cause = cause;
  return error;
}

const MAX_TITLE = 100;

function titleOf({ when }: StorySoFar): string {
  if (when === undefined) return 'given events';
  const text = dataText(when.command);
  return `when ${text.length > MAX_TITLE ? `${text.slice(0, MAX_TITLE)}…` : text}`;
}

function storyOf({ given, when }: StorySoFar): string[] {
  return [
    'What happened:',
    ...given.map((event) => `  given ${eventText(event)}`),
    ...(when === undefined ? [] : [`  when ${dataText(when.command)}`]),
  ];
}

function endOf(told: Told): string[] {
  if (told.kind === 'failure') return [`    → failure ${told.name} ${dataText(told.data)}`];
  if (told.kind === 'error') return [`    → error ${errorText(told.error)}`];
  const events = told.events.map((event) => `  then ${eventText(event)}`);
  return events.length === 0 ? ['  then no event'] : events;
}

/** An event in one line. */
export function eventText({ type, data }: DomainEvent): string {
  return `${type} ${dataText(data)}`;
}
