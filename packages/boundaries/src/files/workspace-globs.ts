import { expandBraces } from '../model/glob.js';

/** Longer ones, or deeper ones, nobody wrote: patterns come from files that are not trusted. */
const MAX_LENGTH = 5_000;
/** With each choice of the braces. */
const MAX_LENGTH_OF_ONE = 200;
const MAX_DEPTH = 3;
const MAX_RANGE = 256;

/** Which folders patterns name, and those of them that can't be understood. */
export interface WorkspaceGlobs {
  readonly isMember: (folder: string) => boolean;
  readonly unclear: readonly string[];
}

/**
 * Patterns of workspaces as npm, Yarn and pnpm take them: over what our own globs have, `[ab]`, `{1..3}`, and `!(a|b)`, `@(a|b)`,
 * `?(a)`, `*(a)` and `+(a)` as shells have them. The last pattern that matches decides; one that begins with `!` takes away.
 */
export function compileWorkspaceGlobs(patterns: readonly string[]): WorkspaceGlobs {
  const signed = patterns.map((pattern) => {
    const isTaken = /^!(?!\()/.test(pattern);
    return { pattern, isTaken, fits: compileOne(isTaken ? pattern.slice(1) : pattern) };
  });
  return {
    isMember: (folder) => {
      const names = folder.split('/');
      return signed.findLast(({ fits }) => fits?.(names) === true)?.isTaken === false;
    },
    unclear: signed.flatMap(({ pattern, fits }) => (fits === undefined ? [pattern] : [])),
  };
}

type Fit = (names: readonly string[]) => boolean;

function compileOne(pattern: string): Fit | undefined {
  const plain = pattern.replace(/^(?:\.?\/)+/, '').replace(/\/+$/, '');
  if (plain.length > MAX_LENGTH || /\\|^\.\.(?:\/|$)|\([^)]*\//.test(plain)) return undefined;
  const choices = expandBraces(withRanges(plain));
  if (choices.length === 0 || choices.some((one) => one.length > MAX_LENGTH_OF_ONE)) return undefined;
  const alternatives = choices.map((one) => one.split('/').map(parseName));
  const understood = alternatives.flatMap((names) => (names.every(isKnown) ? [names] : []));
  if (understood.length < alternatives.length) return undefined;
  return (names) => understood.some((alternative) => fitsNames(alternative, names));
}

function isKnown(part: NamePattern | undefined): part is NamePattern {
  return part !== undefined;
}

/** `{1..3}` as `{1,2,3}`. */
function withRanges(pattern: string): string {
  return pattern.replace(/\{(\d{1,6})\.\.(\d{1,6})\}/g, (whole, from: string, to: string) => {
    const count = Number(to) - Number(from) + 1;
    if (count < 1 || count > MAX_RANGE) return whole;
    return `{${Array.from({ length: count }, (_, index) => Number(from) + index).join(',')}}`;
  });
}

/** `**`, or what a name consists of. */
type NamePattern = '**' | readonly Part[];

type Part =
  | { readonly kind: 'character'; readonly fits: (character: string) => boolean }
  | { readonly kind: 'star' }
  | { readonly kind: 'group'; readonly sign: string; readonly choices: readonly (readonly Part[])[] };

function parseName(name: string): NamePattern | undefined {
  if (name === '**') return name;
  const open: Open = { text: name, at: 0, isNegated: false };
  const parts = parseParts(open, 0);
  return open.at < name.length ? undefined : parts;
}

interface Open {
  readonly text: string;
  at: number;
  /** Whether it is within `!(`. Another one there would take the square of the time. */
  isNegated: boolean;
}

/** Up to the end, or to what ends a choice of a group; undefined for what is not understood. */
function parseParts(open: Open, depth: number): readonly Part[] | undefined {
  const parts: Part[] = [];
  while (open.at < open.text.length && !(depth > 0 && /[|)]/.test(open.text[open.at] ?? ''))) {
    const part = parsePart(open, depth);
    if (part === undefined) return undefined;
    parts.push(part);
  }
  return parts;
}

function parsePart(open: Open, depth: number): Part | undefined {
  const character = open.text[open.at] ?? '';
  if (/[!@?*+]/.test(character) && open.text[open.at + 1] === '(') return parseGroup(open, character, depth);
  if (character === '[') return parseClass(open);
  open.at += 1;
  if (character === '*') return { kind: 'star' };
  return { kind: 'character', fits: character === '?' ? () => true : (one) => one === character };
}

function parseGroup(open: Open, sign: string, depth: number): Part | undefined {
  const wasNegated = open.isNegated;
  if (depth >= MAX_DEPTH || (wasNegated && sign === '!')) return undefined;
  const choices: (readonly Part[])[] = [];
  open.isNegated ||= sign === '!';
  open.at += 1;
  do {
    open.at += 1;
    const choice = parseParts(open, depth + 1);
    if (choice === undefined) return undefined;
    choices.push(choice);
  } while (open.text[open.at] === '|');
  if (open.text[open.at] !== ')') return undefined;
  open.isNegated = wasNegated;
  open.at += 1;
  return { kind: 'group', sign, choices };
}

/** `[ab]`, `[a-z]` or `[!a]`; one that is not closed stands for itself. Named classes are not understood. */
function parseClass(open: Open): Part | undefined {
  const [whole, sign, inner] = /^\[([!^]?)(\]?[^\]]*)\]/.exec(open.text.slice(open.at)) ?? [];
  open.at += whole?.length ?? 1;
  if (inner === undefined) return { kind: 'character', fits: (one) => one === '[' };
  if (/\[[:.=]/.test(inner)) return undefined;
  const ranges = [...inner.matchAll(/(.)-(.)|./gsu)].map(
    ([one, from = one, to = one]) => [from, to] as const,
  );
  const isIn = (one: string): boolean => ranges.some(([from, to]) => from <= one && one <= to);
  return { kind: 'character', fits: sign === '' ? isIn : (one) => !isIn(one) };
}

/** How many names each prefix of the pattern may stand for: so the time it takes is that of pattern times path. */
function fitsNames(pattern: readonly NamePattern[], names: readonly string[]): boolean {
  let reached = new Set([0]);
  for (const part of pattern) {
    const next = new Set<number>();
    if (part === '**') for (let at = Math.min(...reached); at <= names.length; at += 1) next.add(at);
    else
      for (const at of reached)
        if (at < names.length && endsOf(part, names[at] ?? '', new Set([0])).has(names[at]?.length ?? 0))
          next.add(at + 1);
    if (next.size === 0) return false;
    reached = next;
  }
  return reached.has(names.length);
}

/** The places in a name that the parts may end at, where they may begin at these. */
function endsOf(parts: readonly Part[], name: string, starts: ReadonlySet<number>): ReadonlySet<number> {
  let reached = starts;
  for (const part of parts) reached = endsOfPart(part, name, reached);
  return reached;
}

function endsOfPart(part: Part, name: string, starts: ReadonlySet<number>): ReadonlySet<number> {
  if (part.kind === 'character')
    return new Set(
      [...starts].flatMap((at) => (at < name.length && part.fits(name[at] ?? '') ? [at + 1] : [])),
    );
  if (part.kind === 'star') return from(Math.min(...starts), name);
  const once = (some: ReadonlySet<number>) =>
    new Set(part.choices.flatMap((choice) => [...endsOf(choice, name, some)]));
  if (part.sign === '@') return once(starts);
  if (part.sign === '?') return new Set([...starts, ...once(starts)]);
  if (part.sign === '!') return new Set([...starts].flatMap((at) => allBut(once(new Set([at])), at, name)));
  return closure(part.sign === '+' ? once(starts) : starts, once);
}

function from(start: number, name: string): ReadonlySet<number> {
  return new Set(Array.from({ length: Math.max(0, name.length - start + 1) }, (_, index) => start + index));
}

function allBut(some: ReadonlySet<number>, start: number, name: string): readonly number[] {
  return [...from(start, name)].filter((end) => !some.has(end));
}

function closure(
  starts: ReadonlySet<number>,
  once: (some: ReadonlySet<number>) => ReadonlySet<number>,
): ReadonlySet<number> {
  const all = new Set(starts);
  for (let open = starts; open.size > 0; ) {
    open = new Set([...once(open)].filter((end) => !all.has(end)));
    for (const end of open) all.add(end);
  }
  return all;
}
