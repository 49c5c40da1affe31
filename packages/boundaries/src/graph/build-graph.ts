import type { FileGraph, GraphState } from '../cache/kept-graph.js';
import type { KeptScan } from '../cache/kept-scan.js';
import type { ConfigurationReader, Manifest, Manifests } from '../files/manifests.js';
import { folderOf } from '../files/paths.js';
import type { ProbedFiles } from '../files/probed-files.js';
import { Resolver } from '../resolve/resolver.js';
import type { TsConfigs } from '../resolve/tsconfig.js';
import type { FileScan, ScannedEdge } from '../scan/file-scan.js';
import { isElided } from './elided-edges.js';
import { globEdges } from './glob-edges.js';
import type { KnownGraph } from './known-graph.js';
import { byPlaceOf, findDefinitions, findUses, type MessageContext } from './messages/message-edges.js';
import type { Diagnostic, Edge, EdgeTarget, Place, WorkspacePackage } from './project-graph.js';
import { type LinkedFile, ScannedProject } from './scanned-project.js';

/** All that a graph is made from. */
export interface GraphSources {
  readonly probed: ProbedFiles;
  readonly reader: ConfigurationReader;
  readonly manifests: Manifests;
  readonly configs: TsConfigs;
  /** By path, sorted. */
  readonly scans: ReadonlyMap<string, KeptScan>;
  /** The graph as it was, where it still holds but for some files. */
  readonly known: KnownGraph | undefined;
}

/** What each file adds to the graph: found anew where it may have changed, else as it was. */
export function buildGraph(sources: GraphSources): GraphState {
  const { probed, reader, manifests, configs, scans, known } = sources;
  const ambient = known?.state.ambient ?? ambientModules(scans);
  const resolver = new Resolver(probed.files, manifests, configs, new Map(ambient));
  const project = linked(scans, resolver);
  const packages =
    known?.state.packages ?? manifests.packages.map((manifest) => packageOf(manifest, resolver));
  const isKernel = kernelTest(manifests);
  const followed = new Set(known?.state.followed);
  const messages = { project, isKernel, followed };
  const files = fileGraphs(project, { resolver, configs, manifests, messages }, known);
  const diagnostics = unique([...(known?.state.diagnostics ?? []), ...reader.diagnostics]);
  return {
    tree: probed.tree,
    probes: probed.probes,
    followed: [...followed].sort(),
    ambient,
    packages,
    diagnostics,
    files,
  };
}

interface Context {
  readonly resolver: Resolver;
  readonly configs: TsConfigs;
  readonly manifests: Manifests;
  readonly messages: MessageContext;
}

function fileGraphs(project: ScannedProject, context: Context, known: KnownGraph | undefined): FileGraph[] {
  const before = new Map(known?.state.files.map((one) => [one.file.path, one]));
  const open = [...project.files.values()].filter(
    ({ path }) => known === undefined || known.changed.has(path),
  );
  const found = new Map(open.map((file) => [file.path, findDefinitions(context.messages, file)]));
  const definitions = [...project.files.keys()].flatMap(
    (path) => found.get(path) ?? before.get(path)?.definitions ?? [],
  );
  const byPlace = byPlaceOf(definitions);
  const packageOfFolder = packageNames(context.manifests);
  for (const file of open) {
    before.set(file.path, {
      file: sourceFile(file, packageOfFolder(folderOf(file.path))),
      edges: sorted(edgesOf(project, file, context)),
      definitions: sorted(found.get(file.path) ?? []),
      uses: sorted(findUses(context.messages, file, byPlace)),
      diagnostics: file.scan.diagnostics.map((diagnostic) => ({ ...diagnostic, path: file.path })),
    });
  }
  return [...project.files.keys()].flatMap((path) => before.get(path) ?? []);
}

function sourceFile({ path, scan }: LinkedFile, owner: string): FileGraph['file'] {
  return {
    path,
    package: owner,
    lines: scan.lines,
    exports: [...new Set(scan.exports.map(({ name }) => name))],
  };
}

function kernelTest({ byName }: Manifests): (path: string) => boolean {
  const folder = byName.get('mortar')?.folder;
  return (path) => folder !== undefined && path.startsWith(`${folder}/`);
}

/** Modules that files declare which are no modules themselves; in a module, `declare module` only adds to one. */
function ambientModules(scans: ReadonlyMap<string, KeptScan>): readonly (readonly [string, string])[] {
  const found = new Map<string, string>();
  for (const [path, { scan }] of scans) {
    if (!scan.isModule) for (const name of scan.ambientModules) found.set(name, path);
  }
  return [...found];
}

function linked(scans: ReadonlyMap<string, KeptScan>, resolver: Resolver): ScannedProject {
  return new ScannedProject(
    new Map([...scans].map(([path, kept]) => [path, new OpenFile(path, kept, resolver)])),
  );
}

/** Its scan is parsed and its imports are resolved when somebody asks: where most of the graph is known, that is of few files. */
class OpenFile implements LinkedFile {
  readonly path: string;
  readonly #kept: KeptScan;
  readonly #resolver: Resolver;
  #targets: readonly EdgeTarget[] | undefined;

  constructor(path: string, kept: KeptScan, resolver: Resolver) {
    this.path = path;
    this.#kept = kept;
    this.#resolver = resolver;
  }

  get scan(): FileScan {
    return this.#kept.scan;
  }

  get targets(): readonly EdgeTarget[] {
    this.#targets ??= this.scan.edges.map((edge) => targetOf(this.path, edge, this.#resolver));
    return this.#targets;
  }
}

function targetOf(path: string, { specifier, text, kind }: ScannedEdge, resolver: Resolver): EdgeTarget {
  if (specifier === undefined) return { kind: 'unanalysable', text: text ?? '' };
  return kind === 'metaGlob'
    ? { kind: 'unresolved', reason: 'It is a pattern.' }
    : resolver.resolve(path, specifier, kind);
}

function edgesOf(project: ScannedProject, file: LinkedFile, { resolver, configs }: Context): readonly Edge[] {
  const options = configs.optionsFor(file.path);
  return file.scan.edges.flatMap((edge, index): readonly Edge[] => {
    const to = file.targets[index];
    if (to === undefined || isOwnDeclaration(file, edge, to)) return [];
    const made: Edge = {
      from: file.path,
      kind: edge.kind,
      specifier: edge.specifier ?? '',
      to,
      names: [
        ...new Set(
          edge.bindings.flatMap(({ imported }) => (imported === '*' ? (edge.members ?? '*') : imported)),
        ),
      ],
      isTypeOnly: isElided(project, file, index, options),
      line: edge.line,
      column: edge.column,
    };
    return edge.glob === undefined ? [made] : globEdges(made, edge.glob, project, resolver);
  });
}

/** `declare module 'x'` in a script makes the module; it names no other. */
function isOwnDeclaration({ path, scan }: LinkedFile, { kind }: ScannedEdge, to: EdgeTarget): boolean {
  return kind === 'moduleDeclaration' && (!scan.isModule || (to.kind === 'file' && to.path === path));
}

/** The name of the package that a folder is of. */
function packageNames({ byFolder, packages }: Manifests): (folder: string) => string {
  const members = new Set(packages.map(({ folder }) => folder));
  const nameOf = (folder: string): string => {
    const isPackage = members.has(folder);
    if (!isPackage && folder !== '') return nameOf(folderOf(folder));
    return (isPackage ? byFolder.get(folder)?.name : undefined) ?? (folder === '' ? '.' : folder);
  };
  return nameOf;
}

function packageOf(manifest: Manifest, resolver: Resolver): WorkspacePackage {
  const { name, folder, dependencies, json } = manifest;
  const entries = resolver.entriesOf(manifest);
  return {
    name: name ?? (folder === '' ? '.' : folder),
    folder: folder === '' ? '.' : folder,
    dependencies,
    hasExports: json['exports'] !== undefined && json['exports'] !== null,
    entries: [...entries.keys()],
    subpaths: Object.fromEntries(entries),
  };
}

/** By place. */
function sorted<T extends Place>(items: readonly T[]): readonly T[] {
  return [...items].sort((one, other) => one.line - other.line || one.column - other.column);
}

function unique(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  return [...new Map(diagnostics.map((one) => [JSON.stringify(one), one])).values()];
}
