import { isDigit, isLineBreak, isNamePart, isNameStart, isSpace } from './characters.js';

export const END: number = 0;
export const NAME: number = 1;
export const STRING: number = 2;
/** A template without substitutions. */
export const TEMPLATE: number = 3;
/** From a backquote, or the `}` of a substitution, to the next `${`. */
export const TEMPLATE_HEAD: number = 4;
/** The last part of a template with substitutions. */
export const TEMPLATE_TAIL: number = 5;
export const NUMBER: number = 6;
export const REGEX: number = 7;
/** One character, but for `=>`, `++`, `--`. */
export const PUNCTUATOR: number = 8;
/** The end of a JSX element. */
export const ELEMENT: number = 9;

/** A name in code, with what stands before it. */
export interface Sighting {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly isOnNewLine: boolean;
  readonly previousKind: number;
  readonly previousStart: number;
  readonly previousEnd: number;
}

/** Whoever wants to know of some of the names. */
export interface NameWatch {
  /** Whether a name that begins so and is so long may be one of them; asked of every name, so it has to be quick. */
  mayWatch(first: number, length: number): boolean;
  see(sighting: Sighting): void;
}

/** What stands open. */
const PAREN = 1;
/** The one after `if`, `for`, `while`, `with`: what follows it is a statement. */
const CONTROL_PAREN = 2;
const BRACKET = 3;
const BLOCK = 4;
const OBJECT = 5;
const SUBSTITUTION = 6;
const TAG = 7;
const CHILDREN = 8;
const JSX_BRACE = 9;

const keywordsBeforeExpressions: ReadonlySet<string> = new Set(
  'return typeof case do else in of instanceof new void delete throw yield await default extends'.split(' '),
);
const controlKeywords: ReadonlySet<string> = new Set(['if', 'for', 'while', 'with', 'await']);
const LONGEST_CONTROL = 5;
const blockKeywords: ReadonlySet<string> = new Set(['do', 'else', 'try', 'finally']);
/** How deep brackets may stand; beyond, it is hostile. */
const MAX_DEPTH = 50_000;
/** Of how many names it is looked up whether they are closed. */
const MAX_GENERIC_NAMES = 1_000;

export interface Comment {
  readonly start: number;
  readonly end: number;
  /** Whether no token stands before it. */
  readonly isFirst: boolean;
}

/**
 * Splits TypeScript or JavaScript into tokens, one at a time, without memory of its own for each. It is not a parser: what a `/`,
 * a `<` or a `{` begins, it tells from what stands before. Where that must have gone wrong, `isUnsure` says so.
 */
export class Lexer {
  kind: number = END;
  start = 0;
  end = 0;
  /** The first code unit of a punctuator. */
  code = 0;
  /** Whether a line break stands before the token. */
  isOnNewLine = true;
  /** Whether the token follows `.` or `?.`. */
  isAfterDot = false;
  isUnsure = false;
  hasJsx = false;
  /** Where the first name begins that is written with an escape, as `\\u0061`. */
  firstEscape: number | undefined;
  /**
   * At least how deep a parser has to descend at the deepest place: brackets, and what stands between two separators. Parsers that
   * recurse end the process where that is too deep, so it is known before they are called.
   */
  deepest = 0;
  /** Those that begin with two stars or three slashes. */
  readonly comments: Comment[] = [];
  /** Those of elements, which are no tokens. */
  readonly typeArguments: { readonly start: number; readonly end: number }[] = [];
  readonly text: string;
  readonly #isJsx: boolean;
  readonly #mayEscape: boolean;
  readonly #watch: NameWatch | undefined;
  readonly #open: number[] = [];
  readonly #tagNames: string[] = [];
  #position: number;
  #previousKind: number = END;
  #previousStart = 0;
  #previousEnd = 0;
  #previousCode = 0;
  #wasAfterDot = false;
  /** Of the last `)`, `}` or `!`: whether a value ends with it. */
  #closesValue = false;
  #regexFailedUntil = 0;
  #nesting = 0;
  /** How many tokens stand at this depth since the last separator, and those of the depths around it. */
  #run = 0;
  readonly #runs: number[] = [];
  /** Of the block that was closed last; an `else` goes on with it. */
  #runOfBlock = 0;
  /** By the name of a tag: where it is closed for the last time. */
  readonly #lastCloses = new Map<string, number>();

  constructor(text: string, isJsx: boolean, watch?: NameWatch) {
    this.text = text;
    this.#isJsx = isJsx;
    this.#mayEscape = text.includes('\\u');
    this.#watch = watch;
    this.#position = text.startsWith('#!') ? lineEnd(text, 0) : 0;
  }

  /** How many brackets stand open around the token; a closing one is outside. */
  get depth(): number {
    return this.#open.length;
  }

  /** Whether the token stands directly in the braces of a value or a type, not of a block, a body or parentheses. */
  get isInObject(): boolean {
    return this.#open[this.#open.length - 1] === OBJECT;
  }

  /** Whether the token stands directly in brackets. */
  get isInBrackets(): boolean {
    return this.#open[this.#open.length - 1] === BRACKET;
  }

  /** Whether the token is this name or keyword. */
  is(word: string): boolean {
    return (
      this.kind === NAME && this.end - this.start === word.length && this.text.startsWith(word, this.start)
    );
  }

  /** Whether the token is this one character. */
  isPunctuator(code: number): boolean {
    return this.kind === PUNCTUATOR && this.code === code && this.end - this.start === 1;
  }

  /** The token as it is written. */
  get source(): string {
    return this.text.slice(this.start, this.end);
  }

  /** Moves on by one token, and returns its kind. */
  next(): number {
    this.#previousKind = this.kind;
    this.#previousStart = this.start;
    this.#previousEnd = this.end;
    this.#previousCode = this.code;
    this.#wasAfterDot = this.isAfterDot;
    const innermost = this.#open[this.#open.length - 1];
    if (innermost === CHILDREN) return this.#nextOfChildren();
    this.#skipSpace();
    this.start = this.#position;
    if (this.start >= this.text.length) return this.#finish();
    if (innermost === TAG) return this.#nextOfTag();
    return this.#nextOfCode(this.text.charCodeAt(this.start));
  }

  #nextOfCode(code: number): number {
    if (isNameStart(code)) return this.#readName();
    if (code === 34 || code === 39) return this.#readString(code);
    if (code === 96) return this.#readTemplate(TEMPLATE);
    if (isDigit(code)) return this.#readNumber();
    if (code === 47 && this.start >= this.#regexFailedUntil && !this.#isAfterValue())
      return this.#readRegex();
    if (code === 60 && this.#isJsx && !this.#isAfterValue() && this.#beginsElement()) {
      return this.#openTag();
    }
    return this.#readPunctuator(code);
  }

  #finish(): number {
    if (this.#open.length > 0) this.isUnsure = true;
    this.end = this.start;
    return this.#emit(END);
  }

  #emit(kind: number): number {
    this.isAfterDot = this.#previousKind === PUNCTUATOR && this.#previousCode === 46;
    this.#position = this.end;
    this.kind = kind;
    this.#run += 1;
    this.#nesting += 1;
    if (this.#nesting > this.deepest) this.deepest = this.#nesting;
    return kind;
  }

  #separate(): void {
    this.#nesting -= this.#run;
    this.#run = 0;
  }

  #readName(): number {
    const { text } = this;
    let end = this.start + 1;
    while (end < text.length && isNamePart(text.charCodeAt(end))) end += 1;
    this.end = end;
    if (this.#mayEscape && text.slice(this.start, end).includes('\\')) this.firstEscape ??= this.start;
    if (this.#runOfBlock > 0) this.#followBlock();
    if (this.#watch?.mayWatch(text.charCodeAt(this.start), end - this.start) === true)
      this.#show(this.#watch);
    return this.#emit(NAME);
  }

  #show(watch: NameWatch): void {
    watch.see({
      text: this.text,
      start: this.start,
      end: this.end,
      isOnNewLine: this.isOnNewLine,
      previousKind: this.#previousKind,
      previousStart: this.#previousStart,
      previousEnd: this.#previousEnd,
    });
  }

  #followBlock(): void {
    if (this.end - this.start === 4 && this.text.startsWith('else', this.start)) {
      this.#run += this.#runOfBlock;
      this.#nesting += this.#runOfBlock;
    }
    this.#runOfBlock = 0;
  }

  #readNumber(): number {
    const { text } = this;
    let end = this.start + 1;
    while (end < text.length && (isNamePart(text.charCodeAt(end)) || text.charCodeAt(end) === 46)) end += 1;
    this.end = end;
    return this.#emit(NUMBER);
  }

  #readString(quote: number): number {
    const { text } = this;
    let end = this.start + 1;
    for (; end < text.length; end += 1) {
      const code = text.charCodeAt(end);
      if (code === quote) break;
      if (code === 92) end += text.startsWith('\r\n', end + 1) ? 2 : 1;
      else if (code === 10 || code === 13) return this.#cut(end, STRING);
    }
    if (end >= text.length) return this.#cut(text.length, STRING);
    this.end = end + 1;
    return this.#emit(STRING);
  }

  /** Ends a token that has no end of its own. */
  #cut(end: number, kind: number): number {
    this.isUnsure = true;
    this.end = end;
    return this.#emit(kind);
  }

  /** `whole` is what it is if it ends without a substitution. */
  #readTemplate(whole: number): number {
    const { text } = this;
    for (let end = this.start + 1; end < text.length; end += 1) {
      const code = text.charCodeAt(end);
      if (code === 92) end += 1;
      else if (code === 96) {
        this.end = end + 1;
        return this.#emit(whole);
      } else if (code === 36 && text.charCodeAt(end + 1) === 123) {
        this.end = end + 2;
        this.#push(SUBSTITUTION);
        return this.#emit(TEMPLATE_HEAD);
      }
    }
    return this.#cut(text.length, whole);
  }

  #readRegex(): number {
    const { text } = this;
    let isInClass = false;
    for (let end = this.start + 1; end < text.length; end += 1) {
      const code = text.charCodeAt(end);
      if (isLineBreak(code)) return this.#cutRegex(end);
      if (code === 92) end += 1;
      else if (code === 91) isInClass = true;
      else if (code === 93) isInClass = false;
      else if (code === 47 && !isInClass) {
        this.end = end + 1;
        while (this.end < text.length && isNamePart(text.charCodeAt(this.end))) this.end += 1;
        return this.#emit(REGEX);
      }
    }
    return this.#cutRegex(text.length);
  }

  /** None is looked for again on this line, or a hostile one would take the square of its length. */
  #cutRegex(lineEnd: number): number {
    this.#regexFailedUntil = lineEnd;
    return this.#cut(this.start + 1, REGEX);
  }

  #readPunctuator(code: number): number {
    const following = this.text.charCodeAt(this.start + 1);
    this.end = this.start + 1;
    if (code === 40) this.#push(this.#isAfterControl() ? CONTROL_PAREN : PAREN);
    else if (code === 91) this.#push(BRACKET);
    else if (code === 123) this.#push(this.#beginsObject() ? OBJECT : BLOCK);
    else if (code === 41) this.#closesValue = this.#pop(PAREN, CONTROL_PAREN) === PAREN;
    else if (code === 93) this.#pop(BRACKET, BRACKET);
    else if (code === 125) return this.#closeBrace();
    else if (code === 33) this.#closesValue = this.#isAfterValue() && !this.isOnNewLine;
    else if (code === 59 || code === 44) this.#separate();
    else if (isDoubled(code, following)) this.end += 1;
    this.code = code;
    return this.#emit(PUNCTUATOR);
  }

  #closeBrace(): number {
    const closed = this.#close();
    if (closed === BLOCK) {
      this.#runOfBlock = this.#run;
      this.#separate();
    }
    if (closed === SUBSTITUTION) return this.#readTemplate(TEMPLATE_TAIL);
    if (closed !== BLOCK && closed !== OBJECT && closed !== JSX_BRACE) this.isUnsure = true;
    this.#closesValue = closed === OBJECT;
    this.code = 125;
    return this.#emit(PUNCTUATOR);
  }

  #push(bracket: number): void {
    this.#open.push(bracket);
    this.#runs.push(this.#run);
    this.#run = 0;
    if (this.#open.length <= MAX_DEPTH) return;
    this.isUnsure = true;
    this.#position = this.text.length;
    this.end = this.text.length;
  }

  #close(): number {
    this.#separate();
    this.#run = this.#runs.pop() ?? 0;
    return this.#open.pop() ?? 0;
  }

  #pop(expected: number, orElse: number): number {
    const closed = this.#close();
    if (closed !== expected && closed !== orElse) this.isUnsure = true;
    return closed;
  }

  /** Whether the token before ends a value, so that a `/` divides it and a `<` compares it. */
  #isAfterValue(): boolean {
    switch (this.#previousKind) {
      case END:
      case TEMPLATE_HEAD:
        return false;
      case NAME:
        return this.#wasAfterDot || !keywordsBeforeExpressions.has(this.#previousSource());
      case PUNCTUATOR:
        return this.#punctuatorEndsValue();
      default:
        return true;
    }
  }

  #punctuatorEndsValue(): boolean {
    const code = this.#previousCode;
    if (code === 41 || code === 125 || code === 33) return this.#closesValue;
    return code === 93 || ((code === 43 || code === 45) && this.#previousEnd - this.#previousStart === 2);
  }

  #isAfterControl(): boolean {
    if (this.#previousKind !== NAME || this.#wasAfterDot) return false;
    // Most names are longer; only the others are worth a look.
    return (
      this.#previousEnd - this.#previousStart <= LONGEST_CONTROL &&
      controlKeywords.has(this.#previousSource())
    );
  }

  /** Whether a `{` begins a value, not a block or a body. */
  #beginsObject(): boolean {
    if (this.#previousKind === NAME) {
      const source = this.#previousSource();
      return !this.#wasAfterDot && keywordsBeforeExpressions.has(source) && !blockKeywords.has(source);
    }
    if (this.#previousKind !== PUNCTUATOR) return this.#previousKind === TEMPLATE_HEAD;
    const code = this.#previousCode;
    return code !== 41 &&
      code !== 59 &&
      code !== 123 &&
      code !== 125 &&
      code !== 62 &&
      code !== 93 &&
      code !== 61
      ? true
      : code === 61 && this.#previousEnd - this.#previousStart === 1;
  }

  #previousSource(): string {
    return this.text.slice(this.#previousStart, this.#previousEnd);
  }

  #skipSpace(): void {
    const { text } = this;
    this.isOnNewLine = false;
    let at = this.#position;
    for (;;) {
      const code = text.charCodeAt(at);
      // A third of most code is this.
      if (code === 32) at += 1;
      else if (isSpace(code)) {
        if (isLineBreak(code)) this.isOnNewLine = true;
        at += 1;
      } else {
        this.#position = at;
        if (code !== 47 || !this.#skipComment()) return;
        at = this.#position;
      }
    }
  }

  #skipComment(): boolean {
    const { text } = this;
    const start = this.#position;
    const second = text.charCodeAt(start + 1);
    if (second !== 47 && second !== 42) return false;
    let end = second === 47 ? lineEnd(text, start) : text.indexOf('*/', start + 2);
    if (second === 42) {
      if (end < 0) this.isUnsure = true;
      end = end < 0 ? text.length : end + 2;
      if (!this.isOnNewLine && text.slice(start, end).includes('\n')) this.isOnNewLine = true;
    }
    if (text.charCodeAt(start + 2) === second) {
      this.comments.push({ start, end, isFirst: this.#previousKind === END && this.kind === END });
    }
    this.#position = end;
    return true;
  }

  /** Whether a `<` where a value is due begins an element. In TSX it may also begin the type parameters of a function. */
  #beginsElement(): boolean {
    const { text } = this;
    const after = text.charCodeAt(this.start + 1);
    if (after === 62) return true;
    if (!isNameStart(after)) return false;
    let end = this.start + 2;
    while (end < text.length && isTagNamePart(text.charCodeAt(end))) end += 1;
    const name = text.slice(this.start + 1, end);
    while (isSpace(text.charCodeAt(end))) end += 1;
    const rest = text.slice(end, end + 64);
    if (rest.startsWith(',') || rest.startsWith('=') || /^extends\s+[^=\s/>]/.test(rest)) return false;
    if (name === 'const' && isNameStart(rest.charCodeAt(0)) && /^[\w$]+\s*(?:,|>|extends\s)/.test(rest)) {
      return false;
    }
    return !/^>\s*\(/.test(rest) || this.#isClosedAfter(name, end);
  }

  /** Of a hostile number of names, all are taken to be closed. */
  #isClosedAfter(name: string, position: number): boolean {
    const known = this.#lastCloses.get(name);
    if (known === undefined && this.#lastCloses.size >= MAX_GENERIC_NAMES) return true;
    const last = known ?? this.text.lastIndexOf(`</${name}`);
    this.#lastCloses.set(name, last);
    return last > position;
  }

  #openTag(): number {
    const { text } = this;
    let end = this.start + 1;
    while (end < text.length && isTagNamePart(text.charCodeAt(end))) end += 1;
    this.#tagNames.push(text.slice(this.start + 1, end));
    this.#push(TAG);
    this.hasJsx = true;
    this.end = this.#afterTypeArguments(end);
    if (this.end > end) this.typeArguments.push({ start: end, end: this.end });
    this.code = 60;
    return this.#emit(PUNCTUATOR);
  }

  /** `<Table<Row> …>`: the end of what stands in the inner angle brackets, if there is such. */
  #afterTypeArguments(from: number): number {
    const { text } = this;
    if (text.charCodeAt(from) !== 60) return from;
    let depth = 0;
    for (let end = from; end < text.length; end += 1) {
      const code = text.charCodeAt(end);
      if (code === 60) depth += 1;
      if (code === 62 && text.charCodeAt(end - 1) !== 61) depth -= 1;
      if (depth === 0) return end + 1;
    }
    return text.length;
  }

  #nextOfTag(): number {
    const { text } = this;
    const code = text.charCodeAt(this.start);
    this.end = this.start + 1;
    if (code === 123) this.#push(JSX_BRACE);
    else if (code === 34 || code === 39) {
      const close = text.indexOf(code === 34 ? '"' : "'", this.start + 1);
      if (close < 0) return this.#cut(text.length, STRING);
      this.end = close + 1;
      return this.#emit(STRING);
    } else if (code === 62) this.#open[this.#open.length - 1] = CHILDREN;
    else if (code === 47 && text.charCodeAt(this.start + 1) === 62) {
      this.end = this.start + 2;
      return this.#closeElement();
    } else if (code === 60 && isNameStart(text.charCodeAt(this.start + 1))) return this.#openTag();
    else if (isTagNamePart(code)) {
      while (this.end < text.length && isTagNamePart(text.charCodeAt(this.end))) this.end += 1;
      return this.#emit(ELEMENT);
    } else if (code !== 61) this.isUnsure = true;
    this.code = code;
    return this.#emit(PUNCTUATOR);
  }

  #closeElement(): number {
    this.#close();
    this.#separate();
    this.#tagNames.pop();
    return this.#emit(ELEMENT);
  }

  #nextOfChildren(): number {
    const { text } = this;
    let at = this.#position;
    while (at < text.length && text.charCodeAt(at) !== 60 && text.charCodeAt(at) !== 123) at += 1;
    this.start = at;
    if (at >= text.length) return this.#finish();
    if (text.charCodeAt(at) === 123) {
      this.#push(JSX_BRACE);
      this.end = at + 1;
      this.code = 123;
      return this.#emit(PUNCTUATOR);
    }
    if (text.charCodeAt(at + 1) !== 47) return this.#openTag();
    const close = text.indexOf('>', at);
    if (close < 0) return this.#cut(text.length, ELEMENT);
    if (withoutSpace(text.slice(at + 2, close)) !== this.#tagNames[this.#tagNames.length - 1])
      this.isUnsure = true;
    this.end = close + 1;
    return this.#closeElement();
  }
}

function isDoubled(code: number, following: number): boolean {
  return (code === 61 && following === 62) || ((code === 43 || code === 45) && following === code);
}

function isTagNamePart(code: number): boolean {
  return isNamePart(code) || code === 45 || code === 46 || code === 58;
}

function lineEnd(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end < 0 ? text.length : end;
}

function withoutSpace(text: string): string {
  return text.replace(/\s+/g, '');
}
