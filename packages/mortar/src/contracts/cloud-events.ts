import { MortarError } from '../errors/index.js';
import { type CodecOptions, decode, encode, encodeTree } from './codec.js';
import type { Envelope, Metadata } from './envelope.js';
import { fromBase64 } from './internal/base64.js';
import {
  type Attributes,
  checkUri,
  cloudEventInvalid,
  fitsAttribute,
  fitsInteger,
  readAttributes,
  readTime,
  writeTime,
} from './internal/cloud-event-attributes.js';
import { checkEnvelopeOptions, isEnvelopeText, isTraceparent } from './internal/envelope-check.js';
import { type Priority, priorities } from './internal/priority.js';

/** A CloudEvents 1.0 event in its JSON format: attributes, extension attributes and data in one plain object. */
export interface CloudEventJson {
  readonly specversion: '1.0';
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly [attribute: string]: unknown;
}

/** How an envelope becomes a CloudEvent. The limits are those of its data. */
export interface CloudEventOptions extends CodecOptions {
  /** URI-reference of what the event comes from, `/<module>` unless said. An envelope has no field for it. */
  readonly source?: string;
}

/** Says that an event is one of ours, and which mapping it follows. */
const FORMAT_ATTRIBUTE = 'mortarformat';
const FORMAT = 1;
/** JSON text of the fields that no attribute can carry as they are, such as a key with a control character. */
const REST_ATTRIBUTE = 'mortarrest';
/** Starts the metadata key of what a CloudEvent says beyond the fields of an envelope. */
const FOREIGN_PREFIX = 'ce-';
const JSON_TYPE = 'application/json';

/** The fields that are text. */
const textFields = [
  'key',
  'correlationId',
  'causationId',
  'traceparent',
  'actor',
  'tenant',
  'priority',
] as const;

type TextField = (typeof textFields)[number];

/** Their attributes; the first four are official extensions of CloudEvents. */
const TEXT_ATTRIBUTES: Readonly<Record<TextField, string>> = {
  key: 'partitionkey',
  correlationId: 'correlationid',
  causationId: 'causationid',
  traceparent: 'traceparent',
  actor: 'actor',
  tenant: 'tenant',
  priority: 'priority',
};

/** The fields of an envelope as they are read, before those that are absent get what stands for absence. */
type Fields = {
  -readonly [Field in Exclude<keyof Envelope, 'id' | 'type' | 'data' | 'metadata'>]?: Envelope[Field];
};

/**
 * An envelope as a CloudEvent. Nothing is lost: `fromCloudEvent` makes an equal envelope of it, also by way of its JSON text.
 * Data stands in the tagged form of `encode`, and shares with the envelope whatever needs no tag.
 * @throws MortarError as `encode` for the data; `MORTAR_CLOUD_EVENT_INVALID` for a `source` that is not a URI-reference
 */
export function toCloudEvent(envelope: Envelope, options: CloudEventOptions = {}): CloudEventJson {
  const { source = sourceOf(envelope.type), ...limits } = options;
  checkUri('source', source);
  const rest: Record<string, unknown> = {};
  const attributes: Record<string, unknown> = {};
  for (const field of textFields) {
    const text = envelope[field];
    if (text === undefined) continue;
    if (fitsAttribute(text)) attributes[TEXT_ATTRIBUTES[field]] = text;
    else rest[field] = text;
  }
  const { schemaVersion, occurredAt, metadata } = envelope;
  if (fitsInteger(schemaVersion)) attributes['schemaversion'] = schemaVersion;
  else rest['schemaVersion'] = schemaVersion;
  const time = writeTime(occurredAt);
  if (time === undefined) rest['occurredAt'] = occurredAt;
  else attributes['time'] = time;
  if (Object.keys(metadata).length > 0) attributes['metadata'] = attributeJson(metadata);
  if (Object.keys(rest).length > 0) attributes[REST_ATTRIBUTE] = attributeJson(rest);
  return {
    specversion: '1.0',
    id: envelope.id,
    source,
    type: envelope.type,
    datacontenttype: JSON_TYPE,
    [FORMAT_ATTRIBUTE]: FORMAT,
    ...attributes,
    data: encodeTree(envelope.data, limits),
  };
}

/**
 * The envelope of a CloudEvent, given as JSON text, as the parsed object, or as an event of the `cloudevents` package.
 *
 * Of an event that is not Mortar's own, the id must be a UUID; `partitionkey`, `correlationid`, `causationid` and
 * `traceparent` fill their fields where they are well formed; the schema version is 1, the priority `normal`, and the moment
 * of reading stands in for an absent `time`. Whatever else the event says (its source, subject, other extensions, a time more
 * exact than a millisecond or with an offset) is kept as text in metadata, as `ce-<attribute>`. So are attributes that others
 * added to an event of Mortar's own on its way. The `source` of an event of Mortar's own is not kept.
 *
 * @throws MortarError `MORTAR_CLOUD_EVENT_INVALID`, naming the attribute; as `decode` for the data
 */
export function fromCloudEvent(event: string | object, limits?: CodecOptions): Envelope {
  const json = parse(event);
  const attributes = readAttributes(json);
  const id = takeText(attributes, 'id');
  const type = takeText(attributes, 'type');
  if (!isEnvelopeText(type)) throw cloudEventInvalid('type', 'at most 512 characters', type);
  attributes.delete('specversion');
  const isOwn = attributes.has(FORMAT_ATTRIBUTE);
  const own = isOwn ? readOwnMetadata(attributes) : {};
  const fields = isOwn ? readOwnFields(attributes) : readForeignFields(attributes);
  const data = isOwn ? readOwnData(json, attributes, limits) : readForeignData(json, attributes, limits);
  const metadata = mergeMetadata(own, attributes);
  const envelope: Envelope = {
    id,
    type,
    schemaVersion: fields.schemaVersion ?? 1,
    key: fields.key,
    priority: fields.priority ?? 'normal',
    occurredAt: fields.occurredAt ?? Date.now(),
    correlationId: fields.correlationId ?? id,
    causationId: fields.causationId,
    actor: fields.actor,
    tenant: fields.tenant,
    traceparent: fields.traceparent,
    metadata,
    data,
  };
  checkFields(envelope);
  return envelope;
}

/** `/shop` of `shop.order-placed`. */
function sourceOf(type: string): string {
  return `/${encodeURIComponent(type.split('.', 1)[0] ?? '')}`;
}

/** JSON in ASCII, so that it fits an attribute whatever it says. */
function attributeJson(value: object): string {
  return JSON.stringify(value).replaceAll(/[\x7f-\uffff]/g, (unit) => {
    return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

function parse(event: unknown): Readonly<Record<string, unknown>> {
  let json: unknown;
  try {
    json = JSON.parse(typeof event === 'string' ? event : textOf('(event)', event));
  } catch (cause) {
    if (cause instanceof MortarError) throw cause;
    throw cloudEventInvalid('(event)', 'JSON', event, cause);
  }
  if (isRecord(json)) return json;
  throw cloudEventInvalid('(event)', 'an object of attributes', json);
}

/** The JSON text of a value; of one nested too deep for the stack, or with a cycle, there is none. */
function textOf(attribute: string, value: unknown): string {
  try {
    const text: string | undefined = JSON.stringify(value);
    if (text !== undefined) return text;
  } catch (cause) {
    throw cloudEventInvalid(attribute, 'what JSON can say', value, cause);
  }
  throw cloudEventInvalid(attribute, 'what JSON can say', value);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function take(attributes: Attributes, name: string): string | number | boolean | undefined {
  const value = attributes.get(name);
  attributes.delete(name);
  return value;
}

function takeText(attributes: Attributes, name: string): string {
  const value = take(attributes, name);
  if (typeof value === 'string') return value;
  throw cloudEventInvalid(name, 'text', value);
}

function takeJson(attributes: Attributes, name: string): Readonly<Record<string, unknown>> {
  const text = take(attributes, name);
  if (text === undefined) return {};
  try {
    const value: unknown = JSON.parse(String(text));
    if (isRecord(value)) return value;
  } catch {
    // Told below, as any other fault of the attribute.
  }
  throw cloudEventInvalid(name, 'an object as JSON text', text);
}

function readOwnMetadata(attributes: Attributes): Readonly<Record<string, unknown>> {
  const format = take(attributes, FORMAT_ATTRIBUTE);
  if (format !== FORMAT && format !== String(FORMAT))
    throw cloudEventInvalid(FORMAT_ATTRIBUTE, String(FORMAT), format);
  return takeJson(attributes, 'metadata');
}

function readOwnFields(attributes: Attributes): Fields {
  attributes.delete('source');
  const rest = takeJson(attributes, REST_ATTRIBUTE);
  const fields: Fields = {};
  for (const field of textFields)
    readTextField(fields, field, rest[field] ?? take(attributes, TEXT_ATTRIBUTES[field]));
  fields.schemaVersion = readSchemaVersion(rest['schemaVersion'] ?? take(attributes, 'schemaversion'));
  if (rest['occurredAt'] === undefined) fields.occurredAt = takeTime(attributes);
  else fields.occurredAt = Number(rest['occurredAt']);
  // An SDK may have put in the moment of its own making.
  if (rest['occurredAt'] !== undefined) attributes.delete('time');
  return fields;
}

function readTextField(fields: Fields, field: TextField, text: unknown): void {
  if (text === undefined) return;
  if (typeof text !== 'string') throw cloudEventInvalid(TEXT_ATTRIBUTES[field], 'text', text);
  if (field !== 'priority') fields[field] = text;
  else fields.priority = readPriority(text);
}

function readPriority(text: string): Priority {
  const priority = priorities.find((lane) => lane === text);
  if (priority === undefined) throw cloudEventInvalid('priority', priorities.join(', '), text);
  return priority;
}

/** Brokers that know only text deliver integers as such. */
function readSchemaVersion(value: unknown): number {
  const version = typeof value === 'string' && /^\d{1,16}$/.test(value) ? Number(value) : value;
  if (typeof version === 'number' && Number.isSafeInteger(version) && version >= 1) return version;
  throw cloudEventInvalid('schemaversion', 'a whole number of 1 or more', value);
}

function readForeignFields(attributes: Attributes): Fields {
  const fields: Fields = {};
  if (attributes.has('time')) fields.occurredAt = takeTime(attributes);
  const key = attributes.get('partitionkey');
  if (typeof key === 'string' && key !== '') readTextField(fields, 'key', take(attributes, 'partitionkey'));
  for (const field of ['correlationId', 'causationId', 'traceparent'] as const) {
    const name = TEXT_ATTRIBUTES[field];
    const isWellFormed = field === 'traceparent' ? isTraceparent : isEnvelopeText;
    if (isWellFormed(attributes.get(name))) readTextField(fields, field, take(attributes, name));
  }
  return fields;
}

/** Takes the time; where it says more than a millisecond, it stays among the attributes too. */
function takeTime(attributes: Attributes): number {
  const moment = readTime(attributes.get('time'));
  if (moment.isExact) attributes.delete('time');
  return moment.ms;
}

function readOwnData(
  json: Readonly<Record<string, unknown>>,
  attributes: Attributes,
  limits?: CodecOptions,
): unknown {
  const contentType = take(attributes, 'datacontenttype');
  if (contentType !== JSON_TYPE) throw cloudEventInvalid('datacontenttype', JSON_TYPE, contentType);
  if (!Object.hasOwn(json, 'data')) throw cloudEventInvalid('data', 'data', undefined);
  if (isSet(json['data_base64']))
    throw cloudEventInvalid('data_base64', 'data in one form', json['data_base64']);
  return decode(textOf('data', json['data']), limits);
}

function readForeignData(
  json: Readonly<Record<string, unknown>>,
  attributes: Attributes,
  limits?: CodecOptions,
): unknown {
  if (attributes.get('datacontenttype') === JSON_TYPE) attributes.delete('datacontenttype');
  // What looks like a tag there is data of theirs: the way through the codec checks it and leaves it as it is.
  if (!isSet(json['data_base64'])) return decode(encode(json['data'], limits), limits);
  if (isSet(json['data'])) throw cloudEventInvalid('data_base64', 'data in one form', 'data as well');
  const base64 = json['data_base64'];
  const bytes = typeof base64 === 'string' ? fromBase64(base64) : undefined;
  if (bytes === undefined) throw cloudEventInvalid('data_base64', 'base64 with padding', base64);
  return bytes;
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null;
}

/** The event's own metadata, and every attribute that is left. */
function mergeMetadata(own: Readonly<Record<string, unknown>>, left: Attributes): Metadata {
  const entries = new Map<string, string>();
  for (const [key, value] of Object.entries(own)) {
    if (typeof value !== 'string') throw cloudEventInvalid('metadata', `text under ${key}`, value);
    entries.set(key, value);
  }
  for (const [name, value] of left) {
    const key = FOREIGN_PREFIX + name;
    if (entries.has(key) && entries.get(key) !== String(value)) {
      throw cloudEventInvalid(name, `what metadata says under ${key}`, value);
    }
    entries.set(key, String(value));
  }
  return Object.freeze(Object.fromEntries(entries));
}

/** Holds an event from outside to what holds for any envelope. */
function checkFields(envelope: Envelope): void {
  try {
    checkEnvelopeOptions(envelope);
  } catch (cause) {
    if (!(cause instanceof MortarError)) throw cause;
    const field = cause.issues[0]?.path ?? '';
    const textField = textFields.find((name) => name === field);
    const attribute = textField === undefined ? field : TEXT_ATTRIBUTES[textField];
    throw cloudEventInvalid(attribute, cause.expected, undefined, cause);
  }
}
