import { NAME, type NameWatch, PUNCTUATOR, type Sighting, TEMPLATE_HEAD } from '../tokens/lexer.js';
import type { NamespaceMembers } from './namespace-members.js';

/** `other` is either a type, a key or a value, but declares nothing that would hide an imported name. */
type SightingKind = 'value' | 'other' | 'unknown';

const MAX_WATCHED_LENGTH = 31;
const ASCII = 128;

/**
 * Tells from the tokens alone of which imported names a value is surely used, which spares most files the compiler. It never guesses:
 * one place that might declare a name of its own, and nothing is said of the file.
 */
export class SureUses implements NameWatch {
  readonly #isUsed = new Map<string, boolean>();
  /** By the first character of a name: a bit for each length that is watched. */
  readonly #lengths = new Uint32Array(ASCII);
  readonly #namespaces: NamespaceMembers;
  #isLost = false;

  /** What is seen of `namespaces` is told to them. */
  constructor(namespaces: NamespaceMembers) {
    this.#namespaces = namespaces;
  }

  watch(name: string): void {
    if (!isWatchable(name) || this.#isUsed.has(name)) this.lose();
    this.#isUsed.set(name, false);
    this.#mark(name);
  }

  /** Watches a name for what is taken of the namespace that it is from here on. */
  watchNamespace(name: string, edge: number): void {
    if (!isWatchable(name)) return;
    this.#namespaces.watch(name, edge);
    this.#mark(name);
  }

  #mark(name: string): void {
    const first = name.charCodeAt(0);
    this.#lengths[first] = (this.#lengths[first] ?? 0) | (1 << name.length);
  }

  /** Says that nothing can be told of what is used. */
  lose(): void {
    this.#isLost = true;
    this.#lengths.fill(0);
    for (const name of this.#namespaces.watched) this.#mark(name);
  }

  mayWatch(first: number, length: number): boolean {
    return (
      length <= MAX_WATCHED_LENGTH && first < ASCII && ((this.#lengths[first] ?? 0) & (1 << length)) !== 0
    );
  }

  see(sighting: Sighting): void {
    const name = sighting.text.slice(sighting.start, sighting.end);
    this.#namespaces.see(name, sighting);
    if (this.#isLost || !this.#isUsed.has(name)) return;
    const kind = kindOfSighting(sighting);
    if (kind === 'unknown') this.lose();
    else if (kind === 'value') this.#isUsed.set(name, true);
  }

  /** Whether all names that were watched are surely used as values. */
  areAll(): boolean {
    return !this.#isLost && this.#isUsed.size > 0 && [...this.#isUsed.values()].every(Boolean);
  }
}

function isWatchable(name: string): boolean {
  return name.length <= MAX_WATCHED_LENGTH && name.charCodeAt(0) < ASCII;
}

/** No name is declared right after these, nor is it a type. */
const beforeValues: ReadonlySet<string> = new Set(
  'return throw case new delete void await yield instanceof of'.split(' '),
);
const beforeAny: ReadonlySet<string> = new Set('as satisfies implements extends keyof typeof in'.split(' '));
/** `N.of(`, with nothing in between: no type goes on like this. */
const memberCall = /(?:\??\.[A-Za-z_$][\w$]*)+\(/y;
/** What follows where `(N)` is an argument, and can't be the parameter of something with a body. */
const afterArgument = /\s*\)\s*[;).,\]]/y;

function kindOfSighting(sighting: Sighting): SightingKind {
  const { text, end, previousKind, previousStart, previousEnd } = sighting;
  const before = text.slice(previousStart, previousEnd);
  if (previousKind === PUNCTUATOR && before === '.')
    return text.slice(previousEnd - 3, previousEnd) === '...' ? 'unknown' : 'other';
  memberCall.lastIndex = end;
  if (memberCall.test(text)) return 'value';
  const next = nextCharacter(text, end);
  if (next === '=>' || next === '/') return 'unknown';
  if (next === '.') return 'other';
  if (previousKind === NAME) return kindAfterWord(sighting, before, next);
  if (previousKind === TEMPLATE_HEAD) return 'other';
  return previousKind === PUNCTUATOR ? kindAfterPunctuator(sighting, before, next) : 'unknown';
}

function kindAfterWord({ isOnNewLine, text, end }: Sighting, before: string, next: string): SightingKind {
  if (isOnNewLine) return 'unknown';
  if (beforeValues.has(before)) return 'value';
  if (!beforeAny.has(before)) return 'unknown';
  return before === 'extends' && next === '(' && text[end] === '(' ? 'value' : 'other';
}

function kindAfterPunctuator(sighting: Sighting, before: string, next: string): SightingKind {
  const { text, end, isOnNewLine, previousStart } = sighting;
  const twice = text.slice(previousStart - 1, previousStart + 1);
  if (before === '+' || before === '-' || before === '%' || before === '@') return 'value';
  if (twice === '&&' || twice === '||' || twice === '??' || twice === '==' || twice === '!=') return 'value';
  if (text[end] === '(') return kindOfCall(before, isOnNewLine);
  if (before === '<' || before === '&' || before === '|' || before === '=>' || before === '?') return 'other';
  if (before === '=') return 'other';
  if (before === ':') return next === '}' || next === ',' || next === '=' ? 'unknown' : 'other';
  if (before === ';' || before === '{' || before === '}') return next === ':' ? 'other' : 'unknown';
  if (before !== '(' && before !== ',') return 'unknown';
  afterArgument.lastIndex = end;
  return afterArgument.test(text) ? 'other' : 'unknown';
}

/** `N(` may also be a method's name, and after `*` a function's. */
function kindOfCall(before: string, isOnNewLine: boolean): SightingKind {
  if (before === '*') return 'unknown';
  const isCall = '=:([&|?<'.includes(before) || before === '=>' || (before === '!' && !isOnNewLine);
  return isCall ? 'value' : 'other';
}

/** The first character after white space, or `=>`; the end of a file is none. */
function nextCharacter(text: string, from: number): string {
  let at = from;
  while (at < text.length && /\s/.test(text[at] ?? '')) at += 1;
  return text.startsWith('=>', at) ? '=>' : (text[at] ?? '');
}
