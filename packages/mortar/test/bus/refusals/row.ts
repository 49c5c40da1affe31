import { z } from 'zod';
import type { MessageBus, Outcome } from '../../../src/bus/index.js';
import { command, event, query } from '../../../src/contracts/index.js';
import type { ErrorCode } from '../../../src/errors/index.js';

/** One bad input: what it is, and how it must be answered. */
export interface Row {
  readonly name: string;
  readonly code: ErrorCode;
  /** What the message must contain. */
  readonly says?: readonly string[];
  /** Gives the input to the bus; throws or rejects with the answer. */
  readonly run: (bus: MessageBus) => unknown;
}

const text = z.object({ text: z.string() });

export const Pinged = event('refusals.pinged', { data: text });
export const Ponged = event('refusals.ponged', { data: text });
export const Echo = command('refusals.echo', { data: text, result: text });
/** A command and a query that no one handles unless a row does. */
export const Orphan = command('refusals.orphan', { data: text });
export const Unanswered = query('refusals.unanswered', { data: text });

export const ignore = (): undefined => undefined;

/** Calls a method as a caller without types would. */
export function call(target: object, method: string, ...given: readonly unknown[]): unknown {
  return Reflect.apply(Reflect.get(target, method), target, given);
}

/** Calls a function as a caller without types would. */
export function callFunction(target: (...given: never[]) => unknown, ...given: readonly unknown[]): unknown {
  return Reflect.apply(target as () => unknown, undefined, given);
}

/** Throws the error of the only outcome. */
export function throwErrorOf([outcome]: readonly Outcome[]): void {
  if (outcome?.status !== 'handled') throw outcome?.error;
}

/** One row for each of several values in one place. */
export function rowsFor(
  what: string,
  values: Readonly<Record<string, unknown>>,
  answer: Omit<Row, 'name' | 'run'>,
  run: (bus: MessageBus, value: unknown) => unknown,
): readonly Row[] {
  return Object.entries(values).map(([label, value]) => ({
    ...answer,
    name: `${what}: ${label}`,
    run: (bus) => run(bus, value),
  }));
}

/** What is no whole number, or one beyond every bound. */
export const notCounts: Readonly<Record<string, unknown>> = {
  'a negative number': -1,
  'a fraction': 1.5,
  NaN: Number.NaN,
  infinity: Number.POSITIVE_INFINITY,
  'a text': '5',
  '2^31': 2 ** 31,
  null: null,
  'a bigint': 5n,
  'an object': {},
};

/** The same and zero, for what counts from 1. */
export const notPositive: Readonly<Record<string, unknown>> = { zero: 0, ...notCounts };
