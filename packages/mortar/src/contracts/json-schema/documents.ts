import type { StandardJSONSchemaV1 } from '@standard-schema/spec';
import { describeValue } from '../../errors/index.js';
import type { Contract } from '../contract.js';
import type { PortMethod } from '../port.js';
import type { JsonSchema, Schema } from '../schema.js';

/**
 * One side of a schema as JSON Schema (draft 2020-12): the document, and whether the schema library made it or the
 * contract's `jsonSchema` option says it; or, where neither does, why it is opaque.
 */
export type SchemaDocument =
  | { readonly opaque: false; readonly schema: JsonSchema; readonly source: 'library' | 'option' }
  | { readonly opaque: true; readonly reason: string };

/** A schema as JSON Schema: what it takes, and what it answers with. */
export interface SchemaDocuments {
  readonly input: SchemaDocument;
  readonly output: SchemaDocument;
}

/** The JSON Schemas of a contract. An event has no result, nor has a request that answers with nothing. */
export interface ContractDocuments {
  readonly data: SchemaDocuments;
  readonly result: SchemaDocuments | undefined;
  /** By name. Commands and queries alone have any. */
  readonly failures: Readonly<Record<string, SchemaDocuments>>;
}

/**
 * The JSON Schemas of a contract or of a method of a port, from its schemas where their library has the Standard JSON Schema interface
 * (zod, arktype; valibot through `toStandardJsonSchema` of `@valibot/to-json-schema`), else from its `jsonSchema` option.
 * Each side stands for itself: the input of a transform may be known while its output is opaque.
 * A document says less than its schema where a schema has code in it (`refine`, `narrow`).
 */
export function jsonSchemaOf(contract: Contract | PortMethod): ContractDocuments {
  if (contract.kind === 'event')
    return { data: documentsOf(contract.data, contract.jsonSchema), result: undefined, failures: {} };
  const { data, result, jsonSchema } = contract;
  const failures = contract.kind === 'port' ? [] : contract.failures;
  return {
    data: documentsOf(data, jsonSchema?.data),
    result: result === undefined ? undefined : documentsOf(result, jsonSchema?.result),
    failures: Object.fromEntries(
      failures.map(({ name, data: schema }) => [name, documentsOf(schema, jsonSchema?.failures?.[name])]),
    ),
  };
}

function documentsOf(schema: Schema, option: JsonSchema | undefined): SchemaDocuments {
  return { input: documentOf(schema, 'input', option), output: documentOf(schema, 'output', option) };
}

function documentOf(
  schema: Schema,
  side: 'input' | 'output',
  option: JsonSchema | undefined,
): SchemaDocument {
  const made = convert(schema, side);
  if (!made.opaque || option === undefined) return made;
  if (isDocument(option)) return { opaque: false, schema: option, source: 'option' };
  return { opaque: true, reason: `${made.reason}; the jsonSchema option is ${describeValue(option)}` };
}

function convert(schema: Schema, side: 'input' | 'output'): SchemaDocument {
  const standard: Partial<StandardJSONSchemaV1.Props> & Schema['~standard'] = schema['~standard'];
  const { jsonSchema: converter, vendor } = standard;
  if (typeof converter?.[side] !== 'function')
    return { opaque: true, reason: `${vendor} makes no JSON Schema of it` };
  try {
    const document: unknown = converter[side](optionsFor(vendor));
    if (isDocument(document)) return { opaque: false, schema: document, source: 'library' };
    return { opaque: true, reason: `${vendor} made ${describeValue(document)} of it` };
  } catch (error) {
    return { opaque: true, reason: error instanceof Error ? error.message : describeValue(error) };
  }
}

/** Left to itself, arktype writes a schema that allows anything for what JSON Schema cannot say, such as a Date. */
function optionsFor(vendor: string): StandardJSONSchemaV1.Options {
  const target = 'draft-2020-12';
  return vendor === 'arktype' ? { target, libraryOptions: { fallback: arktypeFallback } } : { target };
}

const arktypeFallback = {
  default: ({ code }: { code: string }): never => {
    throw new Error(`${describeValue(code)} cannot be represented in JSON Schema`);
  },
  predicate: ({ base }: { base: JsonSchema }): JsonSchema => base,
};

function isDocument(value: unknown): value is JsonSchema {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
