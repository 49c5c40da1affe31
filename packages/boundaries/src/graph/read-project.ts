import { existsSync, statSync } from 'node:fs';
import { MortarError } from 'mortar/errors';
import { ScanCache } from '../cache/scan-cache.js';
import { readGitIndex } from '../files/git-index.js';
import { ConfigurationReader, type Manifest, type Manifests, readManifests } from '../files/manifests.js';
import { folderOf } from '../files/paths.js';
import { decodeText, type ProjectFiles } from '../files/project-files.js';
import { readWorkTree } from '../files/work-tree.js';
import { compileGlobs } from '../model/glob.js';
import { Resolver } from '../resolve/resolver.js';
import { TsConfigs } from '../resolve/tsconfig.js';
import type { FileScan, ScannedEdge } from '../scan/file-scan.js';
import { codeExtensions } from '../scan/language.js';
import type { ScanTask } from '../scanning/scan-content.js';
import { type ScanProgress, scanFiles } from '../scanning/scan-files.js';
import { isElided } from './elided-edges.js';
import { findDefinitions, findUses } from './message-edges.js';
import type {
  Diagnostic,
  Edge,
  EdgeTarget,
  ProjectGraph,
  SourceFile,
  WorkspacePackage,
} from './project-graph.js';
import { type LinkedFile, ScannedProject } from './scanned-project.js';

/** How a project is read. */
export interface ReadProjectOptions {
  /** A folder to keep what was found in each file, by its content. Without, all is read anew. */
  readonly cache?: string;
  /** The files as they are in the folder, unless said; or as they are staged in git. */
  readonly source?: 'work-tree' | 'index';
  /** How many threads read files beside this one; chosen by their number unless said. The graph is the same. */
  readonly workers?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: ScanProgress) => void;
}

const isCode: RegExp = new RegExp(`\\.(?:${codeExtensions.join('|')})$`, 'i');

/**
 * Reads a project: which of its files name which others, and what they do with messages. Nothing of it is executed, and nothing
 * outside of its root is read. What can't be understood is among the diagnostics.
 * @throws MortarError `MORTAR_OPTIONS_INVALID` where `root` is no folder, `MORTAR_GIT_UNAVAILABLE` where the index can't be read
 */
export async function readProject(root: string, options: ReadProjectOptions = {}): Promise<ProjectGraph> {
  checkRoot(root);
  const { source = 'work-tree', signal } = options;
  const files = source === 'index' ? readGitIndex(root) : readWorkTree(root, signal);
  const reader = new ConfigurationReader(files);
  const manifests = readManifests(files, reader);
  const configs = new TsConfigs(reader);
  const tasks = tasksOf(files, manifests, configs);
  const diagnostics: Diagnostic[] = [...files.diagnostics];
  const cache = new ScanCache(options.cache, source);
  const { workers, onProgress } = options;
  const run = { files, cache, isIndex: source === 'index', workers, signal, onProgress, diagnostics };
  const scans = await scanFiles(run, tasks);
  cache.save();
  const resolver = new Resolver(files, manifests, configs, ambientModules(scans));
  const project = new ScannedProject(link(scans, resolver));
  const definitions = findDefinitions({ project, isKernel: kernelTest(manifests) });
  return {
    root: files.root,
    files: sourceFiles(project, manifests),
    packages: manifests.packages.map((manifest) => packageOf(manifest, resolver)),
    edges: edgesOf(project, resolver, configs),
    definitions: sorted(definitions, ({ path }) => path),
    uses: sorted(findUses({ project, isKernel: kernelTest(manifests) }, definitions), ({ path }) => path),
    diagnostics: sorted(
      [...diagnostics, ...reader.diagnostics, ...scanDiagnostics(scans)],
      ({ path }) => path,
    ),
    readText: (path) => {
      const content = files.read(path);
      return content === undefined ? undefined : decodeText(content).text;
    },
  };
}

function checkRoot(root: string): void {
  if (existsSync(root) && statSync(root).isDirectory()) return;
  throw new MortarError('MORTAR_OPTIONS_INVALID', {
    rule: 'A project is read from the folder that it is in.',
    expected: 'a folder',
    got: root,
  });
}

function tasksOf(files: ProjectFiles, manifests: Manifests, configs: TsConfigs): readonly ScanTask[] {
  const withMessages = manifests.packages.some(
    ({ name, dependencies }) => name === 'mortar' || 'mortar' in dependencies,
  );
  return files.files.flatMap(({ path }): ScanTask[] => {
    if (!isCode.test(path)) return [];
    const withDecoratorMetadata = configs.optionsFor(path)?.hasDecoratorMetadata === true;
    return [{ path, options: { withMessages, withDecoratorMetadata } }];
  });
}

function kernelTest({ byName }: Manifests): (path: string) => boolean {
  const folder = byName.get('mortar')?.folder;
  return (path) => folder !== undefined && path.startsWith(`${folder}/`);
}

/** Modules that files declare which are no modules themselves; in a module, `declare module` only adds to one. */
function ambientModules(scans: ReadonlyMap<string, FileScan>): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const [path, { isModule, ambientModules: names }] of scans) {
    if (!isModule) for (const name of names) found.set(name, path);
  }
  return found;
}

function link(scans: ReadonlyMap<string, FileScan>, resolver: Resolver): ReadonlyMap<string, LinkedFile> {
  const files = new Map<string, LinkedFile>();
  for (const [path, scan] of scans) {
    files.set(path, { path, scan, targets: scan.edges.map((edge) => targetOf(path, edge, resolver)) });
  }
  return files;
}

function targetOf(path: string, { specifier, text, kind }: ScannedEdge, resolver: Resolver): EdgeTarget {
  if (specifier === undefined) return { kind: 'unanalysable', text: text ?? '' };
  return kind === 'metaGlob'
    ? { kind: 'unresolved', reason: 'It is a pattern.' }
    : resolver.resolve(path, specifier, kind);
}

function edgesOf(project: ScannedProject, resolver: Resolver, configs: TsConfigs): readonly Edge[] {
  const edges: Edge[] = [];
  for (const file of project.files.values()) {
    const options = configs.optionsFor(file.path);
    file.scan.edges.forEach((edge, index) => {
      const to = file.targets[index];
      if (to === undefined || isOwnDeclaration(file, edge, to)) return;
      const names = [...new Set(edge.bindings.map(({ imported }) => imported))];
      const made: Edge = {
        from: file.path,
        kind: edge.kind,
        specifier: edge.specifier ?? '',
        to,
        names,
        isTypeOnly: isElided(project, file, index, options),
        line: edge.line,
        column: edge.column,
      };
      if (edge.kind === 'metaGlob' && edge.specifier !== undefined)
        edges.push(...globEdges(made, project, resolver));
      else edges.push(made);
    });
  }
  return sorted(edges, ({ from }) => from);
}

/** `declare module 'x'` in a script makes the module; it names no other. */
function isOwnDeclaration({ path, scan }: LinkedFile, { kind }: ScannedEdge, to: EdgeTarget): boolean {
  return kind === 'moduleDeclaration' && (!scan.isModule || (to.kind === 'file' && to.path === path));
}

/** An edge for each file that the pattern matches. */
function globEdges(edge: Edge, project: ScannedProject, resolver: Resolver): readonly Edge[] {
  const pattern = resolver.patternOf(edge.from, edge.specifier);
  const matches = pattern === undefined || pattern.startsWith('!') ? () => false : compileGlobs([pattern]);
  const found = [...project.files.keys()].filter((path) => path !== edge.from && matches(path));
  if (found.length === 0 && edge.specifier.startsWith('!')) return [];
  if (found.length > 0) return found.map((path) => ({ ...edge, to: { kind: 'file', path } }));
  return [{ ...edge, to: { kind: 'unresolved', reason: 'No file of code matches it.' } }];
}

function sourceFiles(
  project: ScannedProject,
  { byFolder, packages }: Manifests,
): ReadonlyMap<string, SourceFile> {
  const members = new Set(packages.map(({ folder }) => folder));
  const packageOfFolder = (folder: string): string => {
    const isPackage = members.has(folder);
    if (!isPackage && folder !== '') return packageOfFolder(folderOf(folder));
    return (isPackage ? byFolder.get(folder)?.name : undefined) ?? (folder === '' ? '.' : folder);
  };
  return new Map(
    [...project.files.values()].map(({ path, scan }) => {
      const exports = [...new Set(scan.exports.map(({ name }) => name))];
      return [path, { path, package: packageOfFolder(folderOf(path)), lines: scan.lines, exports }];
    }),
  );
}

function packageOf(manifest: Manifest, resolver: Resolver): WorkspacePackage {
  const { name, folder, dependencies, json } = manifest;
  return {
    name: name ?? (folder === '' ? '.' : folder),
    folder: folder === '' ? '.' : folder,
    dependencies,
    hasExports: json['exports'] !== undefined && json['exports'] !== null,
    entries: resolver.entriesOf(manifest),
  };
}

function scanDiagnostics(scans: ReadonlyMap<string, FileScan>): readonly Diagnostic[] {
  return [...scans].flatMap(([path, { diagnostics }]) => diagnostics.map((found) => ({ ...found, path })));
}

/** By path, then place; what has no place comes first. */
function sorted<T extends { readonly line?: number; readonly column?: number }>(
  items: readonly T[],
  pathOf: (item: T) => string,
): readonly T[] {
  return [...items].sort((one, other) => {
    const [a, b] = [pathOf(one), pathOf(other)];
    if (a !== b) return a < b ? -1 : 1;
    return (one.line ?? 0) - (other.line ?? 0) || (one.column ?? 0) - (other.column ?? 0);
  });
}
