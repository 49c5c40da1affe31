import type { Mention, ScannedAlias } from '../scan/file-scan.js';
import type { MessageDefinition, Place } from './project-graph.js';
import type { LinkedFile, Origin, ScannedProject } from './scanned-project.js';

/** What a name in code comes down to; `member` is a property of an object that a file declares. */
export type NameOrigin =
  | Origin
  | { readonly kind: 'member'; readonly file: LinkedFile; readonly name: string };

/** How many other names are followed: they may stand for each other in a circle. */
const MAX_HOPS = 20;

/** Follows names in code, through imports and other names for the same, to what they stand for. */
export class MessageNames {
  readonly #project: ScannedProject;

  constructor(project: ScannedProject) {
    this.#project = project;
  }

  /** Where what is mentioned in a file comes from; undefined where the file has it itself, or it can't be told. */
  originOf(file: LinkedFile, mention: Mention, hops = 0): NameOrigin | undefined {
    const path = [...(mention.namespace?.split('.') ?? []), mention.name];
    const [first = '', ...rest] = path;
    let origin = this.#originOfFirst(file, first, mention, hops);
    if (origin === undefined && rest.length > 0)
      return { kind: 'member', file, name: rest[rest.length - 1] ?? '' };
    for (const name of rest) origin = origin === undefined ? undefined : this.#memberOf(origin, name);
    return origin;
  }

  /** The contract that is mentioned in a file, of those in `byPlace`, by path and constant. */
  definitionOf(
    file: LinkedFile,
    mention: Mention,
    byPlace: ReadonlyMap<string, MessageDefinition>,
    hops = 0,
  ): MessageDefinition | undefined {
    if (hops > MAX_HOPS) return undefined;
    const origin = this.originOf(file, mention, hops);
    if (origin === undefined) return byPlace.get(`${file.path}\n${mention.name}`);
    if (origin.kind !== 'declared' && origin.kind !== 'member') return undefined;
    const name = origin.kind === 'member' ? origin.name : (origin.found.local ?? origin.found.name);
    const found = byPlace.get(`${origin.file.path}\n${name}`);
    if (found !== undefined) return found;
    const next = this.#passedOn(origin.file, name, origin.kind === 'member');
    return next === undefined ? undefined : this.definitionOf(origin.file, next, byPlace, hops + 1);
  }

  #originOfFirst(file: LinkedFile, name: string, at: Place, hops: number): NameOrigin | undefined {
    const alias = aliasOf(file, name, at);
    if (alias === undefined || hops > MAX_HOPS) return this.#project.originOfLocal(file, name);
    if (alias.module === undefined) return this.originOf(file, alias.of, hops + 1);
    const edge = file.scan.edges.findIndex(
      ({ kind, specifier }) => (kind === 'dynamicImport' || kind === 'require') && specifier === alias.module,
    );
    const [first = '*', ...rest] = [...(alias.of.namespace?.split('.') ?? []), alias.of.name];
    let origin: NameOrigin = this.#project.originOf(file, edge, first);
    for (const one of rest) origin = this.#memberOf(origin, one);
    return origin;
  }

  #memberOf(origin: NameOrigin, name: string): NameOrigin {
    if (origin.kind === 'namespace') return this.#project.originOfExport(origin.file, name);
    if (origin.kind === 'package') return { ...origin, name };
    return origin.kind === 'unknown' ? origin : { kind: 'member', file: origin.file, name };
  }

  /** What stands for a name in the file that has it: another name for it, a property, or, in short for one, an import. */
  #passedOn(file: LinkedFile, name: string, isMember: boolean): Mention | undefined {
    const alias = file.scan.aliases.find(
      (one) => one.name === name && (one.isProperty === true) === isMember,
    );
    if (alias?.module === undefined && alias !== undefined) return alias.of;
    if (alias !== undefined) return { name, line: alias.line, column: alias.column + 1 };
    return isMember && this.#project.originOfLocal(file, name) !== undefined
      ? { name, line: 0, column: 0 }
      : undefined;
  }
}

/** The other name that was given last before a place: several parts of a file may use the same. */
function aliasOf({ scan }: LinkedFile, name: string, { line, column }: Place): ScannedAlias | undefined {
  return scan.aliases.findLast(
    (one) =>
      one.name === name &&
      one.isProperty !== true &&
      (one.line < line || (one.line === line && one.column < column)),
  );
}
