import { checkKeys, checkWholeNumber, describeValue, MAX_DELAY_MS, MortarError } from '../errors/index.js';
import type { RequestJsonSchema } from './contract.js';
import type { Envelope } from './envelope.js';
import { checkName, moduleOf } from './internal/name.js';
import { checkSchema, type Schema, type SchemaInput, type SchemaOutput } from './schema.js';

/** What one method of a port takes. */
export interface PortMethodOptions<S extends Schema = Schema, R extends Schema = Schema> {
  /** Any Standard Schema. */
  readonly data: S;
  /** Any Standard Schema that accepts its own output; absent, the method answers with nothing. */
  readonly result?: R;
  /** How long a call may take in all, from 1 to 2^31 - 1; 30,000 unless said. */
  readonly timeoutMs?: number;
  /** What the caller must be allowed to do. */
  readonly permission?: string;
  /** A call may be made twice without harm, so that a failed one may be retried; false unless said. */
  readonly isIdempotent?: boolean;
  /** JSON Schemas, where the schema library does not make them. */
  readonly jsonSchema?: RequestJsonSchema;
  readonly description?: string;
}

/** One method of a port: a message with exactly one handler, in the module that owns the port. */
export interface PortMethod<Out = unknown, In = unknown, Result = unknown, ResultIn = unknown> {
  readonly kind: 'port';
  /** `<port>.<method>`. */
  readonly name: string;
  /** The name of its port. */
  readonly port: string;
  readonly method: string;
  /** The module that owns the port: the only one that may implement it. */
  readonly module: string;
  readonly description: string | undefined;
  readonly data: Schema<In, Out>;
  /** Absent: the method answers with nothing. */
  readonly result: Schema<ResultIn, Result> | undefined;
  /** How long a call may take in all. */
  readonly timeoutMs: number;
  readonly permission: string | undefined;
  readonly isIdempotent: boolean;
  readonly jsonSchema: RequestJsonSchema | undefined;
}

/** The methods of a port, by name. */
export type PortMethods = Readonly<Record<string, PortMethod>>;

/**
 * What a module does for others on call: methods, each with exactly one implementation, in the module that owns the port.
 * It is a dependency too: who lists it gets a client of it.
 */
export interface PortContract<N extends string = string, M extends PortMethods = PortMethods> {
  readonly kind: 'port';
  readonly name: N;
  /** The module that owns the port: the only one that may implement it. */
  readonly module: string;
  readonly description: string | undefined;
  readonly methods: M;
  /** Carries the type of a client alone; never there at run time. */
  readonly service?: PortClient<M>;
}

/** What a caller may say about one call. */
export interface PortCallOptions {
  /** Ends the wait for the answer, and aborts the signal of the implementation. */
  readonly signal?: AbortSignal;
  /** How long this call may take in all; never longer than the contract says. */
  readonly timeoutMs?: number;
  /**
   * The context of the handler on whose behalf the call is made, as the bus made it: correlation, causation, actor, tenant
   * and trace carry on, and its signal ends the call too. A client that a handler or a scoped service is given knows it;
   * one that a singleton was given does not. Without `from`, a call by such a client speaks for nobody, and the rule that
   * the handler of a query changes nothing does not reach it.
   */
  readonly from?: { readonly envelope: CallerEnvelope; readonly signal?: AbortSignal };
}

/** What is carried on from the message that is being handled. */
export type CallerEnvelope = Pick<Envelope, 'id' | 'correlationId' | 'actor' | 'tenant' | 'traceparent'>;

/** What a consumer of a port calls. */
export type PortClient<M extends PortMethods> = {
  readonly [K in keyof M]: M[K] extends PortMethod<unknown, infer In, infer Result>
    ? (data: In, options?: PortCallOptions) => Promise<Result>
    : never;
};

/** The client of a port. */
export type ClientOf<P extends PortContract> =
  P extends PortContract<string, infer M> ? PortClient<M> : never;

/** The methods that the options of a port describe. */
export type MethodsOf<M extends Readonly<Record<string, PortMethodOptions>>> = {
  readonly [K in keyof M]: PortMethod<
    SchemaOutput<M[K]['data']>,
    SchemaInput<M[K]['data']>,
    M[K]['result'] extends Schema ? SchemaOutput<M[K]['result']> : void,
    M[K]['result'] extends Schema ? SchemaInput<M[K]['result']> : void
  >;
};

/** Lets methods through whose result schema accepts its own output, as it does in most schemas without a transform. */
export type ResultsTakeTheirOwnOutput<M extends Readonly<Record<string, PortMethodOptions>>> = {
  readonly [K in keyof M]: M[K]['result'] extends Schema
    ? [SchemaOutput<M[K]['result']>] extends [SchemaInput<M[K]['result']>]
      ? unknown
      : { readonly result: 'a result schema must accept its own output' }
    : unknown;
};

const METHOD_KEYS = [
  'data',
  'result',
  'timeoutMs',
  'permission',
  'isIdempotent',
  'jsonSchema',
  'description',
] as const satisfies readonly (keyof PortMethodOptions)[];

const DEFAULT_TIMEOUT_MS = 30_000;
const MAX_METHOD_NAME = 100;
/** A client with a method `then` would be taken for a promise; the others are what every object has. */
const RESERVED: ReadonlySet<string> = new Set(['then', ...Object.getOwnPropertyNames(Object.prototype)]);

/**
 * Declares a port. Its methods answer with a result or throw, and name no failures: an answer that is a "no", such as
 * `{ isReserved: false, reason }`, belongs into the result schema. Errors are for what should not happen; those of another
 * process count as signs that it is unwell, and open the circuit.
 * @example
 * export const Detector = port('anomaly-detection.detector', {
 *   detect: { data: z.object({ values: z.array(z.number()) }), result: z.array(z.number()), timeoutMs: 2_000 },
 * });
 * @throws MortarError `MORTAR_NAME_INVALID`, `MORTAR_CONTRACT_INVALID`, `MORTAR_OPTIONS_INVALID`
 */
export function port<
  const N extends `${string}.${string}`,
  const M extends Readonly<Record<string, PortMethodOptions>>,
>(
  name: N,
  // What another process answers with is validated again where it was called, so what a schema gives it must also take.
  methods: M & ResultsTakeTheirOwnOutput<M>,
  options: { readonly description?: string } = {},
): PortContract<N, MethodsOf<M>> {
  checkName(name);
  checkKeys(`port ${name}`, options, ['description']);
  checkMethodRecord(name, methods);
  const made = Object.entries(methods).map(([method, given]) => [method, methodOf(name, method, given)]);
  return Object.freeze({
    kind: 'port',
    name,
    module: moduleOf(name),
    description: options.description,
    methods: Object.freeze(Object.fromEntries(made)) as MethodsOf<M>,
  });
}

function methodOf(port: string, method: string, options: PortMethodOptions): PortMethod {
  const name = `${port}.${method}`;
  checkMethodName(port, method);
  checkSchema(options?.data, `The data of ${name}`);
  checkKeys(name, options, METHOD_KEYS);
  const { result, timeoutMs = DEFAULT_TIMEOUT_MS, permission, isIdempotent = false } = options;
  if (result !== undefined) checkSchema(result, `The result of ${name}`);
  checkWholeNumber('timeoutMs', timeoutMs, 1, MAX_DELAY_MS);
  if (permission !== undefined && (typeof permission !== 'string' || permission === ''))
    throw invalid(name, 'permission is a text', 'a text of one character or more', permission);
  if (typeof isIdempotent !== 'boolean')
    throw invalid(name, 'isIdempotent is a truth value', 'true or false', isIdempotent);
  return Object.freeze({
    kind: 'port',
    name,
    port,
    method,
    module: moduleOf(port),
    description: options.description,
    data: options.data,
    result,
    timeoutMs,
    permission,
    isIdempotent,
    jsonSchema: options.jsonSchema,
  });
}

function checkMethodRecord(port: string, methods: unknown): void {
  const isRecord = typeof methods === 'object' && methods !== null && !Array.isArray(methods);
  if (isRecord && Object.keys(methods).length > 0) return;
  throw invalid(port, 'methods are named', 'an object with one method or more', methods);
}

function checkMethodName(port: string, method: string): void {
  const isWord = /^[a-z][A-Za-z0-9]*$/.test(method) && method.length <= MAX_METHOD_NAME;
  if (isWord && !RESERVED.has(method)) return;
  const expected = `a name in camelCase of at most ${MAX_METHOD_NAME} characters that no object has anyway, nor "then"`;
  throw invalid(port, 'methods have a name of their own', expected, method);
}

function invalid(name: string, rule: string, expected: string, got: unknown): MortarError {
  return new MortarError('MORTAR_CONTRACT_INVALID', {
    rule: `In port ${name}, ${rule}.`,
    expected,
    got: describeValue(got),
  });
}
