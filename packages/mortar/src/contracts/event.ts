import { checkKeys, describeValue, MortarError } from '../errors/index.js';
import type { EventContract, Upcaster } from './contract.js';
import { checkName, moduleOf } from './internal/name.js';
import { checkPriority, type Priority } from './internal/priority.js';
import { checkSchema, type JsonSchema, type Schema, type SchemaInput, type SchemaOutput } from './schema.js';

const EVENT_KEYS = [
  'data',
  'key',
  'tags',
  'priority',
  'schemaVersion',
  'upcasters',
  'jsonSchema',
  'description',
] as const satisfies readonly (keyof EventOptions<Schema>)[];

/** What `event` takes. */
export interface EventOptions<S extends Schema> {
  /** Any Standard Schema that accepts its own output. */
  readonly data: S;
  /** Events with one key are handled in order. */
  readonly key?: (data: SchemaOutput<S>) => string;
  /**
   * What filters and conditions on the log ask for beside the type, such as `course:42`: 64 texts of 1 to 200 characters at
   * most.
   */
  readonly tags?: (data: SchemaOutput<S>) => readonly string[];
  /** How soon the event is taken where events wait; `normal` unless said. */
  readonly priority?: Priority;
  /** The number of the data's schema, from 1. Raise it with every breaking change. */
  readonly schemaVersion?: number;
  /** From each older schema version to the next, applied in a chain when an old event is read. */
  readonly upcasters?: Readonly<Record<number, Upcaster>>;
  /** JSON Schema of the data, where the schema library does not make one. */
  readonly jsonSchema?: JsonSchema;
  readonly description?: string;
}

/**
 * Declares an event.
 * @example
 * export const OrderPlaced = event('shop.order-placed', {
 *   data: z.object({ orderId: z.string(), total: z.number().positive() }),
 *   key: (data) => data.orderId,
 * });
 * @throws MortarError `MORTAR_NAME_INVALID`, `MORTAR_CONTRACT_INVALID`, `MORTAR_OPTIONS_INVALID`
 */
export function event<const N extends `${string}.${string}`, S extends Schema>(
  name: N,
  options: EventOptions<S>,
  // Stored events are validated again when they are upcast, or edited and replayed, so what a schema gives it must also take.
  ..._eventSchemaMustAcceptItsOwnOutput: [SchemaOutput<S>] extends [SchemaInput<S>]
    ? []
    : [eventSchemaMustAcceptItsOwnOutput: never]
): EventContract<N, SchemaOutput<S>, SchemaInput<S>> {
  checkName(name);
  checkSchema(options?.data, `The data of event ${name}`);
  checkKeys(`event ${name}`, options, EVENT_KEYS);
  const { key, tags, priority = 'normal', schemaVersion = 1, upcasters = {} } = options;
  checkPriority(priority);
  checkFunction(name, 'key', 'a string', key);
  checkFunction(name, 'tags', 'a list of strings', tags);
  checkUpcasters(name, schemaVersion, upcasters);
  return Object.freeze({
    kind: 'event',
    name,
    module: moduleOf(name),
    description: options.description,
    data: options.data as Schema<SchemaInput<S>, SchemaOutput<S>>,
    schemaVersion,
    upcasters: Object.freeze({ ...upcasters }),
    priority,
    jsonSchema: options.jsonSchema,
    ...(key === undefined ? {} : { key }),
    ...(tags === undefined ? {} : { tags }),
  });
}

function checkFunction(name: string, option: 'key' | 'tags', answer: string, value: unknown): void {
  if (value === undefined || typeof value === 'function') return;
  throw new MortarError('MORTAR_CONTRACT_INVALID', {
    rule: `The ${option} of event ${name} ${option === 'key' ? 'is' : 'are'} computed from its data.`,
    expected: `a function from data to ${answer}`,
    got: describeValue(value),
  });
}

/** Upcasters form one unbroken chain that ends at the current schema version. */
function checkUpcasters(
  name: string,
  schemaVersion: number,
  upcasters: Readonly<Record<number, Upcaster>>,
): void {
  if (!Number.isSafeInteger(schemaVersion) || schemaVersion < 1) {
    throw new MortarError('MORTAR_CONTRACT_INVALID', {
      rule: `The schema version of event ${name} counts from 1.`,
      expected: 'a whole number of 1 or more',
      got: describeValue(schemaVersion),
    });
  }
  const versions = Object.keys(upcasters)
    .map(Number)
    .sort((a, b) => a - b);
  versions.forEach((version, index) => {
    const due = schemaVersion - versions.length + index;
    if (version === due && version >= 1 && typeof upcasters[version] === 'function') return;
    throw new MortarError('MORTAR_CONTRACT_INVALID', {
      rule: `The upcasters of event ${name} form a chain that ends at its schema version, ${schemaVersion}.`,
      expected: `a function for each version from the oldest still read up to ${schemaVersion - 1}`,
      got: `upcasters from ${versions.join(', ')}`,
    });
  });
}
