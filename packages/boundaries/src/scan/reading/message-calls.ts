import type { Mention } from '../file-scan.js';
import { type Lexer, NAME, NUMBER, STRING, TEMPLATE } from '../tokens/lexer.js';
import { literalValue } from '../tokens/literals.js';
import type { Draft } from './draft.js';
import type { CallContext } from './specifier-calls.js';

const OPEN_PAREN = 40;
const CLOSE_PAREN = 41;
const OPEN_BRACKET = 91;
const OPEN_BRACE = 123;
const COMMA = 44;
const COLON = 58;
const DOT = 46;
const LESS = 60;
const GREATER = 62;
const QUESTION = 63;
const EXCLAMATION = 33;

/** Verbs whose first argument is a contract, or a list of them. */
const firstVerbs: ReadonlySet<string> = new Set([
  'publish',
  'publishAt',
  'publishAfter',
  'dispatch',
  'tryDispatch',
  'ask',
  'tryAsk',
  'locate',
  'on',
  'handle',
  'handles',
  'answer',
  'answers',
  'implement',
  'uses',
]);
/** Verbs all of whose arguments are contracts, or whose first ones are something else. */
const allVerbs: ReadonlySet<string> = new Set(['publishes', 'dispatches', 'asks', 'schedule']);
/** Verbs that only have dependencies. */
const serviceVerbs: ReadonlySet<string> = new Set([
  'singleton',
  'transient',
  'scoped',
  'factory',
  'asyncFactory',
  'onStart',
  'onStop',
  'health',
]);
/** Functions that take contracts as `events: […]` in their options. */
const declaringVerbs: ReadonlySet<string> = new Set(['aggregate', 'projection', 'sqlProjection']);
const definers: ReadonlySet<string> = new Set(['event', 'command', 'query', 'port']);

/** Whether a call of this name may concern a contract. */
export function isMessageVerb(name: string): boolean {
  return firstVerbs.has(name) || allVerbs.has(name) || serviceVerbs.has(name) || declaringVerbs.has(name);
}

/** The verb that a name stands for, if it may concern a contract when it is called. */
export function verbOf({ verbs }: Draft, name: string): string | undefined {
  return isMessageVerb(name) ? name : verbs.get(name);
}

/** Another name for a verb, after its colon: `{ publish: send }`. */
const otherName = /\s*([A-Za-z_$][\w$]*)\s*(?=[,}=])/y;

/** Reads the arguments of a call, as far as they are names, lists of names and options; the token is the verb, by whatever name. */
export function readMessageCall(context: CallContext, verb: string): void {
  const { lexer, draft } = context;
  lexer.next();
  if (lexer.isPunctuator(COLON)) {
    otherName.lastIndex = lexer.end;
    const [, name] = otherName.exec(lexer.text) ?? [];
    if (name !== undefined) draft.verbs.set(name, verb);
    return;
  }
  if (lexer.isPunctuator(QUESTION) && lexer.text.charCodeAt(lexer.end) === DOT) {
    lexer.next();
    lexer.next();
  }
  if (lexer.isPunctuator(LESS)) skipAngles(context);
  if (!lexer.isPunctuator(OPEN_PAREN)) return;
  lexer.next();
  const found = new ArgumentReader(context, verb).read();
  if (found.first.length + found.dependencies.length > 0) draft.calls.push({ verb, ...found });
}

class ArgumentReader {
  readonly #first: Mention[] = [];
  readonly #dependencies: Mention[] = [];
  readonly #context: CallContext;
  readonly #lexer: Lexer;
  readonly #verb: string;

  constructor(context: CallContext, verb: string) {
    this.#context = context;
    this.#lexer = context.lexer;
    this.#verb = verb;
  }

  read(): { readonly first: readonly Mention[]; readonly dependencies: readonly Mention[] } {
    for (let index = 0; this.#readOne(index); index += 1) this.#lexer.next();
    return { first: this.#first, dependencies: this.#dependencies };
  }

  /** Whether it was read whole, and another one follows. */
  #readOne(index: number): boolean {
    const lexer = this.#lexer;
    if (index === 0 && (lexer.isPunctuator(LESS) || lexer.isPunctuator(OPEN_PAREN)))
      return this.#readWrapped();
    if (lexer.kind === NAME) this.#readName(index);
    else if (lexer.isPunctuator(OPEN_BRACKET)) this.#readList(index);
    else if (lexer.isPunctuator(OPEN_BRACE)) this.#readOptions();
    else if (lexer.kind === STRING || lexer.kind === NUMBER || lexer.kind === TEMPLATE) lexer.next();
    return lexer.isPunctuator(COMMA);
  }

  /** A name in parentheses, or with a type before it. */
  #readWrapped(): boolean {
    const lexer = this.#lexer;
    if (lexer.isPunctuator(LESS)) skipAngles(this.#context);
    const isInParens = lexer.isPunctuator(OPEN_PAREN);
    if (isInParens) lexer.next();
    if (lexer.kind !== NAME) return false;
    this.#readName(0);
    if (isInParens && !lexer.isPunctuator(CLOSE_PAREN)) return false;
    if (isInParens) lexer.next();
    return lexer.isPunctuator(COMMA);
  }

  #readName(index: number): void {
    const lexer = this.#lexer;
    const mention = readMention(this.#context);
    skipAssertions(this.#context);
    const isContract = firstVerbs.has(this.#verb) ? index === 0 : allVerbs.has(this.#verb);
    if (isContract && lexer.isPunctuator(QUESTION)) this.#readChoice();
    else if (mention !== undefined && isContract && endsArgument(lexer)) this.#first.push(mention);
  }

  /** `isNew ? One : Other`; the token is the question mark. */
  #readChoice(): void {
    const lexer = this.#lexer;
    while (lexer.isPunctuator(QUESTION) || lexer.isPunctuator(COLON)) {
      lexer.next();
      if (lexer.kind !== NAME) return;
      const mention = readMention(this.#context);
      skipAssertions(this.#context);
      const isWhole = lexer.isPunctuator(COLON) || endsArgument(lexer);
      if (mention !== undefined && isWhole) this.#first.push(mention);
    }
  }

  #readList(index: number): void {
    const isContracts = (firstVerbs.has(this.#verb) && index === 0) || allVerbs.has(this.#verb);
    readList(this.#context, isContracts ? this.#first : this.#dependencies);
  }

  #readOptions(): void {
    const lexer = this.#lexer;
    const { depth } = lexer;
    const isDeclaring = declaringVerbs.has(this.#verb);
    lexer.next();
    while (lexer.kind !== 0 && lexer.depth >= depth) {
      if (isDeclaring && lexer.depth === depth && lexer.is('events')) this.#readEvents();
      else this.#context.step();
    }
    lexer.next();
  }

  #readEvents(): void {
    const lexer = this.#lexer;
    lexer.next();
    if (!lexer.isPunctuator(COLON)) return;
    lexer.next();
    if (lexer.isPunctuator(OPEN_BRACKET)) readList(this.#context, this.#first);
  }
}

/**
 * `Name`, `namespace.Name` or `namespace['Name']`; the token is its first name. Undefined where a call or something else begins
 * with it.
 */
function readMention({ lexer, draft, step }: CallContext): Mention | undefined {
  const names = [lexer.source];
  const place = draft.places.at(lexer.start);
  step();
  for (;;) {
    if (lexer.isPunctuator(QUESTION) && lexer.text.charCodeAt(lexer.end) === DOT) lexer.next();
    const isMember = lexer.isPunctuator(DOT);
    if (!isMember && !isNameInBrackets(lexer)) break;
    lexer.next();
    if (isMember && lexer.kind !== NAME) return undefined;
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
function skipAssertions({ lexer, step }: CallContext): void {
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
function readList(context: CallContext, mentions: Mention[]): void {
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

function skipAngles({ lexer, step }: CallContext): void {
  let depth = 0;
  do {
    if (lexer.isPunctuator(LESS)) depth += 1;
    if (lexer.isPunctuator(62)) depth -= 1;
    if (depth > 0) step();
  } while (depth > 0 && lexer.kind !== 0 && !lexer.isPunctuator(59));
  lexer.next();
}

/** Whether a name may be that of `event`, `command`, `query` or `port`, whatever it is called here. */
export function mayDefine(draft: Draft, name: string, isMember: boolean): boolean {
  if (isMember) return definers.has(name);
  const imported =
    draft.importOf(name)?.imported ?? draft.aliases.find((alias) => alias.name === name)?.of.name;
  return imported !== undefined && definers.has(imported);
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
  if (lexer.kind !== STRING && lexer.kind !== TEMPLATE) return;
  const callee = namespace === undefined ? { name, ...place } : { name, namespace, ...place };
  draft.definitions.push({ callee, name: literalValue(lexer.source), constant, ...place });
}
