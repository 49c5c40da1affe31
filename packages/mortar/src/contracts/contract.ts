import type { FailureContract, FailureIn, FailureOut } from './failure.js';
import type { Priority } from './internal/priority.js';
import type { JsonSchema, Schema } from './schema.js';

/** Turns the data of one schema version into the data of the next. Pure. */
export type Upcaster = (data: unknown) => unknown;

/**
 * A fact in the past tense, with any number of handlers.
 * `Out` is the data that handlers, `key` and the log get; `In` is what a publisher gives.
 */
export interface EventContract<N extends string = string, Out = unknown, In = unknown> {
  readonly kind: 'event';
  readonly name: N;
  /** The module that owns the event: the only one that may publish it. */
  readonly module: string;
  readonly description: string | undefined;
  readonly data: Schema<In, Out>;
  /** The number of the data's schema, from 1. */
  readonly schemaVersion: number;
  /** By the schema version they start from. */
  readonly upcasters: Readonly<Record<number, Upcaster>>;
  readonly priority: Priority;
  readonly jsonSchema: JsonSchema | undefined;
  /** Events with one key are handled in order. Absent: no order is kept. */
  key?(data: Out): string;
  /** What filters and conditions on the log ask for beside the type, such as `course:42`. Absent: nothing. */
  tags?(data: Out): readonly string[];
}

/** What commands and queries have in common: exactly one handler, an input and a result. */
interface RequestContract<N extends string, Out, In, Result, ResultIn, F extends FailureContract> {
  readonly name: N;
  /** The module that owns the message: the only one that may handle it. */
  readonly module: string;
  readonly description: string | undefined;
  readonly data: Schema<In, Out>;
  /** Absent: the handler answers with nothing. */
  readonly result: Schema<ResultIn, Result> | undefined;
  /** What a handler may answer instead of a result. */
  readonly failures: readonly F[];
  readonly jsonSchema: RequestJsonSchema | undefined;
}

/** JSON Schemas of a request, for schema libraries that do not make them. */
export interface RequestJsonSchema {
  readonly data?: JsonSchema;
  readonly result?: JsonSchema;
  /** By the names of failures; a method of a port has none. */
  readonly failures?: Readonly<Record<string, JsonSchema>>;
}

/** A request for change, with exactly one handler. */
export interface CommandContract<
  N extends string = string,
  Out = unknown,
  In = unknown,
  Result = unknown,
  ResultIn = unknown,
  F extends FailureContract = FailureContract,
> extends RequestContract<N, Out, In, Result, ResultIn, F> {
  readonly kind: 'command';
}

/** A request for data, with exactly one handler that changes nothing. */
export interface QueryContract<
  N extends string = string,
  Out = unknown,
  In = unknown,
  Result = unknown,
  ResultIn = unknown,
  F extends FailureContract = FailureContract,
> extends RequestContract<N, Out, In, Result, ResultIn, F> {
  readonly kind: 'query';
}

/** Any contract of a message. */
export type Contract = EventContract | CommandContract | QueryContract;

/** The data that handlers of a contract get: the schema's output. */
export type DataOf<C extends Contract> =
  C extends EventContract<string, infer Out, unknown>
    ? Out
    : C extends CommandContract<string, infer Out> | QueryContract<string, infer Out>
      ? Out
      : never;

/** The data that a publisher or caller of a contract gives: the schema's input. */
export type InputOf<C extends Contract> =
  C extends EventContract<string, unknown, infer In>
    ? In
    : C extends CommandContract<string, unknown, infer In> | QueryContract<string, unknown, infer In>
      ? In
      : never;

/** What a caller of a command or query gets: the result schema's output. */
export type ResultOf<C extends Contract> =
  C extends CommandContract<string, unknown, unknown, infer Result>
    ? Result
    : C extends QueryContract<string, unknown, unknown, infer Result>
      ? Result
      : never;

/** What a handler of a command or query returns: the result schema's input, or one of the contract's failures. */
export type ReturnOf<C extends Contract> =
  C extends CommandContract<string, unknown, unknown, unknown, infer ResultIn, infer F>
    ? ResultIn | FailureIn<F>
    : C extends QueryContract<string, unknown, unknown, unknown, infer ResultIn, infer F>
      ? ResultIn | FailureIn<F>
      : never;

/** What a caller of a command or query may get instead of a result. */
export type FailureOf<C extends Contract> =
  C extends CommandContract<string, unknown, unknown, unknown, unknown, infer F>
    ? FailureOut<F>
    : C extends QueryContract<string, unknown, unknown, unknown, unknown, infer F>
      ? FailureOut<F>
      : never;
