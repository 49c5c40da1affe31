import { joinPath } from '../files/paths.js';

/** An entry of `paths` in a tsconfig.json. */
export interface PathMapping {
  readonly pattern: string;
  /** Folders or files from the root, with a `*` each at most; undefined where they lead out of it. */
  readonly targets: readonly (string | undefined)[];
}

/** The mapping that fits a specifier best, with what its `*` stands for put into the targets. */
export function bestMapping(mappings: readonly PathMapping[], specifier: string): PathMapping | undefined {
  let best: { readonly before: number; readonly mapping: PathMapping; readonly star: string } | undefined;
  for (const mapping of mappings) {
    const { pattern } = mapping;
    if (pattern === specifier) return mapping;
    const star = pattern.indexOf('*');
    if (star < 0) continue;
    const after = pattern.slice(star + 1);
    const isMatch =
      specifier.startsWith(pattern.slice(0, star)) &&
      specifier.endsWith(after) &&
      specifier.length >= pattern.length - 1;
    if (!isMatch || (best !== undefined && best.before >= star)) continue;
    best = { before: star, mapping, star: specifier.slice(star, specifier.length - after.length) };
  }
  if (best === undefined) return undefined;
  const { mapping, star } = best;
  return {
    pattern: mapping.pattern,
    targets: mapping.targets.map((target) => {
      const path = target?.replace('*', () => star);
      return path === undefined ? undefined : joinPath('', path);
    }),
  };
}

/** Where `paths` and `baseUrl` lead; to `baseUrl` no single name, which may as well be that of a package. */
export function mappedPaths(
  specifier: string,
  mappings: readonly PathMapping[] = [],
  baseUrl?: string,
): readonly (string | undefined)[] {
  const based = baseUrl === undefined || !specifier.includes('/') ? undefined : joinPath(baseUrl, specifier);
  return [...(bestMapping(mappings, specifier)?.targets ?? []), based];
}

/** A path, and where it may be instead: the folders of `rootDirs` are one. */
export function pathsInRootDirs(path: string, rootDirs: readonly string[] = []): readonly string[] {
  const own = rootDirs.find((dir) => path.startsWith(`${dir}/`));
  return own === undefined ? [path] : [path, ...rootDirs.map((dir) => `${dir}${path.slice(own.length)}`)];
}
