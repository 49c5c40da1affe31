import type { Probe } from '../files/probed-files.js';
import type {
  Diagnostic,
  Edge,
  EdgeKind,
  EdgeTarget,
  MessageDefinition,
  MessageUse,
  SourceFile,
  WorkspacePackage,
} from '../graph/project-graph.js';
import type { KeptFile } from './kept-file.js';
import type { KeptScan } from './kept-scan.js';
import { outsideOf, passesOn } from './outside.js';

/** What one file adds to the graph. Edges and what is done with messages are sorted by place. */
export interface FileGraph {
  readonly file: SourceFile;
  readonly edges: readonly Edge[];
  readonly definitions: readonly MessageDefinition[];
  readonly uses: readonly MessageUse[];
  readonly diagnostics: readonly Diagnostic[];
}

/** A graph as it was, and what it came from beside the scans of its files. */
export interface GraphState {
  /** The hash of the paths of all files and links. */
  readonly tree: string;
  /** All that the disk was asked for when configuration was read and imports were resolved. */
  readonly probes: readonly Probe[];
  /** Files whose imports were followed for what others do with messages. */
  readonly followed: readonly string[];
  /** The modules that `declare module` makes, with the files that do. */
  readonly ambient: readonly (readonly [name: string, path: string])[];
  readonly packages: readonly WorkspacePackage[];
  /** What was wrong with the configuration. */
  readonly diagnostics: readonly Diagnostic[];
  readonly files: readonly FileGraph[];
}

/** The same with each text, target and list of names once, and edges as numbers: it is read far quicker. */
export interface KeptGraph extends Omit<GraphState, 'files'> {
  readonly texts: readonly string[];
  readonly targets: readonly EdgeTarget[];
  readonly lists: readonly (readonly string[])[];
  readonly files: readonly KeptFileGraph[];
}

type KeptFileGraph = readonly [
  path: string,
  /** Of the scan that it was found from. */
  key: string,
  outside: string,
  passesOn: 0 | 1,
  owner: number,
  lines: number,
  exports: number,
  edges: readonly number[],
  rest: Pick<FileGraph, 'definitions' | 'uses' | 'diagnostics'> | null,
];

/** How many numbers an edge is. */
const EDGE_SIZE = 7;
const kinds: readonly EdgeKind[] = [
  'import',
  'sideEffectImport',
  'reexport',
  'importEquals',
  'dynamicImport',
  'require',
  'requireResolve',
  'typeImport',
  'jsdocImport',
  'referencePath',
  'referenceTypes',
  'url',
  'worker',
  'fork',
  'metaResolve',
  'metaGlob',
  'mock',
  'moduleDeclaration',
];

/** Numbers things by a text that tells them apart. */
class Table<T> {
  readonly items: T[];
  readonly #textOf: (item: T) => string;
  #numbers: Map<string, number> | undefined;

  constructor(items: readonly T[], textOf: (item: T) => string) {
    this.items = [...items];
    this.#textOf = textOf;
  }

  numberOf(item: T): number {
    this.#numbers ??= new Map(this.items.map((one, number) => [this.#textOf(one), number]));
    const text = this.#textOf(item);
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    this.#numbers.set(text, this.items.length);
    return this.items.push(item) - 1;
  }
}

/**
 * `scans` are what it was made from. `before` is the graph as it was, and `changed` the files of it that are others now: the rest is
 * not numbered again.
 */
export function keepGraph(
  { files, ...state }: GraphState,
  scans: ReadonlyMap<string, KeptScan>,
  before?: { readonly graph: KeptGraph; readonly changed: ReadonlySet<string> },
): KeptGraph {
  const texts = new Table(before?.graph.texts ?? [], (text) => text);
  const targets = new Table(before?.graph.targets ?? [], (to) =>
    to.kind === 'file' ? `file ${to.path}` : JSON.stringify(to),
  );
  const lists = new Table(before?.graph.lists ?? [], (names) => JSON.stringify(names));
  const numbersOf = ({ kind, specifier, to, names, isTypeOnly, line, column }: Edge) => [
    kinds.indexOf(kind),
    texts.numberOf(specifier),
    targets.numberOf(to),
    lists.numberOf(names),
    isTypeOnly ? 1 : 0,
    line,
    column,
  ];
  const kept = files.map(({ file, edges, definitions, uses, diagnostics }, index): KeptFileGraph => {
    const known = before?.graph.files[index];
    if (known !== undefined && before?.changed.has(file.path) === false) return known;
    const isPlain = definitions.length + uses.length + diagnostics.length === 0;
    const rest = isPlain ? null : { definitions, uses, diagnostics };
    const owner = texts.numberOf(file.package);
    const scan = scans.get(file.path);
    if (scan === undefined) throw new RangeError(`${file.path} has no scan`);
    const { key, scan: own } = scan;
    const outside = [outsideOf(own), passesOn(own) ? 1 : 0] as const;
    return [
      file.path,
      key,
      ...outside,
      owner,
      file.lines,
      lists.numberOf(file.exports),
      edges.flatMap(numbersOf),
      rest,
    ];
  });
  return { ...state, texts: texts.items, targets: targets.items, lists: lists.items, files: kept };
}

/** The other way round. */
export function graphFrom({ texts, targets, lists, files, ...state }: KeptGraph): GraphState {
  return { ...state, files: files.map((file) => fileFrom(file, texts, targets, lists)) };
}

function fileFrom(
  [path, , , , owner, lines, exports, numbers, rest]: KeptFileGraph,
  texts: readonly string[],
  targets: readonly EdgeTarget[],
  lists: readonly (readonly string[])[],
): FileGraph {
  const edges: Edge[] = [];
  for (let at = 0; at < numbers.length; at += EDGE_SIZE) {
    const kind = kinds[numbers[at] ?? 0];
    const to = targets[numbers[at + 2] ?? 0];
    if (kind === undefined || to === undefined) throw new RangeError(`an edge of ${path} is not whole`);
    edges.push({
      from: path,
      kind,
      specifier: texts[numbers[at + 1] ?? 0] ?? '',
      to,
      names: lists[numbers[at + 3] ?? 0] ?? [],
      isTypeOnly: numbers[at + 4] === 1,
      line: numbers[at + 5] ?? 1,
      column: numbers[at + 6] ?? 1,
    });
  }
  const file = { path, package: texts[owner] ?? '', lines, exports: lists[exports] ?? [] };
  return { file, edges, ...(rest ?? { definitions: [], uses: [], diagnostics: [] }) };
}

/** What was written to a file of the cache, or nothing. */
export function readKeptGraph(file: KeptFile): KeptGraph | undefined {
  const body = file.read();
  return body === undefined ? undefined : JSON.parse(body.toString('utf8'));
}

export function writeKeptGraph(file: KeptFile, graph: KeptGraph): void {
  file.write([Buffer.from(JSON.stringify(graph))]);
}
