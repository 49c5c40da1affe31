import { builtinModules } from 'node:module';
import { type Json, stringOf } from '../files/json.js';
import type { Manifest, Manifests } from '../files/manifests.js';
import { folderOf, foldersUp, joinPath } from '../files/paths.js';
import type { ProjectFiles } from '../files/project-files.js';
import type { EdgeKind, EdgeTarget } from '../graph/project-graph.js';
import { FileLookup, type FoundPath } from './file-lookup.js';
import { sourcesOf } from './outputs.js';
import { lookUp } from './package-exports.js';
import type { CompilerOptions, PathMapping, TsConfigs } from './tsconfig.js';

const builtins: ReadonlySet<string> = new Set(builtinModules.filter((name) => !name.startsWith('_')));
const runtimeSchemes: ReadonlySet<string> = new Set(['node', 'bun', 'deno', 'cloudflare', 'workerd']);
const packageSchemes: ReadonlySet<string> = new Set(['http', 'https', 'data', 'npm', 'jsr', 'file', 'blob']);
const mainFields = ['source', 'types', 'typings', 'module', 'main', 'browser'] as const;
const conditionsOfAll = [
  'source',
  'development',
  'types',
  'node',
  'module',
  'module-sync',
  'browser',
  'node-addons',
  'worker',
];

/** Says where what is written in an import leads. */
export class Resolver {
  readonly lookup: FileLookup;
  readonly #files: ProjectFiles;
  readonly #manifests: Manifests;
  readonly #configs: TsConfigs;
  readonly #ambient: ReadonlyMap<string, string>;
  readonly #known = new Map<string, EdgeTarget>();
  readonly #installed = new Map<string, boolean>();
  readonly #scopes = new Map<string, Manifest | undefined>();

  /** `ambient` holds the modules that `declare module` makes, with the files that do. */
  constructor(
    files: ProjectFiles,
    manifests: Manifests,
    configs: TsConfigs,
    ambient: ReadonlyMap<string, string>,
  ) {
    this.#files = files;
    this.#manifests = manifests;
    this.#configs = configs;
    this.#ambient = ambient;
    this.lookup = new FileLookup(files, (folder) => mainsOf(manifests.byFolder.get(folder)));
  }

  resolve(from: string, specifier: string, kind: EdgeKind): EdgeTarget {
    const isRequire = kind === 'require' || kind === 'requireResolve' || kind === 'importEquals';
    const key = `${isRequire ? 'r' : 'i'}${kind === 'url' || kind === 'worker' || kind === 'referencePath' ? 'u' : ''}\n${folderOf(from)}\n${specifier}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const target = this.#resolve(from, specifier, kind, isRequire);
    // Files of one folder may be of different tsconfig.json, which only bears on what is no path.
    if (/^\.{1,2}(?:\/|$)/.test(specifier)) this.#known.set(key, target);
    return target;
  }

  #resolve(from: string, specifier: string, kind: EdgeKind, isRequire: boolean): EdgeTarget {
    if (specifier === '') return unresolved('It is empty.');
    if (specifier.includes('\0')) return unresolved('It holds a NUL.');
    const plain = specifier.slice(specifier.lastIndexOf('!') + 1);
    const options = this.#configs.optionsFor(from);
    if (
      kind === 'referencePath' ||
      ((kind === 'url' || kind === 'worker') && !/^[a-z][\w+.-]*:/i.test(plain))
    ) {
      const target = this.#resolvePath(from, plain, options);
      const path = target.kind === 'unresolved' ? joinPath(folderOf(from), plain) : undefined;
      // A folder, or what is not made yet: a URL is no import.
      return kind === 'url' && path !== undefined ? { kind: 'asset', path } : target;
    }
    if (/^\.{1,2}(?:\/|$)/.test(plain)) return this.#resolvePath(from, plain, options);
    const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(plain)?.[1];
    if (scheme !== undefined) return targetOfScheme(plain, scheme);
    if (builtins.has(plain) && !this.#manifests.byName.has(plain)) return { kind: 'builtin', name: plain };
    return this.#resolveBare(from, plain, options, isRequire);
  }

  #resolvePath(from: string, specifier: string, options: CompilerOptions | undefined): EdgeTarget {
    if (specifier.startsWith('/')) return this.#resolveAbsolute(specifier);
    const path = joinPath(folderOf(from), specifier);
    if (path === undefined) return unresolved('It leads out of the root of the project.');
    const found = this.#findPath(path, options) ?? this.#findInRootDirs(path, options);
    if (found !== undefined) return found;
    if (/[?#]/.test(specifier)) return this.#resolvePath(from, specifier.replace(/[?#].*$/, ''), options);
    const source = this.#findSource(path, this.#scopeOf(folderOf(path))?.folder ?? '');
    if (source !== undefined) return source;
    if (path === '' || this.#files.exists(path)) return this.#targetOfIgnored(path);
    return unresolved(`There is no file ${path}.`);
  }

  /** What is there, but ignored or of no interest: a file that a build makes, or one in a folder that is left out. */
  #targetOfIgnored(path: string): EdgeTarget {
    const name = /(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/]+)\/?(.*)$/.exec(path);
    if (name !== null) return { kind: 'package', name: name[1] ?? '', subpath: name[2] ?? '' };
    return { kind: 'asset', path };
  }

  #resolveAbsolute(specifier: string): EdgeTarget {
    const inRoot = specifier.startsWith(`${this.#files.root}/`)
      ? joinPath('', specifier.slice(this.#files.root.length + 1))
      : joinPath('', specifier);
    const found = inRoot === undefined ? undefined : this.lookup.find(inRoot);
    if (found !== undefined && found.kind !== 'outside') return found;
    return unresolved('It is an absolute path outside of the project.');
  }

  #findPath(path: string, options: CompilerOptions | undefined): EdgeTarget | undefined {
    return toTarget(this.lookup.find(path, options?.moduleSuffixes));
  }

  /** The folders of `rootDirs` are one. */
  #findInRootDirs(path: string, options: CompilerOptions | undefined): EdgeTarget | undefined {
    const dirs = options?.rootDirs ?? [];
    const own = dirs.find((dir) => path.startsWith(`${dir}/`));
    if (own === undefined) return undefined;
    for (const dir of dirs) {
      const found = this.#findPath(`${dir}${path.slice(own.length)}`, options);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #resolveBare(
    from: string,
    specifier: string,
    options: CompilerOptions | undefined,
    isRequire: boolean,
  ): EdgeTarget {
    const mapped = this.#resolveMapped(specifier, options);
    if (mapped !== undefined) return mapped;
    const conditions = new Set([
      ...(options?.customConditions ?? []),
      ...conditionsOfAll,
      isRequire ? 'require' : 'import',
    ]);
    const scope = this.#scopeOf(folderOf(from));
    if (specifier.startsWith('#')) return this.#resolveImports(scope, specifier, conditions);
    if (specifier.startsWith('/')) return this.#resolveAbsolute(specifier);
    const { name, subpath } = splitName(specifier);
    if (name === undefined) return unresolved(`${specifier} is no name of a package.`);
    const own = scope?.name === name ? scope : this.#manifests.byName.get(name);
    if (own !== undefined) {
      const target = this.#resolveInPackage(own, subpath, conditions);
      return target.kind === 'unresolved' ? { ...target, package: name } : target;
    }
    return this.#resolveForeign(from, specifier, name, subpath);
  }

  #resolveMapped(specifier: string, options: CompilerOptions | undefined): EdgeTarget | undefined {
    if (options === undefined) return undefined;
    const mapping = bestMapping(options.paths, specifier);
    for (const target of mapping?.targets ?? []) {
      const found = target === undefined ? undefined : this.#findPath(target, options);
      if (found !== undefined) return found;
      const built = target === undefined ? undefined : this.#findSource(target, '');
      if (built !== undefined) return built;
    }
    const { baseUrl } = options;
    const based = baseUrl === undefined ? undefined : joinPath(baseUrl, specifier);
    const found = based === undefined || based === '' ? undefined : this.#findPath(based, options);
    return found?.kind === 'unresolved' ? undefined : found;
  }

  #resolveImports(
    scope: Manifest | undefined,
    specifier: string,
    conditions: ReadonlySet<string>,
  ): EdgeTarget {
    const imports = scope?.json['imports'];
    if (scope === undefined || imports === undefined)
      return unresolved(`No package.json has imports with ${specifier}.`);
    const targets = lookUp(imports, specifier, conditions);
    if (targets.kind !== 'paths')
      return unresolved(`The imports of ${manifestPath(scope)} do not have ${specifier}.`);
    for (const path of targets.paths) {
      const target = path.startsWith('.')
        ? this.#findSource(joinPath(scope.folder, path), scope.folder)
        : this.resolve(manifestPath(scope), path, 'import');
      if (target !== undefined && target.kind !== 'unresolved') return target;
    }
    return unresolved(
      `The imports of ${manifestPath(scope)} lead to ${targets.paths.join(', ')}, of which there is no source.`,
    );
  }

  #resolveInPackage(manifest: Manifest, subpath: string, conditions: ReadonlySet<string>): EdgeTarget {
    const { folder, json } = manifest;
    const exported: Json | undefined = json['exports'];
    const direct = () =>
      subpath === '' ? this.#findMain(manifest) : this.#findSource(joinPath(folder, subpath), folder);
    if (exported === undefined || exported === null) {
      return (
        direct() ??
        unresolved(
          `The package in ${folder || '.'} has no ${subpath || 'main file'} of which there is a source.`,
        )
      );
    }
    const targets = lookUp(exported, subpath === '' ? '.' : `./${subpath}`, conditions);
    if (targets.kind === 'paths') {
      for (const path of targets.paths) {
        const found = this.#findSource(joinPath(folder, path), folder);
        if (found !== undefined) return found;
      }
      return unresolved(
        `The exports of ${manifestPath(manifest)} lead to ${targets.paths.join(', ')}, of which there is no source.`,
      );
    }
    // Node refuses it; which file is meant is plain all the same, and a rule may say so.
    const found = subpath === '' ? undefined : direct();
    return (
      found ??
      unresolved(
        `The exports of ${manifestPath(manifest)} do not have ${subpath === '' ? '.' : `./${subpath}`}.`,
      )
    );
  }

  #findMain(manifest: Manifest): EdgeTarget | undefined {
    for (const main of [...mainsOf(manifest), manifest.folder]) {
      const found = this.#findSource(main, manifest.folder);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** A file, or the source of what a build makes. */
  #findSource(path: string | undefined, folder: string): EdgeTarget | undefined {
    if (path === undefined) return undefined;
    for (const source of sourcesOf(path, folder, this.#configs.optionsOfFolder(folder))) {
      const found = toTarget(this.lookup.find(source));
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #resolveForeign(from: string, specifier: string, name: string, subpath: string): EdgeTarget {
    const target: EdgeTarget = { kind: 'package', name, subpath };
    const typesName = `@types/${name.startsWith('@') ? name.slice(1).replace('/', '__') : name}`;
    for (const folder of foldersUp(folderOf(from))) {
      const declared = this.#manifests.byFolder.get(folder)?.dependencies;
      if (declared !== undefined && (name in declared || typesName in declared)) return target;
      if (this.#isInstalled(folder, name) || this.#isInstalled(folder, typesName)) return target;
    }
    const ambient = this.#ambient.get(specifier);
    if (ambient !== undefined) return { kind: 'file', path: ambient };
    return unresolved(
      `${name} is no package of the workspace, is not declared in a package.json, and not installed.`,
    );
  }

  #isInstalled(folder: string, name: string): boolean {
    const path = folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`;
    const known = this.#installed.get(path);
    if (known !== undefined) return known;
    const answer = this.#files.exists(path);
    this.#installed.set(path, answer);
    return answer;
  }

  #scopeOf(folder: string): Manifest | undefined {
    if (this.#scopes.has(folder)) return this.#scopes.get(folder);
    const found =
      this.#manifests.byFolder.get(folder) ?? (folder === '' ? undefined : this.#scopeOf(folderOf(folder)));
    this.#scopes.set(folder, found);
    return found;
  }

  /** A pattern of `import.meta.glob`, from the root. */
  patternOf(from: string, pattern: string): string | undefined {
    if (pattern.startsWith('.')) return joinPath(folderOf(from), pattern);
    if (pattern.startsWith('/'))
      return joinPath(this.#scopeOf(folderOf(from))?.folder ?? '', pattern.slice(1));
    return undefined;
  }

  /** Files that the `exports` of a package lead to, or what it has as its main file. */
  entriesOf(manifest: Manifest): readonly string[] {
    const found = new Set<string>();
    const conditions = new Set([
      ...conditionsOfAll,
      'import',
      'require',
      ...customConditionsOf(this.#configs, manifest),
    ]);
    const exported = manifest.json['exports'];
    const paths =
      exported === undefined || exported === null
        ? mainsOf(manifest)
        : allTargets(exported, conditions, manifest.folder);
    for (const path of paths) {
      if (path.includes('*')) for (const entry of this.#matching(path, manifest.folder)) found.add(entry);
      else {
        const target = this.#findSource(path, manifest.folder);
        if (target?.kind === 'file') found.add(target.path);
      }
    }
    if (exported === undefined && found.size === 0) {
      const index = this.#findSource(manifest.folder, manifest.folder);
      if (index?.kind === 'file') found.add(index.path);
    }
    return [...found].sort();
  }

  /** The files that a target with a star stands for. */
  #matching(target: string, folder: string): readonly string[] {
    const star = target.indexOf('*');
    const ending = target.slice(target.lastIndexOf('*') + 1);
    const prefixes = sourcesOf(
      `${target.slice(0, star)}x`,
      folder,
      this.#configs.optionsOfFolder(folder),
    ).map((path) => path.slice(0, -1));
    const stem = ending.replace(/(?:\.d)?\.[mc]?[jt]sx?$/, '');
    return this.#files.files.flatMap(({ path }) => {
      const bare = path.replace(/(?:\.d)?\.[mc]?[jt]sx?$/, '');
      const isMeant =
        prefixes.some((prefix) => path.startsWith(prefix)) && bare !== path && bare.endsWith(stem);
      return isMeant ? [path] : [];
    });
  }
}

function customConditionsOf(configs: TsConfigs, { folder }: Manifest): readonly string[] {
  return configs.optionsOfFolder(folder).flatMap(({ customConditions }) => customConditions);
}

/** Every path that `exports` names under any condition that may apply. */
function allTargets(exported: Json, conditions: ReadonlySet<string>, folder: string): readonly string[] {
  const keys =
    typeof exported === 'object' && exported !== null && !Array.isArray(exported)
      ? Object.keys(exported)
      : [];
  const subpaths = keys.some((key) => key.startsWith('.')) ? keys : ['.'];
  return subpaths.flatMap((subpath) => {
    const targets = lookUp(exported, subpath, conditions);
    return targets.kind === 'paths' ? targets.paths.flatMap((path) => joinPath(folder, path) ?? []) : [];
  });
}

function mainsOf(manifest: Manifest | undefined): readonly string[] {
  if (manifest === undefined) return [];
  return mainFields.flatMap((field) => {
    const main = stringOf(manifest.json[field]);
    const path = main === undefined ? undefined : joinPath(manifest.folder, main);
    return path ?? [];
  });
}

function bestMapping(
  mappings: readonly PathMapping[],
  specifier: string,
): { readonly targets: readonly (string | undefined)[] } | undefined {
  let best: { readonly before: number; readonly mapping: PathMapping; readonly star: string } | undefined;
  for (const mapping of mappings) {
    const { pattern } = mapping;
    if (pattern === specifier) return mapping;
    const star = pattern.indexOf('*');
    if (star < 0) continue;
    const after = pattern.slice(star + 1);
    const isMatch =
      specifier.startsWith(pattern.slice(0, star)) &&
      specifier.endsWith(after) &&
      specifier.length >= pattern.length - 1;
    if (!isMatch || (best !== undefined && best.before >= star)) continue;
    best = { before: star, mapping, star: specifier.slice(star, specifier.length - after.length) };
  }
  if (best === undefined) return undefined;
  const { mapping, star } = best;
  return {
    targets: mapping.targets.map((target) => {
      const path = target?.replace('*', () => star);
      return path === undefined ? undefined : joinPath('', path);
    }),
  };
}

function splitName(specifier: string): { readonly name: string | undefined; readonly subpath: string } {
  const match = /^((?:@[^/\s]+\/)?[^/\s@][^/\s]*)(?:\/(.*))?$/.exec(specifier);
  return { name: match?.[1], subpath: match?.[2] ?? '' };
}

function targetOfScheme(specifier: string, scheme: string): EdgeTarget {
  const lower = scheme.toLowerCase();
  if (lower === 'node') return { kind: 'builtin', name: specifier.slice('node:'.length) };
  if (runtimeSchemes.has(lower)) return { kind: 'builtin', name: specifier };
  if (packageSchemes.has(lower)) return { kind: 'package', name: specifier, subpath: '' };
  return unresolved(`Only a build tool knows what ${lower}: means.`);
}

function toTarget(found: FoundPath | undefined): EdgeTarget | undefined {
  return found?.kind === 'outside' ? unresolved('A symbolic link on its way leads out of the root.') : found;
}

function manifestPath({ folder }: Manifest): string {
  return folder === '' ? 'package.json' : `${folder}/package.json`;
}

function unresolved(reason: string): EdgeTarget {
  return { kind: 'unresolved', reason };
}
