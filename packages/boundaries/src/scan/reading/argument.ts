import { type Lexer, NAME, STRING, TEMPLATE } from '../tokens/lexer.js';
import { literalValue } from '../tokens/literals.js';

const PLUS = 43;
const OPEN_PAREN = 40;
const CLOSE_PAREN = 41;
const COMMA = 44;
const MAX_TEXT = 60;

/** What stands where a specifier is due. */
export interface Argument {
  /** Undefined where only running the code could tell. */
  readonly value: string | undefined;
  readonly offset: number;
  /** As it is written, shortened. */
  readonly text: string;
}

/**
 * Reads the first argument of a call, as far as it is made of literals and constants; the token is the first of it. Afterwards it
 * is the comma or parenthesis after it, or the first token that is neither literal nor constant.
 */
export function readArgument(lexer: Lexer, constants: Constants): Argument {
  const offset = lexer.start;
  let value = '';
  let parens = 0;
  while (lexer.isPunctuator(OPEN_PAREN)) {
    parens += 1;
    lexer.next();
  }
  for (;;) {
    const part = partOf(lexer, constants);
    if (part === undefined) return { value: undefined, offset, text: shortened(lexer.text, offset) };
    value += part;
    lexer.next();
    for (; parens > 0 && lexer.isPunctuator(CLOSE_PAREN); parens -= 1) lexer.next();
    if (!lexer.isPunctuator(PLUS)) break;
    lexer.next();
  }
  const isWhole = lexer.isPunctuator(CLOSE_PAREN) || lexer.isPunctuator(COMMA);
  return { value: isWhole ? value : undefined, offset, text: shortened(lexer.text, offset) };
}

function partOf(lexer: Lexer, constants: Constants): string | undefined {
  if (lexer.kind === STRING || lexer.kind === TEMPLATE) return literalValue(lexer.source);
  return lexer.kind === NAME ? constants.valueOf(lexer.source) : undefined;
}

function shortened(text: string, offset: number): string {
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
    if (!this.#text.includes('const')) return undefined;
    this.#values ??= this.#read();
    return this.#values.get(name);
  }

  #read(): Map<string, string | undefined> {
    const values = new Map<string, string | undefined>();
    const lexer = this.#makeLexer();
    while (lexer.next() !== 0) {
      if (lexer.is('const') && !lexer.isAfterDot) this.#readConstant(lexer, values);
      else if (lexer.is('let') || lexer.is('var')) {
        lexer.next();
        if (lexer.kind === NAME) values.set(lexer.source, undefined);
      }
    }
    return values;
  }

  #readConstant(lexer: Lexer, values: Map<string, string | undefined>): void {
    lexer.next();
    if (lexer.kind !== NAME) return;
    const name = lexer.source;
    lexer.next();
    if (lexer.isPunctuator(58)) while (lexer.next() === NAME);
    if (!lexer.isPunctuator(61)) return;
    lexer.next();
    const value = lexer.kind === STRING || lexer.kind === TEMPLATE ? literalValue(lexer.source) : undefined;
    const isWhole =
      value !== undefined && /^\s*(?:;|,|\r?\n|$|as const)/.test(lexer.text.slice(lexer.end, lexer.end + 40));
    values.set(name, isWhole && !values.has(name) ? value : undefined);
  }
}
