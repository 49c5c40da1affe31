import type { EdgeKind } from '../../graph/project-graph.js';
import type {
  Binding,
  ExportKind,
  FileScan,
  ScannedAlias,
  ScannedCall,
  ScannedDefinition,
  ScannedEdge,
  ScannedExport,
} from '../file-scan.js';
import { Places } from '../tokens/places.js';
import { importedLoaders, type Loader, requiredLoaders } from './loaders/loaders.js';
import { NamespaceMembers } from './namespace-members.js';
import { SureUses } from './sure-uses.js';

/** A binding of which the use is not known yet. */
export type DraftBinding = Pick<Binding, 'imported' | 'local' | 'isMarked'>;

export interface DraftEdge {
  readonly kind: EdgeKind;
  /** Of the first character of its specifier. */
  readonly offset: number;
  readonly specifier: string | undefined;
  readonly text?: string;
  readonly glob?: ScannedEdge['glob'];
  readonly bindings: readonly DraftBinding[];
  readonly isMarked: boolean;
}

/** What is loaded without saying which of its names are taken. */
export const everything: readonly DraftBinding[] = [{ imported: '*', local: '', isMarked: false }];

/** An imported name that this file exports again, by itself: `export { X }`. */
export interface LocalExport {
  readonly name: string;
  readonly local: string;
  readonly isMarked: boolean;
  /** Where it stands, for what looks at the file without it. */
  readonly start: number;
  readonly end: number;
}

/** Whether an import may be dropped by the compiler though it is not marked. */
export function mayBeElided({ kind, isMarked, bindings }: DraftEdge): boolean {
  return (
    (kind === 'import' || kind === 'importEquals') &&
    !isMarked &&
    bindings.some((binding) => !binding.isMarked)
  );
}

const member = /\s*(?:,[^)]*)?\)\s*\.\s*([A-Za-z_$][\w$]*)/y;

/** What has been found in a file so far. */
export class Draft {
  readonly edges: DraftEdge[] = [];
  readonly exports: ScannedExport[] = [];
  readonly localExports: LocalExport[] = [];
  readonly declarations: Map<string, ExportKind> = new Map();
  readonly calls: ScannedCall[] = [];
  readonly definitions: ScannedDefinition[] = [];
  readonly aliases: ScannedAlias[] = [];
  /** Names of what loads files by their paths: other ones of `require` and `createRequire`, and those of `fork` and its like. */
  readonly loaders: Map<string, Loader> = new Map();
  /** Other names of `vi` and `jest`. */
  readonly mocks: Set<string> = new Set();
  /** Other names of what sends or takes messages: `{ publish: send }`. */
  readonly verbs: Map<string, string> = new Map();
  readonly ambientModules: string[] = [];
  /** Where `import(` stands, with the index of its edge: it may be a type, which only an exact look tells. */
  readonly importCalls: { readonly keyword: number; readonly edge: number }[] = [];
  /** Whether calls stand in each other deeper than they are read. */
  isCut = false;
  /** What was declared last at the top of the file. */
  lastDeclared = '';
  isModule = false;
  /** Of imported names that the compiler may drop: which are surely used as values. */
  readonly sureUses: SureUses;
  /** Whether anything was read but imports and exports: names in it were not watched if they are imported later. */
  hasCode = false;
  readonly text: string;
  readonly places: Places;
  #hasOwnDefine: boolean | undefined;
  readonly #withMembers: boolean;
  readonly #namespaces = new NamespaceMembers();
  #variables: ReadonlySet<string> | undefined;
  readonly #importedBy = new Map<string, { readonly edge: number; readonly imported: string }>();

  /** `withMembers` says whether it matters what is taken of namespaces. */
  constructor(text: string, withMembers: boolean = false) {
    this.text = text;
    this.places = new Places(text);
    this.sureUses = new SureUses(this.#namespaces);
    this.#withMembers = withMembers;
  }

  addEdge(edge: DraftEdge): void {
    const index = this.edges.push(edge) - 1;
    if (edge.kind === 'require' || edge.kind === 'dynamicImport')
      this.#nameLoaders(requiredLoaders(edge.specifier ?? '', this.text, edge.offset));
    if (edge.kind !== 'import' && edge.kind !== 'importEquals') return;
    this.#nameLoaders(importedLoaders(edge.specifier ?? '', edge.bindings));
    for (const { local, imported } of edge.bindings) {
      this.#importedBy.set(local, { edge: index, imported });
      if (imported === 'createRequire') this.loaders.set(local, 'createRequire');
      if ((imported === 'vi' || imported === 'jest') && local !== imported) this.mocks.add(local);
      if (imported === '*' && this.#withMembers && !this.hasCode) this.sureUses.watchNamespace(local, index);
    }
    if (mayBeElided(edge)) this.#watchUses(edge);
  }

  #nameLoaders(names: readonly (readonly [local: string, loader: Loader])[]): void {
    for (const [local, loader] of names) this.loaders.set(local, loader);
  }

  /** `import(…)` was read, from its keyword up to its end where that is known; the edge is the last. */
  addImportCall(keyword: number, end: number | undefined): void {
    const edge = this.edges.length - 1;
    this.importCalls.push({ keyword, edge });
    if (!this.#withMembers || end === undefined) return;
    const local = this.#namespaces.readDynamic(this.text, keyword, end, edge);
    if (local !== undefined) this.sureUses.watchNamespace(local, edge);
  }

  #watchUses({ bindings }: DraftEdge): void {
    if (this.hasCode) this.sureUses.lose();
    for (const { local, isMarked } of bindings) if (!isMarked) this.sureUses.watch(local);
  }

  /** Turns each `import(` that is no call into what it is: a type. */
  settleImportCalls(calls: ReadonlySet<number>): void {
    for (const { keyword, edge } of this.importCalls) {
      const found = this.edges[edge];
      if (found === undefined || calls.has(keyword)) continue;
      member.lastIndex = found.offset + (found.specifier?.length ?? 0) + 2;
      const imported = member.exec(this.text)?.[1] ?? '*';
      const bindings = [{ imported, local: '', isMarked: true }];
      this.edges[edge] = { ...found, kind: 'typeImport', bindings, isMarked: true };
    }
  }

  /** Where a name of this file was imported, if it was. */
  importOf(local: string): { readonly edge: number; readonly imported: string } | undefined {
    return this.#importedBy.get(local);
  }

  /** Whether a name may be given another value later: it is that of a `let` or `var`, wherever one stands. */
  mayChange(name: string): boolean {
    this.#variables ??= new Set(
      [...this.text.matchAll(/\b(?:let|var)\s+([\w$]+)/g)].map(([, one = '']) => one),
    );
    return this.#variables.has(name);
  }

  /** Whether something called `define` is declared, wherever. */
  get hasOwnDefine(): boolean {
    this.#hasOwnDefine ??= /\b(?:function|const|let|var|class)\s+define\b/.test(this.text);
    return this.#hasOwnDefine;
  }

  /** An interface and a constant may share a name; it is then a value. */
  declare(name: string, kind: ExportKind, isExported: boolean): void {
    this.lastDeclared = name;
    if (this.declarations.get(name) !== 'value') this.declarations.set(name, kind);
    if (isExported) this.exports.push({ name, kind });
  }

  /** The exports, with those of local names told apart, and each name once. */
  finishedExports(): readonly ScannedExport[] {
    const byName = new Map<string, ScannedExport>();
    const stars: ScannedExport[] = [];
    for (const found of [...this.exports, ...this.localExports.map((local) => this.#exportOf(local))]) {
      const known = byName.get(found.name);
      if (found.name === '*') stars.push(found);
      else if (known === undefined || known.kind === 'type') byName.set(found.name, found);
    }
    return [...byName.values(), ...stars];
  }

  #exportOf({ name, local, isMarked }: LocalExport): ScannedExport {
    const from = this.importOf(local);
    if (from !== undefined) return { name, kind: isMarked ? 'type' : 'alias', ...from };
    const kind = isMarked ? 'type' : (this.declarations.get(local) ?? 'value');
    return local === name ? { name, kind } : { name, kind, local };
  }

  /** Puts places where offsets were, and what is known of the use of each binding; `isWhole` says whether every use was seen. */
  finish(
    usageOf: (binding: DraftBinding, edge: DraftEdge) => Binding['usage'],
    isWhole: boolean,
  ): Pick<FileScan, 'edges'> {
    const edges: ScannedEdge[] = this.edges.map((edge, index) => ({
      kind: edge.kind,
      ...this.places.at(edge.offset),
      specifier: edge.specifier,
      ...(edge.text === undefined ? {} : { text: edge.text }),
      ...(edge.glob === undefined ? {} : { glob: edge.glob }),
      bindings: edge.bindings.map((binding) => ({ ...binding, usage: usageOf(binding, edge) })),
      ...membersOf(isWhole ? this.#namespaces.of(index) : undefined),
      isMarked: edge.isMarked,
    }));
    return { edges };
  }
}

function membersOf(members: readonly string[] | undefined): Pick<ScannedEdge, 'members'> {
  return members === undefined ? {} : { members };
}
