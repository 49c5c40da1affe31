import {
  type Contract,
  type ContractDocuments,
  type JsonSchema,
  jsonSchemaOf,
  type PortContract,
  type SchemaDocument,
  type SchemaDocuments,
} from '../../../contracts/index.js';
import { messageOf } from '../../../errors/index.js';

/** A schema as JSON Schema: what it takes, and what it answers with. */
export interface SidesRecord {
  readonly input: JsonSchema;
  readonly output: JsonSchema;
}

/** What a file says of an event. */
export interface EventRecord {
  readonly name: string;
  readonly kind: 'event';
  readonly schemaVersion: number;
  /** The oldest schema version from which an upcaster leads. */
  readonly readsFrom: number;
  readonly isKeyed: boolean;
  /** There is no such event any more, but in the log. */
  readonly isRetired?: true;
  readonly data: SidesRecord;
}

/** What is asked for, and what is answered; without a result, nothing. */
export interface AnswerRecord {
  readonly input: JsonSchema;
  readonly result?: SidesRecord;
}

/** What a file says of a method of a port. */
export interface MethodRecord extends AnswerRecord {
  readonly permission?: string;
  readonly isIdempotent?: true;
}

/** What a file says of a command or a query. */
export interface RequestRecord extends AnswerRecord {
  readonly name: string;
  readonly kind: 'command' | 'query';
  /** By name; absent where there are none. */
  readonly failures?: Readonly<Record<string, SidesRecord>>;
}

/** What a file says of a port. */
export interface PortRecord {
  readonly name: string;
  readonly kind: 'port';
  readonly methods: Readonly<Record<string, MethodRecord>>;
}

/** What a file says of one contract. */
export type ContractRecord = EventRecord | RequestRecord | PortRecord;

/** The record of a contract, and the places of which no JSON Schema tells anything: they are recorded as taking anything. */
export interface RecordedContract {
  readonly record: ContractRecord;
  readonly opaque: readonly string[];
}

/** Records a contract. */
export function recordOf(contract: Contract | PortContract): RecordedContract {
  const opaque: string[] = [];
  return { record: recordFrom(contract, opaque), opaque };
}

function recordFrom(contract: Contract | PortContract, opaque: string[]): ContractRecord {
  const { name, kind } = contract;
  if (kind === 'port') return { name, kind, methods: methodsOf(contract, opaque) };
  const documents = jsonSchemaOf(contract);
  if (kind !== 'event')
    return { name, kind, ...answerOf(documents, '', opaque), ...failuresOf(documents, opaque) };
  const { schemaVersion, upcasters, key } = contract;
  return {
    name,
    kind,
    schemaVersion,
    readsFrom: schemaVersion - Object.keys(upcasters).length,
    isKeyed: key !== undefined,
    data: sidesOf(documents.data, 'data', opaque),
  };
}

function methodsOf(contract: PortContract, opaque: string[]): PortRecord['methods'] {
  const methods = Object.values(contract.methods).sort((a, b) => (a.method < b.method ? -1 : 1));
  return Object.fromEntries(
    methods.map((method): [string, MethodRecord] => {
      const { permission, isIdempotent } = method;
      const answer = answerOf(jsonSchemaOf(method), `${method.method}.`, opaque);
      return [
        method.method,
        {
          ...answer,
          ...(permission === undefined ? {} : { permission }),
          ...(isIdempotent ? { isIdempotent } : {}),
        },
      ];
    }),
  );
}

function failuresOf({ failures }: ContractDocuments, opaque: string[]): Pick<RequestRecord, 'failures'> {
  const names = Object.keys(failures).sort();
  if (names.length === 0) return {};
  const records = names.flatMap((name): [string, SidesRecord][] => {
    const documents = failures[name];
    return documents === undefined ? [] : [[name, sidesOf(documents, `failures.${name}`, opaque)]];
  });
  return { failures: Object.fromEntries(records) };
}

function answerOf({ data, result }: ContractDocuments, at: string, opaque: string[]): AnswerRecord {
  // What a handler makes of its input is nothing that a caller sees.
  const input = documentOf(data.input, `${at}data`, opaque);
  return result === undefined ? { input } : { input, result: sidesOf(result, `${at}result`, opaque) };
}

function sidesOf({ input, output }: SchemaDocuments, at: string, opaque: string[]): SidesRecord {
  return {
    input: documentOf(input, `${at}, as it is written`, opaque),
    output: documentOf(output, `${at}, as it is read`, opaque),
  };
}

function documentOf(document: SchemaDocument, at: string, opaque: string[]): JsonSchema {
  try {
    if (!document.opaque) return canonical(document.schema);
    opaque.push(`${at}: ${document.reason}`);
  } catch (error) {
    opaque.push(`${at}: its JSON Schema is no JSON: ${messageOf(error)}`);
  }
  return {};
}

/** One text for one schema: keys in the order of the alphabet, as are the names of required properties. */
function canonical(schema: JsonSchema): JsonSchema {
  const { $schema: _, ...rest } = schema;
  return JSON.parse(JSON.stringify(rest), (key, value: unknown) => {
    if (Array.isArray(value))
      return key === 'required' && value.every((name) => typeof name === 'string') ? value.toSorted() : value;
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
