import { spawnSync } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { MortarError } from 'mortar/errors';
import { isForeignFile, isForeignFolder } from './ignore.js';
import { folderOf, foldersUp, joinPath } from './paths.js';
import { MAX_SOURCE_BYTES, type ProjectFiles } from './project-files.js';

const MAX_LIST_BYTES = 512_000_000;
/** How many blobs are asked for at a time, so that not all contents are held at once. */
const BATCH = 500;
const LINK = '120000';
const SUBMODULE = '160000';
/** What an empty file is called, and what a tree without entries, where git names things by SHA-1 and by SHA-256. */
const EMPTY_BLOBS: ReadonlySet<string> = new Set([
  'e69de29bb2d1d6434b8b29ae775ad8c2e48c5391',
  '473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813',
]);
const EMPTY_TREES: Readonly<Record<number, string>> = {
  40: '4b825dc642cb6eb9a060e54bf8d69288fbee4904',
  64: '6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321',
};

interface Entry {
  readonly path: string;
  readonly mode: string;
  readonly object: string;
}

/**
 * The files of a folder as they are staged. Runs `git`, with everything off that would have it run anything in turn.
 * @throws MortarError `MORTAR_GIT_UNAVAILABLE` where there is no git, or no repository.
 */
export function readGitIndex(root: string): ProjectFiles {
  const realRoot = realpathSync(root);
  const entries = listEntries(realRoot);
  const byPath = new Map(entries.map((entry) => [entry.path, entry]));
  const plain = entries.filter(({ mode }) => mode !== LINK && mode !== SUBMODULE);
  const folders = new Set(entries.flatMap(({ path }) => foldersUp(folderOf(path))));
  const readAll = (paths: readonly string[]) => readBlobs(realRoot, paths, byPath);
  return {
    root: realRoot,
    files: plain.map(({ path }) => ({ path })),
    links: linksOf(
      realRoot,
      entries.filter(({ mode }) => mode === LINK),
    ),
    diagnostics: [],
    read: (path, limitBytes = MAX_SOURCE_BYTES) => {
      const content = readAll([path]).get(path);
      return content === undefined || content.length > limitBytes ? undefined : content;
    },
    exists: (path) => byPath.has(path) || folders.has(path),
    readAll,
  };
}

function listEntries(root: string): readonly Entry[] {
  const output = git(root, ['ls-files', '--stage', '-z']).toString('utf8');
  const entries: Entry[] = [];
  for (const line of output.split('\0')) {
    const [, mode, object, stage, path] = /^(\d+) ([0-9a-f]+) (\d)\t([\s\S]+)$/.exec(line) ?? [];
    if (mode === undefined || object === undefined || path === undefined || stage !== '0') continue;
    entries.push({ path, mode, object });
  }
  return withoutIntents(root, withoutForeign(entries)).sort((one, other) => (one.path < other.path ? -1 : 1));
}

function withoutForeign(entries: readonly Entry[]): readonly Entry[] {
  const packages = new Set(
    entries.flatMap(({ path }) => (nameOf(path) === 'package.json' ? folderOf(path) : [])),
  );
  const isPackage = (folder: string) => folder === '' || packages.has(folder);
  const isForeign = (folder: string) => isForeignFolder(nameOf(folder), () => isPackage(folderOf(folder)));
  return entries.filter(
    ({ path }) => !isForeignFile(nameOf(path)) && !foldersUp(folderOf(path)).some(isForeign),
  );
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/**
 * Leaves out what is only meant to be added (`git add -N`): the index has it as an empty file, and a commit has it not at all.
 * What git says is in the index and not in an empty tree is what would be committed.
 */
function withoutIntents(root: string, entries: readonly Entry[]): Entry[] {
  const empty = entries.find(({ object }) => EMPTY_BLOBS.has(object));
  const tree = empty === undefined ? undefined : EMPTY_TREES[empty.object.length];
  if (tree === undefined) return [...entries];
  const args = [
    'diff-index',
    '--cached',
    '--ita-invisible-in-index',
    '--name-only',
    '--relative',
    '-z',
    tree,
  ];
  const committed = new Set(git(root, args).toString('utf8').split('\0'));
  return entries.filter(({ path, object }) => !EMPTY_BLOBS.has(object) || committed.has(path));
}

function linksOf(root: string, links: readonly Entry[]): ReadonlyMap<string, string | undefined> {
  const contents = readBlobs(
    root,
    links.map(({ path }) => path),
    new Map(links.map((link) => [link.path, link])),
  );
  return new Map(
    links.map(({ path }) => {
      const target = contents.get(path)?.toString('utf8');
      const isInside = target !== undefined && !target.startsWith('/');
      return [path, isInside ? joinPath(folderOf(path), target) : undefined];
    }),
  );
}

function readBlobs(
  root: string,
  paths: readonly string[],
  entries: ReadonlyMap<string, Entry>,
): ReadonlyMap<string, Buffer> {
  const contents = new Map<string, Buffer>();
  const known = paths.flatMap((path) => entries.get(path) ?? []);
  for (let from = 0; from < known.length; from += BATCH) {
    const batch = known.slice(from, from + BATCH);
    const input = batch.map(({ object }) => `${object}\n`).join('');
    readBatch(git(root, ['cat-file', '--batch'], input), batch, contents);
  }
  return contents;
}

/** `<object> blob <size>`, a line break, the content, a line break. */
function readBatch(output: Buffer, batch: readonly Entry[], contents: Map<string, Buffer>): void {
  let at = 0;
  for (const { path } of batch) {
    const lineEnd = output.indexOf(10, at);
    const size = Number(/ blob (\d+)$/.exec(output.toString('latin1', at, lineEnd))?.[1]);
    if (lineEnd < 0 || !Number.isSafeInteger(size)) return;
    contents.set(path, output.subarray(lineEnd + 1, lineEnd + 1 + size));
    at = lineEnd + 2 + size;
  }
}

/** A hook of git is started with its paths relative to where it runs, and from there they are meant. */
function environment(): NodeJS.ProcessEnv {
  const { GIT_DIR, GIT_INDEX_FILE, GIT_WORK_TREE, ...rest } = process.env;
  return {
    ...rest,
    ...(GIT_INDEX_FILE === undefined ? {} : { GIT_INDEX_FILE: resolve(GIT_INDEX_FILE) }),
    ...(GIT_WORK_TREE === undefined ? {} : { GIT_WORK_TREE, ...(GIT_DIR === undefined ? {} : { GIT_DIR }) }),
    GIT_OPTIONAL_LOCKS: '0',
  };
}

function git(root: string, args: readonly string[], input?: string): Buffer {
  const safe = ['-c', 'core.fsmonitor=false', '-c', 'core.hooksPath=/dev/null', '-c', 'core.pager=cat'];
  const { status, stdout, stderr, error } = spawnSync('git', [...safe, ...args], {
    cwd: root,
    env: environment(),
    maxBuffer: MAX_LIST_BYTES,
    ...(input === undefined ? {} : { input }),
  });
  if (status === 0) return stdout;
  throw new MortarError('MORTAR_GIT_UNAVAILABLE', {
    rule: 'What is staged is read with git, in a repository.',
    expected: `git ${args[0]} in ${root} to succeed`,
    got: error?.message ?? stderr.toString('utf8').trim().slice(0, 500),
  });
}
