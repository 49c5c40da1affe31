import { createRequire } from 'node:module';
import type * as ESTree from 'oxc-parser';
import type { Edge } from '../../graph/project-graph.js';
import type { Element } from '../../model/element.js';
import { folderOf, isWithin, stemOf } from '../../model/element.js';
import type { Project } from '../../model/project.js';

const require: NodeJS.Require = createRequire(import.meta.url);

/** Loaded when the first contract is read: many projects have none. */
function loadParser(): typeof import('oxc-parser') {
  return require('oxc-parser');
}

/** A file that is a contract, or is in a folder that is one, with its syntax tree. */
export interface ContractSource {
  readonly element: Element;
  readonly path: string;
  readonly program: ESTree.Program;
  /** What it binds by imports: the local name, and where it is from. */
  readonly imports: ReadonlyMap<string, ImportedName>;
  /** Whether a specifier leads to internals of the module; then the path that it leads to. */
  internalPath(specifier: string): string | undefined;
  /** Whether a specifier leads to a file of the project, or to a package or the runtime; nothing where it can't be told. */
  reachOf(specifier: string): 'project' | 'package' | undefined;
  /** Whether a specifier leads to a contract, of this module or another. */
  isContract(specifier: string): boolean;
  placeOf(offset: number): { readonly line: number; readonly column: number };
}

/** A name that an import binds. */
export interface ImportedName {
  readonly specifier: string;
  /** As the other file calls it; `*` for all. */
  readonly name: string;
  readonly isType: boolean;
  readonly start: number;
}

/** All contracts of the project that can be parsed. Those that can't be are told by the reader of the code. */
export function contractSources(
  project: Project,
  readText: (path: string) => string | undefined,
): ContractSource[] {
  return project.elements
    .filter(({ kind, hasContract }) => kind === 'module' && hasContract)
    .flatMap((element) =>
      contractFiles(project, element).flatMap((path) => {
        const text = readText(path);
        const source = text === undefined ? undefined : parseContract(project, element, path, text);
        return source === undefined ? [] : [source];
      }),
    );
}

/** `contract.ts` and what lies in the folder `contract` beside it, or in that of `contract/index.ts`. */
function contractFiles(project: Project, { doors, files }: Element): string[] {
  const { contracts } = project.rules;
  const named = doors.filter((path) => contracts.includes(stemOf(path)));
  const folders = [
    ...named.map((path) => `${folderOf(path)}/${stemOf(path)}`),
    ...doors
      .filter((path) => stemOf(path) === 'index' && contracts.includes(stemOf(folderOf(path))))
      .map(folderOf),
  ];
  return files.filter((path) => named.includes(path) || folders.some((folder) => isWithin(path, folder)));
}

function parseContract(
  project: Project,
  element: Element,
  path: string,
  text: string,
): ContractSource | undefined {
  const { program, errors } = loadParser().parseSync(path, text);
  if (errors.some(({ severity }) => severity === 'Error')) return undefined;
  const edges = project.edges.filter(({ from }) => from === path);
  // What others may import is not internal, whatever it is called.
  const own = new Set([...contractFiles(project, element), ...element.doors]);
  const lines = lineStarts(text);
  return {
    element,
    path,
    program,
    imports: importsOf(program),
    internalPath: (specifier) => {
      const target = targetOf(edges, specifier);
      const isInternal = target !== undefined && !own.has(target) && project.elementOf(target) === element;
      return isInternal ? target : undefined;
    },
    reachOf: (specifier) => {
      if (specifier.startsWith('.')) return 'project';
      const edge = edges.find((one) => one.specifier === specifier);
      return edge === undefined ? undefined : reachOf(project, edge);
    },
    isContract: (specifier) => {
      const target = targetOf(edges, specifier);
      if (target === undefined) return false;
      const { hasContract, doors } = project.elementOf(target);
      return own.has(target) || (hasContract && doors.includes(target));
    },
    placeOf: (offset) => {
      const line = lines.findLastIndex((start) => start <= offset);
      return { line: line + 1, column: offset - (lines[line] ?? 0) + 1 };
    },
  };
}

function reachOf(project: Project, { to }: Edge): 'project' | 'package' | undefined {
  if (to.kind === 'file' || to.kind === 'asset') return 'project';
  if (to.kind === 'package' || to.kind === 'builtin') return 'package';
  // A package that is not installed is one all the same; one of the workspace has no source here.
  const name = to.kind === 'unresolved' ? to.package : undefined;
  return name === undefined || project.package(name) !== undefined ? undefined : 'package';
}

function targetOf(edges: readonly Edge[], specifier: string): string | undefined {
  const edge = edges.find((one) => one.specifier === specifier && one.to.kind === 'file');
  return edge?.to.kind === 'file' ? edge.to.path : undefined;
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

function importsOf(program: ESTree.Program): ReadonlyMap<string, ImportedName> {
  const imports = new Map<string, ImportedName>();
  for (const statement of program.body) {
    if (statement.type !== 'ImportDeclaration') continue;
    for (const specifier of statement.specifiers) {
      const isType =
        statement.importKind === 'type' ||
        (specifier.type === 'ImportSpecifier' && specifier.importKind === 'type');
      imports.set(specifier.local.name, {
        specifier: statement.source.value,
        name: importedName(specifier),
        isType,
        start: statement.start,
      });
    }
  }
  return imports;
}

function importedName(specifier: ESTree.ImportDeclarationSpecifier): string {
  if (specifier.type === 'ImportNamespaceSpecifier') return '*';
  if (specifier.type === 'ImportDefaultSpecifier') return 'default';
  return specifier.imported.type === 'Literal' ? specifier.imported.value : specifier.imported.name;
}

/** A node of a syntax tree, of any type. */
export interface AnyNode {
  readonly type: string;
  readonly start: number;
  readonly [key: string]: unknown;
}

/** Whether a value of a syntax tree is a node. */
export function isNode(value: unknown): value is AnyNode {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}

/** A node's own nodes, in order. */
export function childrenOf(node: AnyNode): AnyNode[] {
  return Object.values(node).flatMap((value: unknown) => {
    const values: readonly unknown[] = Array.isArray(value) ? value : [value];
    return values.filter(isNode);
  });
}
