import type { EdgeKind } from '../../graph/project-graph.js';
import { END, type Lexer, NAME, STRING } from '../tokens/lexer.js';
import { literalValue } from '../tokens/literals.js';
import { type Constants, readArgument } from './argument.js';
import { type Draft, everything } from './draft.js';
import { readGlobs } from './glob-calls.js';

const OPEN_PAREN = 40;
const CLOSE_PAREN = 41;
const OPEN_BRACKET = 91;
const DOT = 46;
const QUESTION = 63;
const LESS = 60;

const mockMethods: ReadonlySet<string> = new Set([
  'mock',
  'doMock',
  'unmock',
  'doUnmock',
  'dontMock',
  'setMock',
  'requireActual',
  'requireMock',
  'importActual',
  'importMock',
  'unstable_mockModule',
  'createMockFromModule',
  'genMockFromModule',
  'deepUnmock',
]);
const metaMethods: ReadonlySet<string> = new Set(['resolve', 'glob', 'globEager', 'webpackContext']);
const made = /(?:[A-Za-z_$][\w$]*\s*\.\s*)*(Worker|SharedWorker|URL)\s*\(/y;
const metaUrl = /,\s*import\s*\.\s*meta\s*(?:\.\s*(?:url|filename)\b|\[\s*(["'])url\1\s*\])/y;
/** What is no argument but a parameter: of a method that is called `require` or `import`. */
const parameters = /^(?:[\w$]*\??\s*:|[^()]*\)\s*\{)/;

/** What the readers of calls share. */
export interface CallContext {
  readonly lexer: Lexer;
  readonly draft: Draft;
  readonly constants: Constants;
  /** Goes on by one token, and reads what begins there. */
  readonly step: () => void;
  /** Whether calls in calls may be read one level deeper: where they may not, they are read as if they stood beside each other. */
  readonly mayDescend: () => boolean;
}

/** `import(…)`, `import.meta.…`; the token is the one after `import`, which stands at `keyword`. */
export function readImportCall(context: CallContext, keyword: number): void {
  const { lexer, draft } = context;
  if (lexer.isPunctuator(DOT)) {
    lexer.next();
    if (lexer.is('meta')) readMeta(context);
    else if (lexer.is('defer') || lexer.is('source')) {
      lexer.next();
      if (lexer.isPunctuator(OPEN_PAREN)) addCall(context, 'dynamicImport');
    }
    return;
  }
  const edge = draft.edges.length;
  addCall(context, 'dynamicImport');
  if (draft.edges.length > edge)
    draft.addImportCall(keyword, lexer.isPunctuator(CLOSE_PAREN) ? lexer.end : undefined);
}

const typeImport = /\bimport\s*\(\s*(?:"([^"\\\n]*)"|'([^'\\\n]*)')\s*\)(?:\s*\.\s*([A-Za-z_$][\w$]*))?/g;

/** `import('…')` in types that are no tokens: the arguments of an element. */
export function readTypes(draft: Draft, start: number, end: number): void {
  for (const match of draft.text.slice(start, end).matchAll(typeImport)) {
    const [whole, double, single, imported = '*'] = match;
    draft.addEdge({
      kind: 'typeImport',
      offset: start + match.index + whole.search(/["']/),
      specifier: double ?? single,
      bindings: [{ imported, local: '', isMarked: true }],
      isMarked: true,
    });
  }
}

/** `import.meta.resolve(…)`, `import.meta.glob(…)`; the token is `meta`. */
function readMeta(context: CallContext): void {
  const { lexer } = context;
  lexer.next();
  const isInBrackets = lexer.isPunctuator(OPEN_BRACKET);
  if (!isInBrackets && !lexer.isPunctuator(DOT)) return;
  lexer.next();
  const method = lexer.kind === STRING ? literalValue(lexer.source) : lexer.source;
  if (!metaMethods.has(method)) return;
  lexer.next();
  if (isInBrackets) lexer.next();
  skipOptional(lexer);
  skipTypeArguments(context);
  if (!lexer.isPunctuator(OPEN_PAREN)) return;
  if (method === 'resolve') addCall(context, 'metaResolve');
  else if (method === 'webpackContext') addUnknown(context, 'import.meta.webpackContext');
  else readGlobs(context);
}

/** `new URL('…', import.meta.url)`, `new Worker('…')`, `new Worker(new URL('…', import.meta.url))`; the token is after `new`. */
export function readNew(context: CallContext): void {
  const { lexer } = context;
  const name = enterCall(lexer);
  if (name === 'URL') addPath(context, 'url', true);
  if (name === undefined || name === 'URL') return;
  if (lexer.is('new')) addUrl(context, 'worker');
  else addPath(context, 'worker', false);
}

/** `new URL('…', import.meta.url)`, where that is what stands at the token. */
export function addUrl(context: CallContext, kind: 'worker' | 'fork'): void {
  const { lexer } = context;
  if (!lexer.is('new')) return;
  lexer.next();
  if (enterCall(lexer) === 'URL') addPath(context, kind, true);
}

/** Moves to the first argument of `Worker(…)` and its like, and says what is called; else stays. */
function enterCall(lexer: Lexer): string | undefined {
  made.lastIndex = lexer.start;
  const name = made.exec(lexer.text)?.[1];
  while (name !== undefined && lexer.end < made.lastIndex && lexer.kind !== END) lexer.next();
  if (name !== undefined) lexer.next();
  return name;
}

/** The path that is the first argument, where it can be told. */
function addPath(
  { lexer, draft, constants }: CallContext,
  kind: 'url' | 'worker' | 'fork',
  isUrl: boolean,
): void {
  const { value, offset } = readArgument(lexer, constants);
  metaUrl.lastIndex = lexer.start;
  if (value === undefined || (isUrl && !metaUrl.test(lexer.text))) return;
  draft.addEdge({ kind, offset, specifier: value, bindings: everything, isMarked: false });
}

/** `vi.mock('…')`, `jest.mock('…').mock('…')`; the token is `vi` or `jest`. */
export function readMock(context: CallContext): void {
  const { lexer, step, mayDescend } = context;
  lexer.next();
  for (;;) {
    if (lexer.isPunctuator(QUESTION)) lexer.next();
    if (!lexer.isPunctuator(DOT)) return;
    lexer.next();
    if (lexer.kind !== NAME || !mockMethods.has(lexer.source)) return;
    lexer.next();
    skipTypeArguments(context);
    if (!lexer.isPunctuator(OPEN_PAREN)) return;
    const { depth } = lexer;
    lexer.next();
    readMocked(context);
    if (!mayDescend()) return;
    while (lexer.kind !== END && lexer.depth >= depth) step();
    lexer.next();
  }
}

/** `mock.module('…')` of `node:test`; the token is `module`. */
export function readModuleMock(context: CallContext): void {
  context.lexer.next();
  if (context.lexer.isPunctuator(OPEN_PAREN)) addCall(context, 'mock');
}

/** What is mocked: a specifier, or `import('…')`. */
function readMocked(context: CallContext): void {
  const { lexer } = context;
  if (!lexer.is('import')) {
    addArgument(context, 'mock');
    return;
  }
  lexer.next();
  if (lexer.isPunctuator(OPEN_PAREN)) addCall(context, 'mock');
}

/** `<typeof import('./x')>` before the arguments. */
export function skipTypeArguments({ lexer, step, mayDescend }: CallContext): void {
  if (!lexer.isPunctuator(LESS) || !mayDescend()) return;
  let depth = 0;
  while (lexer.kind !== 0) {
    if (lexer.isPunctuator(LESS)) depth += 1;
    else if (lexer.isPunctuator(62)) depth -= 1;
    if (depth > 0) {
      step();
      continue;
    }
    lexer.next();
    return;
  }
}

/** `?.` before the parenthesis of a call. */
export function skipOptional(lexer: Lexer): void {
  if (!lexer.isPunctuator(QUESTION) || lexer.text.charCodeAt(lexer.end) !== DOT) return;
  lexer.next();
  lexer.next();
}

/** A call whose first argument is a specifier; the token is its parenthesis. */
export function addCall(context: CallContext, kind: EdgeKind): void {
  context.lexer.next();
  addArgument(context, kind);
}

/** A call of which only running the code tells what it loads; the token is its parenthesis. */
export function addUnknown({ lexer, draft }: CallContext, called: string): void {
  lexer.next();
  const text = `${called}(${lexer.source}`;
  draft.addEdge({
    kind: 'require',
    offset: lexer.start,
    specifier: undefined,
    text,
    bindings: everything,
    isMarked: false,
  });
}

/** Whether what stands at an offset is no argument: nothing, or the parameter of a method that is called as what is read. */
export function isParameter(text: string, offset: number, argument: string): boolean {
  return argument === '' || parameters.test(text.slice(offset, offset + 400));
}

function addArgument({ lexer, draft, constants }: CallContext, kind: EdgeKind): void {
  const { value, offset, text } = readArgument(lexer, constants);
  if (value === undefined && isParameter(lexer.text, offset, text)) return;
  draft.addEdge({
    kind,
    offset,
    specifier: value,
    ...(value === undefined ? { text } : {}),
    bindings: everything,
    isMarked: false,
  });
}
