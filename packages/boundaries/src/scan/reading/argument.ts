import { END, type Lexer, NAME, PUNCTUATOR, STRING, TEMPLATE } from '../tokens/lexer.js';
import { literalValue } from '../tokens/literals.js';

const PLUS = 43;
const OPEN_PAREN = 40;
const CLOSE_PAREN = 41;
const COMMA = 44;
const COLON = 58;
const EQUALS = 61;
const LESS = 60;
const GREATER = 62;
const EXCLAMATION = 33;
const MAX_TEXT = 60;
/** The longest path that systems take. Constants made of each other grow without end in a few lines. */
const MAX_VALUE = 4_096;

/** What stands where a specifier is due. */
export interface Argument {
  /** Undefined where only running the code could tell. */
  readonly value: string | undefined;
  readonly offset: number;
  /** As it is written, shortened. */
  readonly text: string;
}

/**
 * Reads an argument of a call, as far as it is made of literals and constants, in parentheses or with types added; the token is
 * the first of it, and `end` what closes the call or list. Afterwards it is the comma after it, or `end`, or the first token that
 * is neither literal nor constant.
 */
export function readArgument(lexer: Lexer, constants: Constants, end: number = CLOSE_PAREN): Argument {
  const offset = firstOffset(lexer);
  const value = readText(lexer, (name) => constants.valueOf(name));
  const isWhole = lexer.isPunctuator(end) || lexer.isPunctuator(COMMA);
  return { value: isWhole ? value : undefined, offset, text: shortened(lexer.text, offset) };
}

/** Where the argument begins, without the parentheses and the type before it. */
function firstOffset({ text, start }: Lexer): number {
  return start + (/^[\s(]*/.exec(text.slice(start, start + MAX_TEXT))?.[0].length ?? 0);
}

/**
 * Reads texts with `+` between them, as far as they go: `textOf` gives those of names. Undefined where one of them can't be told, and
 * where they are longer than any path.
 * The token is the first, and afterwards the one that comes after the last.
 */
function readText(lexer: Lexer, textOf: (name: string) => string | undefined): string | undefined {
  let value = '';
  for (;;) {
    const part = readPart(lexer, textOf);
    if (part === undefined) return undefined;
    value += part;
    if (value.length > MAX_VALUE) return undefined;
    if (!lexer.isPunctuator(PLUS)) return value;
    lexer.next();
  }
}

function readPart(lexer: Lexer, textOf: (name: string) => string | undefined): string | undefined {
  if (lexer.isPunctuator(LESS)) skipAngles(lexer);
  let value: string | undefined;
  if (lexer.isPunctuator(OPEN_PAREN)) {
    lexer.next();
    value = readText(lexer, textOf);
    if (!lexer.isPunctuator(CLOSE_PAREN)) return undefined;
  } else if (lexer.kind === STRING || lexer.kind === TEMPLATE) value = literalValue(lexer.source);
  else if (lexer.kind === NAME) value = textOf(lexer.source);
  if (value === undefined) return undefined;
  lexer.next();
  if (lexer.isPunctuator(EXCLAMATION)) lexer.next();
  while (lexer.is('as') || lexer.is('satisfies')) {
    lexer.next();
    skipType(lexer);
  }
  return value;
}

/** `<T>` before a value. */
function skipAngles(lexer: Lexer): void {
  let open = 0;
  do {
    if (lexer.isPunctuator(LESS)) open += 1;
    else if (lexer.isPunctuator(GREATER)) open -= 1;
    lexer.next();
  } while (open > 0 && lexer.kind !== END);
}

/** The type after `as` or `satisfies`, up to what ends an expression or goes on with it. */
function skipType(lexer: Lexer): void {
  const { depth } = lexer;
  let angles = 0;
  do {
    if (lexer.isPunctuator(LESS)) angles += 1;
    else if (lexer.isPunctuator(GREATER)) angles -= 1;
    lexer.next();
  } while (lexer.kind !== END && (angles > 0 || lexer.depth > depth || !endsType(lexer)));
}

function endsType(lexer: Lexer): boolean {
  if (lexer.kind === NAME) return lexer.isOnNewLine || lexer.is('as') || lexer.is('satisfies');
  return lexer.kind === PUNCTUATOR && /^[,;)}\]+]$/.test(lexer.source);
}

/** What is written at an offset, up to the end of the argument, on one line. */
export function shortened(text: string, offset: number): string {
  const line = text.slice(offset, offset + MAX_TEXT * 2).replace(/\s+/g, ' ');
  const end = closingParen(line);
  const argument = line.slice(0, end);
  return argument.length > MAX_TEXT ? `${argument.slice(0, MAX_TEXT)}…` : argument;
}

function closingParen(text: string): number {
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === '(') depth += 1;
    else if (text[at] === ')' && depth-- === 0) return at;
  }
  return text.length;
}

/** Constants of a file that hold a string: `const page = './page.js'`. Looked for when the first is asked for. */
export class Constants {
  readonly #text: string;
  readonly #makeLexer: () => Lexer;
  #values: Map<string, string | undefined> | undefined;

  constructor(text: string, makeLexer: () => Lexer) {
    this.#text = text;
    this.#makeLexer = makeLexer;
  }

  /** Undefined for a name that is no such constant, or is declared more than once. */
  valueOf(name: string): string | undefined {
    this.#values ??= this.#text.includes('const') ? this.#read() : new Map();
    return this.#values.get(name);
  }

  #read(): Map<string, string | undefined> {
    const values = new Map<string, string | undefined>();
    const lexer = this.#makeLexer();
    lexer.next();
    while (lexer.kind !== END) {
      if (lexer.is('const') && !lexer.isAfterDot) readConstant(lexer, values);
      else if (lexer.is('let') || lexer.is('var')) {
        lexer.next();
        if (lexer.kind === NAME) values.set(lexer.source, undefined);
      } else lexer.next();
    }
    return values;
  }
}

/** The token is `const`, and afterwards the first that was not read. */
function readConstant(lexer: Lexer, values: Map<string, string | undefined>): void {
  lexer.next();
  if (lexer.kind !== NAME) return;
  const name = lexer.source;
  lexer.next();
  if (lexer.isPunctuator(COLON)) while (lexer.next() === NAME);
  const isGiven = lexer.isPunctuator(EQUALS);
  if (isGiven) lexer.next();
  const value = isGiven ? readText(lexer, (other) => values.get(other)) : undefined;
  values.set(name, endsConstant(lexer) && !values.has(name) ? value : undefined);
}

function endsConstant(lexer: Lexer): boolean {
  if (lexer.kind === PUNCTUATOR) return /^[;,}]$/.test(lexer.source);
  return lexer.kind === END || (lexer.kind === NAME && lexer.isOnNewLine);
}
