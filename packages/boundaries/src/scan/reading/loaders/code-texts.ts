import { END, type Lexer, STRING, TEMPLATE, TEMPLATE_HEAD, TEMPLATE_TAIL } from '../../tokens/lexer.js';
import { literalValue } from '../../tokens/literals.js';
import { type Draft, everything } from '../draft.js';
import { readMadeRequire } from '../require-calls.js';
import { type CallContext, skipOptional } from '../specifier-calls.js';

const OPEN_PAREN = 40;
const CLOSE_PAREN = 41;
const LOOK = 80;
const MAX_TEXT = 60;

/** A call that loads, and what it loads, where that is written there. */
const load = /(?<![.\w$])(import|require)\s*\(\s*(?:(["'`])([^"'`\\$\n]*)\2\s*[,)])?/g;
const holder = /\b(?:globalThis|global|window|self)\s*\??\.\s*$/;
const wrapped = /\(\s*(?:\w+\s*,\s*)?$/;
const isRequire = /^\(\s*(["'`])\s*require\s*\1\s*\)/;

/** Whether a member called `eval` or `Function` is that of the language; it begins at the token. */
export function isGlobalMember({ lexer }: CallContext): boolean {
  return holder.test(lexer.text.slice(Math.max(0, lexer.start - LOOK), lexer.start));
}

/** `eval('…')`, `new Function('…')`: code in a text, of which only what it loads is read. The token is `eval` or `Function`. */
export function readCodeText(context: CallContext): void {
  const { lexer, draft, step, mayDescend } = context;
  const { start, text } = lexer;
  const isEval = lexer.is('eval');
  lexer.next();
  if (lexer.isPunctuator(CLOSE_PAREN) && wrapped.test(text.slice(Math.max(0, start - LOOK), start)))
    lexer.next();
  skipOptional(lexer);
  if (!lexer.isPunctuator(OPEN_PAREN)) return;
  const makesRequire = isEval && isRequire.test(text.slice(lexer.start, lexer.start + LOOK));
  const { depth } = lexer;
  lexer.next();
  if (!mayDescend()) return;
  while (lexer.kind !== END && lexer.depth >= depth) {
    if (isText(lexer)) {
      addLoads(draft, lexer);
      lexer.next();
    } else step();
  }
  if (!makesRequire) return;
  lexer.next();
  readMadeRequire(context, start, true);
}

function isText({ kind }: Lexer): boolean {
  return kind === STRING || kind === TEMPLATE || kind === TEMPLATE_HEAD || kind === TEMPLATE_TAIL;
}

function addLoads(draft: Draft, { kind, source, start }: Lexer): void {
  if (!source.includes('import') && !source.includes('require')) return;
  const code = kind === STRING || kind === TEMPLATE ? literalValue(source) : source;
  for (const [, keyword, , specifier] of code.matchAll(load)) {
    const text = code.length > MAX_TEXT ? `${code.slice(0, MAX_TEXT)}…` : code;
    draft.addEdge({
      kind: keyword === 'import' ? 'dynamicImport' : 'require',
      offset: start,
      specifier,
      ...(specifier === undefined ? { text } : {}),
      bindings: everything,
      isMarked: false,
    });
  }
}
