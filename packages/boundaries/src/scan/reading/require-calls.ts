import { NAME } from '../tokens/lexer.js';
import { readRequiredList, startsList } from './loaders/amd-calls.js';
import { addCall, addUnknown, type CallContext, skipOptional, skipTypeArguments } from './specifier-calls.js';

const OPEN_PAREN = 40;
const CLOSE_PAREN = 41;
const OPEN_BRACKET = 91;
const DOT = 46;
const COLON = 58;

/** Where `require` is a member, what it may be one of; elsewhere it is a method of somebody's own. */
const holder =
  /\b(?:module|globalThis|global|window|self|mainModule|main|import\s*\.\s*meta)\s*\??(?:\.|\.?\s*\[)\s*$/;
const variable =
  /\b(?:const|let|var)\s+([A-Za-z_$][\w$]*)\s*(?::[^=;()]*)?=\s*(?:[A-Za-z_$][\w$]*\s*\.\s*)?$/;
/** `(0, require)` and `(require)`, which are called, and no list of arguments: after an operator, a word of the language, or a new line. */
const openParen =
  /(?:^|[^\w$)\]\s]\s*|\n\s*|\)\s*(?=\(\s*0)|\b(?:return|await|default|else|typeof|void|yield|case|throw|do|in|of)\s*)\(\s*(?:\w+\s*,\s*)?$/;
const call = /^\)\s*\(/;
/** `const { resolve: find } = require` */
const unpacked = /\b(?:const|let|var)\s*\{\s*(resolve)\s*(?::\s*([A-Za-z_$][\w$]*)\s*)?,?\s*\}\s*=\s*$/;
/** `paths.map(require)` */
const handedOver = /\.\s*(?:map|forEach|flatMap|then)\s*\(\s*$/;
const otherName = /^\s*([A-Za-z_$][\w$]*)\s*[,}=]/;
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
  const isOwn = draft.loaders.get(lexer.source) !== 'requireElsewhere';
  const wrapped = openParen.test(before(lexer.text, start));
  lexer.next();
  if (wrapped && call.test(lexer.text.slice(lexer.start, lexer.start + LOOK_BACK))) lexer.next();
  skipOptional(lexer);
  skipTypeArguments(context);
  if (lexer.isPunctuator(OPEN_PAREN)) addRequired(context, 'require', isOwn);
  else if (lexer.isPunctuator(DOT)) readMethod(context, start, isOwn);
  else if (lexer.isPunctuator(OPEN_BRACKET)) readInBrackets(context, isOwn);
  else keepName(context, start, isOwn);
}

/** `start` is where `require` stands, or what makes one. */
function readMethod(context: CallContext, start: number, isOwn: boolean): void {
  const { lexer } = context;
  lexer.next();
  const method = lexer.source;
  lexer.next();
  const kind = methods.get(method);
  if (!lexer.isPunctuator(OPEN_PAREN)) {
    if (kind !== undefined) keepName(context, start, isOwn);
  } else if (kind !== undefined) addRequired(context, kind, isOwn);
  else if (unknownMethods.has(method)) addUnknown(context, `require.${method}`);
}

const methods: ReadonlyMap<string, 'require' | 'requireResolve'> = new Map([
  ['resolve', 'requireResolve'],
  ['resolveWeak', 'requireResolve'],
  ['requireActual', 'require'],
  ['requireMock', 'require'],
]);
/** They take a folder and a regular expression, or lists, or what is called is only known when it is. */
const unknownMethods: ReadonlySet<string> = new Set(['context', 'ensure', 'call', 'apply']);

function readInBrackets(context: CallContext, isOwn: boolean): void {
  const { lexer } = context;
  if (!resolveInBrackets.test(lexer.text.slice(lexer.start, lexer.start + LOOK_BACK))) return;
  for (let count = 0; count < 3; count += 1) lexer.next();
  if (lexer.isPunctuator(OPEN_PAREN)) addRequired(context, 'requireResolve', isOwn);
}

/** `createRequire(import.meta.url)`, called at once or under the name that it is given; the token is `createRequire`. */
export function readCreateRequire(context: CallContext): void {
  const { lexer, draft, step, mayDescend } = context;
  const { start } = lexer;
  lexer.next();
  if (lexer.isPunctuator(COLON)) {
    const [, name] = otherName.exec(lexer.text.slice(lexer.end, lexer.end + LOOK_BACK)) ?? [];
    if (name !== undefined) draft.loaders.set(name, 'createRequire');
  }
  if (!lexer.isPunctuator(OPEN_PAREN)) return;
  const isOwn = ownFile.test(lexer.text.slice(lexer.start, lexer.start + LOOK_BACK));
  const { depth } = lexer;
  lexer.next();
  if (!mayDescend()) return;
  while (lexer.kind !== 0 && lexer.depth >= depth) step();
  if (lexer.isPunctuator(CLOSE_PAREN)) lexer.next();
  readMadeRequire(context, start, isOwn);
}

/** What is done with a `require` that an expression has made; it begins at `start`, and the token is what follows it. */
export function readMadeRequire(context: CallContext, start: number, isOwn: boolean): void {
  const { lexer } = context;
  if (lexer.isPunctuator(OPEN_PAREN)) addRequired(context, 'require', isOwn);
  else if (lexer.isPunctuator(DOT)) readMethod(context, start, isOwn);
  else keepName(context, start, isOwn);
}

/** `const load = require`: what is called by that name is required. */
function keepName(context: CallContext, start: number, isOwn: boolean): void {
  const { lexer, draft } = context;
  if (lexer.kind === NAME && !lexer.isOnNewLine && !lexer.is('as')) return;
  const text = before(lexer.text, start);
  const [, name] = variable.exec(text) ?? [];
  const [, method, other = method] = unpacked.exec(text) ?? [];
  const given = name ?? other;
  if (given !== undefined) draft.loaders.set(given, isOwn ? 'require' : 'requireElsewhere');
  // Whoever is handed it calls it with what is not seen here.
  else if (handedOver.test(text) && lexer.isPunctuator(CLOSE_PAREN)) addUnknown(context, 'require');
}

/** What is required from the place of another file is not found from here. */
function addRequired(context: CallContext, kind: 'require' | 'requireResolve', isOwn: boolean): void {
  if (!isOwn) addUnknown(context, 'createRequire()');
  else if (kind === 'require' && startsList(context)) readRequiredList(context);
  else addCall(context, kind);
}

function before(text: string, start: number): string {
  return text.slice(Math.max(0, start - LOOK_BACK), start);
}
