import { type Dirent, existsSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import type { Diagnostic } from '../graph/project-graph.js';
import { type IgnoreFile, isForeignFile, isForeignFolder, parseIgnoreFile } from './ignore.js';
import { isWithin } from './paths.js';
import { PlainReader } from './plain-reader.js';
import { MAX_SOURCE_BYTES, type ProjectFiles, type Stamp } from './project-files.js';

/** Deeper folders are a loop, or hostile. */
const MAX_FOLDERS_DEEP = 100;

interface Rule {
  /** The folder that it is about. */
  readonly folder: string;
  readonly ignore: IgnoreFile;
}

/** The files of a folder as they are now. `root` must be there. */
export function readWorkTree(root: string, signal?: AbortSignal): ProjectFiles {
  const realRoot = realpathSync(root);
  const reader = new PlainReader();
  const walk = new Walk(realRoot, reader, signal);
  walk.visit('', walk.rulesOf('', '.git/info/exclude', []), 0);
  walk.paths.sort();
  const listed = new Set(walk.paths);
  // What was listed is no link, nor are the folders around it.
  const read = (path: string, limitBytes: number = MAX_SOURCE_BYTES) =>
    listed.has(path)
      ? reader.read(placeOf(realRoot, path), limitBytes)
      : readWithin(realRoot, path, limitBytes, reader);
  return {
    root: realRoot,
    files: walk.paths.map((path) => ({ path })),
    links: walk.links,
    diagnostics: walk.diagnostics,
    read,
    exists: (path) => existsWithin(realRoot, path),
    readAll: (paths) => readAll(paths, read),
  };
}

function readAll(
  paths: readonly string[],
  read: (path: string) => Buffer | undefined,
): ReadonlyMap<string, Buffer> {
  const contents = new Map<string, Buffer>();
  for (const path of paths) {
    const content = read(path);
    if (content !== undefined) contents.set(path, content);
  }
  return contents;
}

class Walk {
  readonly paths: string[] = [];
  readonly links = new Map<string, string | undefined>();
  readonly diagnostics: Diagnostic[] = [];
  readonly #root: string;
  readonly #reader: PlainReader;
  readonly #signal: AbortSignal | undefined;

  constructor(root: string, reader: PlainReader, signal: AbortSignal | undefined) {
    this.#root = root;
    this.#reader = reader;
    this.#signal = signal;
  }

  visit(folder: string, rules: readonly Rule[], depth: number): void {
    this.#signal?.throwIfAborted();
    const entries = this.#entriesOf(folder);
    const own = entries.some(({ name }) => name === '.gitignore')
      ? this.rulesOf(folder, folder === '' ? '.gitignore' : `${folder}/.gitignore`, rules)
      : rules;
    const isPackage = () => folder === '' || entries.some(({ name }) => name === 'package.json');
    for (const entry of entries) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isSymbolicLink()) this.#addLink(path);
      else if (entry.isDirectory()) {
        if (isForeignFolder(entry.name, isPackage) || isIgnored(path, entry.name, true, own)) continue;
        if (depth < MAX_FOLDERS_DEEP) this.visit(path, own, depth + 1);
        else this.#report('too-deep', path, `Folders deeper than ${MAX_FOLDERS_DEEP} levels are not read.`);
      } else if (entry.isFile() && !isForeignFile(entry.name) && !isIgnored(path, entry.name, false, own)) {
        this.paths.push(path);
      }
    }
  }

  #entriesOf(folder: string): readonly Dirent[] {
    try {
      return readdirSync(join(this.#root, folder), { withFileTypes: true });
    } catch (error) {
      this.#report('folder-unreadable', folder === '' ? '.' : folder, messageOf(error));
      return [];
    }
  }

  /** With what a file says of a folder, which is as a `.gitignore` in it. */
  rulesOf(folder: string, path: string, rules: readonly Rule[]): readonly Rule[] {
    const text = readWithin(this.#root, path, MAX_IGNORE_BYTES, this.#reader);
    return text === undefined
      ? rules
      : [...rules, { folder, ignore: parseIgnoreFile(text.toString('utf8')) }];
  }

  #addLink(path: string): void {
    try {
      const target = relative(this.#root, realpathSync(join(this.#root, path)))
        .split(sep)
        .join('/');
      this.links.set(path, target.startsWith('..') ? undefined : target);
    } catch {
      this.links.set(path, undefined);
    }
  }

  #report(code: string, path: string, message: string): void {
    this.diagnostics.push({ code, path, message });
  }
}

const MAX_IGNORE_BYTES = 1_000_000;

/** The innermost `.gitignore` that says something decides. */
function isIgnored(path: string, name: string, isFolder: boolean, rules: readonly Rule[]): boolean {
  for (let at = rules.length - 1; at >= 0; at -= 1) {
    const rule = rules[at];
    const inner = rule === undefined || rule.folder === '' ? path : path.slice(rule.folder.length + 1);
    const answer = rule?.ignore(inner, name, isFolder);
    if (answer !== undefined) return answer;
  }
  return false;
}

/** A file within the root; one that is a link out of it is not read. */
function readWithin(root: string, path: string, limitBytes: number, reader: PlainReader): Buffer | undefined {
  try {
    const real = realpathSync(join(root, path));
    return isWithin(real, root) ? reader.read(real, limitBytes) : undefined;
  } catch {
    return undefined;
  }
}

/** A file that was listed before: it is no link, nor are the folders around it. Its bytes stay until the next one is read. */
export function viewFileOfTree(root: string, path: string, reader: PlainReader): Buffer | undefined {
  return reader.view(placeOf(root, path), MAX_SOURCE_BYTES);
}

/** A path that was listed. Not by `join`: there is nothing to be put in order, and it is asked for of every file. */
function placeOf(root: string, path: string): string {
  return `${root}${sep}${path}`;
}

function existsWithin(root: string, path: string): boolean {
  const absolute = join(root, path);
  if (!existsSync(absolute)) return false;
  try {
    return isWithin(realpathSync(absolute), root);
  } catch {
    return false;
  }
}

/** Nothing where the file can't be looked at. */
export function stampOf(root: string, path: string): Stamp | undefined {
  try {
    return statSync(placeOf(root, path));
  } catch {
    return undefined;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
