import { type Dirent, existsSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import type { Diagnostic } from '../graph/project-graph.js';
import { type IgnoreFile, isForeignFolder, parseIgnoreFile } from './ignore.js';
import { isWithin } from './paths.js';
import { PlainReader } from './plain-reader.js';
import { type FoundFile, MAX_SOURCE_BYTES, type ProjectFiles } from './project-files.js';

/** Deeper folders are a loop, or hostile. */
const MAX_FOLDERS_DEEP = 100;

interface Rule {
  /** The folder of the `.gitignore`. */
  readonly folder: string;
  readonly ignore: IgnoreFile;
}

/** The files of a folder as they are now. `root` must be there. */
export function readWorkTree(root: string, signal?: AbortSignal): ProjectFiles {
  const realRoot = realpathSync(root);
  const reader = new PlainReader();
  const walk = new Walk(realRoot, reader, signal);
  walk.visit('', [], 0);
  walk.files.sort((one, other) => (one.path < other.path ? -1 : 1));
  const listed = new Set(walk.files.map(({ path }) => path));
  // What was listed is no link, nor are the folders around it.
  const read = (path: string, limitBytes: number = MAX_SOURCE_BYTES) =>
    listed.has(path)
      ? reader.read(placeOf(realRoot, path), limitBytes)
      : readWithin(realRoot, path, limitBytes, reader);
  return {
    root: realRoot,
    files: walk.files,
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
  readonly files: FoundFile[] = [];
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
    const own = entries.some(({ name }) => name === '.gitignore') ? this.#rulesOf(folder, rules) : rules;
    for (const entry of entries) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isSymbolicLink()) this.#addLink(path);
      else if (entry.isDirectory()) {
        if (isForeignFolder(entry.name) || isIgnored(path, entry.name, true, own)) continue;
        if (depth < MAX_FOLDERS_DEEP) this.visit(path, own, depth + 1);
        else this.#report('too-deep', path, `Folders deeper than ${MAX_FOLDERS_DEEP} levels are not read.`);
      } else if (entry.isFile() && !isIgnored(path, entry.name, false, own)) {
        this.files.push({ path, stamp: undefined });
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

  #rulesOf(folder: string, rules: readonly Rule[]): readonly Rule[] {
    const inner = folder === '' ? '.gitignore' : `${folder}/.gitignore`;
    const text = readWithin(this.#root, inner, MAX_IGNORE_BYTES, this.#reader);
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

/** A file that was listed before: it is no link, nor are the folders around it. */
export function readFileOfTree(root: string, path: string, reader: PlainReader): Buffer | undefined {
  return reader.read(placeOf(root, path), MAX_SOURCE_BYTES);
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

/** Size, times and number of a file: as long as they stay, so does its content, unless it was written just now. */
export function stampOf(root: string, path: string): string | undefined {
  try {
    const { size, mtimeMs, ctimeMs, ino } = statSync(placeOf(root, path));
    return `${size} ${mtimeMs} ${ctimeMs} ${ino}`;
  } catch {
    return undefined;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
