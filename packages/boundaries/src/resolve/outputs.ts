import { joinPath } from '../files/paths.js';
import type { CompilerOptions } from './tsconfig.js';

const outputNames: ReadonlySet<string> = new Set([
  'dist',
  'lib',
  'build',
  'out',
  'output',
  'esm',
  'cjs',
  'es',
  'types',
  'umd',
  'module',
  'mjs',
  'commonjs',
  'typings',
  '_esm',
  '_cjs',
  '_types',
  'dist-types',
]);
const sourceFolders = ['src/', '', 'source/', 'lib/'];
/** What the file is called that all of a package is made from. */
const entryNames = ['index', 'main'];

/**
 * Where the source of something built may be, the likeliest first: by `outDir` and `rootDir`, else by what folders are usually
 * called. `path` is from the root, in the package in `folder`.
 */
export function sourcesOf(
  path: string,
  folder: string,
  options: readonly CompilerOptions[],
): readonly string[] {
  const found: string[] = [path];
  for (const { outDir, rootDir, folder: own } of options) {
    if (outDir === undefined || outDir === '' || !path.startsWith(`${outDir}/`)) continue;
    const rest = path.slice(outDir.length + 1);
    for (const root of rootDir === undefined ? [joinPath(own, 'src'), own] : [rootDir]) {
      const source = root === undefined ? undefined : joinPath(root, rest);
      if (source !== undefined) found.push(source);
    }
  }
  const inner = folder === '' ? path : path.slice(folder.length + 1);
  for (const rest of withoutOutputFolders(inner)) {
    for (const source of sourceFolders) found.push(joinPath(folder, source + rest) ?? '');
  }
  // Whatever the ending of an output is, that of its source is found by its name alone.
  return [...new Set(found.flatMap((one) => [one, one.replace(/(?:\.d)?\.[mc]?[jt]sx?$/, '')]))].filter(
    (one) => one !== '',
  );
}

/** What of a path is within the folders that it begins with and outputs are in. */
function withoutOutputFolders(path: string): readonly string[] {
  const names = path.split('/');
  const end = names.findIndex((name, index) => index === names.length - 1 || !outputNames.has(name));
  return Array.from({ length: end }, (_, index) => names.slice(index + 1).join('/'));
}

/**
 * The entries of the package in `folder` that an output may be made of, where none is called as it is: `index.js` and `main.js` of
 * either, and so is what bears the name of the package, as Vite has it, `ui.js` or `ui.umd.cjs` of `@acme/ui`.
 */
export function entriesBehind(path: string, folder: string, name: string | undefined): readonly string[] {
  const inner = folder === '' ? path : path.slice(folder.length + 1);
  const file = withoutOutputFolders(inner).find((rest) => !rest.includes('/')) ?? '';
  const stem = file.replace(/(?:\.(?:es|umd|iife|min))?(?:\.d)?\.[mc]?[jt]s$/, '');
  const isEntry = entryNames.includes(stem) || stem === name?.slice(name.lastIndexOf('/') + 1);
  if (stem === file || !isEntry) return [];
  return ['src', 'source', 'lib'].flatMap((source) =>
    entryNames.map((entry) => joinPath(folder, `${source}/${entry}`) ?? ''),
  );
}
