import type { JsonSchema } from '../../schema.js';
import { type Change, type Comparison, change, type Place } from './comparison.js';
import { compareArrays, compareObjects } from './container-rules.js';
import { areDisjoint } from './disjoint.js';
import { flattenWritten, mergeWritten } from './merge.js';
import {
  constraintsOf,
  isPartOfType,
  isRecord,
  isSameJson,
  listOf,
  resolve,
  type SchemaNode,
  takesAnything,
  takesNothing,
  toNode,
  typeOf,
  typesOf,
  valuesOf,
} from './node.js';
import { compareNumbers, compareStrings } from './scalar-rules.js';

const MAX_STEPS = 20_000;
const MAX_LEVEL = 100;

/** Keywords of an accepting schema that this comparison understands. Any other is a change, since nothing proves it harmless. */
const UNDERSTOOD: ReadonlySet<string> = new Set([
  ...['$ref', 'type', 'enum', 'const', 'not', 'anyOf', 'oneOf', 'allOf'],
  ...['minLength', 'maxLength', 'pattern', 'format', 'contentEncoding', 'contentMediaType', 'contentSchema'],
  ...['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
  ...['properties', 'required', 'additionalProperties', 'propertyNames', 'minProperties', 'maxProperties'],
  ...['items', 'prefixItems', 'minItems', 'maxItems', 'uniqueItems'],
]);

/**
 * Why not every value that `written` allows is taken by `accepted`; empty only if that is proven.
 * Values are JSON, references stay within each document, and patterns are compared as text.
 */
export function compareSchemas(
  written: JsonSchema,
  accepted: JsonSchema,
  path: string,
  words: Comparison['words'],
  isClosed: boolean,
): Change[] {
  if (isSameJson(written, accepted)) return [];
  const comparison: Comparison = { written, accepted, words, isClosed, assumed: new Map(), steps: 0 };
  return withoutRepeats(compareParts(comparison, written, accepted, { path, level: 0 }));
}

function withoutRepeats(changes: readonly Change[]): Change[] {
  return [...new Map(changes.map((item) => [JSON.stringify(item), item])).values()];
}

function compareParts(comparison: Comparison, written: unknown, accepted: unknown, place: Place): Change[] {
  comparison.steps += 1;
  if (comparison.steps > MAX_STEPS || place.level > MAX_LEVEL) {
    return change(comparison, place, 'too-complex', 'be more than can be compared', 'may refuse');
  }
  const from = toNode(written);
  const to = toNode(accepted);
  if (isSameJson(from, to) && !hasReference(from)) return [];
  const isRecursive = from['$ref'] !== undefined || to['$ref'] !== undefined;
  return isRecursive ? compareOnce(comparison, from, to, place) : compareNodes(comparison, from, to, place);
}

/** Whether anything in a node may mean something else in another document. */
function hasReference(node: SchemaNode): boolean {
  return /"\$(?:ref|dynamicRef|recursiveRef)":/.test(JSON.stringify(node));
}

/**
 * A pair met again inside its own comparison holds if the comparison does: values are finite, and each round is about a
 * smaller part of one. Without a step into the value between, it would prove itself.
 */
function compareOnce(
  comparison: Comparison,
  written: SchemaNode,
  accepted: SchemaNode,
  place: Place,
): Change[] {
  const pair = JSON.stringify([written, accepted]);
  const level = comparison.assumed.get(pair);
  if (level !== undefined && place.level > level) return [];
  if (level !== undefined) return change(comparison, place, '$ref', 'refer to itself', 'cannot follow');
  comparison.assumed.set(pair, place.level);
  const changes = compareNodes(comparison, written, accepted, place);
  comparison.assumed.delete(pair);
  return changes;
}

function compareNodes(
  comparison: Comparison,
  written: SchemaNode,
  accepted: SchemaNode,
  place: Place,
): Change[] {
  const to = resolve(comparison.accepted, accepted);
  if (to === undefined) return change(comparison, place, '$ref', 'be anything', 'points nowhere for');
  if (takesAnything(to)) return [];
  const from = resolveWritten(comparison, written);
  if (from === undefined)
    return change(comparison, place, '$ref', 'be what no reference leads to', 'may refuse');
  if (takesNothing(from)) return [];
  const variants = variantsOf(comparison, from);
  if (variants !== undefined)
    return variants.flatMap((variant) => compareParts(comparison, variant, to, place));
  return compareToAll(comparison, from, to, place);
}

function resolveWritten(comparison: Comparison, node: SchemaNode): SchemaNode | undefined {
  const follow = (part: SchemaNode): SchemaNode | undefined => resolve(comparison.written, part);
  const followed = follow(node);
  return followed === undefined ? undefined : flattenWritten(followed, follow);
}

/** A written union, taken apart: each variant with what holds beside the union. */
function variantsOf(comparison: Comparison, node: SchemaNode): readonly unknown[] | undefined {
  for (const keyword of ['anyOf', 'oneOf']) {
    const variants = listOf(node, keyword);
    if (variants.length === 0) continue;
    const { [keyword]: _, ...beside } = node;
    return variants.map((variant) => {
      const followed = resolveWritten(comparison, toNode(variant));
      // A variant that leads nowhere is still what the reference says, and ends the comparison there.
      return followed === undefined ? variant : mergeWritten(followed, beside);
    });
  }
  return undefined;
}

/** The keywords of the accepting side that stand for others, then those that say something themselves. */
function compareToAll(
  comparison: Comparison,
  written: SchemaNode,
  accepted: SchemaNode,
  place: Place,
): Change[] {
  const { allOf, anyOf, oneOf, ...own } = accepted;
  const changes = listOf(accepted, 'allOf').flatMap((part) => compareParts(comparison, written, part, place));
  if (allOf !== undefined && !Array.isArray(allOf)) changes.push(...unproven(comparison, place, 'allOf'));
  const missing = missingTypes(written, own);
  if (missing.length > 0) {
    return [...changes, ...change(comparison, place, 'type', `be of type ${missing.join(', ')}`)];
  }
  const singles = singlesOf(written);
  if (singles.length === 0) return [...changes, ...unproven(comparison, place, 'type')];
  for (const single of singles) {
    if (anyOf !== undefined) changes.push(...compareToUnion(comparison, single, accepted, 'anyOf', place));
    if (oneOf !== undefined) changes.push(...compareToUnion(comparison, single, accepted, 'oneOf', place));
    changes.push(...compareSingle(comparison, single, own, place));
  }
  return changes;
}

/** The written types that the accepting side does not take. */
function missingTypes(written: SchemaNode, accepted: SchemaNode): readonly string[] {
  if (accepted['type'] === undefined) return [];
  const taken = typesOf(accepted);
  const isWhole = areWholeNumbers(written);
  return typesOf(written).filter((type) => {
    return !taken.some(
      (other) => isPartOfType(type, other) || (isWhole && type === 'number' && other === 'integer'),
    );
  });
}

function areWholeNumbers(written: SchemaNode): boolean {
  const values = valuesOf(written);
  if (values !== undefined)
    return values.every((value) => typeof value !== 'number' || Number.isInteger(value));
  return Number.isSafeInteger(written['multipleOf']);
}

/** A written node taken apart into single values, where it lists them, else into single types. */
function singlesOf(written: SchemaNode): readonly SchemaNode[] {
  const values = valuesOf(written);
  if (values !== undefined) return values.map((value) => ({ ...describeConst(value), const: value }));
  return typesOf(written).flatMap((type) => {
    if (type === 'null') return [{ type, const: null }];
    if (type === 'boolean') return [true, false].map((value) => ({ type, const: value }));
    return [{ ...written, type }];
  });
}

/** What a schema of a container would say that takes this value alone. */
function describeConst(value: unknown): SchemaNode {
  const type = typeOf(value);
  if (Array.isArray(value)) {
    const prefixItems = value.map((item) => ({ const: item }));
    return { type, prefixItems, items: false, minItems: value.length };
  }
  if (!isRecord(value)) return { type };
  const entries = Object.entries(value);
  const properties = Object.fromEntries(entries.map(([key, item]) => [key, { const: item }]));
  return { type, properties, required: entries.map(([key]) => key), additionalProperties: false };
}

function compareToUnion(
  comparison: Comparison,
  written: SchemaNode,
  accepted: SchemaNode,
  keyword: 'anyOf' | 'oneOf',
  place: Place,
): Change[] {
  const from = { root: comparison.written, node: written };
  const isPossible = (variant: unknown): boolean => {
    return !areDisjoint(from, { root: comparison.accepted, node: toNode(variant) });
  };
  const possible = listOf(accepted, keyword).filter(isPossible);
  // Exactly one may match; where others cannot be ruled out, none is certain.
  if (keyword === 'oneOf' && possible.length > 1) {
    return change(comparison, place, keyword, 'match more than one variant');
  }
  let faults: Change[] = [];
  for (const variant of possible) {
    faults = compareParts(comparison, written, variant, place);
    if (faults.length === 0) return [];
  }
  if (possible.length === 1) return faults;
  return change(comparison, place, keyword, `be ${nameOf(written)} that fits no variant`);
}

function nameOf(written: SchemaNode): string {
  const values = valuesOf(written);
  return values === undefined ? `of type ${typesOf(written).join(', ')}` : JSON.stringify(values[0]);
}

function compareSingle(
  comparison: Comparison,
  written: SchemaNode,
  accepted: SchemaNode,
  place: Place,
): Change[] {
  const changes = constraintsOf(accepted)
    .filter((keyword) => !UNDERSTOOD.has(keyword))
    .flatMap((keyword) => unproven(comparison, place, keyword));
  changes.push(...compareValues(comparison, written, accepted, place));
  const { not } = accepted;
  const isApart = (): boolean => {
    return areDisjoint(
      { root: comparison.written, node: written },
      { root: comparison.accepted, node: toNode(not) },
    );
  };
  if (not !== undefined && !isApart())
    changes.push(...change(comparison, place, 'not', 'be what is excluded'));
  return [...changes, ...compareByType(comparison, written, accepted, place)];
}

function unproven(comparison: Comparison, place: Place, keyword: string): Change[] {
  return change(
    comparison,
    place,
    keyword,
    `break ${JSON.stringify(keyword)}`,
    'says and this comparison cannot judge',
  );
}

function compareValues(
  comparison: Comparison,
  written: SchemaNode,
  accepted: SchemaNode,
  place: Place,
): Change[] {
  const rule = Object.hasOwn(accepted, 'const') ? 'const' : 'enum';
  const taken = valuesOf(accepted);
  if (taken === undefined) {
    return accepted['enum'] === undefined ? [] : unproven(comparison, place, 'enum');
  }
  const values = valuesOf(written);
  if (values === undefined) return change(comparison, place, rule, 'have values beyond those listed');
  return values
    .filter((value) => !taken.some((other) => isSameJson(value, other)))
    .flatMap((value) => change(comparison, place, rule, `be ${JSON.stringify(value)}`));
}

function compareByType(
  comparison: Comparison,
  written: SchemaNode,
  accepted: SchemaNode,
  place: Place,
): Change[] {
  switch (written['type']) {
    case 'string':
      return compareStrings(comparison, written, accepted, place);
    case 'integer':
    case 'number':
      return compareNumbers(comparison, written, accepted, place);
    case 'object':
      return compareObjects(comparison, written, accepted, place, compareParts);
    case 'array':
      return compareArrays(comparison, written, accepted, place, compareParts);
    case 'boolean':
    case 'null':
      return [];
    default:
      return change(comparison, place, 'type', `be of type ${String(written['type'])}`, 'does not know');
  }
}
