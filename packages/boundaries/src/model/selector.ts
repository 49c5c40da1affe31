import type { HexagonalLayer } from '../config/boundary-config.js';
import type { Element } from './element.js';
import { compileGlob } from './glob.js';

/** What a selector is asked about: an element, and a file of it where one is meant. */
export interface Selectable {
  /** The element and those around it, the innermost first. */
  readonly chain: readonly Element[];
  readonly path?: string | undefined;
  readonly layer?: HexagonalLayer | undefined;
}

/** By what something was selected: an element as a whole, or its place in the tree. */
export type Selected = 'element' | 'path';

/** Compiled selectors. */
export type Selector = (one: Selectable) => Selected | undefined;

/** Compiles a list of selectors; one with `!` takes away what those before it selected. */
export function compileSelectors(
  selectors: readonly string[],
  sets: Readonly<Record<string, readonly string[]>>,
): Selector {
  const parts = expandSets(selectors, sets, []).map((text) => {
    const isPositive = !text.startsWith('!');
    return { isPositive, select: compileOne(isPositive ? text : text.slice(1)) };
  });
  return (one) =>
    parts.reduce<Selected | undefined>((selected, { isPositive, select }) => {
      if ((selected !== undefined) === isPositive) return selected;
      const found = select(one);
      if (found === undefined) return selected;
      return isPositive ? found : undefined;
    }, undefined);
}

/** Sets may name sets; one that names itself adds nothing. */
function expandSets(
  selectors: readonly string[],
  sets: Readonly<Record<string, readonly string[]>>,
  inside: readonly string[],
): string[] {
  return selectors.flatMap((selector) => {
    const [, not = '', name] = /^(!?)set:(.*)$/.exec(selector) ?? [];
    if (name === undefined) return [selector];
    if (inside.includes(name) || !Object.hasOwn(sets, name)) return [];
    return expandSets(sets[name] ?? [], sets, [...inside, name]).map((one) => (not === '' ? one : `!${one}`));
  });
}

function compileOne(text: string): Selector {
  const [, kind, rest = ''] = /^(tag|hexagonal|module|package):(.*)$/.exec(text) ?? [];
  const glob = compileGlob(kind === undefined ? text : rest);
  if (kind === 'tag') {
    return ({ chain }) =>
      chain.some(({ tags }) => tags.some((tag) => glob.match(tag) !== undefined)) ? 'element' : undefined;
  }
  if (kind === 'hexagonal')
    return ({ layer }) => (layer !== undefined && glob.match(layer) ? 'path' : undefined);
  const isKind = (element: Element): boolean => kind === undefined || element.kind === kind;
  return ({ chain, path }) => {
    if (chain.some((element) => isKind(element) && glob.match(element.id) !== undefined)) return 'element';
    if (kind !== undefined) return undefined;
    if (chain.some(({ folder }) => glob.match(folder) !== undefined)) return 'element';
    return path !== undefined && glob.match(path) !== undefined ? 'path' : undefined;
  };
}
