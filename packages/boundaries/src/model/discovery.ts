import type { ModulePattern } from '../config/boundary-config.js';
import type { BoundaryRules } from '../config/load-rules.js';
import type { ProjectGraph } from '../graph/project-graph.js';
import { folderOf, isWithin, shortName, stemOf } from './element.js';
import { compileGlob } from './glob.js';

/** A module or package before its files are known. */
export interface Seed {
  readonly id: string;
  readonly kind: 'package' | 'module';
  readonly package: string;
  /** Folders and files from the root. */
  readonly paths: readonly string[];
  /** Globs of its doors, from its folder; nothing for a package, and a module that was found. */
  readonly contract: readonly string[] | undefined;
  readonly tags: readonly string[];
  /** Index of the pattern that it comes from. */
  readonly pattern: number | undefined;
}

/** The packages, the modules that the configuration names, and those that show by their contract.ts and module.ts. */
export function findSeeds(graph: ProjectGraph, rules: BoundaryRules, paths: readonly string[]): Seed[] {
  const packages = withUniqueIds(packageSeeds(graph)).map((seed) =>
    withTags({ ...seed, package: seed.id }, rules.modules),
  );
  const packageOf = (path: string): Seed | undefined => innermost(packages, path);
  const configured = rules.modules.flatMap((pattern, index) =>
    patternSeeds(pattern, index, paths, packages, packageOf),
  );
  const taken = new Set(configured.flatMap((seed) => seed.paths));
  const found = rules.discover
    ? moduleFolders(graph, rules, paths)
        .filter((folder) => !taken.has(folder) && !packages.some((seed) => seed.paths.includes(folder)))
        .filter((folder) => shortName(folder) !== SOURCES || isSourcesOf(folder, packages))
        .map((folder) => foundSeed(folder, packageOf(folder)))
    : [];
  return withUniqueIds([...packages, ...configured, ...found]);
}

function packageSeeds(graph: ProjectGraph): Seed[] {
  const seeds = graph.packages.map(
    ({ name, folder }): Seed => ({
      id: name,
      kind: 'package',
      package: name,
      paths: [folder],
      contract: undefined,
      tags: [],
      pattern: undefined,
    }),
  );
  if (seeds.some(({ paths }) => paths.includes('.'))) return seeds;
  const root: Seed = {
    id: '(root)',
    kind: 'package',
    package: '(root)',
    paths: ['.'],
    contract: undefined,
    tags: [],
    pattern: undefined,
  };
  return [root, ...seeds];
}

/** A pattern of modules that fits the folder of a package gives it its tags. */
function withTags(seed: Seed, patterns: readonly ModulePattern[]): Seed {
  const fitting = patterns.filter(({ paths }) =>
    paths.some((path) => seed.paths.some((folder) => compileGlob(path).match(folder) !== undefined)),
  );
  return { ...seed, tags: fitting.flatMap(({ tags = [] }) => tags) };
}

function innermost(seeds: readonly Seed[], path: string): Seed | undefined {
  return seeds
    .filter(({ paths }) => paths.some((folder) => isWithin(path, folder)))
    .reduce<Seed | undefined>((best, seed) => {
      const length = (one: Seed): number => one.paths[0]?.replace(/^\.$/, '').length ?? 0;
      return best === undefined || length(seed) > length(best) ? seed : best;
    }, undefined);
}

function patternSeeds(
  pattern: ModulePattern,
  index: number,
  paths: readonly string[],
  packages: readonly Seed[],
  packageOf: (path: string) => Seed | undefined,
): Seed[] {
  const globs = pattern.paths.map((text) => ({ isOfFiles: /\.[^/]*$/.test(text), glob: compileGlob(text) }));
  const files = new Set(paths);
  // A package is one already, with its exports for a door.
  const taken = new Set(packages.flatMap((seed) => seed.paths));
  const byName = new Map<string, string[]>();
  for (const candidate of withFolders(paths).filter((path) => !taken.has(path))) {
    const captures = globs
      // A star alone means folders: not every file beside them is a module.
      .filter(({ isOfFiles }) => isOfFiles || !files.has(candidate))
      .map(({ glob }) => glob.match(candidate))
      .find((found) => found !== undefined);
    if (captures === undefined) continue;
    const name = nameOf(pattern, captures, candidate, packageOf(candidate));
    const same = byName.get(name);
    if (same === undefined) byName.set(name, [candidate]);
    else same.push(candidate);
  }
  return [...byName].map(([id, matched]) => ({
    id,
    kind: 'module',
    package: packageOf(matched[0] ?? '.')?.id ?? '(root)',
    paths: matched,
    contract: pattern.contract,
    tags: pattern.tags ?? [],
    pattern: index,
  }));
}

function nameOf(
  { name }: ModulePattern,
  captures: readonly string[],
  path: string,
  inside: Seed | undefined,
): string {
  if (name !== undefined)
    return name.replaceAll(/\{(\d{1,3})\}/g, (_, number: string) => captures[Number(number) - 1] ?? '');
  const own = captures.findLast((capture) => capture !== '' && !capture.includes('/')) ?? stemOf(path);
  return qualified(stemOf(own), inside);
}

function foundSeed(folder: string, inside: Seed | undefined): Seed {
  const base = inside?.paths[0] ?? '.';
  if (inside !== undefined && folder === `${base}/${SOURCES}`)
    return seedOf(shortName(inside.id), folder, inside);
  const below = base === '.' ? folder : folder.slice(base.length + 1);
  const name = below
    .split('/')
    .filter((part, index, parts) => index === parts.length - 1 || !STRUCTURAL.has(part))
    .join('/');
  return seedOf(qualified(name, inside), folder, inside);
}

function seedOf(id: string, folder: string, inside: Seed | undefined): Seed {
  return {
    id,
    kind: 'module',
    package: inside?.id ?? '(root)',
    paths: [folder],
    contract: undefined,
    tags: [],
    pattern: undefined,
  };
}

const SOURCES = 'src';
/** Folders that say nothing about what is in them. */
const STRUCTURAL = new Set([
  SOURCES,
  'source',
  'lib',
  'modules',
  'domains',
  'contexts',
  'app',
  'apps',
  'packages',
]);

function qualified(name: string, inside: Seed | undefined): string {
  return inside === undefined || inside.paths.includes('.') ? name : `${inside.id}/${name}`;
}

/** Two folders may come to the same id: then each but the first has its folder's path. */
function withUniqueIds(seeds: readonly Seed[]): Seed[] {
  const taken = new Set<string>();
  return seeds.map((seed) => {
    const id = taken.has(seed.id) ? `${seed.id} (${seed.paths[0]})` : seed.id;
    taken.add(id);
    return id === seed.id ? seed : { ...seed, id };
  });
}

/**
 * Folders with the signs of a Mortar module: a contract.ts that defines messages, or stands beside a module.ts, or beside which
 * another folder has one too; or a module.ts that imports Mortar. A lone file named contract.ts may be anything.
 */
function moduleFolders(graph: ProjectGraph, rules: BoundaryRules, paths: readonly string[]): string[] {
  const homeOf = (path: string): string[] => contractHome(path, rules.contracts);
  const contracts = new Set(paths.flatMap(homeOf));
  const wirings = new Set(paths.filter((path) => stemOf(path) === 'module').map(folderOf));
  const defining = new Set(graph.definitions.flatMap(({ path }) => homeOf(path)));
  const withMortar = new Set(
    graph.edges
      .filter(({ from, specifier }) => /^mortar(\/|$)/.test(specifier) && stemOf(from) === 'module')
      .map(({ from }) => folderOf(from)),
  );
  const siblings = new Map<string, number>();
  for (const folder of contracts) siblings.set(folderOf(folder), (siblings.get(folderOf(folder)) ?? 0) + 1);
  const isContractFolder = (folder: string): boolean =>
    defining.has(folder) || wirings.has(folder) || (siblings.get(folderOf(folder)) ?? 0) > 1;
  const found = [...contracts]
    .filter(isContractFolder)
    .concat([...wirings].filter((folder) => withMortar.has(folder)));
  return [...new Set(found)].filter((folder) => folder !== '.').sort();
}

/** Whether a folder is all the code of a package in a workspace: then the module is named by the package. */
function isSourcesOf(folder: string, packages: readonly Seed[]): boolean {
  const home = folderOf(folder);
  return home !== '.' && packages.some(({ paths }) => paths.includes(home));
}

/** The folder whose contract a file is: `orders` of `orders/contract.ts` and of `orders/contract/index.ts`. */
function contractHome(path: string, contracts: readonly string[]): string[] {
  const folder = folderOf(path);
  const stem = stemOf(path);
  if (contracts.includes(stem)) return [folder];
  return stem === 'index' && contracts.includes(shortName(folder)) ? [folderOf(folder)] : [];
}

/** The paths, and every folder that one of them is in. */
function withFolders(paths: readonly string[]): string[] {
  const folders = new Set<string>();
  for (const path of paths) {
    for (let folder = folderOf(path); folder !== '.' && !folders.has(folder); folder = folderOf(folder)) {
      folders.add(folder);
    }
  }
  return [...folders, ...paths].sort();
}
