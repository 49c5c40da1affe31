import { folderOf } from '../files/paths.js';
import type { ProjectFiles } from '../files/project-files.js';
import { languageOf } from '../scan/language.js';

/** What a path may lead to. */
export type FoundPath =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'asset'; readonly path: string }
  | { readonly kind: 'outside' };

/** What TypeScript looks for, before the name as it stands, where the name says what is made of it. */
const sourcesOfOutput: readonly (readonly [string, readonly string[]])[] = [
  ['.d.ts', ['.ts', '.tsx']],
  ['.d.mts', ['.mts']],
  ['.d.cts', ['.cts']],
  ['.js', ['.ts', '.tsx', '.jsx']],
  ['.jsx', ['.tsx']],
  ['.mjs', ['.mts']],
  ['.cjs', ['.cts']],
];
const declarationsOfOutput: readonly (readonly [string, string])[] = [
  ['.js', '.d.ts'],
  ['.jsx', '.d.ts'],
  ['.mjs', '.d.mts'],
  ['.cjs', '.d.cts'],
];
const endings = [
  '.ts',
  '.tsx',
  '.mts',
  '.cts',
  '.js',
  '.jsx',
  '.mjs',
  '.cjs',
  '.d.ts',
  '.d.mts',
  '.d.cts',
  '.vue',
  '.svelte',
  '.json',
  '.node',
];
const MAX_LINKS = 40;

/** Finds the files that paths without endings, of folders, and of what is compiled lead to. Asks no disk: all files are known. */
export class FileLookup {
  readonly #paths: ReadonlySet<string>;
  readonly #folders: ReadonlySet<string>;
  readonly #links: ReadonlyMap<string, string | undefined>;
  readonly #mainOf: (folder: string) => readonly string[];

  /** `mainOf` gives the paths, from the root, that the package.json of a folder names as its main file. */
  constructor({ files, links }: ProjectFiles, mainOf: (folder: string) => readonly string[]) {
    this.#paths = new Set(files.map(({ path }) => path));
    const folders = new Set<string>(['']);
    for (const { path } of files) {
      for (let folder = folderOf(path); !folders.has(folder); folder = folderOf(folder)) folders.add(folder);
    }
    this.#folders = folders;
    this.#links = links;
    this.#mainOf = mainOf;
  }

  has(path: string): boolean {
    return this.#paths.has(path);
  }

  /** `suffixes` are those of the option `moduleSuffixes`, without the empty one; with `isFolder` a folder is meant before a file. */
  find(path: string, suffixes: readonly string[] = [], isFolder = false): FoundPath | undefined {
    const real = this.#withoutLinks(path);
    if (real === undefined) return { kind: 'outside' };
    return isFolder
      ? (this.#findInFolder(real, suffixes) ?? this.#findFile(real, suffixes))
      : (this.#findFile(real, suffixes) ?? this.#findInFolder(real, suffixes));
  }

  #findInFolder(folder: string, suffixes: readonly string[]): FoundPath | undefined {
    if (!this.#folders.has(folder)) return undefined;
    for (const main of this.#mainOf(folder)) {
      const found = this.#findFile(main, suffixes) ?? this.#findFile(`${main}/index`, suffixes);
      if (found !== undefined) return found;
    }
    return this.#findFile(folder === '' ? 'index' : `${folder}/index`, suffixes);
  }

  #findFile(path: string, suffixes: readonly string[]): FoundPath | undefined {
    for (const candidate of candidates(path, suffixes)) {
      const real = this.#links.has(candidate) ? this.#withoutLinks(candidate) : candidate;
      if (real === undefined) return { kind: 'outside' };
      if (this.#paths.has(real)) return this.#found(real);
    }
    return undefined;
  }

  /** Declarations beside the code that they are of are one module with it, and it goes by the name of the code. */
  #found(path: string): FoundPath {
    if (languageOf(path) === undefined && !/\.(?:vue|svelte)$/i.test(path)) return { kind: 'asset', path };
    const base = /^(.*)\.d\.([mc]?)ts$/.exec(path);
    if (base === null) return { kind: 'file', path };
    const [, stem = '', flavour = ''] = base;
    const twins = flavour === '' ? ['.ts', '.tsx', '.js', '.jsx'] : [`.${flavour}ts`, `.${flavour}js`];
    const twin = twins.map((ending) => stem + ending).find((candidate) => this.#paths.has(candidate));
    return { kind: 'file', path: twin ?? path };
  }

  /** The path with the links on the way followed; undefined where one leads out of the root. */
  #withoutLinks(path: string): string | undefined {
    let current = path;
    if (this.#links.size === 0) return current;
    for (let followed = 0; followed < MAX_LINKS; followed += 1) {
      const link = this.#firstLink(current);
      if (link === undefined) return current;
      const target = this.#links.get(link);
      if (target === undefined) return undefined;
      const rest = current.slice(link.length);
      current = target === '' ? rest.slice(1) : target + rest;
    }
    return undefined;
  }

  #firstLink(path: string): string | undefined {
    for (let end = path.indexOf('/'); end >= 0; end = path.indexOf('/', end + 1)) {
      if (this.#links.has(path.slice(0, end))) return path.slice(0, end);
    }
    return this.#links.has(path) ? path : undefined;
  }
}

/** The files that a path may stand for, the likeliest first. */
export function* candidates(path: string, suffixes: readonly string[]): Generator<string> {
  for (const suffix of [...suffixes, '']) {
    for (const [output, sources] of sourcesOfOutput) {
      if (!path.endsWith(output)) continue;
      for (const source of sources) yield path.slice(0, -output.length) + suffix + source;
    }
    yield withSuffix(path, suffix);
    for (const [output, declaration] of declarationsOfOutput) {
      if (path.endsWith(output)) yield path.slice(0, -output.length) + suffix + declaration;
    }
    for (const ending of endings) yield path + suffix + ending;
  }
  const dot = path.lastIndexOf('.');
  if (dot > path.lastIndexOf('/')) yield `${path.slice(0, dot)}.d${path.slice(dot)}.ts`;
}

function withSuffix(path: string, suffix: string): string {
  if (suffix === '') return path;
  const dot = path.lastIndexOf('.');
  return dot > path.lastIndexOf('/') ? path.slice(0, dot) + suffix + path.slice(dot) : path + suffix;
}
