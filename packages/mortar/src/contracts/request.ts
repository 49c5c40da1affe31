import { checkKeys } from '../errors/index.js';
import type { CommandContract, QueryContract, RequestJsonSchema } from './contract.js';
import { checkName, moduleOf } from './internal/name.js';
import { checkSchema, type Schema, type SchemaInput, type SchemaOutput } from './schema.js';

const REQUEST_KEYS = [
  'data',
  'result',
  'jsonSchema',
  'description',
] as const satisfies readonly (keyof RequestOptions<Schema, Schema>)[];

/** What `command` and `query` take. */
export interface RequestOptions<S extends Schema, R extends Schema> {
  /** Any Standard Schema. */
  readonly data: S;
  /** Any Standard Schema; absent, the handler answers with nothing. */
  readonly result?: R;
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
>(
  name: N,
  options: RequestOptions<S, R>,
): CommandContract<N, SchemaOutput<S>, SchemaInput<S>, SchemaOutput<R>, SchemaInput<R>> {
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
>(
  name: N,
  options: RequestOptions<S, R>,
): QueryContract<N, SchemaOutput<S>, SchemaInput<S>, SchemaOutput<R>, SchemaInput<R>> {
  return Object.freeze({ kind: 'query', name, ...requestParts(name, options) });
}

function requestParts<S extends Schema, R extends Schema>(name: string, options: RequestOptions<S, R>) {
  checkName(name);
  checkSchema(options?.data, `The data of ${name}`);
  checkKeys(name, options, REQUEST_KEYS);
  if (options.result !== undefined) checkSchema(options.result, `The result of ${name}`);
  return {
    module: moduleOf(name),
    description: options.description,
    data: options.data as Schema<SchemaInput<S>, SchemaOutput<S>>,
    result: options.result as Schema<SchemaInput<R>, SchemaOutput<R>> | undefined,
    jsonSchema: options.jsonSchema,
  };
}
