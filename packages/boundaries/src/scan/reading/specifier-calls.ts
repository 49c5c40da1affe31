import type { EdgeKind } from '../../graph/project-graph.js';
import { type Lexer, NAME, STRING } from '../tokens/lexer.js';
import { literalValue } from '../tokens/literals.js';
import { type Constants, readArgument } from './argument.js';
import type { Draft, DraftBinding } from './draft.js';

const OPEN_PAREN = 40;
const OPEN_BRACKET = 91;
const DOT = 46;
const QUESTION = 63;
const LESS = 60;

const everything: readonly DraftBinding[] = [{ imported: '*', local: '', isMarked: false }];
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
  'deepUnmock',
]);
/** What is no argument but a parameter: of a method that is called `require` or `import`. */
const parameters = /^(?:[\w$]*\??\s*:|[^()]*\)\s*\{)/;
const metaUrl = /\s*,\s*import\s*\.\s*meta\s*\.\s*url\b/y;

/** What the readers of calls share. */
export interface CallContext {
  readonly lexer: Lexer;
  readonly draft: Draft;
  readonly constants: Constants;
  /** Goes on by one token, and reads what begins there. */
  readonly step: () => void;
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
  if (draft.edges.length > edge) draft.importCalls.push({ keyword, edge });
}

/** `import.meta.resolve(…)`, `import.meta.glob(…)`; the token is `meta`. */
function readMeta(context: CallContext): void {
  const { lexer } = context;
  lexer.next();
  if (!lexer.isPunctuator(DOT)) return;
  lexer.next();
  const method = lexer.source;
  if (method !== 'resolve' && method !== 'glob' && method !== 'globEager') return;
  lexer.next();
  skipTypeArguments(context);
  if (!lexer.isPunctuator(OPEN_PAREN)) return;
  if (method === 'resolve') addCall(context, 'metaResolve');
  else readGlobs(context);
}

/** One pattern, or a list of them. */
function readGlobs(context: CallContext): void {
  const { lexer, draft } = context;
  lexer.next();
  if (!lexer.isPunctuator(OPEN_BRACKET)) {
    addArgument(context, 'metaGlob');
    return;
  }
  const { depth } = lexer;
  lexer.next();
  while (lexer.kind !== 0 && lexer.depth >= depth) {
    if (lexer.kind === STRING) {
      const specifier = literalValue(lexer.source);
      draft.addEdge({
        kind: 'metaGlob',
        offset: lexer.start,
        specifier,
        bindings: everything,
        isMarked: false,
      });
    }
    context.step();
  }
}

/** `require(…)`, `require.resolve(…)`; the token is `require`. */
export function readRequire(context: CallContext): void {
  const { lexer } = context;
  lexer.next();
  if (lexer.isPunctuator(QUESTION) && lexer.text.charCodeAt(lexer.end) === DOT) {
    lexer.next();
    lexer.next();
  }
  if (lexer.isPunctuator(OPEN_PAREN)) addCall(context, 'require');
  else if (lexer.isPunctuator(DOT)) {
    lexer.next();
    const isContext = lexer.is('context');
    if (!lexer.is('resolve') && !isContext) return;
    lexer.next();
    if (!lexer.isPunctuator(OPEN_PAREN)) return;
    if (isContext) addUnknown(context);
    else addCall(context, 'requireResolve');
  }
}

/** `require.context` takes a folder and a regular expression, so what it takes is not known without running it. */
function addUnknown({ lexer, draft }: CallContext): void {
  lexer.next();
  const text = `require.context(${lexer.source}`;
  draft.addEdge({
    kind: 'require',
    offset: lexer.start,
    specifier: undefined,
    text,
    bindings: everything,
    isMarked: false,
  });
}

/** `new URL('…', import.meta.url)`, `new Worker('…')`, `new Worker(new URL('…', import.meta.url))`; the token is after `new`. */
export function readNew({ lexer, draft }: CallContext): void {
  const isWorker = lexer.is('Worker') || lexer.is('SharedWorker');
  if (!isWorker && !lexer.is('URL')) return;
  lexer.next();
  if (!lexer.isPunctuator(OPEN_PAREN)) return;
  lexer.next();
  let isUrl = !isWorker;
  if (isWorker && lexer.is('new')) {
    lexer.next();
    if (!lexer.is('URL')) return;
    isUrl = true;
    lexer.next();
    if (!lexer.isPunctuator(OPEN_PAREN)) return;
    lexer.next();
  }
  if (lexer.kind !== STRING && lexer.kind !== 3) return;
  metaUrl.lastIndex = lexer.end;
  if (isUrl && !metaUrl.test(lexer.text)) return;
  const kind = isWorker ? 'worker' : 'url';
  draft.addEdge({
    kind,
    offset: lexer.start,
    specifier: literalValue(lexer.source),
    bindings: everything,
    isMarked: false,
  });
  lexer.next();
}

/** `vi.mock('…')`, `jest.requireActual('…')`; the token is `vi` or `jest`. */
export function readMock(context: CallContext): void {
  const { lexer } = context;
  lexer.next();
  if (!lexer.isPunctuator(DOT)) return;
  lexer.next();
  if (lexer.kind !== NAME || !mockMethods.has(lexer.source)) return;
  lexer.next();
  skipTypeArguments(context);
  if (!lexer.isPunctuator(OPEN_PAREN)) return;
  lexer.next();
  if (!lexer.is('import')) {
    addArgument(context, 'mock');
    return;
  }
  lexer.next();
  if (lexer.isPunctuator(OPEN_PAREN)) addCall(context, 'mock');
}

/** `<typeof import('./x')>` before the arguments. */
function skipTypeArguments({ lexer, step }: CallContext): void {
  if (!lexer.isPunctuator(LESS)) return;
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

/** A call whose first argument is a specifier; the token is its parenthesis. */
function addCall(context: CallContext, kind: EdgeKind): void {
  context.lexer.next();
  addArgument(context, kind);
}

function addArgument({ lexer, draft, constants }: CallContext, kind: EdgeKind): void {
  const { value, offset, text } = readArgument(lexer, constants);
  if (value === undefined && (text === '' || parameters.test(lexer.text.slice(offset, offset + 400)))) return;
  draft.addEdge({
    kind,
    offset,
    specifier: value,
    ...(value === undefined ? { text } : {}),
    bindings: everything,
    isMarked: false,
  });
}
