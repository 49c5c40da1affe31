import type { Mention, ScannedCall } from '../../file-scan.js';
import { type Lexer, NAME, NUMBER, STRING, TEMPLATE, TEMPLATE_HEAD } from '../../tokens/lexer.js';
import { readArgument } from '../argument.js';
import type { Draft } from '../draft.js';
import { type CallContext, skipOptional } from '../specifier-calls.js';
import {
  mentionAt,
  readExpression,
  readList,
  readMention,
  skipAngles,
  skipAssertions,
} from './expression.js';
import { isKnownName, sourceOf, type ValueSource, visitedNames } from './value-source.js';
import { allVerbs, declaringVerbs, dependentVerbs, firstVerbs, listVerbs, sendingVerbs } from './verbs.js';

const OPEN_PAREN = 40;
const CLOSE_PAREN = 41;
const OPEN_BRACKET = 91;
const CLOSE_BRACKET = 93;
const OPEN_BRACE = 123;
const COMMA = 44;
const COLON = 58;
const DOT = 46;
const LESS = 60;
const MAX_TEXT = 60;
const MAX_PLACES = 40;
const LOOK_BACK = 80;

/** Another name for a verb, after its colon: `{ publish: send }`. */
const otherName = /\s*([A-Za-z_$][\w$]*)\s*(?=[,}=])/y;

/**
 * Reads the arguments of a call: names, lists of names, and what else a contract may be made from; the token is the verb, by
 * whatever name.
 */
export function readMessageCall(context: CallContext, verb: string): void {
  const { lexer, draft } = context;
  const { start, source: name } = lexer;
  lexer.next();
  if (lexer.isPunctuator(CLOSE_BRACKET)) lexer.next();
  else if (lexer.isPunctuator(CLOSE_PAREN) && !readHandedOver(context, verb, start)) return;
  if (lexer.isPunctuator(COLON)) {
    otherName.lastIndex = lexer.end;
    const [, name] = otherName.exec(lexer.text) ?? [];
    if (name !== undefined) draft.verbs.set(name, verb);
    return;
  }
  skipOptional(lexer);
  if (!context.mayDescend()) return;
  if (lexer.isPunctuator(LESS)) skipAngles(context);
  const contractAt = readIndirection(lexer);
  if (!lexer.isPunctuator(OPEN_PAREN)) return;
  const found = new ArgumentReader(context, verb, { contractAt, start, name }).read();
  if (found.first.length + found.dependencies.length > 0 || found.unread !== undefined)
    draft.calls.push({ verb, ...found });
}

/**
 * `events.forEach(context.publish)`: each of them is its argument; the token is what closes the parenthesis. Says whether it is none
 * such, but a verb in parentheses that is called: `(0, context.publish)(…)`; then the token is the one after them.
 */
function readHandedOver({ lexer, draft }: CallContext, verb: string, start: number): boolean {
  const names = visitedNames(draft, start);
  if (names !== undefined) {
    const place = draft.places.at(start);
    const first = names.map((path) => ({ ...mentionAt(path, place), isItem: true }));
    draft.calls.push({ verb, first, dependencies: [], unread: { text: verb, ...place } });
    return false;
  }
  if (!calledAfter.test(lexer.text.slice(lexer.start, lexer.start + 20))) return false;
  lexer.next();
  return true;
}

const shorthand = /^\s*[,}]/;
const calledAfter = /^\)\s*(?:\?\.\s*)?\(/;

/** `publish.call(context, …)`: the contract comes after what it is called on. */
function readIndirection(lexer: Lexer): number {
  if (!lexer.isPunctuator(DOT) || !indirection.test(lexer.text.slice(lexer.start, lexer.start + 40)))
    return 0;
  lexer.next();
  lexer.next();
  return 1;
}

const indirection = /^\.\s*(?:call|apply|bind)\s*\(/;
/** What a method is called on that is of Mortar, by what it is called as a rule. */
const receiver = /^(?:context|ctx|app|module|bus|mortar|this|unit|\w*(?:App|Context|Bus))$/;

/** Whether a verb is called on what is of Mortar by its name, or by itself after it was taken from something. */
function isOfMortar(draft: Draft, { start, name }: CallPlace): boolean {
  const before = draft.text.slice(Math.max(0, start - LOOK_BACK), start);
  const [, object] = /([\w$]+|[)\]}])\s*\??(?:\.|\.?\s*\[)\s*$/.exec(before) ?? [];
  if (object !== undefined) return receiver.test(object);
  return draft.verbs.has(name) || draft.importOf(name) !== undefined || isUnpacked(draft.text, name, start);
}

/** Whether a name is a parameter, or was taken from an object: `({ publish }) =>`. */
function isUnpacked(text: string, name: string, before: number): boolean {
  let at = before;
  for (let count = 0; count < MAX_PLACES && at > 0; count += 1) {
    at = text.lastIndexOf(name, at - 1);
    if (at < 0) return false;
    const around = [
      text.slice(Math.max(0, at - LOOK_BACK), at),
      text.slice(at + name.length, at + name.length + 20),
    ];
    if (/\b(?:const|let|var|function)\s+$/.test(around[0] ?? '')) return false;
    if (/[({,]\s*$/.test(around[0] ?? '') && /^\s*[,}):=]/.test(around[1] ?? '')) return true;
  }
  return false;
}

function upToComma(text: string): string {
  return text.split(',')[0] ?? '';
}

interface CallPlace {
  /** Which argument is the contract. */
  readonly contractAt: number;
  /** Where the verb stands, and what it is called here. */
  readonly start: number;
  readonly name: string;
}

class ArgumentReader {
  readonly #first: Mention[] = [];
  readonly #dependencies: Mention[] = [];
  readonly #context: CallContext;
  readonly #lexer: Lexer;
  readonly #verb: string;
  readonly #place: CallPlace;
  #unread: ScannedCall['unread'];

  constructor(context: CallContext, verb: string, place: CallPlace) {
    this.#context = context;
    this.#lexer = context.lexer;
    this.#verb = verb;
    this.#place = place;
  }

  /** The token is the parenthesis. */
  read(): Omit<ScannedCall, 'verb'> {
    const { depth } = this.#lexer;
    this.#lexer.next();
    for (let index = 0; this.#readOne(index, depth); index += 1) this.#lexer.next();
    return {
      first: this.#first,
      dependencies: this.#dependencies,
      ...(this.#unread === undefined ? {} : { unread: this.#unread }),
    };
  }

  /** Whether it was read whole, and another one follows. */
  #readOne(index: number, depth: number): boolean {
    const lexer = this.#lexer;
    if (this.#isContract(index)) this.#readContract(depth);
    else if (lexer.isPunctuator(OPEN_BRACE)) this.#readOptions();
    else if (lexer.isPunctuator(OPEN_BRACKET)) readList(this.#context, this.#dependencies);
    else if (lexer.kind === NAME) {
      this.#readName();
    } else if (lexer.kind === STRING || lexer.kind === NUMBER || lexer.kind === TEMPLATE) lexer.next();
    return lexer.isPunctuator(COMMA);
  }

  /** What is no contract may be a list of dependencies. */
  #readName(): void {
    const lexer = this.#lexer;
    const { start } = lexer;
    const mention = readMention(this.#context);
    skipAssertions(this.#context);
    const isWhole = lexer.isPunctuator(COMMA) || lexer.isPunctuator(CLOSE_PAREN);
    if (mention === undefined || !isWhole || !dependentVerbs.has(this.#verb)) return;
    const { line, column } = mention;
    const made = this.#sourceOf(mention, start).names.map(({ path }) => mentionAt(path, { line, column }));
    this.#dependencies.push(...[mention, ...made].map((one) => ({ ...one, isItem: true })));
  }

  #isContract(index: number): boolean {
    const isBrace = this.#lexer.isPunctuator(OPEN_BRACE);
    if (allVerbs.has(this.#verb)) return !isBrace;
    return !isBrace && firstVerbs.has(this.#verb) && index === this.#place.contractAt;
  }

  /** A contract, a list of them, or what one is chosen from; the token is the first of it. */
  #readContract(depth: number): void {
    const { draft, lexer } = this.#context;
    const { start, kind } = lexer;
    const { names, isNone, isSimple } = readExpression(this.#context, depth);
    if (isNone || literals.has(kind) || lexer.start === start) return;
    const sources = names.map((name) => this.#sourceOf(name, start));
    const mentions = names.map((name) =>
      isSimple && !listVerbs.has(this.#verb) ? name : { ...name, isItem: true },
    );
    const place = draft.places.at(start);
    const made = sources.flatMap(({ names: all, type }) => [
      ...all.map(({ path }) => path),
      ...valuesOfType(type),
    ]);
    this.#first.push(...mentions, ...made.map((path) => ({ ...mentionAt(path, place), isItem: true })));
    if (this.#isUnread(sources, isSimple))
      this.#unread = { text: shortened(lexer.text.slice(start, lexer.start)), ...place };
  }

  /** What a name of this file is made from; those of others are followed when all files are known. */
  #sourceOf({ name, namespace }: Mention, start: number): ValueSource {
    const path = [...(namespace?.split('.') ?? []), name];
    const [first = ''] = path;
    const { draft } = this.#context;
    if (isKnownName(draft, first) && !draft.mayChange(first)) return { names: [], type: '', isPlain: false };
    return sourceOf(draft, path.slice(0, first === 'this' ? 2 : 1), start);
  }

  /** Whether it has to be told if nothing comes of it: it is no text, and of the type of a contract, or sent by Mortar. */
  #isUnread(sources: readonly ValueSource[], isSimple: boolean): boolean {
    if (isSimple && sources.some(({ isPlain }) => isPlain)) return false;
    const { draft } = this.#context;
    const isTyped = sources.some(({ type }) => isContractType(draft, type));
    return isTyped || (sendingVerbs.has(this.#verb) && isOfMortar(draft, this.#place));
  }

  #readOptions(): void {
    const lexer = this.#lexer;
    const { depth } = lexer;
    const isDeclaring = declaringVerbs.has(this.#verb);
    lexer.next();
    while (lexer.kind !== 0 && lexer.depth >= depth) {
      if (isDeclaring && lexer.depth === depth && lexer.is('events')) this.#readEvents(depth);
      else this.#context.step();
    }
    lexer.next();
  }

  #readEvents(depth: number): void {
    const lexer = this.#lexer;
    const isShort = shorthand.test(lexer.text.slice(lexer.end, lexer.end + 20));
    if (!isShort) lexer.next();
    if (!isShort && !lexer.isPunctuator(COLON)) return;
    if (!isShort) lexer.next();
    this.#readContract(depth);
  }
}

/** What begins a text or a number. */
const literals: ReadonlySet<number> = new Set([STRING, NUMBER, TEMPLATE, TEMPLATE_HEAD]);

/** `typeof OrderPlaced` says what a value is. */
function valuesOfType(type: string): readonly (readonly string[])[] {
  return [...type.matchAll(/\btypeof\s+([\w$.]+)/g)].map(([, path = '']) => path.split('.'));
}

/** A type that is imported from Mortar, or made from a name that is known: `EventContract`, `typeof OrderPlaced`. */
function isContractType(draft: Draft, type: string): boolean {
  return (type.match(/[A-Za-z_$][\w$]*/g) ?? []).some((name) => {
    const edge = draft.importOf(name)?.edge;
    const specifier = edge === undefined ? undefined : draft.edges[edge]?.specifier;
    return (
      specifier !== undefined &&
      /^(?:@mortar\/|mortar(?:\/|$))/.test(specifier) &&
      /(?:Contract|Message)$/.test(name)
    );
  });
}

function shortened(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > MAX_TEXT ? `${line.slice(0, MAX_TEXT)}…` : line;
}

/** `event('shop.order-placed', …)`; the token is the name. `constant` is what it is assigned to. */
export function readDefinition(context: CallContext, constant: string, namespace: string | undefined): void {
  const { lexer, draft } = context;
  const name = lexer.source;
  const place = draft.places.at(lexer.start);
  lexer.next();
  if (lexer.isPunctuator(LESS)) skipAngles(context);
  if (!lexer.isPunctuator(OPEN_PAREN)) return;
  lexer.next();
  const callee = namespace === undefined ? { name, ...place } : { name, namespace, ...place };
  const { value, text } = readArgument(lexer, context.constants);
  if (value !== undefined) draft.definitions.push({ callee, name: value, constant, ...place });
  else if (text !== '')
    draft.calls.push({
      verb: 'define',
      first: [callee],
      dependencies: [],
      unread: { text: upToComma(text), ...place },
    });
}
