import { capturesOf } from '../model/glob.js';
import type { ConfigFile } from './config-shape.js';
import type { ShapeFault } from './shape.js';

/** What is right by itself but not together. */
export function inconsistencies(file: ConfigFile): ShapeFault[] {
  return [
    ...emptyRules(file),
    ...unknownCaptures(file),
    ...unknownSets(file),
    ...circularSets(file),
    ...(isOutside(file.baseline ?? '')
      ? [{ path: ['baseline'], message: 'a path within the root is expected' }]
      : []),
  ];
}

function* emptyRules({ dependencies = [], packages = [] }: ConfigFile): Generator<ShapeFault> {
  for (const [index, { allow, deny, require }] of dependencies.entries()) {
    if (allow !== undefined || deny !== undefined || require !== undefined) continue;
    yield { path: ['dependencies', index], message: 'one of allow, deny and require is needed' };
  }
  for (const [index, { allow, deny }] of packages.entries()) {
    if (allow !== undefined || deny !== undefined) continue;
    yield { path: ['packages', index], message: 'one of allow and deny is needed' };
  }
}

/** A capture that a path does not have would stand for nothing, and make one module of all that it matches. */
function* unknownCaptures({ modules = [] }: ConfigFile): Generator<ShapeFault> {
  for (const [index, { name = '', paths }] of modules.entries()) {
    const numbers = [...name.matchAll(/\{(\d{1,3})\}/g)].map(([, number]) => Number(number));
    for (const path of paths) {
      const captures = capturesOf(path);
      const wrong = numbers.find((number) => number < 1 || number > captures);
      if (wrong === undefined) continue;
      const has = captures === 1 ? 'one *' : `${captures === 0 ? 'no' : captures} *`;
      yield { path: ['modules', index, 'name'], message: `{${wrong}} is named, and ${path} has ${has}` };
    }
  }
}

function* unknownSets(file: ConfigFile): Generator<ShapeFault> {
  const sets = new Set(Object.keys(file.sets ?? {}));
  for (const { selectors, path } of selectorsOf(file)) {
    for (const [index, selector] of selectors.entries()) {
      const set = setOf(selector);
      if (set !== undefined && !sets.has(set))
        yield { path: [...path, index], message: `set:${set} is named, and sets has no ${set}` };
    }
  }
}

function* circularSets({ sets = {} }: ConfigFile): Generator<ShapeFault> {
  const named = new Map(
    Object.entries(sets).map(([name, selectors]) => [name, selectors.flatMap((one) => setOf(one) ?? [])]),
  );
  for (const name of named.keys()) {
    const reached = new Set<string>();
    const open = [...(named.get(name) ?? [])];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (reached.has(next)) continue;
      reached.add(next);
      open.push(...(named.get(next) ?? []));
    }
    if (reached.has(name)) yield { path: ['sets', name], message: `set:${name} is made of itself` };
  }
}

/** The sets that a selector names. */
export function setsNamed(file: ConfigFile): ReadonlySet<string> {
  return new Set(selectorsOf(file).flatMap(({ selectors }) => selectors.flatMap((one) => setOf(one) ?? [])));
}

function setOf(selector: string): string | undefined {
  return /^!?set:(.*)$/.exec(selector)?.[1];
}

interface SelectorList {
  readonly selectors: readonly string[];
  readonly path: ShapeFault['path'];
}

function selectorsOf(file: ConfigFile): SelectorList[] {
  const { sets = {}, tags = [], layers = [], dependencies = [], packages = [], exceptions = [] } = file;
  return [
    ...Object.entries(sets).map(([name, selectors]) => ({ selectors, path: ['sets', name] })),
    ...tags.map(({ select }, index) => ({ selectors: select, path: ['tags', index, 'select'] })),
    ...layers.flatMap(({ order }, index) =>
      order.map((selectors, level) => ({ selectors, path: ['layers', index, 'order', level] })),
    ),
    ...dependencies.flatMap((rule, index) =>
      (['from', 'allow', 'deny', 'require'] as const).map((key) => ({
        selectors: rule[key] ?? [],
        path: ['dependencies', index, key],
      })),
    ),
    ...packages.map(({ from }, index) => ({ selectors: from, path: ['packages', index, 'from'] })),
    ...exceptions.flatMap((exception, index) =>
      (['from', 'to'] as const).map((key) => ({
        selectors: exception[key] ?? [],
        path: ['exceptions', index, key],
      })),
    ),
  ];
}

function isOutside(path: string): boolean {
  return /^([/\\]|[A-Za-z]:)/.test(path) || path.split(/[/\\]/).includes('..');
}
