import { compileGlob } from '../model/glob.js';

/** Folders that are never of the project itself, wherever they stand. */
const foreignFolders: ReadonlySet<string> = new Set([
  'node_modules',
  '.git',
  '.hg',
  '.svn',
  '.yarn',
  '.pnpm-store',
  '.next',
  '.nuxt',
  '.output',
  '.svelte-kit',
  '.turbo',
  '.cache',
]);
/** Folders that tools fill where they run: in the root, and beside a package.json. Elsewhere somebody called sources so. */
const outputFolders: ReadonlySet<string> = new Set(['dist', 'coverage']);

/** `isPackage` is asked whether the folder around it is the root, or has a package.json. */
export function isForeignFolder(name: string, isPackage: () => boolean): boolean {
  return foreignFolders.has(name) || (outputFolders.has(name) && isPackage());
}

/** What Yarn's Plug'n'Play writes: a map of packages as a program, which nobody wrote. It is not run either. */
const foreignFile = /^\.pnp(?:\.loader)?\.[cm]?js$/;

export function isForeignFile(name: string): boolean {
  return foreignFile.test(name);
}

/** One `.gitignore`: what it says of a path below its folder; undefined where it says nothing. */
export type IgnoreFile = (path: string, name: string, isFolder: boolean) => boolean | undefined;

interface Pattern {
  readonly isIgnored: boolean;
  readonly isForFolders: boolean;
  readonly matches: (path: string, name: string) => boolean;
}

/** Reads the patterns of a `.gitignore`; the last one that matches decides. Paths are from its folder. */
export function parseIgnoreFile(text: string): IgnoreFile {
  const patterns = text
    .split('\n')
    .map((line) => line.replace(/\r$/, '').replace(/(?<!\\)[ \t]+$/, ''))
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map(parsePattern)
    .reverse();
  return (path, name, isFolder) =>
    patterns.find(({ isForFolders, matches }) => (isFolder || !isForFolders) && matches(path, name))
      ?.isIgnored;
}

function parsePattern(line: string): Pattern {
  const isIgnored = !line.startsWith('!');
  const isForFolders = line.endsWith('/');
  const body = line
    .replace(/^!/, '')
    .replace(/\/$/, '')
    .replace(/\\(?=[#! ])/g, '');
  return { isIgnored, isForFolders, matches: matcherOf(body) };
}

function matcherOf(body: string): (path: string, name: string) => boolean {
  const isAnchored = body.includes('/');
  const pattern = isAnchored ? body.replace(/^\//, '') : body;
  if (!/[*?[{]/.test(pattern)) return isAnchored ? (path) => path === pattern : (_, name) => name === pattern;
  const ending = isAnchored ? undefined : /^\*(\.[\w.-]+)$/.exec(pattern)?.[1];
  if (ending !== undefined) return (_, name) => name.endsWith(ending);
  const glob = compileGlob(withoutClasses(pattern));
  return isAnchored ? (path) => glob.match(path) !== undefined : (_, name) => glob.match(name) !== undefined;
}

/** `[abc]` as alternatives; one with a range stands for any character. Braces stand for themselves in a `.gitignore`, and a `/**` at the
 * end for all within, not for the folder itself. */
function withoutClasses(pattern: string): string {
  return pattern
    .replace(/\/\*\*$/, '/**/*')
    .replace(/[{}]/g, '?')
    .replace(/\[([^\]/]+)\]/g, (_, inner: string) =>
      /^[^!^-][^-]*$/.test(inner) && !inner.includes(',') ? `{${[...inner].join(',')}}` : '?',
    );
}
