import { type Lexer, NAME, STRING } from '../tokens/lexer.js';
import { literalValue } from '../tokens/literals.js';
import type { Draft, DraftBinding } from './draft.js';

const COMMA = 44;
const STAR = 42;
const EQUALS = 61;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;
const OPEN_PAREN = 40;

/** A name in the braces of an import or export, with where it stands. */
export interface ListedName extends DraftBinding {
  readonly start: number;
  readonly end: number;
}

/** Where an import stands. */
export interface StatementContext {
  /** Whether all in it is about types: a file of declarations, or the body of `declare module`. */
  readonly isAmbient: boolean;
  readonly isExported: boolean;
  /** Whether it stands in no brackets. */
  readonly isTop: boolean;
}

/**
 * Reads an import declaration. The token is the one after `import`, and no `(` or `.`; afterwards it is the first that does not
 * belong to it.
 */
export function readImport(
  lexer: Lexer,
  draft: Draft,
  { isAmbient, isExported, isTop }: StatementContext,
): void {
  draft.isModule ||= isTop;
  if (lexer.kind === STRING) {
    addStatement(lexer, draft, 'sideEffectImport', [], isAmbient);
    return;
  }
  const { isMarked, first } = readModifier(lexer);
  const names = first === undefined ? [] : [first];
  if (lexer.kind === NAME && first === undefined && !lexer.isPunctuator(OPEN_BRACE)) {
    names.push(lexer.source);
    lexer.next();
  }
  const bindings: DraftBinding[] = names.map((local) => ({ imported: 'default', local, isMarked }));
  if (lexer.isPunctuator(EQUALS)) {
    readImportEquals(lexer, draft, { local: names[0] ?? '', isMarked: isMarked || isAmbient, isExported });
    return;
  }
  if (lexer.isPunctuator(COMMA)) lexer.next();
  if (lexer.isPunctuator(STAR)) bindings.push({ imported: '*', local: readNamespace(lexer), isMarked });
  else if (lexer.isPunctuator(OPEN_BRACE)) bindings.push(...readNames(lexer, isMarked));
  if (lexer.is('from')) lexer.next();
  if (lexer.kind === STRING) addStatement(lexer, draft, 'import', bindings, isMarked || isAmbient);
}

/** Adds the statement whose specifier is the token, and moves on. */
export function addStatement(
  lexer: Lexer,
  draft: Draft,
  kind: 'import' | 'sideEffectImport' | 'reexport',
  bindings: readonly DraftBinding[],
  isMarked: boolean,
): void {
  const plain = bindings.map(({ imported, local, isMarked: isTyped }) => ({
    imported,
    local,
    isMarked: isTyped,
  }));
  draft.addEdge({
    kind,
    offset: lexer.start,
    specifier: literalValue(lexer.source),
    bindings: plain,
    isMarked,
  });
  lexer.next();
}

/**
 * `type`, `defer` and `source` may come before the names, or be the name of the default import. Where such a word, or a `from`
 * after it, was read as that name, it is `first`.
 */
function readModifier(lexer: Lexer): { readonly isMarked: boolean; readonly first: string | undefined } {
  const word = lexer.source;
  if (lexer.kind !== NAME || (word !== 'type' && word !== 'defer' && word !== 'source')) {
    return { isMarked: false, first: undefined };
  }
  lexer.next();
  if (lexer.isPunctuator(COMMA) || lexer.isPunctuator(EQUALS)) return { isMarked: false, first: word };
  const isMarked = word === 'type';
  if (!lexer.is('from')) return { isMarked, first: undefined };
  lexer.next();
  return isAtString(lexer) ? { isMarked: false, first: word } : { isMarked, first: 'from' };
}

function isAtString(lexer: Lexer): boolean {
  return lexer.kind === STRING;
}

/** `* as name`; the token is the star. */
export function readNamespace(lexer: Lexer): string {
  lexer.next();
  if (!lexer.is('as')) return '';
  lexer.next();
  const name = nameOf(lexer);
  lexer.next();
  return name;
}

/** `{ a, type b, c as d }`; the token is the brace. `local` is what stands last. */
export function readNames(lexer: Lexer, isMarked: boolean): ListedName[] {
  const names: ListedName[] = [];
  let words: string[] = [];
  let start = 0;
  let end = 0;
  for (
    lexer.next();
    lexer.kind === NAME || lexer.kind === STRING || lexer.isPunctuator(COMMA);
    lexer.next()
  ) {
    if (lexer.isPunctuator(COMMA)) {
      if (words.length > 0) names.push({ ...listedName(words, isMarked), start, end });
      words = [];
      continue;
    }
    if (words.length === 0) start = lexer.start;
    end = lexer.end;
    words.push(nameOf(lexer));
  }
  if (words.length > 0) names.push({ ...listedName(words, isMarked), start, end });
  if (lexer.isPunctuator(CLOSE_BRACE)) lexer.next();
  return names;
}

/** One word is a name, two are marked with `type`, three rename, four do both. */
function listedName(words: readonly string[], isMarked: boolean): DraftBinding {
  const isTyped = isMarked || words.length === 2 || words.length === 4;
  const imported = words[words.length === 2 || words.length === 4 ? 1 : 0] ?? '';
  return { imported, local: words[words.length - 1] ?? '', isMarked: isTyped };
}

/** The token as a name; a name may be a string. */
function nameOf(lexer: Lexer): string {
  return lexer.kind === STRING ? literalValue(lexer.source) : lexer.source;
}

interface ImportEquals {
  readonly local: string;
  readonly isMarked: boolean;
  readonly isExported: boolean;
}

/** `import x = require('y')`, or an alias of something in a namespace; the token is the `=`. */
function readImportEquals(lexer: Lexer, draft: Draft, { local, isMarked, isExported }: ImportEquals): void {
  lexer.next();
  const isRequire = lexer.is('require');
  lexer.next();
  if (!isRequire || !lexer.isPunctuator(OPEN_PAREN)) {
    draft.declare(local, 'value', isExported);
    return;
  }
  lexer.next();
  if (lexer.kind !== STRING) return;
  const index = draft.edges.length;
  draft.addEdge({
    kind: 'importEquals',
    offset: lexer.start,
    specifier: literalValue(lexer.source),
    bindings: [{ imported: '*', local, isMarked }],
    isMarked,
  });
  if (isExported) draft.exports.push({ name: local, kind: 'alias', edge: index, imported: 'export=' });
  lexer.next();
}
