const MOST_ALTERNATIVES = 256;

/** A pattern over paths with `/`. */
export interface Glob {
  /**
   * What each `*` of the pattern stood for, in order, where the whole path matches; otherwise nothing. A `**` stands for a
   * path, which may be empty.
   */
  match(path: string): readonly string[] | undefined;
}

/**
 * `*` and `?` stay within a name, `**` spans any number of names, `{a,b}` is either. Everything else stands for itself, `[` too.
 * Matching takes time in proportion to pattern times path, whatever the pattern, since patterns come from files that are not
 * trusted. More than 256 alternatives are not expanded: such a pattern matches nothing.
 */
export function compileGlob(pattern: string): Glob {
  // Most patterns are plain names.
  if (!/[*?{]/.test(pattern)) return exactly(pattern.replace(/^\.\//, '').replace(/\/$/, ''));
  const alternatives = expandBraces(pattern.replace(/^\.\//, '').replace(/\/$/, '')).map((one) =>
    one.split('/'),
  );
  return {
    match: (path) => {
      const names = path.split('/');
      for (const alternative of alternatives) {
        const found = matchNames(alternative, names);
        if (found !== undefined) return found;
      }
      return undefined;
    },
  };
}

/** How many stars stand for something, whichever of its alternatives matches. */
export function capturesOf(pattern: string): number {
  const counts = expandBraces(pattern).map((one) => one.match(/\*\*|\*/g)?.length ?? 0);
  return counts.length === 0 ? 0 : Math.min(...counts);
}

function exactly(text: string): Glob {
  const nothing: readonly string[] = [];
  return { match: (path) => (path === text ? nothing : undefined) };
}

/** Whether any of the patterns matches; one that begins with `!` takes away what those before it matched. */
export function compileGlobs(patterns: readonly string[]): (path: string) => boolean {
  const signed = compileSigned(patterns);
  return (path) => {
    const names = path.split('/');
    return isTaken(signed, (fits) => fits(path, names));
  };
}

/** The same of something with several names: a pattern matches if it does one of them. */
export function compileGlobsOfAny(patterns: readonly string[]): (paths: readonly string[]) => boolean {
  const signed = compileSigned(patterns);
  return (paths) => {
    const split = paths.map((path) => [path, path.split('/')] as const);
    return isTaken(signed, (fits) => split.some(([path, names]) => fits(path, names)));
  };
}

interface Signed {
  readonly isPositive: boolean;
  readonly fits: Fit;
}

function compileSigned(patterns: readonly string[]): readonly Signed[] {
  return patterns.map((pattern) => ({
    isPositive: !pattern.startsWith('!'),
    fits: compileFit(pattern.replace(/^!/, '')),
  }));
}

function isTaken(globs: readonly Signed[], matchesOne: (fits: Fit) => boolean): boolean {
  let matches = false;
  for (const { isPositive, fits } of globs) {
    if (matches !== isPositive && matchesOne(fits)) matches = isPositive;
  }
  return matches;
}

/** Whether a path, and the same as its names, matches; without saying what the stars stood for, which costs more than the answer. */
type Fit = (path: string, names: readonly string[]) => boolean;

function compileFit(pattern: string): Fit {
  const plain = pattern.replace(/^\.\//, '').replace(/\/$/, '');
  if (!/[*?{]/.test(pattern)) return (path) => path === plain;
  const fits = expandBraces(plain).map((one) => fitOf(one.split('/')));
  return (path, names) => fits.some((fit) => fit(path, names));
}

/** The two forms that most patterns have need no walk: a folder anywhere, and a name anywhere. */
function fitOf(pattern: readonly string[]): Fit {
  const [first, second = '**', third] = pattern;
  if (first === '**' && second !== '**') {
    if (pattern.length === 2) return lastNameFit(second);
    if (pattern.length === 3 && third === '**' && !/[*?]/.test(second))
      return (_, names) => names.includes(second);
  }
  return (_, names) => matchNames(pattern, names) !== undefined;
}

function lastNameFit(part: string): Fit {
  const [longest = ''] = part.split(/[*?]/).sort((one, other) => other.length - one.length);
  return (_, names) => {
    const name = names[names.length - 1] ?? '';
    return name.includes(longest) && matchName(part, name) !== undefined;
  };
}

/** A pattern for each choice of its braces; none at all where there are too many. */
export function expandBraces(pattern: string): string[] {
  const done: string[] = [];
  const open = [pattern];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const braces = /\{([^{}]*)\}/.exec(next);
    if (braces === null) done.push(next);
    else {
      const [whole, inner = ''] = braces;
      const before = next.slice(0, braces.index);
      const after = next.slice(braces.index + whole.length);
      for (const choice of inner.split(',').reverse()) open.push(before + choice + after);
    }
    if (done.length + open.length > MOST_ALTERNATIVES) return [];
  }
  return done;
}

/** The classic walk with one place to come back to: the last `**`, which takes one name more each time. */
function matchNames(pattern: readonly string[], names: readonly string[]): string[] | undefined {
  const captures: string[][] = [];
  let at = 0;
  let last: { readonly index: number; readonly start: number; end: number } | undefined;
  let index = 0;
  while (at < names.length || index < pattern.length) {
    const part = pattern[index];
    if (part === '**') {
      last = { index, start: at, end: at };
      captures[index] = [''];
      index += 1;
      continue;
    }
    const name = names[at];
    const found = part === undefined || name === undefined ? undefined : matchName(part, name);
    if (found !== undefined) {
      captures[index] = found;
      index += 1;
      at += 1;
      continue;
    }
    if (last === undefined || last.end >= names.length) return undefined;
    last.end += 1;
    captures[last.index] = [names.slice(last.start, last.end).join('/')];
    at = last.end;
    index = last.index + 1;
  }
  return captures.slice(0, pattern.length).flat();
}

/** The same walk within a name, for `*`. */
function matchName(pattern: string, name: string): string[] | undefined {
  const starts: number[] = [];
  const ends: number[] = [];
  let at = 0;
  let index = 0;
  let star = -1;
  while (at < name.length || index < pattern.length) {
    const char = pattern[index];
    if (char === '*') {
      starts.push(at);
      ends.push(at);
      star = index;
      index += 1;
    } else if (at < name.length && char !== undefined && (char === '?' || char === name[at])) {
      index += 1;
      at += 1;
    } else {
      const end = ends.at(-1);
      if (star < 0 || end === undefined || end >= name.length) return undefined;
      ends[ends.length - 1] = end + 1;
      at = end + 1;
      index = star + 1;
    }
  }
  return starts.map((start, number) => name.slice(start, ends[number]));
}
