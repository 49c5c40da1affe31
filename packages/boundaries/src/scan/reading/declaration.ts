import type { ExportKind } from '../file-scan.js';
import { type Lexer, NAME, PUNCTUATOR } from '../tokens/lexer.js';
import type { Draft } from './draft.js';

const COMMA = 44;
const COLON = 58;
const EQUALS = 61;
const STAR = 42;
const OPEN_BRACE = 123;
const OPEN_BRACKET = 91;

const kindsByKeyword: ReadonlyMap<string, ExportKind> = new Map<string, ExportKind>([
  ['function', 'value'],
  ['class', 'value'],
  ['enum', 'value'],
  ['interface', 'type'],
  ['type', 'type'],
]);
const modifiers: ReadonlySet<string> = new Set(['declare', 'abstract', 'async']);
const variableKeywords: ReadonlySet<string> = new Set(['const', 'let', 'var', 'using']);
const namespaceKeywords: ReadonlySet<string> = new Set(['namespace', 'module', 'global']);

/** What `readDeclaration` has begun, and whoever goes on through the file has to end. */
export type OpenDeclaration =
  | { readonly kind: 'variables'; readonly isExported: boolean }
  | { readonly kind: 'namespace'; readonly name: string; readonly isExported: boolean }
  | { readonly kind: 'ambientModule' };

/**
 * Reads the head of a declaration at the top of a file, up to what is no name any more. The token is its first word. Says what is
 * still open: further variables of the same statement, or the body of a namespace, which is a value only if it holds one.
 */
export function readDeclaration(
  lexer: Lexer,
  draft: Draft,
  isExported: boolean,
): OpenDeclaration | undefined {
  while (lexer.kind === NAME && modifiers.has(lexer.source)) lexer.next();
  const keyword = lexer.source;
  if (variableKeywords.has(keyword)) return readVariables(lexer, draft, isExported);
  if (namespaceKeywords.has(keyword)) return readNamespaceHead(lexer, isExported);
  const kind = kindsByKeyword.get(keyword);
  if (kind === undefined) return undefined;
  lexer.next();
  if (lexer.isPunctuator(STAR)) lexer.next();
  if (lexer.kind === NAME && !lexer.isOnNewLine) draft.declare(lexer.source, kind, isExported);
  return undefined;
}

function readVariables(lexer: Lexer, draft: Draft, isExported: boolean): OpenDeclaration | undefined {
  const isConst = lexer.is('const');
  lexer.next();
  if (isConst && lexer.is('enum')) {
    lexer.next();
    if (lexer.kind === NAME) draft.declare(lexer.source, 'constEnum', isExported);
    return undefined;
  }
  readBinding(lexer, draft, isExported);
  return { kind: 'variables', isExported };
}

/** One name, or all names of a pattern. */
export function readBinding(lexer: Lexer, draft: Draft, isExported: boolean): void {
  if (lexer.kind === NAME) {
    draft.declare(lexer.source, 'value', isExported);
    lexer.next();
  } else if (lexer.isPunctuator(OPEN_BRACE) || lexer.isPunctuator(OPEN_BRACKET)) {
    readPattern(lexer, draft, isExported);
  }
}

/** `{ a, b: c, ...d }` and `[e, , f]`, in each other. Defaults are passed over. */
function readPattern(lexer: Lexer, draft: Draft, isExported: boolean): void {
  const outside = lexer.depth - 1;
  let pending: string | undefined;
  let key: string | undefined;
  const settle = () => {
    if (pending !== undefined) draft.declare(pending, 'value', isExported);
    if (pending !== undefined && key === 'createRequire') draft.loaders.set(pending, 'createRequire');
    pending = undefined;
    key = undefined;
  };
  for (lexer.next(); lexer.depth > outside && lexer.kind !== 0; lexer.next()) {
    if (lexer.kind === NAME) pending = lexer.source;
    else if (lexer.kind !== PUNCTUATOR) pending = undefined;
    else if (lexer.code === COLON) {
      key = pending;
      pending = undefined;
    } else if (lexer.code === EQUALS) {
      settle();
      skipDefault(lexer);
      if (lexer.depth <= outside) break;
    } else if (lexer.code === COMMA || lexer.code === CLOSE_BRACE || lexer.code === CLOSE_BRACKET) settle();
  }
  settle();
  lexer.next();
}

const CLOSE_BRACE = 125;
const CLOSE_BRACKET = 93;

/** From the `=` to the comma after it, or the end of the pattern. */
function skipDefault(lexer: Lexer): void {
  const { depth } = lexer;
  lexer.next();
  while (lexer.kind !== 0 && lexer.depth >= depth && !(lexer.depth === depth && lexer.isPunctuator(COMMA))) {
    lexer.next();
  }
}

function readNamespaceHead(lexer: Lexer, isExported: boolean): OpenDeclaration | undefined {
  const isGlobal = lexer.is('global');
  lexer.next();
  if (isGlobal) return lexer.isPunctuator(OPEN_BRACE) ? { kind: 'ambientModule' } : undefined;
  if (lexer.kind !== NAME || lexer.isOnNewLine) return undefined;
  const name = lexer.source;
  lexer.next();
  return { kind: 'namespace', name, isExported };
}
