import type { JsonSchema } from '../../schema.js';

/** A JSON Schema or a part of one: a record of keywords. `true` is read as `{}`, `false` as `NOTHING`. */
export type SchemaNode = JsonSchema;

/** Takes no value. */
export const NOTHING: SchemaNode = Object.freeze({ not: Object.freeze({}) });

const ANYTHING: SchemaNode = Object.freeze({});

/** Keywords that say something about a schema without narrowing it. */
const ANNOTATIONS: ReadonlySet<string> = new Set([
  '$schema',
  '$id',
  '$comment',
  '$defs',
  'definitions',
  'title',
  'description',
  'default',
  'examples',
  'deprecated',
  'readOnly',
  'writeOnly',
]);

/** A part of a schema as a node; anything that is not a schema takes nothing that could be proven, so it is an unknown keyword. */
export function toNode(part: unknown): SchemaNode {
  if (part === undefined || part === true) return ANYTHING;
  if (part === false) return NOTHING;
  return isRecord(part) ? part : { malformed: part };
}

/** Whether a value is an object with keys. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The keywords that narrow. */
export function constraintsOf(node: SchemaNode): readonly string[] {
  return Object.keys(node).filter((keyword) => !ANNOTATIONS.has(keyword));
}

export function takesAnything(node: SchemaNode): boolean {
  return constraintsOf(node).length === 0;
}

/** Whether a node says outright that it takes no value. */
export function takesNothing(node: SchemaNode): boolean {
  return 'not' in node && takesAnything(toNode(node['not']));
}

/**
 * Follows `$ref` within its document. Keywords beside the reference hold as well. `undefined` if it leads nowhere, out of the
 * document, or back to itself.
 */
export function resolve(root: SchemaNode, node: SchemaNode): SchemaNode | undefined {
  let current = node;
  const seen = new Set<unknown>();
  while (current['$ref'] !== undefined) {
    const { $ref, ...beside } = current;
    if (seen.has($ref)) return undefined;
    seen.add($ref);
    const target = lookUp(root, $ref);
    if (target === undefined) return undefined;
    if (!takesAnything(beside)) return { allOf: [target, beside] };
    current = target;
  }
  return current;
}

/** The part of a document that a reference such as `#/$defs/Node` (RFC 6901) leads to. */
function lookUp(root: SchemaNode, reference: unknown): SchemaNode | undefined {
  if (reference === '#') return root;
  if (typeof reference !== 'string' || !reference.startsWith('#/')) return undefined;
  let part: unknown = root;
  for (const token of reference.slice(2).split('/')) {
    const key = unescapeToken(token);
    if (key === undefined || typeof part !== 'object' || part === null || !Object.hasOwn(part, key))
      return undefined;
    part = Reflect.get(part, key);
  }
  return toNode(part);
}

function unescapeToken(token: string): string | undefined {
  try {
    return decodeURIComponent(token).replaceAll('~1', '/').replaceAll('~0', '~');
  } catch {
    return undefined;
  }
}

/** A list under a keyword; empty if there is none. */
export function listOf(node: SchemaNode, keyword: string): readonly unknown[] {
  const list = node[keyword];
  return Array.isArray(list) ? list : [];
}

/** The named parts under a keyword such as `properties`. */
export function partsOf(node: SchemaNode, keyword: string): Readonly<Record<string, unknown>> {
  const parts = node[keyword];
  return isRecord(parts) ? parts : ANYTHING;
}

/** The only values a node takes, where it lists them. */
export function valuesOf(node: SchemaNode): readonly unknown[] | undefined {
  if (Object.hasOwn(node, 'const')) return [node['const']];
  return Array.isArray(node['enum']) ? node['enum'] : undefined;
}

/** All types, in the words of JSON Schema; `integer` is part of `number`. */
export const allTypes = ['null', 'boolean', 'number', 'string', 'array', 'object'] as const;

/** The types a node says that its values have. */
export function typesOf(node: SchemaNode): readonly string[] {
  const { type } = node;
  if (typeof type === 'string') return [type];
  if (Array.isArray(type)) return type.map(String);
  const values = valuesOf(node);
  return values === undefined ? allTypes : [...new Set(values.map(typeOf))];
}

/** The type of a JSON value, in the words of JSON Schema. */
export function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}

/** Whether all values of one type are of another. */
export function isPartOfType(type: string, other: string): boolean {
  return type === other || (type === 'integer' && other === 'number');
}

/** Whether two JSON values are equal, whatever the order of their keys. */
export function isSameJson(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (Array.isArray(one) && Array.isArray(other)) {
    return one.length === other.length && one.every((item, index) => isSameJson(item, other[index]));
  }
  if (!isRecord(one) || !isRecord(other)) return false;
  const keys = Object.keys(one);
  if (keys.length !== Object.keys(other).length) return false;
  return keys.every((key) => Object.hasOwn(other, key) && isSameJson(one[key], other[key]));
}
