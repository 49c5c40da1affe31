import type { Node } from 'jsonc-parser';
import type { Place } from '../graph/project-graph.js';
import { Places } from '../scan/tokens/places.js';
import { isTooDeep, loadJsonc } from './json.js';

/** The keys and numbers that lead to something in JSON. */
export type JsonPath = readonly (string | number)[];

/**
 * Finds where things stand in a text of JSON with comments, without its byte order mark: the key where there is one, else the value;
 * of what is not there, the nearest thing around it. Nothing where the text is no JSON.
 */
export function jsonPlaces(text: string): (path: JsonPath) => Place | undefined {
  const tree = isTooDeep(text) ? undefined : loadJsonc().parseTree(text, [], { allowTrailingComma: true });
  if (tree === undefined) return () => undefined;
  const places = new Places(text);
  return (path) => places.at(nearestNode(tree, path).offset);
}

/** What a path leads to in a tree, with its key; or what is nearest around it. */
export function nearestNode(tree: Node, path: JsonPath): Node {
  const { findNodeAtLocation } = loadJsonc();
  for (let length = path.length; length > 0; length -= 1) {
    const node = findNodeAtLocation(tree, path.slice(0, length));
    if (node !== undefined) return node.parent?.type === 'property' ? node.parent : node;
  }
  return tree;
}

/** A path as people write it: `layers[0].order[1]`. */
export function dotted(path: JsonPath): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text === '' ? part : `${text}.${part}`;
  }, '');
}
