import { type Lexer, STRING } from '../../tokens/lexer.js';
import { literalValue } from '../../tokens/literals.js';
import { shortened } from '../argument.js';
import { everything } from '../draft.js';
import type { CallContext } from '../specifier-calls.js';

const OPEN_PAREN = 40;
const CLOSE_PAREN = 41;
const COMMA = 44;
const OPEN_BRACKET = 91;
const CLOSE_BRACKET = 93;

/** What is handed to a module of AMD, and is none. */
const handed: ReadonlySet<string> = new Set(['require', 'exports', 'module']);
/** What makes the module: a function, or the name of one. */
const factory = /(?:async\b|function\b|\(|[A-Za-z_$][\w$]*\s*(?:=>|\)))/y;

interface Named {
  readonly specifier: string;
  readonly offset: number;
}

/** Whether `define`, at the top of a file, is that of AMD: nothing in the file is called so. */
export function isDefine({ draft }: CallContext): boolean {
  return draft.importOf('define') === undefined && !draft.hasOwnDefine;
}

/** `define(['./x'], function (x) { … })`; the token is `define`. */
export function readDefine({ lexer, draft }: CallContext): void {
  lexer.next();
  if (!lexer.isPunctuator(OPEN_PAREN)) return;
  lexer.next();
  if (lexer.kind === STRING) {
    lexer.next();
    if (lexer.isPunctuator(COMMA)) lexer.next();
  }
  const names = readNames(lexer);
  if (names === undefined || !lexer.isPunctuator(COMMA)) return;
  lexer.next();
  factory.lastIndex = lexer.start;
  if (factory.test(lexer.text)) addNames(draft, names);
}

/** Whether a parenthesis, which is the token, begins the arguments of `require(['./x'], …)`. */
export function startsList({ lexer }: CallContext): boolean {
  return /^\s*\[/.test(lexer.text.slice(lexer.end, lexer.end + 120));
}

/** `require(['./x'], (x) => …)`, which Node knows nothing of; the token is the parenthesis. */
export function readRequiredList({ lexer, draft }: CallContext): void {
  lexer.next();
  const offset = lexer.start;
  const names = readNames(lexer);
  if (names !== undefined && (lexer.isPunctuator(COMMA) || lexer.isPunctuator(CLOSE_PAREN))) {
    addNames(draft, names);
    return;
  }
  const text = shortened(lexer.text, offset);
  draft.addEdge({
    kind: 'require',
    offset,
    specifier: undefined,
    text,
    bindings: everything,
    isMarked: false,
  });
}

/** The strings of a list; undefined where there is anything else in it. The token is its bracket, and afterwards what follows it. */
function readNames(lexer: Lexer): readonly Named[] | undefined {
  if (!lexer.isPunctuator(OPEN_BRACKET)) return undefined;
  const names: Named[] = [];
  lexer.next();
  while (lexer.kind === STRING) {
    names.push({ specifier: literalValue(lexer.source), offset: lexer.start });
    lexer.next();
    if (lexer.isPunctuator(COMMA)) lexer.next();
  }
  if (!lexer.isPunctuator(CLOSE_BRACKET)) return undefined;
  lexer.next();
  return names;
}

function addNames(draft: CallContext['draft'], names: readonly Named[]): void {
  for (const { specifier, offset } of names) {
    if (handed.has(specifier)) continue;
    draft.addEdge({ kind: 'require', offset, specifier, bindings: everything, isMarked: false });
  }
}
