import type { DraftBinding } from '../draft.js';

/**
 * What a name stands for that loads files by their paths: `require`, of this file or from the place of another, and `createRequire`,
 * which makes one; `fork`, or `child_process` that has it; `module`, that has `_load`; a tool of tests, that loads a file with other
 * things in place of its imports.
 */
export type Loader =
  | 'require'
  | 'requireElsewhere'
  | 'createRequire'
  | 'fork'
  | 'processes'
  | 'modules'
  | 'tool';

interface LoaderModule {
  /** Of the module as a whole, and of its default. */
  readonly whole: Loader;
  readonly named: ReadonlyMap<string, Loader>;
}

const processes: LoaderModule = { whole: 'processes', named: new Map([['fork', 'fork']]) };
const modules: LoaderModule = { whole: 'modules', named: new Map([['Module', 'modules']]) };
const tool: LoaderModule = { whole: 'tool', named: new Map() };
const loaderModules: ReadonlyMap<string, LoaderModule> = new Map([
  ['child_process', processes],
  ['node:child_process', processes],
  ['module', modules],
  ['node:module', modules],
  ['proxyquire', tool],
  ['rewire', tool],
  ['esmock', tool],
]);

const LOOK_BACK = 200;
/** What is given a value: a name, with or without a type, or names in braces. */
const given = /(?:([A-Za-z_$][\w$]*)|\{([^{}]*)\})\s*(?::[^=;(){}]*)?=\s*$/;
const loading = /(?:\bawait\s+)?\b(?:require|import)\s*\(\s*$/;
const inBraces = /^\s*([\w$]+)\s*(?::\s*([A-Za-z_$][\w$]*))?/;

/** The names that an import of this module gives to loaders. */
export function importedLoaders(
  specifier: string,
  bindings: readonly Pick<DraftBinding, 'imported' | 'local'>[],
): readonly (readonly [local: string, loader: Loader])[] {
  const found = loaderModules.get(specifier);
  if (found === undefined) return [];
  return bindings.flatMap(({ imported, local }) => {
    const isWhole = imported === '*' || imported === 'default';
    const loader = isWhole ? found.whole : found.named.get(imported);
    return loader === undefined ? [] : [[local, loader] as const];
  });
}

/** The same of `require('…')` or `import('…')`, by what stands before the specifier. */
export function requiredLoaders(
  specifier: string,
  text: string,
  offset: number,
): readonly (readonly [local: string, loader: Loader])[] {
  if (!loaderModules.has(specifier)) return [];
  const before = text.slice(Math.max(0, offset - LOOK_BACK), offset);
  const call = loading.exec(before);
  return call === null ? [] : importedLoaders(specifier, bindingsOf(before.slice(0, call.index)));
}

/** The names that are given `fork` by taking it out of what has it: `const { fork: start } = processes`. The text ends before that. */
export function unpackedForks(before: string): readonly string[] {
  return bindingsOf(before).flatMap(({ imported, local }) => (imported === 'fork' ? [local] : []));
}

/** The name that is given what stands after the text: `const start = `. */
export function nameGiven(before: string): string | undefined {
  return given.exec(before.slice(-LOOK_BACK))?.[1];
}

function bindingsOf(before: string): readonly { readonly imported: string; readonly local: string }[] {
  const [, whole, names] = given.exec(before.slice(-LOOK_BACK)) ?? [];
  if (whole !== undefined) return [{ imported: '*', local: whole }];
  return (names ?? '').split(',').flatMap((one) => {
    const [, imported, local = imported] = inBraces.exec(one) ?? [];
    return imported === undefined || local === undefined ? [] : [{ imported, local }];
  });
}
