import type { StandardSchemaV1 } from '@standard-schema/spec';
import { defuse, describeValue, type ErrorCode, type Issue, MortarError } from '../errors/index.js';

/** Any Standard Schema: zod, valibot, arktype and others. */
export type Schema<In = unknown, Out = In> = StandardSchemaV1<In, Out>;

/** What a schema takes. */
export type SchemaInput<S extends Schema> = StandardSchemaV1.InferInput<S>;

/** What a schema answers with. */
export type SchemaOutput<S extends Schema> = StandardSchemaV1.InferOutput<S>;

/** A JSON Schema document (draft 2020-12). */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** The outcome of a validation: the schema's output, or every fault found. */
export type Validated<Out> =
  | { readonly ok: true; readonly value: Out }
  | { readonly ok: false; readonly issues: readonly Issue[] };

/** @throws MortarError `MORTAR_CONTRACT_INVALID` if the value is not a Standard Schema. */
export function checkSchema(value: unknown, where: string): asserts value is Schema {
  const standard = isObjectLike(value) ? (value as Partial<Schema>)['~standard'] : undefined;
  if (typeof standard?.validate === 'function') return;
  throw new MortarError('MORTAR_CONTRACT_INVALID', {
    rule: `${where} is described by a schema.`,
    expected: 'a Standard Schema, such as one of zod, valibot or arktype',
    got: describeValue(value),
  });
}

/**
 * Runs a schema over a value.
 * @throws MortarError `MORTAR_SCHEMA_ASYNC` if the schema answers with a promise, `MORTAR_CONTRACT_INVALID` if with something
 * else that is no result; whatever the schema itself throws
 */
export function validate<Out>(schema: Schema<unknown, Out>, value: unknown): Validated<Out> {
  const result = schema['~standard'].validate(value);
  if (!isResult(result)) throw noResult(schema, result);
  if (result.issues === undefined) return { ok: true, value: result.value };
  return { ok: false, issues: result.issues.map(toIssue) };
}

/** What a schema may answer with. Its author was not held to it by a compiler, so it is looked at. */
function isResult(result: unknown): result is StandardSchemaV1.Result<unknown> {
  if (typeof result !== 'object' || result === null) return false;
  const { issues } = result as { readonly issues?: unknown };
  return issues === undefined ? 'value' in result : Array.isArray(issues);
}

function noResult(schema: Schema, got: unknown): MortarError {
  const { vendor } = schema['~standard'];
  if (defuse(got)) {
    return new MortarError('MORTAR_SCHEMA_ASYNC', {
      rule: 'Validation is synchronous.',
      expected:
        'a schema without asynchronous checks, and without checks that throw (zod answers those with a promise too)',
      got: `a promise from a schema of ${vendor}`,
    });
  }
  return new MortarError('MORTAR_CONTRACT_INVALID', {
    rule: 'A schema answers as a Standard Schema does.',
    expected: 'an object with a value, or with a list of issues',
    got: `${describeValue(got)} from a schema of ${describeValue(vendor)}`,
  });
}

/**
 * What a schema gives for a value; `what` says whose value it is.
 * @throws MortarError of the code, with all issues; as `validate`
 */
export function checked<Out>(
  code: ErrorCode,
  what: string,
  schema: Schema<unknown, Out>,
  value: unknown,
): Out {
  const result = validate(schema, value);
  if (result.ok) return result.value;
  throw new MortarError(code, {
    rule: `${what} follows its schema.`,
    expected: 'data without issues',
    got: summarize(result.issues),
    issues: result.issues,
  });
}

function toIssue(issue: StandardSchemaV1.Issue | null | undefined): Issue {
  return {
    path: formatPath(issue?.path ?? []),
    message: String(issue?.message ?? 'a fault without a message'),
  };
}

const MAX_SUMMARY_ISSUES = 5;

/** A few issues in one line, for the `got` of an error. */
export function summarize(issues: readonly Issue[]): string {
  const told = issues.slice(0, MAX_SUMMARY_ISSUES);
  const rest = issues.length - told.length;
  const lines = told.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`));
  return rest === 0 ? lines.join('; ') : `${lines.join('; ')}; and ${rest} more`;
}

/** `['items', 2, 'unit price']` as `items[2]["unit price"]`. */
export function formatPath(path: readonly (PropertyKey | StandardSchemaV1.PathSegment)[]): string {
  let text = '';
  for (const segment of path) {
    const key = typeof segment === 'object' ? segment.key : segment;
    if (typeof key === 'number') text += `[${key}]`;
    else if (typeof key === 'symbol') text += `[${String(key)}]`;
    else if (/^[A-Za-z_$][\w$]*$/.test(key)) text += text === '' ? key : `.${key}`;
    else text += `[${JSON.stringify(key)}]`;
  }
  return text;
}

function isObjectLike(value: unknown): boolean {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}
