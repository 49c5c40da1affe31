import type { FileScan, ScannedEdge, ScannedExport } from '../scan/file-scan.js';
import type { EdgeTarget } from './project-graph.js';

/** A file with what it shows, and where each of its edges leads: `targets` are in the order of its edges. */
export interface LinkedFile {
  readonly path: string;
  readonly scan: FileScan;
  readonly targets: readonly EdgeTarget[];
}

/** What a name comes down to, after all files that only pass it on. */
export type Origin =
  /** A declaration: `name` is the name of the export, `local` that of what is declared. */
  | { readonly kind: 'declared'; readonly file: LinkedFile; readonly found: ScannedExport }
  /** All that a module exports. */
  | { readonly kind: 'namespace'; readonly file: LinkedFile }
  | { readonly kind: 'package'; readonly package: string; readonly name: string }
  | { readonly kind: 'unknown' };

const unknown: Origin = { kind: 'unknown' };
const MAX_HOPS = 100;

/** All files of a project, linked with each other: follows names through imports and exports. */
export class ScannedProject {
  readonly files: ReadonlyMap<string, LinkedFile>;
  readonly #origins = new Map<string, Origin>();
  /** What the name that is asked for leads through, as far as it is known; a circle of exports ends there. */
  readonly #onWay = new Map<string, Origin>();
  #isCut = false;

  constructor(files: ReadonlyMap<string, LinkedFile>) {
    this.files = files;
  }

  /** Where a name comes from that an edge of a file takes. */
  originOf(file: LinkedFile, edge: number, imported: string): Origin {
    return this.#follow(file.targets[edge], imported, 0);
  }

  /** Where a name comes from that stands in the code of a file; undefined where the file does not import it. */
  originOfLocal(file: LinkedFile, local: string): Origin | undefined {
    const index = file.scan.edges.findIndex(
      (edge) => isImport(edge) && edge.bindings.some((one) => one.local === local),
    );
    const imported = file.scan.edges[index]?.bindings.find((one) => one.local === local)?.imported;
    return imported === undefined ? undefined : this.originOf(file, index, imported);
  }

  /** Where what a file exports under a name comes from. */
  originOfExport(file: LinkedFile, name: string): Origin {
    return this.#follow({ kind: 'file', path: file.path }, name, 0);
  }

  #follow(target: EdgeTarget | undefined, name: string, hops: number): Origin {
    if (target?.kind === 'package') return { kind: 'package', package: target.name, name };
    const file = target?.kind === 'file' ? this.files.get(target.path) : undefined;
    if (file === undefined || hops > MAX_HOPS) return unknown;
    if (name === '*') return { kind: 'namespace', file };
    const key = `${file.path}\n${name}`;
    const known = this.#origins.get(key);
    if (known !== undefined) return known;
    return this.#onWay.get(key) === undefined ? this.#enter(file, key, name, hops) : this.#cut(key);
  }

  #cut(key: string): Origin {
    this.#isCut = true;
    return this.#onWay.get(key) ?? unknown;
  }

  /** What was cut short by a circle is so only for the name that was asked for: others may come to it from elsewhere. */
  #enter(file: LinkedFile, key: string, name: string, hops: number): Origin {
    const wasCut = this.#isCut;
    this.#isCut = false;
    this.#onWay.set(key, unknown);
    const origin = this.#inFile(file, name, hops);
    this.#onWay.set(key, origin);
    if (!this.#isCut || hops === 0) this.#origins.set(key, origin);
    this.#isCut ||= wasCut;
    if (hops > 0) return origin;
    this.#onWay.clear();
    this.#isCut = false;
    return origin;
  }

  #inFile(file: LinkedFile, name: string, hops: number): Origin {
    const { exports } = file.scan;
    const found =
      exports.find((one) => one.name === name) ??
      (name === 'default' ? exports.find((one) => one.name === 'export=') : undefined);
    if (found !== undefined) {
      const { edge, imported } = found;
      if (edge === undefined || imported === undefined) return { kind: 'declared', file, found };
      return this.#follow(file.targets[edge], imported, hops + 1);
    }
    if (name === 'default') return unknown;
    let ofPackage: Origin = unknown;
    for (const { name: star, edge } of exports) {
      if (star !== '*' || edge === undefined) continue;
      const origin = this.#follow(file.targets[edge], name, hops + 1);
      if (origin.kind === 'declared' || origin.kind === 'namespace') return origin;
      if (origin.kind === 'package') ofPackage = origin;
    }
    return ofPackage;
  }
}

export function isImport({ kind }: ScannedEdge): boolean {
  return kind === 'import' || kind === 'importEquals';
}
