import type {
  Edge,
  EdgeTarget,
  MessageDefinition,
  MessageKind,
  MessageRole,
  MessageUse,
  ProjectGraph,
  SourceFile,
  WorkspacePackage,
} from '../graph/project-graph.js';

/** A project in memory, in short. */
export interface Sample {
  readonly packages: readonly SamplePackage[];
  /** Texts by path. Only those of contracts are looked at: imports stand below. */
  readonly files: Readonly<Record<string, string>>;
  readonly imports: readonly SampleImport[];
  readonly definitions?: readonly SampleDefinition[];
  readonly uses?: readonly SampleUse[];
  readonly diagnostics?: ProjectGraph['diagnostics'];
}

/** A package of a sample; it has `exports` unless told otherwise. */
export type SamplePackage = Pick<WorkspacePackage, 'name' | 'folder'> &
  Partial<Omit<WorkspacePackage, 'name' | 'folder'>>;

/** An import of a sample. What it leads to is a path of the sample, `npm:<name>`, `node:<name>`, `?` or `nowhere`. */
export type SampleImport = Pick<Edge, 'from'> & { readonly to: string } & Partial<Omit<Edge, 'from' | 'to'>>;

/** Where a message is defined in a sample. */
export type SampleDefinition = Pick<MessageDefinition, 'name' | 'path'> &
  Partial<MessageDefinition> & { readonly kind: MessageKind };

/** What a sample does with a message. */
export type SampleUse = {
  readonly role: MessageRole;
  /** Nothing where only running the code would tell. */
  readonly name: string | undefined;
  readonly path: string;
  readonly line?: number;
};

/** The graph of a sample, as the reader of code would make it. */
export function graphOf(sample: Sample): ProjectGraph {
  const paths = Object.keys(sample.files).sort();
  const packages = sample.packages.map(
    (one): WorkspacePackage => ({ dependencies: {}, entries: [], hasExports: true, ...one }),
  );
  const definitions = (sample.definitions ?? []).map(
    (one): MessageDefinition => ({ line: 1, column: 1, constant: constantOf(one.name), ...one }),
  );
  return {
    root: '/sample',
    files: new Map(paths.map((path) => [path, fileOf(path, sample, packages, definitions)])),
    packages,
    edges: sample.imports
      .map(edgeOf)
      .sort((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : a.line - b.line)),
    definitions,
    uses: (sample.uses ?? []).map((use): MessageUse => useOf(use, definitions)),
    diagnostics: sample.diagnostics ?? [],
  };
}

function fileOf(
  path: string,
  { files }: Sample,
  packages: readonly WorkspacePackage[],
  definitions: readonly MessageDefinition[],
): SourceFile {
  const home = packages
    .filter(({ folder }) => folder === '.' || path.startsWith(`${folder}/`))
    .sort((a, b) => b.folder.length - a.folder.length)[0];
  return {
    path,
    package: home?.name ?? '.',
    lines: (files[path] ?? '').split('\n').length,
    exports: definitions.filter((one) => one.path === path).map(({ constant }) => constant),
  };
}

function edgeOf({ to, ...rest }: SampleImport): Edge {
  return {
    kind: 'import',
    specifier: to.replace(/^(npm|node):/, '$1:').replace(/^npm:/, ''),
    names: ['thing'],
    isTypeOnly: false,
    line: 1,
    column: 1,
    ...rest,
    to: targetOf(to),
  };
}

function targetOf(to: string): EdgeTarget {
  if (to === 'nowhere') return { kind: 'unresolved', reason: 'there is no such file.' };
  if (to === '?') return { kind: 'unanalysable', text: 'import(name)' };
  const [, scheme, name = ''] = /^(npm|node):(.*)$/.exec(to) ?? [];
  if (scheme === 'npm') return { kind: 'package', name, subpath: '.' };
  return scheme === 'node' ? { kind: 'builtin', name } : { kind: 'file', path: to };
}

function useOf(
  { role, name, path, line = 1 }: SampleUse,
  definitions: readonly MessageDefinition[],
): MessageUse {
  const definition = definitions.find((one) => one.name === name);
  return {
    role,
    kind: definition?.kind ?? 'event',
    name: definition?.name,
    definedIn: definition?.path,
    path,
    line,
    column: 1,
  };
}

/** `orders.order-placed` is `OrderPlaced`. */
function constantOf(name: string): string {
  return name
    .slice(name.indexOf('.') + 1)
    .split('-')
    .map((word) => word.slice(0, 1).toUpperCase() + word.slice(1))
    .join('');
}
