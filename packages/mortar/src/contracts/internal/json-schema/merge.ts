import { isRecord, isSameJson, listOf, partsOf, type SchemaNode, toNode } from './node.js';

/**
 * A node that takes every value that both nodes take, and perhaps more: where two keywords do not combine, one is dropped.
 * So it may stand for the values that are written, never for those that are accepted.
 */
export function mergeWritten(one: SchemaNode, other: SchemaNode): SchemaNode {
  const merged: Record<string, unknown> = { ...one };
  for (const [keyword, value] of Object.entries(other)) {
    if (!Object.hasOwn(one, keyword)) merged[keyword] = value;
    else if (!isSameJson(one[keyword], value)) merged[keyword] = combine(keyword, one, other);
  }
  return merged;
}

function combine(keyword: string, one: SchemaNode, other: SchemaNode): unknown {
  switch (keyword) {
    case 'required':
      return [...new Set([...listOf(one, keyword), ...listOf(other, keyword)])];
    case 'properties':
      return mergeProperties(partsOf(one, keyword), partsOf(other, keyword));
    case 'additionalProperties':
      return other[keyword] === false ? false : one[keyword];
    case 'allOf':
    case 'pattern':
      return [one[keyword], other[keyword]].flat();
    case 'minLength':
    case 'minItems':
    case 'minimum':
    case 'exclusiveMinimum':
      return tighter(Math.max, one[keyword], other[keyword]);
    case 'maxLength':
    case 'maxItems':
    case 'maximum':
    case 'exclusiveMaximum':
      return tighter(Math.min, one[keyword], other[keyword]);
    default:
      return one[keyword];
  }
}

function tighter(pick: (a: number, b: number) => number, one: unknown, other: unknown): unknown {
  return typeof one === 'number' && typeof other === 'number' ? pick(one, other) : one;
}

function mergeProperties(
  one: Readonly<Record<string, unknown>>,
  other: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const merged = new Map(Object.entries(one));
  for (const [name, node] of Object.entries(other)) {
    merged.set(name, Object.hasOwn(one, name) ? { allOf: [one[name], node] } : node);
  }
  return Object.fromEntries(merged);
}

/** A node without `allOf`, merged of its members. The resolver follows references; `undefined` where one leads nowhere. */
export function flattenWritten(
  node: SchemaNode,
  follow: (node: SchemaNode) => SchemaNode | undefined,
): SchemaNode | undefined {
  let current = node;
  // Each round takes one layer of allOf off; a document that nests them without end is given up.
  for (let round = 0; round < 100; round += 1) {
    const { allOf, ...rest } = current;
    if (allOf === undefined) return current;
    if (!Array.isArray(allOf)) return undefined;
    current = rest;
    for (const member of allOf) {
      const followed = follow(toNode(member));
      if (followed === undefined || !isRecord(followed)) return undefined;
      current = mergeWritten(current, followed);
    }
  }
  return undefined;
}
