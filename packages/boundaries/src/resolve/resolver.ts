import { builtinModules } from 'node:module';
import type { Json } from '../files/json.js';
import type { Manifest, Manifests } from '../files/manifests.js';
import { folderOf, foldersUp, joinPath } from '../files/paths.js';
import type { ProjectFiles } from '../files/project-files.js';
import type { EdgeKind, EdgeTarget } from '../graph/project-graph.js';
import { candidates, FileLookup, type FoundPath } from './file-lookup.js';
import { entriesBehind, sourcesOf } from './outputs.js';
import { conditionsOfAll, entriesOf, mainsOf } from './package-entries.js';
import { anyCondition, type Conditions, lookUp } from './package-exports.js';
import { declaredAs, isPackageName, splitName } from './package-name.js';
import { bestMapping, mappedPaths, pathsInRootDirs } from './path-mapping.js';
import { frameworkNamed, makerOf, targetOfScheme } from './schemes.js';
import type { CompilerOptions, TsConfigs } from './tsconfig.js';

const builtins: ReadonlySet<string> = new Set(builtinModules.filter((name) => !name.startsWith('_')));
/** Edges whose specifiers are paths, with or without `./`, by what tells those apart that find different files. */
const pathKinds: ReadonlyMap<EdgeKind, string> = new Map([
  ['url', 'u'],
  ['worker', 'u'],
  ['referencePath', 'u'],
  ['fork', 'f'],
]);
/** A path of more characters no system has. */
const MAX_PATH = 4_096;

/** Says where what is written in an import leads. */
export class Resolver {
  readonly lookup: FileLookup;
  readonly #files: ProjectFiles;
  readonly #manifests: Manifests;
  readonly #configs: TsConfigs;
  readonly #ambient: ReadonlyMap<string, string>;
  readonly #known = new Map<string, EdgeTarget>();
  readonly #there = new Map<string, boolean>();
  readonly #scopes = new Map<string, Manifest | undefined>();
  /** The file that nothing is taken to be made of, while an import of it is looked at. */
  #importer: string | undefined;

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
    const options = this.#configs.optionsFor(from);
    // Files of one folder may be of different tsconfig.json, in which a path may mean another file.
    const home = [folderOf(from), ...(options?.moduleSuffixes ?? []), '', ...(options?.rootDirs ?? [])].join(
      ':',
    );
    const key = `${isRequire ? 'r' : 'i'}${pathKinds.get(kind) ?? ''}\n${home}\n${specifier}`;
    const target = this.#known.get(key) ?? this.#resolve(from, specifier, kind, isRequire);
    // What is no path depends on more of a tsconfig.json than that.
    if (isRelative(specifier)) this.#known.set(key, target);
    return target.kind === 'file' && target.path === from
      ? this.#resolveBeside(from, specifier, kind, isRequire)
      : target;
  }

  /** A file that leads on to what a build makes is not what that is made of, though it may be called so. */
  #resolveBeside(from: string, specifier: string, kind: EdgeKind, isRequire: boolean): EdgeTarget {
    this.#importer = from;
    const target = this.#resolve(from, specifier, kind, isRequire);
    this.#importer = undefined;
    return target;
  }

  #resolve(from: string, specifier: string, kind: EdgeKind, isRequire: boolean): EdgeTarget {
    if (specifier === '') return unresolved('It is empty.');
    if (specifier.includes('\0')) return unresolved('It holds a NUL.');
    const options = this.#configs.optionsFor(from);
    const plain = this.#withoutLoaders(from, specifier, options);
    if (pathKinds.has(kind) && (kind === 'referencePath' || !/^[a-z][\w+.-]*:/i.test(plain))) {
      const target =
        kind === 'fork'
          ? this.#resolveStarted(from, plain, options)
          : this.#resolvePath(from, plain, options);
      const path = target.kind === 'unresolved' ? joinPath(folderOf(from), plain) : undefined;
      // A folder, or what is not made yet: a URL is no import.
      return kind === 'url' && path !== undefined ? { kind: 'asset', path } : target;
    }
    if (isRelative(plain)) return this.#resolvePath(from, plain, options);
    const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(plain)?.[1];
    if (scheme !== undefined)
      return (
        targetOfScheme(plain, scheme) ??
        unresolved(`Only a build tool knows what ${scheme.toLowerCase()}: means.`)
      );
    return plain.length > MAX_PATH
      ? unresolved('It is longer than any path.')
      : this.#resolveBare(from, plain, options, isRequire);
  }

  /** Without the loaders that webpack takes before a `!`, unless a file or folder is called so. */
  #withoutLoaders(from: string, specifier: string, options: CompilerOptions | undefined): string {
    const end = specifier.lastIndexOf('!');
    if (end < 0 || specifier[end - 1] === '/') return specifier;
    const path = isRelative(specifier) ? joinPath(folderOf(from), specifier) : undefined;
    const found =
      path === undefined ? this.#resolveMapped(specifier, options) : this.#findPath(path, options);
    return found === undefined ? specifier.slice(end + 1) : specifier;
  }

  /** A process is started by a path that counts from where its parent runs: most run in their package, or in the root. */
  #resolveStarted(from: string, path: string, options: CompilerOptions | undefined): EdgeTarget {
    const own = this.#resolvePath(from, path, options);
    if (own.kind !== 'unresolved' || path.startsWith('/')) return own;
    const scope = this.#scopeOf(folderOf(from))?.folder ?? '';
    for (const folder of new Set([scope, ''])) {
      const other = this.#resolvePath(
        folder === '' ? 'package.json' : `${folder}/package.json`,
        path,
        options,
      );
      if (other.kind !== 'unresolved') return other;
    }
    return own;
  }

  #resolvePath(from: string, specifier: string, options: CompilerOptions | undefined): EdgeTarget {
    if (specifier.startsWith('/')) return this.#resolveAbsolute(specifier);
    const path = joinPath(folderOf(from), specifier);
    if (path === undefined) return unresolved('It leads out of the root of the project.');
    if (path.length > MAX_PATH) return unresolved('It is longer than any path.');
    const isFolder = /(?:^|\/)\.{0,2}$/.test(specifier);
    const found = firstOf(pathsInRootDirs(path, options?.rootDirs), (one) =>
      this.#findPath(one, options, isFolder),
    );
    if (found !== undefined) return found;
    if (/[?#]/.test(specifier)) return this.#resolvePath(from, specifier.replace(/[?#].*$/, ''), options);
    const scope = this.#scopeOf(folderOf(path))?.folder ?? '';
    const source = this.#findSource(path, scope) ?? this.#findEntry(path, scope);
    if (source !== undefined) return source;
    const ignored = firstOf(pathsInRootDirs(path, options?.rootDirs), (one) =>
      this.#findIgnored(one, options),
    );
    if (ignored !== undefined) return ignored;
    const maker = makerOf(path);
    if (maker !== undefined && this.#folderDeclaring(from, maker) !== undefined)
      return { kind: 'asset', path };
    return unresolved(`There is no file ${path}.`);
  }

  /** What is there, but ignored or of no interest: a file that a build makes, or one in a folder that is left out. */
  #findIgnored(path: string | undefined, options?: CompilerOptions): EdgeTarget | undefined {
    if (path === undefined || !this.#exists(folderOf(path))) return undefined;
    const found = [path, ...candidates(path, options?.moduleSuffixes ?? [])].find((one) => this.#exists(one));
    if (found === undefined) return undefined;
    const name = /(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/]+)\/?(.*)$/.exec(path);
    if (name !== null) return { kind: 'package', name: name[1] ?? '', subpath: name[2] ?? '' };
    return { kind: 'asset', path: found };
  }

  #resolveAbsolute(specifier: string): EdgeTarget {
    const inRoot = specifier.startsWith(`${this.#files.root}/`)
      ? joinPath('', specifier.slice(this.#files.root.length + 1))
      : joinPath('', specifier);
    const found = inRoot === undefined ? undefined : this.lookup.find(inRoot);
    if (found !== undefined && found.kind !== 'outside') return found;
    return unresolved('It is an absolute path outside of the project.');
  }

  #findPath(path: string, options: CompilerOptions | undefined, isFolder = false): EdgeTarget | undefined {
    return toTarget(this.lookup.find(path, options?.moduleSuffixes, isFolder));
  }

  #resolveBare(
    from: string,
    specifier: string,
    options: CompilerOptions | undefined,
    isRequire: boolean,
  ): EdgeTarget {
    const isBuiltin = builtins.has(specifier) && !this.#manifests.byName.has(specifier);
    const mapped = this.#resolveMapped(specifier, options);
    if (mapped !== undefined && !(isBuiltin && mapped.kind === 'unresolved')) return mapped;
    if (isBuiltin) return { kind: 'builtin', name: specifier };
    const conditions = new Set([
      ...(options?.customConditions ?? []),
      ...conditionsOfAll,
      isRequire ? 'require' : 'import',
    ]);
    const scope = this.#scopeOf(folderOf(from));
    if (specifier.startsWith('#')) return this.#resolveImports(scope, specifier, conditions);
    if (specifier.startsWith('/')) return this.#resolveAbsolute(specifier);
    const { name, subpath } = splitName(specifier);
    if (name === undefined)
      return (
        this.#findMappedIgnored(specifier, options) ?? unresolved(`${specifier} is no name of a package.`)
      );
    const own = scope?.name === name ? scope : this.#manifests.byName.get(name);
    const member = own ?? this.#memberCalled(from, name);
    if (member === undefined) return this.#resolveForeign(from, specifier, name, subpath, options);
    const target = this.#resolveInPackage(member, subpath, conditions);
    return target.kind === 'unresolved' ? { ...target, package: member.name ?? name } : target;
  }

  /** The package of the workspace that a package.json declares under a name of its own: `"lib2": "workspace:@acme/lib@*"`. */
  #memberCalled(from: string, name: string): Manifest | undefined {
    for (const folder of foldersUp(folderOf(from))) {
      const declared = declaredAs(this.#manifests.byFolder.get(folder), name);
      if (declared === undefined) continue;
      const [, other] = /^(?:npm|workspace):(@?[^@]+)@/.exec(declared) ?? [];
      const [, path] = /^(?:file|link|portal|workspace):(\.{1,2}\/.*)$/.exec(declared) ?? [];
      if (path === undefined) return other === undefined ? undefined : this.#manifests.byName.get(other);
      const target = joinPath(folder, path);
      return target === undefined ? undefined : this.#manifests.byFolder.get(target);
    }
    return undefined;
  }

  #resolveMapped(specifier: string, options: CompilerOptions | undefined): EdgeTarget | undefined {
    if (options === undefined) return undefined;
    const targets = (bestMapping(options.paths, specifier)?.targets ?? []).flatMap((target) => target ?? []);
    const mapped = firstOf(
      targets,
      (target) => this.#findPath(target, options) ?? this.#findSource(target, ''),
    );
    if (mapped !== undefined) return mapped;
    const { baseUrl } = options;
    const based = baseUrl === undefined ? undefined : joinPath(baseUrl, specifier);
    const found = based === undefined || based === '' ? undefined : this.#findPath(based, options);
    return found?.kind === 'unresolved' ? undefined : found;
  }

  #resolveImports(scope: Manifest | undefined, specifier: string, conditions: Conditions): EdgeTarget {
    const imports = scope?.json['imports'];
    if (scope === undefined || imports === undefined)
      return unresolved(`No package.json has imports with ${specifier}.`);
    const targets = lookUp(imports, specifier, conditions);
    if (targets.kind !== 'paths')
      return unresolved(`The imports of ${manifestPath(scope)} do not have ${specifier}.`);
    for (const path of targets.paths) {
      if (path.startsWith('#')) continue;
      const target = path.startsWith('.')
        ? this.#findSource(joinPath(scope.folder, path), scope.folder)
        : this.resolve(manifestPath(scope), path, 'import');
      if (target !== undefined && target.kind !== 'unresolved') return target;
    }
    const ignored = firstOf(targets.paths, (path) => this.#findIgnoredIn(scope, path));
    if (ignored !== undefined) return ignored;
    return unresolved(
      `The imports of ${manifestPath(scope)} lead to ${targets.paths.join(', ')}, of which there is no source.`,
    );
  }

  #resolveInPackage(manifest: Manifest, subpath: string, conditions: Conditions): EdgeTarget {
    const { folder, json } = manifest;
    const exported: Json | undefined = json['exports'];
    const direct = () =>
      subpath === '' ? this.#findMain(manifest) : this.#findSource(joinPath(folder, subpath), folder);
    if (exported === undefined || exported === null) {
      const paths = subpath === '' ? mainsOf(manifest) : [joinPath(folder, subpath)];
      return (
        direct() ??
        firstOf(paths, (path) => this.#findIgnored(path)) ??
        unresolved(
          `The package in ${folder || '.'} has no ${subpath || 'main file'} of which there is a source.`,
        )
      );
    }
    const name = subpath === '' ? '.' : `./${subpath}`;
    const targets = lookUp(exported, name, conditions);
    // A build tool may have conditions of its own, of which no tsconfig.json tells.
    const others = targets.kind === 'closed' ? targets : lookUp(exported, name, anyCondition);
    const paths = [targets, others].flatMap((one) => (one.kind === 'paths' ? one.paths : []));
    const made =
      firstOf(paths, (path) => this.#findSource(joinPath(folder, path), folder)) ??
      firstOf(paths, (path) => this.#findEntry(joinPath(folder, path), folder)) ??
      firstOf(paths, (path) => this.#findIgnoredIn(manifest, path));
    if (made !== undefined) return made;
    if (paths.length > 0) {
      return unresolved(
        `The exports of ${manifestPath(manifest)} lead to ${[...new Set(paths)].join(', ')}, of which there is no source.`,
      );
    }
    // Node refuses it; which file is meant is plain all the same, and a rule may say so.
    const found = subpath === '' ? undefined : direct();
    return found ?? unresolved(`The exports of ${manifestPath(manifest)} do not have ${name}.`);
  }

  #findMappedIgnored(specifier: string, options: CompilerOptions | undefined): EdgeTarget | undefined {
    return firstOf(mappedPaths(specifier, options?.paths, options?.baseUrl), (path) =>
      this.#findIgnored(path, options),
    );
  }

  #findIgnoredIn({ folder }: Manifest, path: string): EdgeTarget | undefined {
    return path.startsWith('.') ? this.#findIgnored(joinPath(folder, path)) : undefined;
  }

  #findMain(manifest: Manifest): EdgeTarget | undefined {
    const paths = [...mainsOf(manifest), manifest.folder];
    return (
      firstOf(paths, (path) => this.#findSource(path, manifest.folder)) ??
      firstOf(paths, (path) => this.#findEntry(path, manifest.folder))
    );
  }

  /** A file, or the source of what a build makes. */
  #findSource(path: string | undefined, folder: string): EdgeTarget | undefined {
    if (path === undefined) return undefined;
    return this.#findOther(path, sourcesOf(path, folder, this.#configs.optionsOfFolder(folder)));
  }

  /** The entry of a package that what a build makes of all may be made from. */
  #findEntry(path: string | undefined, folder: string): EdgeTarget | undefined {
    const name = this.#manifests.byFolder.get(folder)?.name;
    return path === undefined ? undefined : this.#findOther(path, entriesBehind(path, folder, name));
  }

  #findOther(path: string, sources: readonly string[]): EdgeTarget | undefined {
    return firstOf(sources, (source) => {
      const found = toTarget(this.lookup.find(source));
      const isImporter = found?.kind === 'file' && found.path === this.#importer;
      // The path itself, with its ending or without, is what it says.
      return isImporter && !path.startsWith(source) ? undefined : found;
    });
  }

  #resolveForeign(
    from: string,
    specifier: string,
    name: string,
    subpath: string,
    options: CompilerOptions | undefined,
  ): EdgeTarget {
    const typesName = `@types/${name.startsWith('@') ? name.slice(1).replace('/', '__') : name}`;
    for (const folder of foldersUp(folderOf(from))) {
      const manifest = this.#manifests.byFolder.get(folder);
      const declared = manifest?.dependencies;
      const isDeclared = declared !== undefined && (name in declared || typesName in declared);
      // Declared as `"db": "npm:pg@8"`, it is that package.
      const [, other] = /^npm:(@?[^@]+)/.exec(declaredAs(manifest, name) ?? '') ?? [];
      if (isDeclared || this.#isInstalled(folder, name) || this.#isInstalled(folder, typesName))
        return { kind: 'package', name: other ?? name, subpath };
    }
    const ambient = this.#ambient.get(specifier);
    if (ambient !== undefined) return { kind: 'file', path: ambient };
    const given = this.#resolveGiven(from, specifier, options);
    if (given !== undefined) return given;
    const ignored = this.#findMappedIgnored(specifier, options);
    if (ignored !== undefined) return ignored;
    const reason = `${name} is no package of the workspace, is not declared in a package.json, and not installed.`;
    return this.#mayBeAlias(from, specifier, name, options)
      ? unresolved(reason)
      : { kind: 'unresolved', reason, package: name };
  }

  /** What a framework gives that a package.json above declares. */
  #resolveGiven(
    from: string,
    specifier: string,
    options: CompilerOptions | undefined,
  ): EdgeTarget | undefined {
    const { framework, path } = frameworkNamed(specifier) ?? {};
    const folder = framework === undefined ? undefined : this.#folderDeclaring(from, framework);
    if (framework === undefined || folder === undefined) return undefined;
    if (path === undefined) return { kind: 'package', name: framework, subpath: '' };
    const inside = joinPath(folder, path);
    return (
      (inside === undefined ? undefined : this.#findPath(inside, options)) ??
      unresolved(`There is no file ${inside ?? path}.`)
    );
  }

  /** The nearest folder above a file whose package.json declares a package. */
  #folderDeclaring(from: string, name: string): string | undefined {
    return foldersUp(folderOf(from)).find(
      (folder) => declaredAs(this.#manifests.byFolder.get(folder), name) !== undefined,
    );
  }

  /** Whether a name may stand for a path, as far as the project shows: by `paths`, or by a folder that is called so. */
  #mayBeAlias(from: string, specifier: string, name: string, options: CompilerOptions | undefined): boolean {
    if (!isPackageName(name)) return true;
    const pattern = bestMapping(options?.paths ?? [], specifier)?.pattern;
    if (pattern !== undefined && pattern !== '*') return true;
    const [first = name] = name.split('/');
    return foldersUp(folderOf(from)).some(
      (folder) => this.#exists(joinPath(folder, first)) || this.#exists(joinPath(folder, `src/${first}`)),
    );
  }

  #isInstalled(folder: string, name: string): boolean {
    return this.#exists(joinPath(folder, `node_modules/${name}`));
  }

  /** Whether something is there, ignored or not; each path is asked for once. */
  #exists(path: string | undefined): boolean {
    if (path === undefined) return false;
    const known = this.#there.get(path);
    if (known !== undefined) return known;
    const answer = this.#files.exists(path);
    this.#there.set(path, answer);
    return answer;
  }

  #scopeOf(folder: string): Manifest | undefined {
    const open: string[] = [];
    let at = folder;
    for (; at !== '' && !this.#scopes.has(at) && !this.#manifests.byFolder.has(at); at = folderOf(at))
      open.push(at);
    const found = this.#manifests.byFolder.get(at) ?? this.#scopes.get(at);
    for (const one of open) this.#scopes.set(one, found);
    return found;
  }

  /**
   * A pattern of `import.meta.glob`, from the root of the project, as Vite takes it: paths count from the file, or the `base` that is
   * given, those with a slash and `**` from the package, and others are aliases of tsconfig.json.
   */
  patternsOf(from: string, pattern: string, base: string | undefined): readonly string[] {
    const scope = this.#scopeOf(folderOf(from))?.folder ?? '';
    const inScope = (path: string): string | undefined => joinPath(scope, path.replace(/^\//, ''));
    const folder =
      base === undefined || base.startsWith('.') ? joinPath(folderOf(from), base ?? '.') : inScope(base);
    if (pattern.startsWith('.')) return [joinPath(folder ?? '', pattern) ?? []].flat();
    if (pattern.startsWith('/') || pattern.startsWith('**')) return [inScope(pattern) ?? []].flat();
    const mapping = bestMapping(this.#configs.optionsFor(from)?.paths ?? [], pattern);
    return mapping?.targets.flatMap((target) => target ?? []) ?? [];
  }

  /** Files that a package lets out, each with the subpath that leads to it. To be called when all imports are resolved. */
  entriesOf(manifest: Manifest): ReadonlyMap<string, string> {
    return entriesOf(manifest, this.#files, this.#configs, [
      (path) => this.#findSource(path, manifest.folder),
      (path) => this.#findEntry(path, manifest.folder),
    ]);
  }
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

function isRelative(specifier: string): boolean {
  return /^\.{1,2}(?:\/|$)/.test(specifier);
}

function firstOf<T, R>(items: readonly T[], find: (item: T) => R | undefined): R | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}
