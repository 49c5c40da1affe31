import { HEXAGONAL_LAYERS, type HexagonalLayer } from '../config/boundary-config.js';
import type { BoundaryRules } from '../config/load-rules.js';
import type { Edge, MessageDefinition, ProjectGraph, WorkspacePackage } from '../graph/project-graph.js';
import { isCode } from '../scan/language.js';
import { findSeeds, type Seed } from './discovery.js';
import { type Element, folderOf, isWithin, stemOf } from './element.js';
import { compileGlobs } from './glob.js';
import { filesReached } from './reach.js';
import type { Selectable } from './selector.js';
import { testFiles } from './test-files.js';

/** An import of one file of the project by another, and the elements that they are of. */
export interface InnerEdge {
  readonly edge: Edge;
  readonly target: string;
  readonly from: Element;
  readonly to: Element;
}

/** Where a file stands inside of a module with layers. */
export interface LayerPlace {
  readonly layer: HexagonalLayer;
  /** The folder that the folders of the layers are in. */
  readonly scope: string;
}

/** A project as its modules and packages: what rules judge, and drawings show. */
export interface Project {
  readonly graph: ProjectGraph;
  readonly rules: BoundaryRules;
  /** Sorted by id. */
  readonly elements: readonly Element[];
  /** Paths of the files that are judged; sorted. */
  readonly paths: readonly string[];
  /** Edges of judged files, in the order of the graph. */
  readonly edges: readonly Edge[];
  /** Those of them that lead to judged files. */
  readonly inner: readonly InnerEdge[];
  /** Those, and imports by a path of what is no code: JSON, styles, what a build makes. */
  readonly entering: readonly InnerEdge[];
  /**
   * Those, and imports of a workspace package by a name that leads to no source: then the target is the door of the module whose
   * name it is, or the package.json.
   */
  readonly between: readonly InnerEdge[];
  readonly definitions: readonly MessageDefinition[];
  /** A workspace package by its name. */
  package(name: string): WorkspacePackage | undefined;
  element(id: string): Element | undefined;
  /** The innermost element that a file is of. */
  elementOf(path: string): Element;
  /** An element and those around it, the innermost first. */
  chain(element: Element): readonly Element[];
  /** What selectors are asked about a file. */
  selectable(path: string): Selectable;
  isTest(path: string): boolean;
  /** Whether code of packages loads a file of the root, other than in tests. */
  isSharedRoot(path: string): boolean;
  /** The hexagonal layer that a file is in, by the folders between its element's and its own. */
  layerOf(path: string): LayerPlace | undefined;
}

/** Arranges a graph by modules and packages, as the rules name them. */
export function createProject(graph: ProjectGraph, rules: BoundaryRules): Project {
  const isExcluded = compileGlobs(rules.exclude);
  const paths = [...graph.files.keys()].filter((path) => !isExcluded(path)).sort();
  const { elements, elementOf, byId } = placeFiles(graph, findSeeds(graph, rules, paths), paths, rules);
  const judged = new Set(paths);
  const edges = graph.edges.filter(({ from }) => judged.has(from));
  const chain = memoized(elements, (element) => chainOf(element, byId));
  const layerOfFolder = layersByFolder(rules);
  const layers = new Map(paths.map((path) => [path, layerIn(path, elementOf(path), layerOfFolder)]));
  const inner = innerEdges(edges, judged, elementOf);
  const tests = testFiles({ paths, packages: graph.packages, elements, inner }, rules);
  const isTest = (path: string): boolean => tests.has(path);
  const packages = packagesById(graph, elements);
  return {
    graph,
    rules,
    elements,
    paths,
    edges,
    inner,
    entering: [...inner, ...assetEdges(edges, isExcluded, elementOf)],
    between: [...inner, ...namedEdges(graph, edges, elementOf, byId)],
    definitions: graph.definitions.filter(({ path }) => judged.has(path)),
    package: (name) => packages.get(name),
    element: (id) => byId.get(id),
    elementOf,
    chain,
    selectable: (path) => ({ chain: chain(elementOf(path)), path, layer: layers.get(path)?.layer }),
    isTest,
    isSharedRoot: sharedRoot(inner, isTest),
    layerOf: (path) => layers.get(path),
  };
}

/** The first of a name is the one that others mean by it; the others go by the ids of their elements. */
function packagesById(
  { packages }: ProjectGraph,
  elements: readonly Element[],
): ReadonlyMap<string, WorkspacePackage> {
  const ids = new Map(elements.flatMap(({ kind, folder, id }) => (kind === 'package' ? [[folder, id]] : [])));
  return new Map([...packages].reverse().map((one) => [ids.get(one.folder) ?? one.name, one]));
}

/** Most often nobody asks. */
function sharedRoot(
  inner: readonly InnerEdge[],
  isTest: (path: string) => boolean,
): (path: string) => boolean {
  let shared: ReadonlySet<string> | undefined;
  return (path) => {
    shared ??= filesReached(
      inner.filter(
        ({ edge, from, to }) =>
          !edge.isTypeOnly && to.folder === '.' && !(from.folder !== '.' && isTest(edge.from)),
      ),
      ({ from }) => from.folder !== '.',
    );
    return shared.has(path);
  };
}

function memoized(
  elements: readonly Element[],
  compute: (element: Element) => readonly Element[],
): (element: Element) => readonly Element[] {
  const known = new Map(elements.map((element) => [element.id, compute(element)]));
  return (element) => known.get(element.id) ?? [element];
}

function chainOf(element: Element, byId: ReadonlyMap<string, Element>): readonly Element[] {
  const chain = [element];
  for (let next = parentOf(element, byId); next !== undefined; next = parentOf(next, byId)) chain.push(next);
  return chain;
}

function parentOf({ parent }: Element, byId: ReadonlyMap<string, Element>): Element | undefined {
  return parent === undefined ? undefined : byId.get(parent);
}

interface Placed {
  readonly elements: readonly Element[];
  readonly byId: ReadonlyMap<string, Element>;
  elementOf(path: string): Element;
}

function placeFiles(
  graph: ProjectGraph,
  seeds: readonly Seed[],
  paths: readonly string[],
  rules: BoundaryRules,
): Placed {
  const seedOf = seedFinder(
    new Map(seeds.flatMap((seed) => seed.paths.map((path) => [path, seed] as const))),
  );
  const files = new Map<Seed, string[]>(seeds.map((seed) => [seed, []]));
  const seedOfFile = new Map<string, Seed>();
  for (const path of paths) {
    const seed = seedOf(path);
    if (seed === undefined) continue;
    seedOfFile.set(path, seed);
    files.get(seed)?.push(path);
  }
  const elements = seeds
    .map((seed) => elementFrom(seed, files.get(seed) ?? [], graph, rules, (path) => seedOf(folderOf(path))))
    .filter((element) => element.files.length > 0 || element.kind === 'package')
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  const byId = new Map(elements.map((element) => [element.id, element]));
  const root = seeds.find((seed) => seed.paths.includes('.'));
  const known = new Map<string, Element>();
  const elementOf = (path: string): Element => {
    const found = known.get(path);
    if (found !== undefined) return found;
    const element = byId.get((seedOfFile.get(path) ?? seedOf(path) ?? root)?.id ?? '');
    // There is always one of the root: discovery adds it where the project has none.
    if (element === undefined) throw new RangeError(`no element has ${path}`);
    known.set(path, element);
    return element;
  };
  return { elements, byId, elementOf };
}

/** The seed that a path is in, which is looked for once in each folder. */
function seedFinder(byPath: ReadonlyMap<string, Seed>): (path: string) => Seed | undefined {
  const byFolder = new Map<string, Seed | undefined>();
  const ofFolder = (folder: string): Seed | undefined => {
    if (byFolder.has(folder)) return byFolder.get(folder);
    const seed = byPath.get(folder) ?? (folder === '.' ? undefined : ofFolder(folderOf(folder)));
    byFolder.set(folder, seed);
    return seed;
  };
  return (path) => byPath.get(path) ?? (path === '.' ? undefined : ofFolder(folderOf(path)));
}

function elementFrom(
  seed: Seed,
  files: readonly string[],
  graph: ProjectGraph,
  rules: BoundaryRules,
  around: (path: string) => Seed | undefined,
): Element {
  const folder = seed.paths[0] ?? '.';
  const parent = folder === '.' ? undefined : around(folder);
  const shared = {
    id: seed.id,
    kind: seed.kind,
    folder,
    package: seed.package,
    tags: tagsOf(seed, rules),
    files,
  };
  if (seed.kind === 'package') {
    const own = graph.packages.find((one) => one.folder === folder);
    return { ...shared, parent: parent?.id, hasContract: false, doors: own?.entries ?? [], wiring: [] };
  }
  const { doors, hasContract } = doorsOf(seed, files, rules);
  const wiring = files.filter((path) => stemOf(path) === 'module' && isDirectly(path, seed));
  return { ...shared, parent: parent?.id, hasContract, doors, wiring };
}

function tagsOf(seed: Seed, rules: BoundaryRules): readonly string[] {
  const added = rules.tags.filter(({ select }) => {
    const matches = compileGlobs(select);
    return matches(seed.id) || seed.paths.some((path) => matches(path));
  });
  return [...new Set([...seed.tags, ...added.flatMap(({ tags }) => tags)])];
}

function doorsOf(
  seed: Seed,
  files: readonly string[],
  rules: BoundaryRules,
): { doors: string[]; hasContract: boolean } {
  if (seed.contract !== undefined) {
    const isDoor = compileGlobs(seed.contract);
    const doors = files.filter((path) =>
      seed.paths.some((root) => isWithin(path, root) && isDoor(relativeTo(root, path))),
    );
    return { doors, hasContract: doors.some((path) => isNamedContract(path, rules)) };
  }
  const contracts = files.filter(
    (path) => isNamedContract(path, rules) && seed.paths.some((root) => isNear(path, root)),
  );
  if (contracts.length > 0 || seed.pattern === undefined)
    return { doors: files.filter((path) => isOfContract(path, contracts)), hasContract: true };
  return {
    doors: files.filter((path) => stemOf(path) === 'index' && isDirectly(path, seed)),
    hasContract: false,
  };
}

/** A contract, or what lies in the folder beside one that is called as it is: `contract/report.ts` beside `contract.ts`. */
function isOfContract(path: string, contracts: readonly string[]): boolean {
  const isBeside = (contract: string): boolean =>
    path.startsWith(`${folderOf(contract)}/${stemOf(contract)}/`);
  return contracts.some(
    (contract) => path === contract || (stemOf(contract) !== 'index' && isBeside(contract)),
  );
}

/** `contract.ts`, or `contract/index.ts`. */
function isNamedContract(path: string, rules: BoundaryRules): boolean {
  if (rules.contracts.includes(stemOf(path))) return true;
  return stemOf(path) === 'index' && rules.contracts.includes(stemOf(folderOf(path)));
}

function isNear(path: string, root: string): boolean {
  const inside = relativeTo(root, path).split('/');
  return inside.length === 1 || (inside.length === 2 && stemOf(path) === 'index');
}

function isDirectly(path: string, seed: Seed): boolean {
  return seed.paths.includes(folderOf(path)) || seed.paths.includes(path);
}

/** A path from a folder; of a file that is an element by itself, its name. */
function relativeTo(root: string, path: string): string {
  if (root === path) return path.slice(path.lastIndexOf('/') + 1);
  return root === '.' ? path : path.slice(root.length + 1);
}

function layerIn(
  path: string,
  element: Element,
  layerOfFolder: ReadonlyMap<string, HexagonalLayer>,
): LayerPlace | undefined {
  const inside = relativeTo(element.folder, path);
  let start = 0;
  for (let end = inside.indexOf('/'); end >= 0; end = inside.indexOf('/', start)) {
    const layer = layerOfFolder.get(inside.slice(start, end));
    if (layer !== undefined)
      return {
        layer,
        scope: start === 0 ? element.folder : `${element.folder}/${inside.slice(0, start - 1)}`,
      };
    start = end + 1;
  }
  return undefined;
}

/** The first layer wins that a folder is named by. */
function layersByFolder({ hexagonal }: BoundaryRules): ReadonlyMap<string, HexagonalLayer> {
  return new Map(
    [...HEXAGONAL_LAYERS]
      .reverse()
      .flatMap((layer) => hexagonal[layer].map((folder) => [folder, layer] as const)),
  );
}

function innerEdges(
  edges: readonly Edge[],
  judged: ReadonlySet<string>,
  elementOf: (path: string) => Element,
): InnerEdge[] {
  return edges.flatMap((edge): InnerEdge[] => {
    if (edge.to.kind !== 'file' || !judged.has(edge.to.path)) return [];
    const target = edge.to.path;
    return [{ edge, target, from: elementOf(edge.from), to: elementOf(target) }];
  });
}

/** Kinds that load what they name; a URL may name anything. */
const LOADING: readonly string[] = [
  'import',
  'sideEffectImport',
  'reexport',
  'importEquals',
  'dynamicImport',
  'require',
  'metaGlob',
];

/** By a name, a package gives what its exports say, of which only the code is known. */
function assetEdges(
  edges: readonly Edge[],
  isExcluded: (path: string) => boolean,
  elementOf: (path: string) => Element,
): InnerEdge[] {
  return edges.flatMap((edge): InnerEdge[] => {
    if (edge.to.kind !== 'asset') return [];
    const isLoaded = LOADING.includes(edge.kind) && /^\.{0,2}\//.test(edge.specifier);
    if (!isLoaded || isExcluded(edge.to.path)) return [];
    const target = edge.to.path;
    return [{ edge, target, from: elementOf(edge.from), to: elementOf(target) }];
  });
}

/** A package whose sources are not there, or not found from what it exports, is depended on all the same; so are its modules. */
function namedEdges(
  { packages }: ProjectGraph,
  edges: readonly Edge[],
  elementOf: (path: string) => Element,
  byId: ReadonlyMap<string, Element>,
): InnerEdge[] {
  const folders = new Map([...packages].reverse().map(({ name, folder }) => [name, folder]));
  return edges.flatMap((edge): InnerEdge[] => {
    const { to: reached } = edge;
    const isBuilt = reached.kind === 'asset' && isCode(reached.path);
    if (reached.kind !== 'unresolved' && reached.kind !== 'package' && !isBuilt) return [];
    if (/^\.{0,2}(?:\/|$)/.test(edge.specifier)) return [];
    const name = packageIn(edge.specifier);
    const folder = folders.get(name);
    const to = elementNamed(edge.specifier, name, byId);
    const from = elementOf(edge.from);
    if (folder === undefined || to === undefined || from.package === name) return [];
    const manifest = folder === '.' ? 'package.json' : `${folder}/package.json`;
    return [{ edge, target: to.kind === 'module' ? (to.doors[0] ?? to.folder) : manifest, from, to }];
  });
}

/** The module whose id a specifier begins with, as `@acme/app/orders` does; else the package that it names. */
function elementNamed(
  specifier: string,
  name: string,
  byId: ReadonlyMap<string, Element>,
): Element | undefined {
  for (let id = specifier; id.length > name.length; id = id.slice(0, id.lastIndexOf('/'))) {
    const found = byId.get(id);
    if (found !== undefined) return found;
  }
  return byId.get(name);
}

/** How another package imports a file that this one exports: `@acme/shop/module`. */
export function exportedName({ name, subpaths = {} }: WorkspacePackage, path: string): string {
  const subpath = Object.hasOwn(subpaths, path) ? subpaths[path] : undefined;
  return subpath === undefined || subpath === '' ? name : `${name}/${subpath}`;
}

/** The package that a specifier names: `@acme/ui` of `@acme/ui/button`. */
export function packageIn(specifier: string): string {
  return /^(?:@[^/]+\/)?[^/]*/.exec(specifier)?.[0] ?? '';
}
