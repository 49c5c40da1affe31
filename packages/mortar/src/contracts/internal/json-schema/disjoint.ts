import {
  isPartOfType,
  isSameJson,
  listOf,
  partsOf,
  resolve,
  type SchemaNode,
  takesNothing,
  toNode,
  typesOf,
  valuesOf,
} from './node.js';

const MAX_DEPTH = 8;

/** A part of a document, and the document that its references point into. */
export interface Rooted {
  readonly root: SchemaNode;
  readonly node: SchemaNode;
}

/** Whether it is certain that no value is taken by both nodes. */
export function areDisjoint(one: Rooted, other: Rooted, depth = 0): boolean {
  const first = resolve(one.root, one.node);
  const second = resolve(other.root, other.node);
  if (first === undefined || second === undefined || depth > MAX_DEPTH) return false;
  if (takesNothing(first) || takesNothing(second) || haveDisjointTypes(first, second)) return true;
  if (haveDisjointValues(first, second)) return true;
  const a = { root: one.root, node: first };
  const b = { root: other.root, node: second };
  return (
    isDisjointInVariants(a, b, depth) ||
    isDisjointInVariants(b, a, depth) ||
    haveDisjointProperties(a, b, depth)
  );
}

function haveDisjointTypes(one: SchemaNode, other: SchemaNode): boolean {
  const others = typesOf(other);
  return typesOf(one).every((type) => {
    return others.every((otherType) => !isPartOfType(type, otherType) && !isPartOfType(otherType, type));
  });
}

function haveDisjointValues(one: SchemaNode, other: SchemaNode): boolean {
  const values = valuesOf(one);
  const others = valuesOf(other);
  if (values === undefined || others === undefined) return false;
  return values.every((value) => !others.some((otherValue) => isSameJson(value, otherValue)));
}

function isDisjointInVariants(one: Rooted, other: Rooted, depth: number): boolean {
  return ['anyOf', 'oneOf'].some((keyword) => {
    const variants = listOf(one.node, keyword);
    if (variants.length === 0) return false;
    return variants.every((variant) =>
      areDisjoint({ root: one.root, node: toNode(variant) }, other, depth + 1),
    );
  });
}

/** Objects differ if a property that one of them must have can have no value that suits both. */
function haveDisjointProperties(one: Rooted, other: Rooted, depth: number): boolean {
  const isObject = [one, other].some(({ node }) => node['type'] === 'object');
  if (!isObject) return false;
  const ones = partsOf(one.node, 'properties');
  const others = partsOf(other.node, 'properties');
  const required = new Set([...listOf(one.node, 'required'), ...listOf(other.node, 'required')].map(String));
  return [...required].some((name) => {
    if (!Object.hasOwn(ones, name) || !Object.hasOwn(others, name)) return false;
    const first = { root: one.root, node: toNode(ones[name]) };
    return areDisjoint(first, { root: other.root, node: toNode(others[name]) }, depth + 1);
  });
}
