import type { CompilerOptions } from '../resolve/tsconfig.js';
import type { Binding, ScannedEdge } from '../scan/file-scan.js';
import type { EdgeKind } from './project-graph.js';
import type { LinkedFile, Origin, ScannedProject } from './scanned-project.js';

const neverRun: ReadonlySet<EdgeKind> = new Set<EdgeKind>([
  'typeImport',
  'jsdocImport',
  'referencePath',
  'referenceTypes',
  'moduleDeclaration',
]);

/**
 * Whether the compiler leaves nothing of an edge: as TypeScript does, with its options. What can't be known, as of a package that
 * is not read, is taken to be there when the code runs.
 */
export function isElided(
  project: ScannedProject,
  file: LinkedFile,
  index: number,
  options: CompilerOptions | undefined,
): boolean {
  const edge = file.scan.edges[index];
  if (edge === undefined) return false;
  if (edge.isMarked || neverRun.has(edge.kind)) return true;
  const isStatement = edge.kind === 'import' || edge.kind === 'reexport' || edge.kind === 'importEquals';
  if (!isStatement || isJavaScript(file.path) || options?.keepsImports === true) return false;
  return edge.bindings.every((binding) => !isAlive(project, { file, edge, index, options }, binding));
}

interface Site {
  readonly file: LinkedFile;
  readonly edge: ScannedEdge;
  readonly index: number;
  readonly options: CompilerOptions | undefined;
}

function isAlive(project: ScannedProject, { file, edge, index, options }: Site, binding: Binding): boolean {
  if (edge.kind === 'reexport' && binding.imported === '*') return true;
  if (binding.isMarked) return false;
  if (options?.isVerbatim === true) return true;
  if (binding.usage === 'unused') return isJsxFactory(file, options, binding.local);
  const kind = kindOf(project.originOf(file, index, binding.imported));
  if (kind !== 'constEnum') return kind === 'value' || binding.usage === 'used';
  return options?.isIsolated === true || (binding.usage === 'exported' && options?.keepsConstEnums === true);
}

function kindOf(origin: Origin): 'value' | 'type' | 'constEnum' {
  if (origin.kind !== 'declared') return 'value';
  const { kind } = origin.found;
  return kind === 'alias' ? 'value' : kind;
}

/** What JSX is compiled to, unless the compiler imports it by itself. */
function isJsxFactory({ scan }: LinkedFile, options: CompilerOptions | undefined, local: string): boolean {
  const isAutomatic = options?.jsx === 'react-jsx' || options?.jsx === 'react-jsxdev';
  return scan.hasJsx && !isAutomatic && local === (options?.jsxFactory ?? 'React');
}

function isJavaScript(path: string): boolean {
  return /\.[mc]?jsx?$/i.test(path);
}
