import { isJsonObject, type Json, type JsonObject, stringOf, stringsOf } from '../files/json.js';
import type { JsonPath } from '../files/json-place.js';
import type { ConfigurationReader, Manifests } from '../files/manifests.js';
import { folderOf, joinPath } from '../files/paths.js';
import { compileGlobs } from '../model/glob.js';
import { configsOfPackage } from './extended-config.js';
import type { PathMapping } from './path-mapping.js';

/** What of a tsconfig.json bears on what an import means. Folders are from the root. */
export interface CompilerOptions {
  readonly path: string;
  readonly folder: string;
  readonly baseUrl: string | undefined;
  readonly paths: readonly PathMapping[];
  readonly rootDirs: readonly string[];
  readonly outDir: string | undefined;
  readonly rootDir: string | undefined;
  readonly jsx: string | undefined;
  readonly jsxFactory: string;
  readonly customConditions: readonly string[];
  readonly moduleSuffixes: readonly string[];
  /** Whether imports that bind anything stay as they are, but for what is marked. */
  readonly isVerbatim: boolean;
  /** Whether files are compiled one by one, so that the constants of another file are not known. */
  readonly isIsolated: boolean;
  /** Whether constant enumerations are there when the code runs. */
  readonly keepsConstEnums: boolean;
  /** Whether an import stays, for what it does when it is loaded, when all its names are gone. */
  readonly keepsImports: boolean;
  readonly hasDecoratorMetadata: boolean;
}

/** A tsconfig.json with all that it extends. */
interface Loaded {
  readonly path: string;
  readonly folder: string;
  /** `compilerOptions`, each with the folder of the file that it comes from. */
  readonly options: ReadonlyMap<string, { readonly value: Json; readonly folder: string }>;
  readonly json: JsonObject;
}

const MAX_EXTENDS = 32;

/** Finds the compiler's options for files, and keeps what it has read. */
export class TsConfigs {
  readonly #reader: ConfigurationReader;
  readonly #manifests: Pick<Manifests, 'byName'>;
  readonly #byFolder = new Map<string, Loaded | undefined>();
  readonly #loaded = new Map<string, Loaded | undefined>();
  readonly #options = new Map<Loaded, CompilerOptions>();
  readonly #members = new Map<Loaded, (path: string) => boolean>();
  /** It is asked about each import of a file in turn, and many references take long to look through. */
  #last: { readonly path: string; readonly options: CompilerOptions | undefined } | undefined;

  constructor(reader: ConfigurationReader, manifests: Pick<Manifests, 'byName'>) {
    this.#reader = reader;
    this.#manifests = manifests;
  }

  /** The options that the file is compiled with: of the nearest tsconfig.json, or the one it refers to that has the file. */
  optionsFor(path: string): CompilerOptions | undefined {
    if (this.#last?.path !== path) {
      const nearest = this.#nearest(folderOf(path));
      const config = nearest === undefined ? undefined : (this.#referenced(nearest, path) ?? nearest);
      this.#last = { path, options: config === undefined ? undefined : this.#optionsOf(config) };
    }
    return this.#last.options;
  }

  /** The options of a package as a whole: where its output goes. */
  optionsOfFolder(folder: string): readonly CompilerOptions[] {
    const own = ['tsconfig.json', 'tsconfig.build.json', 'tsconfig.lib.json'].flatMap(
      (name) => this.#load(folder === '' ? name : `${folder}/${name}`, []) ?? [],
    );
    const referenced = own.flatMap((config) => this.#referencesOf(config));
    return [...own, ...referenced].map((config) => this.#optionsOf(config));
  }

  /** Conditions for `exports` that any of the files read so far adds to the usual ones. */
  customConditions(): readonly string[] {
    return [...this.#loaded.values()].flatMap((config) =>
      stringsOf(config?.options.get('customConditions')?.value),
    );
  }

  #nearest(folder: string): Loaded | undefined {
    if (this.#byFolder.has(folder)) return this.#byFolder.get(folder);
    const prefix = folder === '' ? '' : `${folder}/`;
    const found =
      this.#load(`${prefix}tsconfig.json`, []) ??
      this.#load(`${prefix}jsconfig.json`, []) ??
      (folder === '' ? this.#load('tsconfig.base.json', []) : this.#nearest(folderOf(folder)));
    this.#byFolder.set(folder, found);
    return found;
  }

  /** A tsconfig.json that only refers to others, or leaves the file out, speaks through the one that has it. */
  #referenced(config: Loaded, path: string): Loaded | undefined {
    const references = this.#referencesOf(config);
    if (references.length === 0) return undefined;
    const isOwn = this.#memberTest(config);
    if (isOwn(path)) return undefined;
    return references.find((reference) => this.#memberTest(reference)(path));
  }

  #referencesOf({ json, folder }: Loaded): readonly Loaded[] {
    const references = json['references'];
    if (!Array.isArray(references)) return [];
    return references.flatMap((reference: Json) => {
      const path = isJsonObject(reference) ? stringOf(reference['path']) : undefined;
      const target = path === undefined ? undefined : joinPath(folder, path);
      if (target === undefined) return [];
      const file = target.endsWith('.json') ? target : joinPath(target, 'tsconfig.json');
      return (file === undefined ? undefined : this.#load(file, [])) ?? [];
    });
  }

  #memberTest(config: Loaded): (path: string) => boolean {
    const known = this.#members.get(config);
    if (known !== undefined) return known;
    const made = memberTest(config);
    this.#members.set(config, made);
    return made;
  }

  #load(path: string, chain: readonly string[]): Loaded | undefined {
    if (chain.includes(path)) {
      this.#reader.report('tsconfig-cycle', path, `It extends itself: ${[...chain, path].join(' → ')}.`, [
        'extends',
      ]);
      return undefined;
    }
    if (chain.length > MAX_EXTENDS) {
      this.#reader.report('tsconfig-too-deep', path, `More than ${MAX_EXTENDS} files extend each other.`);
      return undefined;
    }
    if (this.#loaded.has(path)) return this.#loaded.get(path);
    const json = this.#reader.exists(path) ? this.#reader.readObject(path) : undefined;
    const loaded = json === undefined ? undefined : this.#extend(path, json, chain);
    this.#loaded.set(path, loaded);
    return loaded;
  }

  #extend(path: string, json: JsonObject, chain: readonly string[]): Loaded {
    const folder = folderOf(path);
    const options = new Map<string, { readonly value: Json; readonly folder: string }>();
    let inherited: JsonObject = {};
    const parents = typeof json['extends'] === 'string' ? [json['extends']] : stringsOf(json['extends']);
    for (const [index, parent] of parents.entries()) {
      const target = this.#findParent(path, parent, ['extends', index]);
      const base = target === undefined ? undefined : this.#load(target, [...chain, path]);
      if (base === undefined) continue;
      for (const [name, value] of base.options) options.set(name, value);
      inherited = { ...inherited, ...filesOf(base.json, base.folder, folder) };
    }
    const own = json['compilerOptions'];
    if (isJsonObject(own)) {
      for (const [name, value] of Object.entries(own))
        if (value !== undefined) options.set(name, { value, folder });
    }
    return { path, folder, options, json: { ...inherited, ...json } };
  }

  /** `at` leads to where it is said. A path, or something of a package. */
  #findParent(path: string, parent: string, at: JsonPath): string | undefined {
    const folder = folderOf(path);
    const isPath = parent.startsWith('.');
    const ownPath = isPath ? joinPath(folder, parent) : undefined;
    if (parent.startsWith('/') || (isPath && ownPath === undefined)) {
      this.#reader.report(
        'outside-root',
        path,
        `It extends ${parent}, which is outside of the root and not read.`,
        at,
      );
      return undefined;
    }
    const candidates =
      ownPath === undefined ? configsOfPackage(folder, parent, this.#reader, this.#manifests) : [ownPath];
    for (const candidate of candidates) {
      for (const ending of ['', '.json', '/tsconfig.json']) {
        const found = `${candidate}${ending}`;
        if (found.endsWith('.json') && this.#reader.exists(found)) return found;
      }
    }
    this.#reader.report('tsconfig-missing', path, `It extends ${parent}, which is not there.`, at);
    return undefined;
  }

  #optionsOf(config: Loaded): CompilerOptions {
    const known = this.#options.get(config);
    if (known !== undefined) return known;
    const made = compilerOptions(config);
    this.#options.set(config, made);
    return made;
  }
}

/** Which files a base has, as seen from another folder. */
function filesOf(json: JsonObject, from: string, to: string): JsonObject {
  const found: Record<string, Json> = {};
  for (const name of ['files', 'include', 'exclude']) {
    const list = json[name];
    if (Array.isArray(list) && from === to) found[name] = list;
  }
  return found;
}

function memberTest({ json, folder }: Loaded): (path: string) => boolean {
  const files = json['files'];
  const include = json['include'];
  const listed = new Set(stringsOf(files).map((file) => joinPath(folder, file)));
  const isIncluded = Array.isArray(include)
    ? compileGlobs(stringsOf(include).flatMap((pattern) => folderPatterns(folder, pattern)))
    : (path: string) => files === undefined && (folder === '' || path.startsWith(`${folder}/`));
  const isExcluded = compileGlobs(
    stringsOf(json['exclude']).flatMap((pattern) => folderPatterns(folder, pattern)),
  );
  return (path) => listed.has(path) || (isIncluded(path) && !isExcluded(path));
}

/** The name of a folder stands for all in it. */
function folderPatterns(folder: string, pattern: string): readonly string[] {
  const joined = joinPath(folder, pattern.replace(/^\$\{configDir\}\/?/, ''));
  if (joined === undefined) return [];
  return /\.\w+$|\*$/.test(pattern) ? [joined] : joined === '' ? ['**'] : [joined, `${joined}/**`];
}

function compilerOptions({ path, folder, options }: Loaded): CompilerOptions {
  const text = (name: string) => stringOf(options.get(name)?.value);
  const isOn = (name: string) => options.get(name)?.value === true;
  const list = (name: string) => stringsOf(options.get(name)?.value);
  const location = (name: string) => {
    const option = options.get(name);
    const value = stringOf(option?.value);
    return option === undefined || value === undefined ? undefined : locate(option.folder, folder, value);
  };
  const isVerbatim = isOn('verbatimModuleSyntax') || isOn('preserveValueImports');
  const kept = text('importsNotUsedAsValues');
  return {
    path,
    folder,
    baseUrl: location('baseUrl'),
    paths: pathMappings(options, folder, location('baseUrl')),
    rootDirs: list('rootDirs').flatMap(
      (dir) => locate(options.get('rootDirs')?.folder ?? folder, folder, dir) ?? [],
    ),
    outDir: location('outDir'),
    rootDir: location('rootDir'),
    jsx: text('jsx'),
    jsxFactory: (text('jsxFactory') ?? text('reactNamespace') ?? 'React').split('.')[0] ?? 'React',
    customConditions: list('customConditions'),
    moduleSuffixes: list('moduleSuffixes').filter((suffix) => suffix !== ''),
    isVerbatim,
    isIsolated: isOn('isolatedModules') || isVerbatim,
    keepsConstEnums: isOn('preserveConstEnums'),
    keepsImports: isOn('verbatimModuleSyntax') || kept === 'preserve' || kept === 'error',
    hasDecoratorMetadata: isOn('emitDecoratorMetadata') && isOn('experimentalDecorators'),
  };
}

function pathMappings(
  options: Loaded['options'],
  own: string,
  baseUrl: string | undefined,
): readonly PathMapping[] {
  const paths = options.get('paths');
  if (paths === undefined || !isJsonObject(paths.value)) return [];
  const from = baseUrl ?? paths.folder;
  return Object.entries(paths.value).map(([pattern, targets]) => ({
    pattern,
    targets: stringsOf(targets).map((target) => locate(from, own, target)),
  }));
}

/** `${configDir}` is the folder of the file that extends, not of the one that says it. */
function locate(folder: string, own: string, path: string): string | undefined {
  const template = /^\$\{configDir\}\/?/;
  return template.test(path) ? joinPath(own, path.replace(template, '')) : joinPath(folder, path);
}
