import {
  createProject,
  type Edge,
  type MessageDefinition,
  type MessageUse,
  type Project,
  type ProjectGraph,
  rulesFrom,
  type SourceFile,
} from '@mortar/boundaries';
import type { Io } from '../../src/io.js';

/** A project as few words make it. */
export interface Sketch {
  /** Packages by name, with the packages that they declare. */
  readonly packages: Readonly<Record<string, readonly string[]>>;
  /** The door that each has, unless it is its `index.ts`. */
  readonly entries?: string;
  /** Files beside the doors. */
  readonly files?: readonly string[];
  /** Imports, from file to file, or to `npm:<name>`. */
  readonly imports?: readonly (readonly [from: string, to: string])[];
  readonly definitions?: readonly MessageDefinition[];
  readonly uses?: readonly MessageUse[];
  /** What would stand in mortar.config.json. */
  readonly config?: object;
}

/** Makes the project, below `/project`; the package `a` is in `p/a`. */
export function projectOf(sketch: Sketch): Project {
  return createProject(graphOf(sketch), rulesFrom(sketch.config ?? {}));
}

/** Where a user stands in that project. */
export function ioAt(folder: string): Io {
  return {
    print: () => undefined,
    complain: () => undefined,
    folder,
    workingFolder: folder,
    hasColour: false,
    progress: undefined,
    signal: new AbortController().signal,
  };
}

function graphOf({
  packages,
  entries: door = 'index.ts',
  files = [],
  imports = [],
  definitions = [],
  uses = [],
}: Sketch): ProjectGraph {
  const names = Object.keys(packages);
  const paths = [...new Set([...names.map((name) => `p/${name}/${door}`), ...files])].sort();
  return {
    root: '/project',
    files: new Map(paths.map((path) => [path, fileOf(path)])),
    packages: names.map((name) => ({
      name,
      folder: `p/${name}`,
      dependencies: Object.fromEntries((packages[name] ?? []).map((used) => [used, 'dependencies' as const])),
      hasExports: true,
      entries: [`p/${name}/${door}`],
    })),
    edges: imports.map(([from, to], index) => edgeOf(from, to, index + 1)),
    definitions,
    uses,
    diagnostics: [],
  };
}

function fileOf(path: string): SourceFile {
  return { path, package: path.split('/')[1] ?? '', lines: 100, exports: [] };
}

function edgeOf(from: string, to: string, line: number): Edge {
  const [, name] = /^npm:(.*)$/.exec(to) ?? [];
  return {
    from,
    kind: 'import',
    specifier: name ?? to.split('/')[1] ?? '',
    to: name === undefined ? { kind: 'file', path: to } : { kind: 'package', name, subpath: '' },
    names: ['x'],
    isTypeOnly: false,
    line,
    column: 1,
  };
}
