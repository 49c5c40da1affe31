import { END, type Lexer, NAME } from '../../tokens/lexer.js';
import { readArgument } from '../argument.js';
import { everything } from '../draft.js';
import { readCreateRequire, readRequire } from '../require-calls.js';
import {
  addCall,
  addUrl,
  type CallContext,
  isParameter,
  skipOptional,
  skipTypeArguments,
} from '../specifier-calls.js';
import { type Loader, nameGiven, unpackedForks } from './loaders.js';

const OPEN_PAREN = 40;
const COMMA = 44;
const DOT = 46;
const LOOK_BACK = 120;
const LOOK_AHEAD = 300;

/** The member that is asked for, after the token. */
const memberAfter = /\s*\??\.\s*([A-Za-z_$][\w$]*)/y;
const processesBefore = /\bchild_process(["'`])\s*\)\s*\)?\s*\??\.\s*$/;
const modulesBefore = /(?:\bmodule\s*\.\s*constructor|\b(?:node:)?module(["'`])\s*\)\s*\)?)\s*\??\.\s*$/;

/** The program itself, which it knows. */
const itself =
  /^(?:__filename|import\.meta\.filename|(?:[\w$]+\.)?fileURLToPath\(\s*import\.meta\.url\s*\)|process\.argv\[1\]|(?:new\s+URL\(\s*)?import\.meta\.url)\s*[,)]/;
const ownFolder = String.raw`(?:__dirname|import\.meta\.dirname)`;
const joined = new RegExp(
  String.raw`^(?:[A-Za-z_$][\w$]*\.)?(?:join|resolve)\(\s*${ownFolder}\s*((?:,\s*(["'])[^"'\n\\]*\2\s*)+)\)\s*[,)]`,
);
const added = new RegExp(String.raw`^${ownFolder}\s*\+\s*(["'])/([^"'\n\\]*)\1\s*[,)]`);
const inTemplate = new RegExp(`^\`\\$\\{\\s*${ownFolder}\\s*\\}/([^\`$\\\\\n]*)\`\\s*[,)]`);

/** What the name stands for that is the token. */
export function readLoader(context: CallContext, loader: Loader): void {
  const { lexer } = context;
  const { start } = lexer;
  if (loader === 'createRequire') readCreateRequire(context);
  else if (loader === 'require' || loader === 'requireElsewhere') readRequire(context);
  else if (loader === 'tool') readTool(context);
  else if (loader === 'fork') {
    lexer.next();
    readFork(context, start);
  } else readHolder(context, loader, start);
}

/** `processes.fork(…)`, `Module._load(…)`; of anything else the name alone is read. */
function readHolder(context: CallContext, loader: 'processes' | 'modules', start: number): void {
  const { lexer, draft } = context;
  memberAfter.lastIndex = lexer.end;
  const member = memberAfter.exec(lexer.text)?.[1];
  if (member === (loader === 'processes' ? 'fork' : '_load')) {
    while (lexer.kind !== END && !(lexer.isAfterDot && lexer.is(member))) lexer.next();
    readLoadingMember(context, start);
    return;
  }
  if (loader === 'processes' && member === undefined)
    for (const name of unpackedForks(before(lexer, start))) draft.loaders.set(name, 'fork');
  lexer.next();
}

/** Whether a member that is the token loads files, by what stands before it: `require('child_process').fork(…)`. */
export function isLoadingMember({ lexer }: CallContext): boolean {
  return (lexer.is('fork') ? processesBefore : modulesBefore).test(before(lexer, lexer.start));
}

/** The token is `fork` or `_load`; `start` is where the expression begins. */
export function readLoadingMember(context: CallContext, start: number = context.lexer.start): void {
  const { lexer } = context;
  const isFork = lexer.is('fork');
  lexer.next();
  if (isFork) {
    readFork(context, start);
    return;
  }
  skipOptional(lexer);
  if (lexer.isPunctuator(OPEN_PAREN)) addCall(context, 'require');
}

/** The token is what follows `fork`. */
function readFork(context: CallContext, start: number): void {
  const { lexer, draft } = context;
  skipOptional(lexer);
  if (lexer.isPunctuator(OPEN_PAREN)) {
    readStarted(context);
    return;
  }
  const name = lexer.kind === NAME && !lexer.isOnNewLine ? undefined : nameGiven(before(lexer, start));
  if (name !== undefined) draft.loaders.set(name, 'fork');
}

/** What a process is started with: a path, a URL, or what is resolved; the token is the parenthesis. */
function readStarted(context: CallContext): void {
  const { lexer, draft, constants, step, mayDescend } = context;
  const { depth } = lexer;
  lexer.next();
  const rest = lexer.text.slice(lexer.start, lexer.start + LOOK_AHEAD);
  if (itself.test(rest)) return;
  const known = draft.edges.length;
  const { value, offset, text } = readArgument(lexer, constants);
  const specifier = value ?? besideFile(rest);
  if (specifier === undefined) {
    addUrl(context, 'fork');
    if (!mayDescend()) return;
    while (lexer.kind !== END && lexer.depth >= depth && !isComma(lexer, depth)) step();
    // What was found in it leads there, such as `require.resolve('…')`.
    if (draft.edges.length > known || isParameter(lexer.text, offset, text)) return;
  }
  const unread = specifier === undefined ? { text } : {};
  draft.addEdge({ kind: 'fork', offset, specifier, ...unread, bindings: everything, isMarked: false });
}

/** `join(__dirname, 'a', 'b.js')`, `__dirname + '/b.js'`. */
function besideFile(argument: string): string | undefined {
  const listed = joined.exec(argument)?.[1];
  const parts = [...(listed ?? '').matchAll(/["']([^"']*)["']/g)].map(([, part]) => part);
  const path =
    listed === undefined ? (added.exec(argument)?.[2] ?? inTemplate.exec(argument)?.[1]) : parts.join('/');
  return path === undefined ? undefined : `./${path}`.replaceAll(/\/(?:\.?\/)+/g, '/');
}

/** `proxyquire('./x', {})`, `proxyquire.noCallThru().load('./x', {})`, `esmock.strict('./x')`; the token is the name of the tool. */
function readTool(context: CallContext): void {
  const { lexer, step, mayDescend } = context;
  lexer.next();
  for (;;) {
    skipTypeArguments(context);
    if (lexer.isPunctuator(OPEN_PAREN)) {
      const { depth } = lexer;
      if (!/^\s*\)/.test(lexer.text.slice(lexer.end, lexer.end + LOOK_BACK))) {
        addCall(context, 'require');
        return;
      }
      if (!mayDescend()) return;
      while (lexer.kind !== END && lexer.depth >= depth) step();
      lexer.next();
    } else if (lexer.isPunctuator(DOT)) {
      lexer.next();
      lexer.next();
    } else return;
  }
}

function isComma(lexer: Lexer, depth: number): boolean {
  return lexer.depth === depth && lexer.isPunctuator(COMMA);
}

function before({ text }: Lexer, start: number): string {
  return text.slice(Math.max(0, start - LOOK_BACK), start);
}
