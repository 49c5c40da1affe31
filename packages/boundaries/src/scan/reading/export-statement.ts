import { END, type Lexer, NAME, STRING } from '../tokens/lexer.js';
import { type OpenDeclaration, readDeclaration } from './declaration.js';
import type { Draft } from './draft.js';
import {
  addStatement,
  type ListedName,
  readImport,
  readNames,
  readNamespace,
  type StatementContext,
} from './import-statement.js';

const STAR = 42;
const EQUALS = 61;
const OPEN_BRACE = 123;
const AT = 64;

/**
 * Reads what follows `export`, as far as no expression comes; the token is the one after it, and afterwards the first that was
 * not read. Says what declaration is still open.
 */
export function readExport(
  lexer: Lexer,
  draft: Draft,
  context: StatementContext,
): OpenDeclaration | undefined {
  const isMarked = lexer.is('type');
  const { isTop } = context;
  if (isMarked) {
    lexer.next();
    if (lexer.kind === NAME) {
      if (isTop) draft.declare(lexer.source, 'type', true);
      draft.isModule ||= isTop;
      return undefined;
    }
  }
  draft.isModule ||= isTop;
  if (lexer.isPunctuator(STAR)) readStar(lexer, draft, isMarked, context);
  else if (lexer.isPunctuator(OPEN_BRACE)) readNamed(lexer, draft, isMarked, context);
  else if (lexer.is('import')) {
    lexer.next();
    readImport(lexer, draft, { ...context, isExported: isTop });
  } else if (lexer.is('default')) readDefault(lexer, draft, isTop);
  else if (lexer.isPunctuator(EQUALS)) readAssigned(lexer, draft, isTop);
  else if (lexer.is('as')) lexer.next();
  else {
    if (lexer.isPunctuator(AT)) skipDecorators(lexer);
    if (lexer.kind === NAME) return readDeclaration(lexer, draft, isTop);
  }
  return undefined;
}

function readStar(
  lexer: Lexer,
  draft: Draft,
  isMarked: boolean,
  { isAmbient, isTop }: StatementContext,
): void {
  const name = readNamespace(lexer);
  if (!lexer.is('from')) return;
  lexer.next();
  if (lexer.kind !== STRING) return;
  const edge = draft.edges.length;
  addStatement(lexer, draft, 'reexport', [{ imported: '*', local: name, isMarked }], isMarked || isAmbient);
  if (!isTop) return;
  if (name === '') draft.exports.push({ name: '*', kind: isMarked ? 'type' : 'alias', edge, imported: '*' });
  else draft.exports.push({ name, kind: isMarked ? 'type' : 'value', edge, imported: '*' });
}

function readNamed(
  lexer: Lexer,
  draft: Draft,
  isMarked: boolean,
  { isAmbient, isTop }: StatementContext,
): void {
  const names = readNames(lexer, isMarked);
  if (!lexer.is('from')) {
    if (isTop) addLocalExports(draft, names);
    return;
  }
  lexer.next();
  if (lexer.kind !== STRING) return;
  const edge = draft.edges.length;
  addStatement(lexer, draft, 'reexport', names, isMarked || isAmbient);
  if (!isTop) return;
  for (const name of names) {
    const kind = name.isMarked ? 'type' : 'alias';
    draft.exports.push({ name: name.local, kind, edge, imported: name.imported });
  }
}

function addLocalExports(draft: Draft, names: readonly ListedName[]): void {
  for (const { imported, local, isMarked, start, end } of names) {
    draft.localExports.push({ name: local, local: imported, isMarked, start, end });
  }
}

/** `export default`: a declaration, a name, or any expression, which is left to be read. */
function readDefault(lexer: Lexer, draft: Draft, isTop: boolean): void {
  lexer.next();
  if (!isTop) return;
  if (lexer.is('interface')) draft.exports.push({ name: 'default', kind: 'type' });
  else if (!addExportedName(lexer, draft, 'default')) draft.exports.push({ name: 'default', kind: 'value' });
}

function readAssigned(lexer: Lexer, draft: Draft, isTop: boolean): void {
  lexer.next();
  if (isTop && !addExportedName(lexer, draft, 'export='))
    draft.exports.push({ name: 'export=', kind: 'value' });
}

const notNames: ReadonlySet<string> = new Set([
  'class',
  'function',
  'async',
  'abstract',
  'null',
  'true',
  'false',
  'this',
]);

/** Whether a single name is what is exported; then it is the name of something of this file. */
function addExportedName(lexer: Lexer, draft: Draft, name: string): boolean {
  if (lexer.kind !== NAME) return false;
  const { source, start, end } = lexer;
  if (notNames.has(source) || !/^[ \t]*(?:;|[\r\n]|$)/.test(lexer.text.slice(end, end + 40))) return false;
  lexer.next();
  draft.localExports.push({ name, local: source, isMarked: false, start, end });
  return true;
}

/** `@sealed() export` may also stand the other way round. */
function skipDecorators(lexer: Lexer): void {
  const { depth } = lexer;
  while (lexer.kind !== END && !(lexer.depth === depth && (lexer.is('class') || lexer.is('abstract'))))
    lexer.next();
}
