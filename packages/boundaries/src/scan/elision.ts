import { createRequire } from 'node:module';
import type { TransformOptions, TransformResult } from 'oxc-transform';
import type { SyntaxFault } from './exact-look.js';
import type { Binding } from './file-scan.js';
import type { Language } from './language.js';
import { Draft, type DraftBinding, type DraftEdge, type LocalExport, mayBeElided } from './reading/draft.js';
import { readImport } from './reading/import-statement.js';
import { Lexer, NAME } from './tokens/lexer.js';

const EQUALS = 61;
const COMMA = 44;

export type UsageOf = (binding: DraftBinding, edge: DraftEdge) => Binding['usage'];

/** What is done with the imported names of a file, or why that can't be told. */
export type Usages = { readonly usageOf: UsageOf } | { readonly fault: SyntaxFault };

const require: NodeJS.Require = createRequire(import.meta.url);

/** Loaded when the first file needs it: with a cache, most runs do not. */
function loadCompiler(): typeof import('oxc-transform') {
  return require('oxc-transform');
}

/** Where nothing is elided. */
export const everythingIsUsed: UsageOf = (_, { kind }) => (kind === 'reexport' ? 'exported' : 'used');

/** Whether a file has imports that the compiler may drop though they are not marked. */
export function mayElide(draft: Draft, language: Language): boolean {
  if (language.isJavaScript || language.isDeclaration) return false;
  return draft.edges.some(mayBeElided);
}

/**
 * A file that is to be compiled without the exports of imported names, to see which imports are left: these are used. One that is gone
 * is passed on by an export, which is kept only if it is a value where it comes from, or is not used at all.
 */
export class Compilation {
  readonly #path: string;
  readonly #text: string;
  readonly #options: TransformOptions;
  readonly #exported: readonly LocalExport[];
  readonly #count: number;

  constructor(path: string, text: string, language: Language, draft: Draft, withMetadata: boolean) {
    this.#path = path;
    this.#exported = draft.localExports.filter(({ local }) => draft.importOf(local) !== undefined);
    this.#count = countCandidates(draft);
    this.#text = withoutExports(text, this.#exported);
    this.#options = {
      lang: language.lang,
      target: 'esnext',
      jsx: 'preserve',
      typescript: { jsxPragma: '$none', jsxPragmaFrag: '$none' },
      ...(withMetadata ? { decorator: { legacy: true, emitDecoratorMetadata: true } } : {}),
    };
  }

  run(): Usages {
    return this.#usagesIn(loadCompiler().transformSync(this.#path, this.#text, this.#options));
  }

  /** The same on another thread. */
  async runAside(): Promise<Usages> {
    return this.#usagesIn(await loadCompiler().transform(this.#path, this.#text, this.#options));
  }

  #usagesIn({ code, errors: [error] }: TransformResult): Usages {
    if (code === '' && error !== undefined) {
      return { fault: { offset: error.labels[0]?.start ?? 0, message: error.message } };
    }
    const left = importedNames(code, this.#count);
    const passedOn = new Set(this.#exported.map(({ local }) => local));
    return { usageOf: (binding, edge) => usageOf(binding, edge, left, passedOn) };
  }
}

function usageOf(
  { local, isMarked }: DraftBinding,
  { kind }: DraftEdge,
  left: ReadonlySet<string>,
  passedOn: ReadonlySet<string>,
): Binding['usage'] {
  if (kind === 'reexport') return 'exported';
  if (kind !== 'import' && kind !== 'importEquals') return 'used';
  if (isMarked) return 'unused';
  if (left.has(local)) return 'used';
  return passedOn.has(local) ? 'exported' : 'unused';
}

/** Where all that could be elided is surely used as a value. */
export const allButMarkedIsUsed: UsageOf = ({ isMarked }, { kind }) => {
  if (kind === 'reexport') return 'exported';
  return isMarked && (kind === 'import' || kind === 'importEquals') ? 'unused' : 'used';
};

function countCandidates({ edges }: Draft): number {
  let count = 0;
  for (const edge of edges)
    if (mayBeElided(edge)) count += edge.bindings.filter((binding) => !binding.isMarked).length;
  return count;
}

/** The names that the imports of compiled code bind. No more than `count` are there, so the rest need not be read. */
function importedNames(code: string, count: number): ReadonlySet<string> {
  const names = new Set<string>();
  const found = new Draft('');
  const lexer = new Lexer(code, true);
  lexer.next();
  while (lexer.kind !== 0 && names.size < count) {
    const isStatement = lexer.kind === NAME && lexer.depth === 0 && !lexer.isAfterDot;
    if (isStatement && lexer.is('import')) {
      lexer.next();
      readImport(lexer, found, { isAmbient: false, isExported: false, isTop: true });
      for (const { local } of found.edges.at(-1)?.bindings ?? []) names.add(local);
    } else if (isStatement && lexer.is('const')) readRequired(lexer, names);
    else lexer.next();
  }
  return names;
}

/** `import x = require('y')` is compiled to `const x = require("y")`. */
function readRequired(lexer: Lexer, names: Set<string>): void {
  lexer.next();
  const local = lexer.source;
  lexer.next();
  if (!lexer.isPunctuator(EQUALS)) return;
  lexer.next();
  if (lexer.is('require')) names.add(local);
}

/** The text without these exports, and all else where it was. */
function withoutExports(text: string, exported: readonly LocalExport[]): string {
  if (exported.length === 0) return text;
  const units = text.split('');
  for (const { name, start, end } of exported) {
    for (let at = start; at < end; at += 1) units[at] = ' ';
    if (name === 'export=' || isDefaultStatement(text, start)) units[start] = '0';
    else blankComma(text, units, end);
  }
  return units.join('');
}

/** Whether it is `export default X`, not `export { X as default }`. */
function isDefaultStatement(text: string, start: number): boolean {
  return /\bdefault\s+$/.test(text.slice(Math.max(0, start - 40), start));
}

/** A list may end with a comma, but not begin with one. */
function blankComma(text: string, units: string[], end: number): void {
  const lexer = new Lexer(text.slice(end, end + 2_000), false);
  lexer.next();
  if (lexer.isPunctuator(COMMA)) units[end + lexer.start] = ' ';
}
