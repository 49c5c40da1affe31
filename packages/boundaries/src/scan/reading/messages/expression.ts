import type { Place } from '../../../graph/project-graph.js';
import type { Mention } from '../../file-scan.js';
import { END, type Lexer, NAME, PUNCTUATOR } from '../../tokens/lexer.js';
import { literalValue } from '../../tokens/literals.js';
import type { CallContext } from '../specifier-calls.js';
import { keywords } from './value-source.js';
import { verbOf } from './verbs.js';

const OPEN_PAREN = 40;
const CLOSE_PAREN = 41;
const OPEN_BRACKET = 91;
const COMMA = 44;
const COLON = 58;
const DOT = 46;
const LESS = 60;
const GREATER = 62;
const QUESTION = 63;
const EXCLAMATION = 33;
const EQUALS = 61;
const PLUS = 43;

/** What an argument is made of. */
export interface Expression {
  readonly names: readonly Mention[];
  /** Whether it is a function or a text, which no contract is. */
  readonly isNone: boolean;
  /** Whether it is a single name, in parentheses or with a type. */
  readonly isSimple: boolean;
}

/** All names in an argument, also of what is called in it; the token is its first, and afterwards what ends it. */
export function readExpression(context: CallContext, depth: number): Expression {
  const { lexer } = context;
  const names: Mention[] = [];
  let isNone = false;
  let isSimple = true;
  if (lexer.isPunctuator(LESS)) skipAngles(context);
  while (
    lexer.kind !== END &&
    lexer.depth >= depth &&
    !(lexer.depth === depth && lexer.isPunctuator(COMMA))
  ) {
    isNone ||= lexer.depth === depth && (isArrow(lexer) || lexer.is('function') || lexer.isPunctuator(PLUS));
    if (beginsName(lexer) && !isNone) {
      const mention = readMention(context);
      isSimple &&= mention !== undefined && !lexer.isPunctuator(OPEN_PAREN);
      if (mention !== undefined) names.push(...calledOn(lexer, mention));
      if (lexer.isPunctuator(EXCLAMATION) && lexer.text.charCodeAt(lexer.end) !== EQUALS) lexer.next();
      if (lexer.is('as') || lexer.is('satisfies')) skipAssertions(context);
    } else if (lexer.isPunctuator(OPEN_PAREN) && names.length === 0) lexer.next();
    else {
      isSimple &&= lexer.isPunctuator(CLOSE_PAREN);
      context.step();
    }
  }
  return { names, isNone, isSimple: isSimple && names.length === 1 };
}

/** Whether the token is a name that is no member of another; it may be spread. */
function beginsName(lexer: Lexer): boolean {
  if (lexer.kind !== NAME || keywords.has(lexer.source)) return false;
  return !lexer.isAfterDot || /\.\.\.\s*$/.test(lexer.text.slice(Math.max(0, lexer.start - 8), lexer.start));
}

/** Of a method that is called what it is called on, of a function nothing. */
function calledOn(lexer: Lexer, mention: Mention): readonly Mention[] {
  if (!lexer.isPunctuator(OPEN_PAREN)) return [mention];
  const { namespace, line, column } = mention;
  return namespace === undefined ? [] : [mentionAt(namespace.split('.'), { line, column })];
}

function isArrow(lexer: Lexer): boolean {
  return lexer.kind === PUNCTUATOR && lexer.code === EQUALS && lexer.end - lexer.start === 2;
}

export function mentionAt(path: readonly string[], place: Place): Mention {
  const name = path.at(-1) ?? '';
  return path.length < 2 ? { name, ...place } : { name, namespace: path.slice(0, -1).join('.'), ...place };
}

/**
 * `Name`, `namespace.Name` or `namespace['Name']`; the token is its first name. Undefined where a call or something else begins
 * with it.
 */
export function readMention(context: CallContext): Mention | undefined {
  const { lexer, draft, step } = context;
  const names = [lexer.source];
  const place = draft.places.at(lexer.start);
  step();
  for (;;) {
    if (lexer.isPunctuator(QUESTION) && lexer.text.charCodeAt(lexer.end) === DOT) lexer.next();
    const isMember = lexer.isPunctuator(DOT);
    if (!isMember && !isNameInBrackets(lexer)) break;
    lexer.next();
    if (isMember && lexer.kind !== NAME) return undefined;
    if (isMember && verbOf(draft, lexer.source) !== undefined) {
      step();
      return undefined;
    }
    names.push(isMember ? lexer.source : literalValue(lexer.source));
    lexer.next();
    if (!isMember) lexer.next();
  }
  const name = names.pop() ?? '';
  return names.length === 0 ? { name, ...place } : { name, namespace: names.join('.'), ...place };
}

function isNameInBrackets(lexer: Lexer): boolean {
  return (
    lexer.isPunctuator(OPEN_BRACKET) &&
    /^\s*(["'])[\w$]+\1\s*\]/.test(lexer.text.slice(lexer.end, lexer.end + 80))
  );
}

/** `!`, `as T` and `satisfies T`, which change the type of a value alone. */
export function skipAssertions({ lexer, step }: CallContext): void {
  const { depth } = lexer;
  while (lexer.isPunctuator(EXCLAMATION) || lexer.is('as') || lexer.is('satisfies')) {
    let angles = 0;
    do {
      if (lexer.isPunctuator(LESS)) angles += 1;
      if (lexer.isPunctuator(GREATER)) angles -= 1;
      step();
    } while (
      lexer.kind !== 0 &&
      (angles > 0 || lexer.depth > depth || !(endsArgument(lexer) || lexer.isPunctuator(COLON)))
    );
  }
}

function endsArgument(lexer: Lexer): boolean {
  return lexer.isPunctuator(COMMA) || lexer.isPunctuator(CLOSE_PAREN);
}

/** All names in a list, also within calls in it: `[Book, optional(Rates)]`. The token is the bracket. */
export function readList(context: CallContext, mentions: Mention[]): void {
  const { lexer } = context;
  const { depth } = lexer;
  lexer.next();
  while (lexer.kind !== 0 && lexer.depth >= depth) {
    if (lexer.kind !== NAME) {
      context.step();
      continue;
    }
    const mention = readMention(context);
    if (mention !== undefined && !lexer.isPunctuator(OPEN_PAREN)) mentions.push(mention);
  }
  lexer.next();
}

export function skipAngles({ lexer, step }: CallContext): void {
  let depth = 0;
  do {
    if (lexer.isPunctuator(LESS)) depth += 1;
    if (lexer.isPunctuator(62)) depth -= 1;
    if (depth > 0) step();
  } while (depth > 0 && lexer.kind !== 0 && !lexer.isPunctuator(59));
  lexer.next();
}
