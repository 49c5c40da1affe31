import { checkKeys, describeValue, MortarError } from '../errors/index.js';
import type { CommandContract, QueryContract, RequestJsonSchema } from './contract.js';
import type { FailureContract, FailureSchemas, FailuresOf, NoFailures } from './failure.js';
import { checkName, moduleOf } from './internal/name.js';
import { checkSchema, type Schema, type SchemaInput, type SchemaOutput } from './schema.js';

const REQUEST_KEYS = [
  'data',
  'result',
  'failures',
  'jsonSchema',
  'description',
] as const satisfies readonly (keyof RequestOptions<Schema, Schema, FailureSchemas>)[];

const MAX_FAILURE_NAME = 100;

/** What `command` and `query` take. */
export interface RequestOptions<S extends Schema, R extends Schema, F extends FailureSchemas = NoFailures> {
  /** Any Standard Schema. */
  readonly data: S;
  /** Any Standard Schema; absent, the handler answers with nothing. */
  readonly result?: R;
  /**
   * What the handler may answer instead of a result, by name, such as `out-of-stock`: what a caller is expected to cope
   * with. What should not happen is thrown.
   */
  readonly failures?: F;
  /** JSON Schemas, where the schema library does not make them. */
  readonly jsonSchema?: RequestJsonSchema;
  readonly description?: string;
}

/**
 * Declares a command: a request for change, with exactly one handler.
 * @example
 * export const PlaceOrder = command('shop.place-order', {
 *   data: z.object({ items: z.array(z.string()).min(1) }),
 *   result: z.object({ orderId: z.string() }),
 * });
 * @throws MortarError `MORTAR_NAME_INVALID`, `MORTAR_CONTRACT_INVALID`, `MORTAR_OPTIONS_INVALID`
 */
export function command<
  const N extends `${string}.${string}`,
  S extends Schema,
  R extends Schema = Schema<void>,
  const F extends FailureSchemas = NoFailures,
>(
  name: N,
  options: RequestOptions<S, R, F>,
): CommandContract<
  N,
  SchemaOutput<S>,
  SchemaInput<S>,
  SchemaOutput<R>,
  SchemaInput<R>,
  // Not under a name of its own, by which declaration files would refer to the schemas.
  { [K in keyof F & string]: FailureContract<K, SchemaOutput<F[K]>, SchemaInput<F[K]>> }[keyof F & string]
> {
  return Object.freeze({ kind: 'command', name, ...requestParts(name, options) });
}

/**
 * Declares a query: a request for data, with exactly one handler that changes nothing.
 * @throws MortarError `MORTAR_NAME_INVALID`, `MORTAR_CONTRACT_INVALID`, `MORTAR_OPTIONS_INVALID`
 */
export function query<
  const N extends `${string}.${string}`,
  S extends Schema,
  R extends Schema = Schema<void>,
  const F extends FailureSchemas = NoFailures,
>(
  name: N,
  options: RequestOptions<S, R, F>,
): QueryContract<
  N,
  SchemaOutput<S>,
  SchemaInput<S>,
  SchemaOutput<R>,
  SchemaInput<R>,
  // Not under a name of its own, by which declaration files would refer to the schemas.
  { [K in keyof F & string]: FailureContract<K, SchemaOutput<F[K]>, SchemaInput<F[K]>> }[keyof F & string]
> {
  return Object.freeze({ kind: 'query', name, ...requestParts(name, options) });
}

function requestParts<S extends Schema, R extends Schema, F extends FailureSchemas>(
  name: string,
  options: RequestOptions<S, R, F>,
) {
  checkName(name);
  checkSchema(options?.data, `The data of ${name}`);
  checkKeys(name, options, REQUEST_KEYS);
  if (options.result !== undefined) checkSchema(options.result, `The result of ${name}`);
  return {
    module: moduleOf(name),
    description: options.description,
    data: options.data as Schema<SchemaInput<S>, SchemaOutput<S>>,
    result: options.result as Schema<SchemaInput<R>, SchemaOutput<R>> | undefined,
    failures: failuresOf(name, options.failures) as readonly FailuresOf<F>[],
    jsonSchema: options.jsonSchema,
  };
}

function failuresOf(name: string, failures: FailureSchemas = {}): readonly FailureContract[] {
  if (typeof failures !== 'object' || failures === null || Array.isArray(failures))
    throw badFailures(name, 'an object of schemas, by name', failures);
  const made = Object.entries(failures).map(([failure, data]): FailureContract => {
    const isWord = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(failure) && failure.length <= MAX_FAILURE_NAME;
    if (!isWord) throw badFailures(name, `kebab-case of at most ${MAX_FAILURE_NAME} characters`, failure);
    checkSchema(data, `The failure ${failure} of ${name}`);
    return Object.freeze({ name: failure, data });
  });
  return Object.freeze(made);
}

function badFailures(name: string, expected: string, got: unknown): MortarError {
  return new MortarError('MORTAR_CONTRACT_INVALID', {
    rule: `The failures of ${name} are schemas, each with a name.`,
    expected,
    got: describeValue(got),
  });
}
