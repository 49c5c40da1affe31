import type { Diagnostic, Place, WorkspacePackage } from '../graph/project-graph.js';
import { Places } from '../scan/tokens/places.js';
import {
  isJsonObject,
  type Json,
  type JsonObject,
  MAX_CONFIGURATION_BYTES,
  parseJson,
  stringOf,
  stringsOf,
} from './json.js';
import { type JsonPath, jsonPlaces } from './json-place.js';
import { folderOf } from './paths.js';
import { readPnpmPackages } from './pnpm-workspace.js';
import { decodeText, type ProjectFiles } from './project-files.js';
import { compileWorkspaceGlobs } from './workspace-globs.js';

/** How much is told of a pattern that is not understood. */
const MAX_SHOWN = 80;

/** One package.json. */
export interface Manifest {
  /** Of the package; `` for the root. */
  readonly folder: string;
  readonly name: string | undefined;
  readonly json: JsonObject;
  /** The names that it declares, each with its field; `dependencies` wins over the others. */
  readonly dependencies: WorkspacePackage['dependencies'];
}

/** Reads JSON of the project; says what is wrong with it, once. */
export class ConfigurationReader {
  readonly diagnostics: Diagnostic[] = [];
  readonly #files: ProjectFiles;
  readonly #read = new Map<string, JsonObject | undefined>();

  constructor(files: ProjectFiles) {
    this.#files = files;
  }

  exists(path: string): boolean {
    return this.#files.exists(path);
  }

  /** Undefined where there is none, or none that can be read. */
  readObject(path: string): JsonObject | undefined {
    if (!this.#read.has(path)) this.#read.set(path, this.#parse(path));
    return this.#read.get(path);
  }

  /** `at` leads to what is meant in the JSON of the file. */
  report(code: string, path: string, message: string, at?: JsonPath): void {
    const text = at === undefined ? undefined : this.#textOf(path);
    const place = at === undefined || text === undefined ? undefined : jsonPlaces(text)(at);
    this.#add(code, path, message, place);
  }

  #add(code: string, path: string, message: string, place: Place | undefined): void {
    this.diagnostics.push({ code, path, message, ...place });
  }

  /** Without a byte order mark. */
  #textOf(path: string): string | undefined {
    const bytes = this.#files.read(path, MAX_CONFIGURATION_BYTES);
    return bytes === undefined ? undefined : decodeText(bytes).text.replace(/^\uFEFF/, '');
  }

  #parse(path: string): JsonObject | undefined {
    const text = this.#textOf(path);
    if (text === undefined) {
      if (this.#files.exists(path)) {
        this.report(
          'configuration-unreadable',
          path,
          `It can't be read, or is larger than ${MAX_CONFIGURATION_BYTES / 1e6} MB.`,
        );
      }
      return undefined;
    }
    const parsed = parseJson(text);
    if (parsed.ok && isJsonObject(parsed.value)) return parsed.value;
    const message = parsed.ok ? 'It is no JSON object.' : parsed.message;
    this.#add('configuration-invalid', path, message, new Places(text).at(parsed.ok ? 0 : parsed.offset));
    return undefined;
  }
}

/** All that is known of the packages of a project. */
export interface Manifests {
  /** Every package.json that was found, by its folder. */
  readonly byFolder: ReadonlyMap<string, Manifest>;
  /** Those that are packages: those found by their names first, each by folder. */
  readonly packages: readonly Manifest[];
  /** Those of the workspace, by name. */
  readonly byName: ReadonlyMap<string, Manifest>;
}

/**
 * Finds the packages of a workspace: what `workspaces` of the root's package.json, `pnpm-workspace.yaml` or `lerna.json` name. Where
 * none of them is there, each package.json with a name makes one. Others, such as a folder of benchmarks with dependencies of its
 * own, are packages too, but nobody finds them by name.
 */
export function readManifests(files: ProjectFiles, reader: ConfigurationReader): Manifests {
  const byFolder = new Map<string, Manifest>();
  for (const { path } of files.files) {
    if (path !== 'package.json' && !path.endsWith('/package.json')) continue;
    const json = reader.readObject(path);
    const folder = folderOf(path);
    if (json !== undefined)
      byFolder.set(folder, { folder, name: nameOf(json['name']), json, dependencies: dependenciesOf(json) });
  }
  const isMember = membershipOf(files, reader, byFolder.get('')?.json);
  const packages = [...byFolder.values()]
    .filter(isPackage)
    .sort((one, other) => (one.folder < other.folder ? -1 : 1));
  const byName = new Map<string, Manifest>();
  for (const manifest of packages) {
    const { name, folder } = manifest;
    if (name === undefined || (folder !== '' && isMember?.(folder) === false)) continue;
    const known = byName.get(name);
    if (known === undefined) byName.set(name, manifest);
    else
      reader.report(
        'package-name-twice',
        `${folder}/package.json`,
        `${known.folder || '.'} is named ${name} too.`,
        ['name'],
      );
  }
  const isFound = ({ name, folder }: Manifest) => name !== undefined && byName.get(name)?.folder === folder;
  const others = packages.filter((manifest) => !isFound(manifest));
  return { byFolder, packages: [...packages.filter(isFound), ...others], byName };
}

/** A package.json that only says of what kind the files around it are makes no package. */
function isPackage({ folder, name, dependencies }: Manifest): boolean {
  return folder === '' || name !== undefined || Object.keys(dependencies).length > 0;
}

function nameOf(value: Json | undefined): string | undefined {
  const name = stringOf(value);
  return name === undefined || name === '' ? undefined : name;
}

function membershipOf(
  files: ProjectFiles,
  reader: ConfigurationReader,
  root: JsonObject | undefined,
): ((folder: string) => boolean) | undefined {
  const declared = root?.['workspaces'];
  const ofNpm = isJsonObject(declared) ? declared['packages'] : declared;
  const ofLerna = reader.exists('lerna.json') ? reader.readObject('lerna.json')?.['packages'] : undefined;
  const bytes = files.read('pnpm-workspace.yaml', MAX_CONFIGURATION_BYTES);
  const ofPnpm = readPnpmPackages(bytes === undefined ? '' : decodeText(bytes).text);
  for (const text of ofPnpm.unclear) reportUnclear(reader, 'pnpm-workspace.yaml', text);
  const lists = [
    ['package.json', listed(reader, 'package.json', ofNpm)],
    ['pnpm-workspace.yaml', ofPnpm.patterns],
    ['lerna.json', listed(reader, 'lerna.json', ofLerna)],
  ] as const;
  for (const [path, patterns] of lists)
    for (const pattern of compileWorkspaceGlobs(patterns).unclear) reportUnclear(reader, path, pattern);
  const patterns = lists.flatMap(([, list]) => list);
  return patterns.length === 0 ? undefined : compileWorkspaceGlobs(patterns).isMember;
}

function listed(reader: ConfigurationReader, path: string, value: Json | undefined): readonly string[] {
  const patterns = stringsOf(value);
  if (value !== undefined && !(Array.isArray(value) && patterns.length === value.length))
    reportUnclear(reader, path, JSON.stringify(value));
  return patterns;
}

function reportUnclear(reader: ConfigurationReader, path: string, text: string): void {
  const shown = text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
  reader.report(
    'workspace-unclear',
    path,
    `Which packages are of the workspace by ${shown} is not understood.`,
  );
}

const dependencyFields = [
  'devDependencies',
  'peerDependencies',
  'optionalDependencies',
  'dependencies',
] as const;

function dependenciesOf(json: JsonObject): WorkspacePackage['dependencies'] {
  const found: Record<string, (typeof dependencyFields)[number]> = Object.create(null);
  for (const field of dependencyFields) {
    const declared = json[field];
    if (isJsonObject(declared)) for (const name of Object.keys(declared)) found[name] = field;
  }
  return found;
}
