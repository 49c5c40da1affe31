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
  const names = inner.split('/');
  for (let built = 1; built < names.length && outputNames.has(names[built - 1] ?? ''); built += 1) {
    const rest = names.slice(built).join('/');
    for (const source of sourceFolders) found.push(joinPath(folder, source + rest) ?? '');
  }
  // Whatever the ending of an output is, that of its source is found by its name alone.
  return [...new Set(found.flatMap((one) => [one, one.replace(/(?:\.d)?\.[mc]?[jt]sx?$/, '')]))].filter(
    (one) => one !== '',
  );
}
