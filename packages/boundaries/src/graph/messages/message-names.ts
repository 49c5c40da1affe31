import type { Mention, ScannedAlias } from '../../scan/file-scan.js';
import type { MessageDefinition, Place } from '../project-graph.js';
import type { LinkedFile, Origin, ScannedProject } from '../scanned-project.js';

/**
 * What a name in code comes down to: `local` is one that its file neither imports nor gives to something else, `member` a property
 * of an object that a file declares.
 */
export type NameOrigin =
  | Origin
  | { readonly kind: 'local' | 'member'; readonly file: LinkedFile; readonly name: string };

/** Follows names in code, through imports and other names for the same, to what they stand for. */
export class MessageNames {
  readonly #project: ScannedProject;
  readonly #followed: Set<string>;

  /** To `followed` the paths of files are added whose own names are followed for others: what these find may change with their imports. */
  constructor(project: ScannedProject, followed: Set<string>) {
    this.#project = project;
    this.#followed = followed;
  }

  /** Where what is mentioned in a file comes from. */
  originOf(file: LinkedFile, mention: Mention): NameOrigin {
    return this.#originOf(file, mention, new Set());
  }

  /** The contracts that may be meant by what is mentioned in a file, of those in `byPlace`, by path and constant. */
  definitionsOf(
    file: LinkedFile,
    mention: Mention,
    byPlace: ReadonlyMap<string, MessageDefinition>,
  ): readonly MessageDefinition[] {
    return [...new Set(this.#definitionsOf(file, mention, byPlace, new Set()))];
  }

  /** `seen` are the other names that were followed: they may stand for each other in a circle. */
  #definitionsOf(
    file: LinkedFile,
    mention: Mention,
    byPlace: ReadonlyMap<string, MessageDefinition>,
    seen: Set<ScannedAlias>,
  ): readonly MessageDefinition[] {
    const origin = this.#originOf(file, mention, seen);
    if (origin.kind === 'unknown' || origin.kind === 'package') return [];
    if (origin.kind === 'namespace')
      return mention.isItem === true
        ? [...byPlace.values()].filter(({ path }) => path === origin.file.path)
        : [];
    const name = origin.kind === 'declared' ? (origin.found.local ?? origin.found.name) : origin.name;
    const found = byPlace.get(`${origin.file.path}\n${name}`);
    if (found !== undefined) return [found];
    if (origin.file !== file) this.#followed.add(origin.file.path);
    return this.#passedOn(origin.file, name, origin.kind, mention.isItem === true, seen).flatMap((next) =>
      this.#definitionsOf(origin.file, next, byPlace, seen),
    );
  }

  #originOf(file: LinkedFile, mention: Mention, seen: Set<ScannedAlias>): NameOrigin {
    const path = [...(mention.namespace?.split('.') ?? []), mention.name];
    const [first = '', ...rest] = path;
    let origin = this.#originOfFirst(file, first, mention, seen);
    for (const name of rest) origin = this.#memberOf(origin, name);
    return origin;
  }

  #originOfFirst(file: LinkedFile, name: string, at: Place, seen: Set<ScannedAlias>): NameOrigin {
    const local: NameOrigin = { kind: 'local', file, name };
    const alias = aliasOf(file, name, at);
    if (alias === undefined || seen.has(alias)) return this.#project.originOfLocal(file, name) ?? local;
    seen.add(alias);
    if (alias.module === undefined) return this.#originOf(file, alias.of, seen);
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

  /** What stands for a name in the file that has it: other names for it, a property, or, in short for one, an import; or what is in it. */
  #passedOn(
    file: LinkedFile,
    name: string,
    kind: 'declared' | 'local' | 'member',
    isItem: boolean,
    seen: Set<ScannedAlias>,
  ): readonly Mention[] {
    const isMember = kind === 'member';
    const aliases = file.scan.aliases.filter((one) => one.name === name && !seen.has(one));
    const same = aliases.filter((one) => one.isItem !== true && (one.isProperty === true) === isMember);
    const items = isItem ? aliases.filter((one) => one.isItem === true) : [];
    const followed = [...(kind === 'local' ? [] : same.slice(0, 1)), ...items];
    for (const one of followed) if (one.module === undefined) seen.add(one);
    if (followed.length > 0) return followed.map((one) => nextOf(one, isItem));
    const isShort = isMember && this.#project.originOfLocal(file, name) !== undefined;
    return isShort ? [{ name, line: 0, column: 0 }] : [];
  }
}

/** What another name stands for; one of a module that is loaded is followed from behind where it is given. */
function nextOf({ name, of, module, line, column }: ScannedAlias, isItem: boolean): Mention {
  const next = module === undefined ? of : { name, line, column: column + 1 };
  return isItem ? { ...next, isItem } : next;
}

/** The other name that was given last before a place: several parts of a file may use the same. */
function aliasOf({ scan }: LinkedFile, name: string, { line, column }: Place): ScannedAlias | undefined {
  return scan.aliases.findLast(
    (one) =>
      one.name === name &&
      one.isProperty !== true &&
      one.isItem !== true &&
      (one.line < line || (one.line === line && one.column < column)),
  );
}
