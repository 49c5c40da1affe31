import type { Awaitable } from '../bus/index.js';
import {
  checked,
  command,
  jsonSchemaOf,
  type RequestJsonSchema,
  type Schema,
  type SchemaDocuments,
  type SchemaInput,
  type SchemaOutput,
  type Validated,
  validate,
} from '../contracts/index.js';
import { checkKeys, describeValue, MortarError } from '../errors/index.js';

/** What a caller may say about one call. */
export interface ServiceCallOptions {
  /** Handed on to the work, which should heed it. One that is aborted already starts no work. */
  readonly signal?: AbortSignal;
}

/** A service as plain data. */
export interface ServiceDescription {
  readonly name: string;
  readonly description: string | undefined;
  /** The JSON Schemas of what it takes. */
  readonly data: SchemaDocuments;
  /** The JSON Schemas of what it answers with; undefined for nothing. */
  readonly result: SchemaDocuments | undefined;
  /** Those of the failures that it may answer with instead, by name. */
  readonly failures: Readonly<Record<string, SchemaDocuments>>;
}

/** One piece of work with a checked request and a checked result. `Data` is the request after its validation. */
export interface Service<In = unknown, Out = unknown, Data = In> {
  /**
   * Validates the request, does the work and validates the result. What the work throws passes through untouched.
   * It sets no limit of its own: `guard.execute((signal) => service.execute(data, { signal }))` does, with a guard of
   * `mortar/resilience`.
   * @throws MortarError `MORTAR_DATA_INVALID` (then no work was done), `MORTAR_RESULT_INVALID`; the signal's reason
   */
  execute(data: In, options?: ServiceCallOptions): Promise<Out>;
  /** The request as the work gets it, or every issue found. Does nothing else. */
  validateRequest(data: unknown): Validated<Data>;
  describe(): ServiceDescription;
}

/** What `service` takes. */
export interface ServiceOptions<S extends Schema, R extends Schema> {
  /** `<module>.<name>`, each in kebab-case, as contracts are named. */
  readonly name: `${string}.${string}`;
  /** Any Standard Schema. */
  readonly data: S;
  /** Any Standard Schema; absent, the service answers with nothing. */
  readonly result?: R;
  readonly description?: string;
  /** JSON Schemas, where the schema library does not make them. */
  readonly jsonSchema?: RequestJsonSchema;
  readonly execute: (
    data: SchemaOutput<S>,
    call: { readonly signal: AbortSignal },
  ) => Awaitable<SchemaInput<R>>;
}

/**
 * Makes a service of a function.
 * @example
 * const quote = service({
 *   name: 'pricing.quote',
 *   data: z.object({ weightGrams: z.number().positive() }),
 *   result: z.object({ cents: z.int() }),
 *   execute: ({ weightGrams }) => ({ cents: Math.ceil(weightGrams / 10) }),
 * });
 * @throws MortarError `MORTAR_NAME_INVALID`, `MORTAR_CONTRACT_INVALID`, `MORTAR_OPTIONS_INVALID`
 */
export function service<S extends Schema, R extends Schema = Schema<void>>(
  options: ServiceOptions<S, R>,
): Service<SchemaInput<S>, SchemaOutput<R>, SchemaOutput<S>> {
  checkKeys('service', options, ['name', 'data', 'result', 'description', 'jsonSchema', 'execute']);
  const { name, execute, ...rest } = options;
  if (typeof execute !== 'function') throw notCallable(execute);
  // A service has the parts of a request, and the same rules for them.
  const contract = command(name, rest);
  return Object.freeze({
    execute: async (data: SchemaInput<S>, { signal }: ServiceCallOptions = {}) => {
      signal?.throwIfAborted();
      const request = checked('MORTAR_DATA_INVALID', `The data of ${name}`, contract.data, data);
      const answer = await execute(request, { signal: signal ?? new AbortController().signal });
      if (contract.result === undefined) return undefined as SchemaOutput<R>;
      return checked('MORTAR_RESULT_INVALID', `The result of ${name}`, contract.result, answer);
    },
    validateRequest: (data: unknown) => validate(contract.data, data),
    describe: () => ({ name, description: contract.description, ...jsonSchemaOf(contract) }),
  });
}

function notCallable(execute: unknown): MortarError {
  return new MortarError('MORTAR_OPTIONS_INVALID', {
    rule: 'The option execute is the work of a service.',
    expected: 'a function',
    got: describeValue(execute),
  });
}
