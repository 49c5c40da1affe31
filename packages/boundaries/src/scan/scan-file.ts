import { allButMarkedIsUsed, everythingIsUsed, mayElide, readUsages, type UsageOf } from './elision.js';
import { callsOfImport, MAX_NESTING, plainText, type SyntaxFault } from './exact-look.js';
import type { FileScan, ScanDiagnostic, ScanOptions } from './file-scan.js';
import { type Language, languageOf } from './language.js';
import type { Draft, DraftBinding } from './reading/draft.js';
import { Scanner } from './scanner.js';
import { readScript } from './script-blocks.js';
import { Places } from './tokens/places.js';

/**
 * What one file names, exports and does with messages. Never throws for what stands in the file: what can't be read is a
 * diagnostic.
 */
export function scanFile(path: string, content: string, options: ScanOptions): FileScan {
  const { text, block, outside } = readScript(path, withPlainLineBreaks(content));
  const language = languageOf(path, block);
  if (language === undefined) return emptyScan(text);
  return new FileReader(path, text, language, options, outside).read();
}

/** A byte order mark is left out, and a lone CR is a line break like any other. */
function withPlainLineBreaks(content: string): string {
  const text = content.charCodeAt(0) === 0xfe_ff ? content.slice(1) : content;
  return text.includes('\r') ? text.replace(/\r(?!\n)/g, '\n') : text;
}

function emptyScan(text: string): FileScan {
  return {
    lines: Places.countLines(text),
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

class FileReader {
  readonly #path: string;
  readonly #text: string;
  readonly #language: Language;
  readonly #options: ScanOptions;
  readonly #outside: string;
  readonly #diagnostics: ScanDiagnostic[] = [];

  constructor(path: string, text: string, language: Language, options: ScanOptions, outside: string) {
    this.#path = path;
    this.#text = text;
    this.#language = language;
    this.#options = options;
    this.#outside = outside;
  }

  read(): FileScan {
    const scanner = this.#scan();
    const { draft, lexer } = scanner;
    const isDeep = lexer.deepest > MAX_NESTING;
    if (isDeep && (mayElide(draft, this.#language) || draft.importCalls.length > 0)) {
      this.#report(
        'too-deep',
        'Nested too deep to be parsed. What it imports is taken to be used when it runs.',
      );
    }
    this.#tellTypesFromCalls(draft, isDeep);
    const usageOf = isDeep ? everythingIsUsed : this.#usageOf(scanner);
    return {
      lines: Places.countLines(this.#text),
      hasJsx: lexer.hasJsx,
      isModule: draft.isModule,
      ...draft.finish(usageOf),
      exports: draft.finishedExports(),
      calls: draft.calls,
      definitions: draft.definitions,
      aliases: draft.aliases,
      ambientModules: draft.ambientModules,
      diagnostics: this.#diagnostics,
    };
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

  #tellTypesFromCalls(draft: Draft, isDeep: boolean): void {
    if (draft.importCalls.length === 0 || this.#language.isJavaScript || isDeep) return;
    const look = this.#language.isDeclaration
      ? { ok: true as const, value: new Set<number>() }
      : callsOfImport(this.#path, this.#text, this.#language);
    if (!look.ok) this.#reportFault(look.fault);
    else draft.settleImportCalls(look.value);
  }

  #usageOf({ draft, lexer }: Scanner): UsageOf {
    if (!mayElide(draft, this.#language)) return everythingIsUsed;
    if (!lexer.isUnsure && draft.sureUses.areAll()) return allButMarkedIsUsed;
    const usages = readUsages(
      this.#path,
      this.#text,
      this.#language,
      draft,
      this.#options.withDecoratorMetadata,
    );
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

  #report(code: string, message: string): void {
    this.#diagnostics.push({ code, message });
  }
}

function isWordOf(text: string, word: string): boolean {
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
    if (!/[\w$]/.test(text[at - 1] ?? '') && !/[\w$]/.test(text[at + word.length] ?? '')) return true;
  }
  return false;
}
