import { isJsonObject, type Json, stringOf } from '../files/json.js';
import type { Manifest } from '../files/manifests.js';
import { joinPath } from '../files/paths.js';
import type { ProjectFiles } from '../files/project-files.js';
import type { EdgeTarget } from '../graph/project-graph.js';
import { sourcesOf } from './outputs.js';
import { anyCondition, type Conditions, lookUp } from './package-exports.js';
import type { TsConfigs } from './tsconfig.js';

const mainFields = ['source', 'types', 'typings', 'module', 'main', 'browser'] as const;

/** The conditions of `exports` that may apply whoever imports. */
export const conditionsOfAll: readonly string[] = [
  'source',
  'development',
  'types',
  'node',
  'module',
  'module-sync',
  'browser',
  'node-addons',
  'worker',
];

/** The paths, from the root, that a package.json names as its main file. */
export function mainsOf(manifest: Manifest | undefined): readonly string[] {
  if (manifest === undefined) return [];
  return mainFields.flatMap((field) => {
    const main = stringOf(manifest.json[field]);
    const path = main === undefined ? undefined : joinPath(manifest.folder, main);
    return path ?? [];
  });
}

/** Finds the source that a path stands for. */
type Find = (path: string) => EdgeTarget | undefined;

/**
 * Files that the `exports` of a package lead to, or what it has as its main file, each with the subpath that leads to it, which is
 * empty for the package itself. Who imports it decides which conditions apply, so those of all are asked that were read so far. The
 * second way to find sources is for where the first finds none.
 */
export function entriesOf(
  manifest: Manifest,
  files: ProjectFiles,
  configs: TsConfigs,
  [find, findElse]: readonly [Find, Find],
): ReadonlyMap<string, string> {
  const conditions = new Set([...conditionsOfAll, 'import', 'require', ...configs.customConditions()]);
  const exported = manifest.json['exports'];
  const sources = (subpath: string, paths: readonly string[], some: Find = find) =>
    paths.flatMap((path): readonly Entry[] => {
      if (path.includes('*'))
        return matching(path, manifest, files, configs).map((one) => [
          one.path,
          subpath.replaceAll('*', () => one.star).slice('./'.length),
        ]);
      const target = some(path);
      return target?.kind === 'file' ? [[target.path, subpath.slice('./'.length)]] : [];
    });
  if (exported === undefined || exported === null) {
    const mains = mainsOf(manifest);
    const found = orElse(sources('.', mains), () =>
      exported === null ? [] : sources('.', [manifest.folder]),
    );
    return byPath(orElse(found, () => sources('.', mains, findElse)));
  }
  const found = subpathsOf(exported).flatMap((subpath) => {
    const targets = (some: Conditions) => targetsOf(exported, subpath, some, manifest.folder);
    const own = orElse(sources(subpath, targets(conditions)), () => sources(subpath, targets(anyCondition)));
    return orElse(own, () => sources(subpath, targets(conditions), findElse));
  });
  return byPath(found);
}

function orElse<T>(found: readonly T[], other: () => readonly T[]): readonly T[] {
  return found.length > 0 ? found : other();
}

/** The files that a target with a star stands for, and what the star is of each. */
function matching(
  target: string,
  { folder }: Manifest,
  files: ProjectFiles,
  configs: TsConfigs,
): readonly { readonly path: string; readonly star: string }[] {
  const star = target.indexOf('*');
  const ending = target.slice(target.lastIndexOf('*') + 1);
  const prefixes = sourcesOf(`${target.slice(0, star)}x`, folder, configs.optionsOfFolder(folder)).map(
    (path) => path.slice(0, -1),
  );
  const stem = ending.replace(/(?:\.d)?\.[mc]?[jt]sx?$/, '');
  return files.files.flatMap(({ path }) => {
    const bare = path.replace(/(?:\.d)?\.[mc]?[jt]sx?$/, '');
    const prefix = prefixes.find((one) => path.startsWith(one));
    if (prefix === undefined || bare === path || !bare.endsWith(stem)) return [];
    return [{ path, star: bare.slice(prefix.length, bare.length - stem.length) }];
  });
}

/** A path, and the subpath that leads to it. */
type Entry = readonly [path: string, subpath: string];

/** Of several subpaths that lead to one file the shortest counts. */
function byPath(entries: readonly Entry[]): ReadonlyMap<string, string> {
  const sorted = [...entries].sort(
    ([a, one], [b, other]) => compare(a, b) || other.length - one.length || compare(other, one),
  );
  return new Map(sorted);
}

function compare(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

function subpathsOf(exported: Json): readonly string[] {
  const keys = isJsonObject(exported) ? Object.keys(exported) : [];
  return keys.some((key) => key.startsWith('.')) ? keys : ['.'];
}

/** Every path that `exports` names for a subpath under any condition that may apply. */
function targetsOf(
  exported: Json,
  subpath: string,
  conditions: Conditions,
  folder: string,
): readonly string[] {
  const targets = lookUp(exported, subpath, conditions);
  return targets.kind === 'paths' ? targets.paths.flatMap((path) => joinPath(folder, path) ?? []) : [];
}
