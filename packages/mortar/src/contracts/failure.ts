import type { Schema, SchemaInput, SchemaOutput } from './schema.js';

/** Marks what `fail` has made, so that no result is taken for a failure by its looks. */
export const failureBrand: unique symbol = Symbol.for('mortar.failure');

/**
 * A failure that a contract names: an answer of its own, beside the result. Plain data with a literal tag; a handler
 * makes it with `fail`.
 */
export interface Failure<N extends string = string, Data = unknown> {
  readonly kind: 'failure';
  readonly name: N;
  readonly data: Data;
  readonly [failureBrand]: true;
}

/** What a contract says about one of its failures. */
export interface FailureContract<N extends string = string, Out = unknown, In = unknown> {
  readonly name: N;
  readonly data: Schema<In, Out>;
}

/** The schemas of a contract's failures, by their names. */
export type FailureSchemas = Readonly<Record<string, Schema>>;

/** The schemas of a contract that names no failures. */
export type NoFailures = Readonly<Record<never, Schema>>;

/** The failures that schemas describe, as a union; `never` where there are none. */
export type FailuresOf<S extends FailureSchemas> = {
  [K in keyof S & string]: FailureContract<K, SchemaOutput<S[K]>, SchemaInput<S[K]>>;
}[keyof S & string];

/** The failures that a caller gets: their schemas' output. */
export type FailureOut<F extends FailureContract> =
  F extends FailureContract<infer N, infer Out> ? Failure<N, Out> : never;

/** The failures that a handler returns: their schemas' input. */
export type FailureIn<F extends FailureContract> =
  F extends FailureContract<infer N, unknown, infer In> ? Failure<N, In> : never;
