import { NAME } from '../tokens/lexer.js';
import { addCall, type CallContext, everything, skipOptional, skipTypeArguments } from './specifier-calls.js';

const OPEN_PAREN = 40;
const CLOSE_PAREN = 41;
const OPEN_BRACKET = 91;
const DOT = 46;

/** Where `require` is a member, what it may be one of; elsewhere it is a method of somebody's own. */
const holder = /\b(?:module|globalThis|global|window|self|mainModule|main)\s*\??\.\s*$/;
const variable =
  /\b(?:const|let|var)\s+([A-Za-z_$][\w$]*)\s*(?::[^=;()]*)?=\s*(?:[A-Za-z_$][\w$]*\s*\.\s*)?$/;
/** `(0, require)` and `(require)`, which are called, and no list of arguments: after an operator, a word of the language, or a new line. */
const openParen =
  /(?:^|[^\w$)\]\s]\s*|\n\s*|\)\s*(?=\(\s*0)|\b(?:return|await|default|else|typeof|void|yield|case|throw|do|in|of)\s*)\(\s*(?:\w+\s*,\s*)?$/;
const call = /^\)\s*\(/;
const resolveInBrackets = /^\[\s*(["'])resolve\1\s*\]/;
const ownFile = /^\(\s*(?:import\s*\.\s*meta\s*\.\s*(?:url|filename)|__filename)\s*\)/;
const LOOK_BACK = 120;

/** Whether a member called `require` is that of Node; it begins at the token. */
export function isRequireMember({ lexer }: CallContext): boolean {
  return holder.test(before(lexer.text, lexer.start));
}

/** `require(…)`, `require.resolve(…)`, or the same by another name; the token is that name. */
export function readRequire(context: CallContext): void {
  const { lexer, draft } = context;
  const { start } = lexer;
  const isOwn = draft.requires.get(lexer.source) !== false;
  const wrapped = openParen.test(before(lexer.text, start));
  lexer.next();
  if (wrapped && call.test(lexer.text.slice(lexer.start, lexer.start + LOOK_BACK))) lexer.next();
  skipOptional(lexer);
  skipTypeArguments(context);
  if (lexer.isPunctuator(OPEN_PAREN)) addRequired(context, 'require', isOwn);
  else if (lexer.isPunctuator(DOT)) readMethod(context, isOwn);
  else if (lexer.isPunctuator(OPEN_BRACKET)) readInBrackets(context, isOwn);
  else keepName(context, start, isOwn);
}

function readMethod(context: CallContext, isOwn: boolean): void {
  const { lexer } = context;
  lexer.next();
  const method = lexer.source;
  lexer.next();
  if (!lexer.isPunctuator(OPEN_PAREN)) return;
  if (method === 'resolve') addRequired(context, 'requireResolve', isOwn);
  // It takes a folder and a regular expression, or what is called is only known when it is.
  else if (method === 'context' || method === 'call' || method === 'apply')
    addUnknown(context, `require.${method}`);
}

function readInBrackets(context: CallContext, isOwn: boolean): void {
  const { lexer } = context;
  if (!resolveInBrackets.test(lexer.text.slice(lexer.start, lexer.start + LOOK_BACK))) return;
  for (let count = 0; count < 3; count += 1) lexer.next();
  if (lexer.isPunctuator(OPEN_PAREN)) addRequired(context, 'requireResolve', isOwn);
}

/** `createRequire(import.meta.url)`, called at once or under the name that it is given; the token is `createRequire`. */
export function readCreateRequire(context: CallContext): void {
  const { lexer, step } = context;
  const { start } = lexer;
  lexer.next();
  if (!lexer.isPunctuator(OPEN_PAREN)) return;
  const isOwn = ownFile.test(lexer.text.slice(lexer.start, lexer.start + LOOK_BACK));
  const { depth } = lexer;
  lexer.next();
  while (lexer.kind !== 0 && lexer.depth >= depth) step();
  if (lexer.isPunctuator(CLOSE_PAREN)) lexer.next();
  if (lexer.isPunctuator(OPEN_PAREN)) addRequired(context, 'require', isOwn);
  else if (lexer.isPunctuator(DOT)) readMethod(context, isOwn);
  else keepName(context, start, isOwn);
}

/** `const load = require`: what is called by that name is required. */
function keepName({ lexer, draft }: CallContext, start: number, isOwn: boolean): void {
  if (lexer.kind === NAME && !lexer.isOnNewLine && !lexer.is('as')) return;
  const [, name] = variable.exec(before(lexer.text, start)) ?? [];
  if (name !== undefined) draft.requires.set(name, isOwn);
}

/** What is required from the place of another file is not found from here. */
function addRequired(context: CallContext, kind: 'require' | 'requireResolve', isOwn: boolean): void {
  if (isOwn) addCall(context, kind);
  else addUnknown(context, 'createRequire()');
}

function addUnknown({ lexer, draft }: CallContext, called: string): void {
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

function before(text: string, start: number): string {
  return text.slice(Math.max(0, start - LOOK_BACK), start);
}
