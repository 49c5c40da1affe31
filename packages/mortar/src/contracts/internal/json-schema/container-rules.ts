import {
  type Change,
  type CompareParts,
  type Comparison,
  change,
  inside,
  type Place,
  propertySegment,
} from './comparison.js';
import { listOf, partsOf, type SchemaNode, takesAnything, takesNothing, toNode } from './node.js';

/** Whether every written object is accepted, as far as keywords of objects go. */
export function compareObjects(
  comparison: Comparison,
  written: SchemaNode,
  accepted: SchemaNode,
  place: Place,
  compare: CompareParts,
): Change[] {
  return [
    ...compareRequired(comparison, written, accepted, place),
    ...compareProperties(comparison, written, accepted, place, compare),
    ...compareAdditional(comparison, written, accepted, place, compare),
    ...compareNames(comparison, written, accepted, place, compare),
    ...compareCounts(comparison, written, accepted, place),
  ];
}

function compareRequired(
  comparison: Comparison,
  written: SchemaNode,
  accepted: SchemaNode,
  place: Place,
): Change[] {
  const certain = new Set(listOf(written, 'required'));
  return listOf(accepted, 'required').flatMap((name) => {
    if (certain.has(name)) return [];
    return change(
      comparison,
      inside(place, propertySegment(String(name))),
      'required',
      'lack it',
      'requires',
    );
  });
}

function compareProperties(
  comparison: Comparison,
  written: SchemaNode,
  accepted: SchemaNode,
  place: Place,
  compare: CompareParts,
): Change[] {
  const ours = propertiesOf(written);
  const extra = extraOf(written);
  return Object.entries(partsOf(accepted, 'properties')).flatMap(([name, part]) => {
    const own = ours.get(name) ?? extra;
    return own === undefined ? [] : compare(comparison, own, part, inside(place, propertySegment(name)));
  });
}

/** The properties that written objects are known to have, among them those that are required and no more is said of. */
function propertiesOf(written: SchemaNode): ReadonlyMap<string, unknown> {
  const undescribed = listOf(written, 'required').map((name) => [String(name), true] as const);
  return new Map<string, unknown>([...undescribed, ...Object.entries(partsOf(written, 'properties'))]);
}

/**
 * What properties beyond the declared ones hold; `undefined` where there are none.
 * A schema that does not say is taken to write no others: types allow none, and schema libraries strip them.
 */
function extraOf(written: SchemaNode): SchemaNode | undefined {
  if (Object.keys(partsOf(written, 'patternProperties')).length > 0) return toNode(true);
  const { additionalProperties, unevaluatedProperties } = written;
  const said = additionalProperties ?? unevaluatedProperties;
  return said === undefined || takesNothing(toNode(said)) ? undefined : toNode(said);
}

function compareAdditional(
  comparison: Comparison,
  written: SchemaNode,
  accepted: SchemaNode,
  place: Place,
  compare: CompareParts,
): Change[] {
  const part = accepted['additionalProperties'];
  if (part === undefined || (part === false && !comparison.isClosed)) return [];
  const target = toNode(part);
  const known = partsOf(accepted, 'properties');
  const changes = [...propertiesOf(written)].flatMap(([name, own]) => {
    if (Object.hasOwn(known, name) || takesNothing(toNode(own))) return [];
    const there = inside(place, propertySegment(name));
    if (takesNothing(target)) return change(comparison, there, 'additionalProperties', 'have it');
    return compare(comparison, own, target, there);
  });
  return [...changes, ...compareExtra(comparison, written, target, place, compare)];
}

function compareExtra(
  comparison: Comparison,
  written: SchemaNode,
  target: SchemaNode,
  place: Place,
  compare: CompareParts,
): Change[] {
  if (takesAnything(target)) return [];
  const extra = extraOf(written);
  if (extra !== undefined && !takesNothing(target))
    return compare(comparison, extra, target, inside(place, '.*'));
  // Here the assumption of `extraOf` is not enough: what was stripped so far would now be refused.
  const isOpen = extra !== undefined || written['additionalProperties'] === undefined;
  return isOpen ? change(comparison, place, 'additionalProperties', 'have other properties') : [];
}

function compareNames(
  comparison: Comparison,
  written: SchemaNode,
  accepted: SchemaNode,
  place: Place,
  compare: CompareParts,
): Change[] {
  if (accepted['propertyNames'] === undefined) return [];
  const target = toNode(accepted['propertyNames']);
  const changes = [...propertiesOf(written).keys()].flatMap((name) => {
    return compare(comparison, { const: name }, target, inside(place, propertySegment(name)));
  });
  if (written['additionalProperties'] === false && extraOf(written) === undefined) return changes;
  const names =
    written['propertyNames'] === undefined
      ? { type: 'string' }
      : { type: 'string', allOf: [written['propertyNames']] };
  return [...changes, ...compare(comparison, names, target, inside(place, '.*'))];
}

function compareCounts(
  comparison: Comparison,
  written: SchemaNode,
  accepted: SchemaNode,
  place: Place,
): Change[] {
  const changes: Change[] = [];
  const least = Math.max(numberOr(written['minProperties'], 0), new Set(listOf(written, 'required')).size);
  const closed = written['additionalProperties'] === false && extraOf(written) === undefined;
  const declared = closed ? Object.keys(partsOf(written, 'properties')).length : Number.POSITIVE_INFINITY;
  const most = Math.min(numberOr(written['maxProperties'], Number.POSITIVE_INFINITY), declared);
  if (accepted['minProperties'] !== undefined && !(least >= Number(accepted['minProperties']))) {
    changes.push(...change(comparison, place, 'minProperties', 'have fewer properties'));
  }
  if (accepted['maxProperties'] !== undefined && !(most <= Number(accepted['maxProperties']))) {
    changes.push(...change(comparison, place, 'maxProperties', 'have more properties'));
  }
  return changes;
}

/** Whether every written array is accepted, as far as keywords of arrays go. */
export function compareArrays(
  comparison: Comparison,
  written: SchemaNode,
  accepted: SchemaNode,
  place: Place,
  compare: CompareParts,
): Change[] {
  const most = mostItems(written);
  const changes: Change[] = [];
  if (
    accepted['minItems'] !== undefined &&
    !(numberOr(written['minItems'], 0) >= Number(accepted['minItems']))
  ) {
    changes.push(...change(comparison, place, 'minItems', 'have fewer elements'));
  }
  if (accepted['maxItems'] !== undefined && !(most <= Number(accepted['maxItems']))) {
    changes.push(...change(comparison, place, 'maxItems', 'have more elements'));
  }
  if (accepted['uniqueItems'] === true && written['uniqueItems'] !== true && most > 1) {
    changes.push(...change(comparison, place, 'uniqueItems', 'have equal elements'));
  }
  return [...changes, ...compareElements(comparison, written, accepted, place, compare)];
}

/** Element by element as far as either side names them singly, then the rest against the rest. */
function compareElements(
  comparison: Comparison,
  written: SchemaNode,
  accepted: SchemaNode,
  place: Place,
  compare: CompareParts,
): Change[] {
  const most = mostItems(written);
  const named = Math.max(listOf(written, 'prefixItems').length, listOf(accepted, 'prefixItems').length);
  const changes: Change[] = [];
  for (let index = 0; index < Math.min(named, most); index += 1) {
    const there = inside(place, `[${index}]`);
    changes.push(...compare(comparison, elementAt(written, index), elementAt(accepted, index), there));
  }
  if (most <= named) return changes;
  return [...changes, ...compare(comparison, written['items'], accepted['items'], inside(place, '[]'))];
}

function elementAt(node: SchemaNode, index: number): unknown {
  const prefix = listOf(node, 'prefixItems');
  return index < prefix.length ? prefix[index] : node['items'];
}

/** The most elements that written arrays have. */
function mostItems(written: SchemaNode): number {
  const most = numberOr(written['maxItems'], Number.POSITIVE_INFINITY);
  const isTuple = written['items'] !== undefined && takesNothing(toNode(written['items']));
  return isTuple ? Math.min(most, listOf(written, 'prefixItems').length) : most;
}

function numberOr(value: unknown, otherwise: number): number {
  return typeof value === 'number' ? value : otherwise;
}
