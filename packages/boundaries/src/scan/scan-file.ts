import type { Place } from '../graph/project-graph.js';
import {
  allButMarkedIsUsed,
  Compilation,
  everythingIsUsed,
  mayElide,
  type UsageOf,
  type Usages,
} from './elision.js';
import { callsOfImport, MAX_NESTING, plainText, type SyntaxFault } from './exact-look.js';
import type { FileScan, ScanDiagnostic, ScanOptions } from './file-scan.js';
import { type Language, languageOf } from './language.js';
import type { Draft, DraftBinding } from './reading/draft.js';
import { Scanner } from './scanner.js';
import { readScript } from './script-blocks.js';
import { Places } from './tokens/places.js';

/** Threads may have stacks of 1 MiB, a quarter of the smallest that `MAX_NESTING` was measured with; this is well within. */
const MAX_NESTING_ASIDE = 500;

/**
 * What one file names, exports and does with messages. Never throws for what stands in the file: what can't be read is a
 * diagnostic.
 */
export function scanFile(path: string, content: string, options: ScanOptions): FileScan {
  const reader = readerOf(path, content, options);
  return reader instanceof FileReader ? reader.finish(reader.compilation?.run()) : reader;
}

/** The same; where the file has to be compiled that is done on another thread, so that others can be scanned meanwhile. */
export function scanFileAside(
  path: string,
  content: string,
  options: ScanOptions,
): FileScan | Promise<FileScan> {
  const reader = readerOf(path, content, options);
  if (!(reader instanceof FileReader)) return reader;
  const { compilation } = reader;
  if (compilation === undefined || reader.deepest > MAX_NESTING_ASIDE)
    return reader.finish(compilation?.run());
  return compilation.runAside().then((usages) => reader.finish(usages));
}

function readerOf(path: string, content: string, options: ScanOptions): FileReader | FileScan {
  const { text, block, outside } = readScript(path, withPlainLineBreaks(content));
  const language = languageOf(path, block);
  return language === undefined ? emptyScan(text) : new FileReader(path, text, language, options, outside);
}

/** A byte order mark is left out, and a lone CR is a line break like any other. */
function withPlainLineBreaks(content: string): string {
  const text = content.charCodeAt(0) === 0xfe_ff ? content.slice(1) : content;
  return text.includes('\r') ? text.replace(/\r(?!\n)/g, '\n') : text;
}

function emptyScan(text: string): FileScan {
  return {
    lines: new Places(text).lines,
    hasJsx: false,
    isModule: false,
    edges: [],
    exports: [],
    calls: [],
    definitions: [],
    aliases: [],
    ambientModules: [],
    diagnostics: [],
  };
}

/** Reads all that the tokens tell at once; what a compiler has to say is asked for apart. */
class FileReader {
  /** What is to be compiled before the scan can be finished. */
  readonly compilation: Compilation | undefined;
  readonly #path: string;
  readonly #text: string;
  readonly #language: Language;
  readonly #options: ScanOptions;
  readonly #outside: string;
  readonly #diagnostics: ScanDiagnostic[] = [];
  readonly #scanner: Scanner;
  /** Where no compiler is asked. */
  readonly #usageOf: UsageOf;

  constructor(path: string, text: string, language: Language, options: ScanOptions, outside: string) {
    this.#path = path;
    this.#text = text;
    this.#language = language;
    this.#options = options;
    this.#outside = outside;
    this.#scanner = this.#scan();
    this.#reportLimits();
    const { draft, lexer } = this.#scanner;
    const isSettled = this.#isDeep || !mayElide(draft, language);
    const isSure = !isSettled && !lexer.isUnsure && draft.sureUses.areAll();
    this.#usageOf = isSure ? allButMarkedIsUsed : everythingIsUsed;
    if (!isSettled && !isSure)
      this.compilation = new Compilation(path, text, language, draft, options.withDecoratorMetadata);
  }

  get deepest(): number {
    return this.#scanner.lexer.deepest;
  }

  /** `usages` are those of the compilation, if there is one. */
  finish(usages: Usages | undefined): FileScan {
    const { draft, lexer } = this.#scanner;
    return {
      lines: draft.places.lines,
      hasJsx: lexer.hasJsx,
      isModule: draft.isModule,
      ...draft.finish(this.#usagesOf(usages), this.#isWhole),
      exports: draft.finishedExports(),
      calls: draft.calls,
      definitions: draft.definitions,
      aliases: draft.aliases,
      ambientModules: draft.ambientModules,
      diagnostics: this.#diagnostics,
    };
  }

  /** Whether the scanner saw all that uses names: not what was blanked for it, nor elements and markup. */
  get #isWhole(): boolean {
    const { draft, lexer } = this.#scanner;
    return !lexer.isUnsure && !lexer.hasJsx && draft.text === this.#text && this.#outside === '';
  }

  get #isDeep(): boolean {
    return this.deepest > MAX_NESTING;
  }

  #reportLimits(): void {
    const { draft, lexer } = this.#scanner;
    if (this.#isDeep && (mayElide(draft, this.#language) || draft.importCalls.length > 0)) {
      this.#report(
        'too-deep',
        'Nested too deep to be parsed. What it imports is taken to be used when it runs.',
      );
    }
    if (lexer.firstEscape !== undefined)
      this.#report(
        'escape',
        'A name is written with an escape: what it stands for is not read.',
        draft.places.at(lexer.firstEscape),
      );
    if (draft.isCut)
      this.#report('too-deep', 'Calls stand too deep in each other for all that they send to be read.');
    this.#tellTypesFromCalls(draft);
  }

  /** By tokens alone; where they don't add up, with the help of a syntax tree. */
  #scan(): Scanner {
    const scanner = this.#scannerOf(this.#text, this.#language);
    if (!scanner.lexer.isUnsure) return scanner;
    if (scanner.lexer.deepest > MAX_NESTING) {
      this.#report('syntax', 'Its tokens do not add up, and it is nested too deep for a syntax tree.');
      return scanner;
    }
    const look = plainText(this.#path, this.#text, this.#language);
    if (look.ok) return this.#scannerOf(look.value, { ...this.#language, isJsx: false });
    this.#reportFault(look.fault);
    return scanner;
  }

  #scannerOf(text: string, language: Language): Scanner {
    const scanner = new Scanner(text, language, this.#options.withMessages);
    scanner.scan();
    return scanner;
  }

  #tellTypesFromCalls(draft: Draft): void {
    if (draft.importCalls.length === 0 || this.#language.isJavaScript || this.#isDeep) return;
    const look = this.#language.isDeclaration
      ? { ok: true as const, value: new Set<number>() }
      : callsOfImport(this.#path, this.#text, this.#language);
    if (!look.ok) this.#reportFault(look.fault);
    else draft.settleImportCalls(look.value);
  }

  #usagesOf(usages: Usages | undefined): UsageOf {
    if (usages === undefined) return this.#usageOf;
    if ('fault' in usages) {
      this.#reportFault(usages.fault);
      return everythingIsUsed;
    }
    if (this.#outside === '') return usages.usageOf;
    return (binding, edge) => {
      const usage = usages.usageOf(binding, edge);
      return usage === 'unused' && !binding.isMarked && this.#isUsedOutside(binding) ? 'used' : usage;
    };
  }

  /** The markup of a component uses what its script imports; `$store` uses `store`. */
  #isUsedOutside({ local }: DraftBinding): boolean {
    const kebab = local.replace(/(?<=[a-z0-9])[A-Z]/g, (letter) => `-${letter}`).toLowerCase();
    const text = this.#outside;
    return isWordOf(text, local) || isWordOf(text, kebab) || isWordOf(this.#text, `$${local}`);
  }

  #reportFault(fault: SyntaxFault | undefined): void {
    if (this.#diagnostics.some(({ code }) => code === 'syntax')) return;
    if (fault === undefined)
      this.#report('syntax', 'Its tokens do not add up, and it is too large for a syntax tree.');
    else
      this.#diagnostics.push({
        code: 'syntax',
        message: fault.message,
        ...new Places(this.#text).at(fault.offset),
      });
  }

  #report(code: string, message: string, place?: Place): void {
    this.#diagnostics.push({ code, message, ...place });
  }
}

function isWordOf(text: string, word: string): boolean {
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
    if (!/[\w$]/.test(text[at - 1] ?? '') && !/[\w$]/.test(text[at + word.length] ?? '')) return true;
  }
  return false;
}
