import type { Language } from './language.js';
import { Constants } from './reading/argument.js';
import { readComments } from './reading/comments.js';
import { type OpenDeclaration, readBinding, readDeclaration } from './reading/declaration.js';
import { Draft } from './reading/draft.js';
import { readExport } from './reading/export-statement.js';
import { readImport } from './reading/import-statement.js';
import { isDefine, readDefine } from './reading/loaders/amd-calls.js';
import { isGlobalMember, readCodeText } from './reading/loaders/code-texts.js';
import { isLoadingMember, readLoader, readLoadingMember } from './reading/loaders/loader-calls.js';
import { readAliases, readItems, readProperty } from './reading/messages/aliases.js';
import { readDefinition, readMessageCall } from './reading/messages/message-calls.js';
import { mayDefine, verbOf } from './reading/messages/verbs.js';
import { isRequireMember, readCreateRequire, readRequire } from './reading/require-calls.js';
import {
  type CallContext,
  readImportCall,
  readMock,
  readModuleMock,
  readNew,
  readTypes,
} from './reading/specifier-calls.js';
import { Lexer, NAME, STRING } from './tokens/lexer.js';
import { literalValue } from './tokens/literals.js';

const OPEN_PAREN = 40;
const DOT = 46;
const COMMA = 44;
const COLON = 58;
const EQUALS = 61;
const LESS = 60;
const GREATER = 62;
const STAR = 42;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;
const SEMICOLON = 59;

/** Names that mean something wherever they stand, and those that do as members: each name in code is asked whether it is one. */
const specialNames: Uint32Array = lengthsOf('declare', 'define', 'createRequire', 'eval', 'Function');
const specialMembers: Uint32Array = lengthsOf('createRequire', 'eval', 'Function', 'fork', '_load');

const declarationKeywords: ReadonlySet<string> = new Set(
  'const let var using function class enum interface type namespace module declare abstract async'.split(' '),
);
const valueKeywords: ReadonlySet<string> = new Set(
  'const let var function class enum abstract async'.split(' '),
);

/** Of `node:test` and `bun:test`. */
const ofMock = /\bmock\s*\??\.\s*$/;
const called = /^\s*\)?\s*(?:\?\.\s*)?\(/;
const calledInBrackets = /^\s*\]\s*(?:\?\.\s*)?[(<]/;

const variableKeywords: ReadonlySet<string> = new Set(['const', 'let', 'var']);

/** How deep calls that are read may stand in each other. */
const MAX_LEVEL = 200;

interface OpenNamespace {
  readonly name: string;
  readonly depth: number;
  readonly isExported: boolean;
}

/** Goes through a file once, and gathers what it names and exports. */
export class Scanner {
  readonly draft: Draft;
  readonly lexer: Lexer;
  readonly #language: Language;
  readonly #withMessages: boolean;
  readonly #context: CallContext;
  readonly #namespaces: OpenNamespace[] = [];
  /** How deep the body of the `declare module` is that is being read. */
  #ambientDepth = Number.POSITIVE_INFINITY;
  /** The statement of variables that is being read, and how many type arguments stand open in it. */
  #variables: { readonly isExported: boolean; angles: number } | undefined;
  /** The constant or property that a value is given to. */
  #constant = '';
  #previousName = '';
  #level = 0;

  constructor(text: string, language: Language, withMessages: boolean) {
    this.draft = new Draft(text, withMessages);
    this.lexer = new Lexer(text, language.isJsx, this.draft.sureUses);
    this.#language = language;
    this.#withMessages = withMessages;
    const constants = new Constants(text, () => new Lexer(text, language.isJsx));
    this.#context = {
      lexer: this.lexer,
      draft: this.draft,
      constants,
      step: () => this.#stepWithin(),
      mayDescend: () => this.#mayDescend(),
    };
  }

  scan(): void {
    const { lexer } = this;
    lexer.next();
    while (lexer.kind !== 0) this.#step();
    for (const { start, end } of lexer.typeArguments) readTypes(this.draft, start, end);
    const { isJavaScript } = this.#language;
    readComments(lexer.text, lexer.comments, { isJavaScript, hasJsx: lexer.hasJsx }, this.draft);
  }

  /** Each reader that goes on by `step` may come upon another: the stack is not for as many as there may be. */
  #stepWithin(): void {
    this.#level += 1;
    this.#step();
    this.#level -= 1;
  }

  #mayDescend(): boolean {
    if (this.#level < MAX_LEVEL) return true;
    this.draft.isCut = true;
    return false;
  }

  /** Reads what begins with the token, and moves beyond it. */
  #step(): void {
    const { lexer } = this;
    if (lexer.depth < this.#ambientDepth) this.#ambientDepth = Number.POSITIVE_INFINITY;
    if (this.#namespaces.length > 0) this.#leaveNamespaces();
    if (lexer.kind === NAME) this.#readName();
    else if (this.#variables !== undefined && lexer.depth === 0) this.#readBetweenVariables(this.#variables);
    else if (lexer.kind === STRING && lexer.isInBrackets) this.#readInBrackets();
    else lexer.next();
  }

  /** `context['publish'](…)`, `module['require'](…)` */
  #readInBrackets(): void {
    const { lexer, draft } = this;
    const isCalled = calledInBrackets.test(lexer.text.slice(lexer.end, lexer.end + 20));
    const name = isCalled ? literalValue(lexer.source) : '';
    if (name === 'require' && isRequireMember(this.#context)) {
      lexer.next();
      readRequire(this.#context);
      return;
    }
    const verb = isCalled && this.#withMessages ? verbOf(draft, name) : undefined;
    if (verb === undefined) lexer.next();
    else readMessageCall(this.#context, verb);
  }

  #readName(): void {
    const { lexer } = this;
    if (lexer.isAfterDot) {
      this.#readMember();
      return;
    }
    const code = lexer.text.charCodeAt(lexer.start);
    if (code === 105 && lexer.is('import')) this.#readImport();
    else if (code === 101 && lexer.is('export')) this.#readExport();
    else this.#readCode(code);
  }

  #readCode(code: number): void {
    const { lexer } = this;
    this.draft.hasCode = true;
    if (code === 114 && lexer.is('require')) this.#readRequire();
    else if (code === 110 && lexer.is('new')) {
      lexer.next();
      readNew(this.#context);
    } else if ((code === 118 && lexer.is('vi')) || (code === 106 && lexer.is('jest')))
      readMock(this.#context);
    else if (lexer.depth === 0 && declarationKeywords.has(lexer.source)) this.#readDeclaration();
    else this.#readOther(code);
  }

  #readOther(code: number): void {
    const { lexer, draft } = this;
    const loader = draft.loaders.size === 0 ? undefined : draft.loaders.get(lexer.source);
    if (loader !== undefined) readLoader(this.#context, loader);
    else if (((specialNames[code] ?? 0) & (1 << (lexer.end - lexer.start))) !== 0 && this.#readsSpecial(code))
      return;
    else if (draft.mocks.size > 0 && draft.mocks.has(lexer.source)) readMock(this.#context);
    else if (this.#withMessages) this.#readForMessages();
    else {
      if (this.#namespaces.length > 0) this.#markNamespaces();
      lexer.next();
    }
  }

  /** Whether the token is one of the special names, and was read. */
  #readsSpecial(code: number): boolean {
    const { lexer } = this;
    if (code === 100 && lexer.is('declare')) this.#readAmbient();
    else if (lexer.depth === 0 && lexer.is('define') && isDefine(this.#context)) readDefine(this.#context);
    else if (code === 99 && lexer.is('createRequire')) readCreateRequire(this.#context);
    else if (runsText(lexer, code)) readCodeText(this.#context);
    else return false;
    return true;
  }

  /** The same of a member: `globalThis.eval(…)`, `require('child_process').fork(…)`. */
  #readsSpecialMember(code: number): boolean {
    const { lexer } = this;
    if (code === 99 && lexer.is('createRequire')) readCreateRequire(this.#context);
    else if (runsText(lexer, code) && isGlobalMember(this.#context)) readCodeText(this.#context);
    else if ((lexer.is('fork') || lexer.is('_load')) && isLoadingMember(this.#context))
      readLoadingMember(this.#context);
    else return false;
    return true;
  }

  #readMember(): void {
    const { lexer } = this;
    const code = lexer.text.charCodeAt(lexer.start);
    if (code === 114 && lexer.is('require') && isRequireMember(this.#context)) {
      readRequire(this.#context);
      return;
    }
    if (
      code === 109 &&
      lexer.is('module') &&
      ofMock.test(lexer.text.slice(Math.max(0, lexer.start - 20), lexer.start))
    ) {
      readModuleMock(this.#context);
      return;
    }
    if (
      ((specialMembers[code] ?? 0) & (1 << (lexer.end - lexer.start))) !== 0 &&
      this.#readsSpecialMember(code)
    )
      return;
    const verb = this.#withMessages ? verbOf(this.draft, lexer.source) : undefined;
    if (!this.#withMessages) lexer.next();
    else if (verb !== undefined) readMessageCall(this.#context, verb);
    else if (mayDefine(this.draft, lexer.source, true)) {
      readDefinition(this.#context, this.#constant, this.#previousName);
    } else lexer.next();
  }

  #readForMessages(): void {
    const { lexer, draft } = this;
    const name = lexer.source;
    const verb = verbOf(draft, name);
    if (this.#namespaces.length > 0) this.#markNamespaces();
    if (name === 'function') {
      lexer.next();
      if (lexer.kind === NAME) lexer.next();
    } else if (mayDefine(draft, name, false)) readDefinition(this.#context, this.#constant, undefined);
    else if (verb !== undefined) readMessageCall(this.#context, verb);
    else {
      if (variableKeywords.has(name)) readAliases(draft, lexer.end);
      this.#nameValue(name, lexer.start);
    }
  }

  /** Moves beyond a name, and keeps it where a value is given to it: `name = …`, `name: …`, but not the type in `name: Type = …`. */
  #nameValue(name: string, start: number): void {
    const { lexer, draft } = this;
    const isVariable = variableKeywords.has(this.#previousName);
    this.#previousName = name;
    lexer.next();
    if (lexer.isPunctuator(EQUALS)) this.#constant = typedVariable(lexer.text, start) ?? name;
    else if (lexer.isPunctuator(COLON)) {
      this.#constant = name;
      if (!isVariable && lexer.isInObject) readProperty(draft, name, lexer.end);
    }
  }

  #readImport(): void {
    const { lexer, draft } = this;
    const keyword = lexer.start;
    const { depth } = lexer;
    const isTop = depth === 0;
    if (isTop && lexer.isOnNewLine) this.#variables = undefined;
    lexer.next();
    if (lexer.isPunctuator(OPEN_PAREN) || lexer.isPunctuator(DOT)) readImportCall(this.#context, keyword);
    else if (
      lexer.kind === STRING ||
      lexer.kind === NAME ||
      lexer.isPunctuator(STAR) ||
      lexer.isPunctuator(OPEN_BRACE)
    ) {
      readImport(lexer, draft, { isAmbient: this.#isAmbientAt(depth), isExported: false, isTop });
    }
  }

  #readExport(): void {
    const { lexer, draft } = this;
    const { depth } = lexer;
    if (depth === 0) this.#variables = undefined;
    lexer.next();
    if (this.#namespaces.length > 0) this.#markNamespaces();
    if (this.#withMessages && lexer.is('const')) {
      readAliases(draft, lexer.end);
      readItems(draft, lexer.end);
    }
    if (lexer.is('default')) this.#constant = 'default';
    if (lexer.isPunctuator(COLON) || lexer.isPunctuator(OPEN_PAREN) || lexer.isPunctuator(COMMA)) return;
    this.#open(
      readExport(lexer, draft, {
        isAmbient: this.#isAmbientAt(depth),
        isExported: false,
        isTop: depth === 0,
      }),
    );
  }

  #isAmbientAt(depth: number): boolean {
    return this.#language.isDeclaration || depth >= this.#ambientDepth;
  }

  #readRequire(): void {
    if (this.#previousName === 'function') this.lexer.next();
    else readRequire(this.#context);
  }

  #readDeclaration(): void {
    const { lexer } = this;
    const { source, start, end, text } = lexer;
    const isAssertion = source === 'const' && /\bas\s+$/.test(text.slice(Math.max(0, start - 8), start));
    if (isAssertion) lexer.next();
    else if (source === 'declare' && /^\s+(?:module|global)\b/.test(text.slice(end, end + 80)))
      this.#readAmbient();
    else if (source === 'function' || source === 'async' || startsDeclaration(text, end)) {
      if (lexer.isOnNewLine) this.#variables = undefined;
      if (this.#withMessages && variableKeywords.has(source)) readAliases(this.draft, end);
      this.#open(readDeclaration(lexer, this.draft, false));
    } else if (this.#withMessages) this.#readForMessages();
    else lexer.next();
  }

  /** `declare module 'x' { … }`, `declare global { … }`; the token is `declare`. */
  #readAmbient(): void {
    const { lexer, draft } = this;
    lexer.next();
    if (lexer.is('global')) this.#ambientDepth = lexer.depth + 1;
    if (!lexer.is('module')) return;
    lexer.next();
    if (lexer.kind !== STRING) {
      if (lexer.kind === NAME && lexer.depth === 0)
        this.#open({ kind: 'namespace', name: lexer.source, isExported: false });
      return;
    }
    const specifier = literalValue(lexer.source);
    draft.ambientModules.push(specifier);
    draft.addEdge({
      kind: 'moduleDeclaration',
      offset: lexer.start,
      specifier,
      bindings: [],
      isMarked: true,
    });
    this.#ambientDepth = Math.min(this.#ambientDepth, lexer.depth + 1);
    lexer.next();
  }

  #open(declaration: OpenDeclaration | undefined): void {
    if (declaration === undefined) return;
    const { lexer } = this;
    if (declaration.kind === 'variables') {
      this.#variables = { isExported: declaration.isExported, angles: 0 };
      this.#constant = this.draft.lastDeclared;
    } else if (declaration.kind === 'namespace') {
      const { name, isExported } = declaration;
      this.draft.declare(name, 'type', isExported);
      const depth = lexer.isPunctuator(OPEN_BRACE) ? lexer.depth - 1 : lexer.depth;
      this.#namespaces.push({ name, depth, isExported });
    } else this.#ambientDepth = lexer.depth;
  }

  /** Between the variables of one statement; the token is no name, at the top of the file. */
  #readBetweenVariables(variables: { readonly isExported: boolean; angles: number }): void {
    const { lexer } = this;
    if (lexer.isPunctuator(SEMICOLON)) this.#variables = undefined;
    else if (lexer.isPunctuator(LESS)) variables.angles += 1;
    else if (lexer.isPunctuator(GREATER)) variables.angles -= 1;
    const isNext = lexer.isPunctuator(COMMA) && variables.angles === 0;
    const { end } = lexer;
    lexer.next();
    if (!isNext) return;
    if (this.#withMessages) readAliases(this.draft, end);
    readBinding(lexer, this.draft, variables.isExported);
    this.#constant = this.draft.lastDeclared;
  }

  #leaveNamespaces(): void {
    const innermost = this.#namespaces[this.#namespaces.length - 1];
    if (
      innermost !== undefined &&
      this.lexer.depth <= innermost.depth &&
      this.lexer.isPunctuator(CLOSE_BRACE)
    ) {
      this.#namespaces.pop();
    }
  }

  /** A namespace with a value in it is one. */
  #markNamespaces(): void {
    if (!valueKeywords.has(this.lexer.source)) return;
    for (const { name, isExported } of this.#namespaces.splice(0))
      this.draft.declare(name, 'value', isExported);
  }
}

/** By the first character of names: a bit for each length that they have. */
function lengthsOf(...names: readonly string[]): Uint32Array {
  const lengths = new Uint32Array(128);
  for (const name of names) {
    const first = name.charCodeAt(0);
    lengths[first] = (lengths[first] ?? 0) | (1 << name.length);
  }
  return lengths;
}

/** Whether something is called that runs the code in a text. */
function runsText(lexer: Lexer, code: number): boolean {
  const isName = (code === 101 && lexer.is('eval')) || (code === 70 && lexer.is('Function'));
  return isName && called.test(lexer.text.slice(lexer.end, lexer.end + 20));
}

/** Whether a name follows on the same line, or the braces or brackets of a pattern. */
function startsDeclaration(text: string, end: number): boolean {
  return /^(?:[ \t]*[{[]|\s+[A-Za-z_$\u0080-\uffff{[])/.test(text.slice(end, end + 200));
}

/** The variable whose type begins at the offset. */
function typedVariable(text: string, start: number): string | undefined {
  return /(?:\b(?:const|let|var)\s|,)\s*([\w$]+)\s*:\s*$/.exec(
    text.slice(Math.max(0, start - 80), start),
  )?.[1];
}
