import { createRequire } from 'node:module';
import type { Language } from './language.js';

/**
 * How deep code may be nested for a parser to be called. Native ones recurse, and end the process where the stack does: measured
 * with oxc 0.158, from 10,000 levels on the main thread, and beyond 4,000 on one with the usual 4 MiB.
 */
export const MAX_NESTING = 3_000;
/** A syntax tree takes some fifty times the size of its text; beyond this, none is made. */
const MAX_TREE_TEXT = 4_000_000;

const require: NodeJS.Require = createRequire(import.meta.url);

/** Loaded when the first file needs it: most do not. */
function loadParser(): typeof import('oxc-parser') {
  return require('oxc-parser');
}

/** Where a file does not parse, and why. */
export interface SyntaxFault {
  readonly offset: number;
  readonly message: string;
}

/** What a parser says of a file that its tokens alone do not tell. */
export type ExactLook<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly fault: SyntaxFault | undefined };

/** The offsets of all `import(` that are calls; the others are types. */
export function callsOfImport(
  path: string,
  text: string,
  language: Language,
): ExactLook<ReadonlySet<number>> {
  const result = loadParser().parseSync(path, text, { lang: language.lang, sourceType: 'unambiguous' });
  const fault = firstFault(result.errors);
  if (fault !== undefined) return { ok: false, fault };
  return { ok: true, value: new Set(result.module.dynamicImports.map(({ start }) => start)) };
}

/**
 * The same text with spaces in place of regular expressions, and of JSX but for the expressions in it: what is left can be split
 * into tokens without knowing what stands where.
 */
export function plainText(path: string, text: string, language: Language): ExactLook<string> {
  if (text.length > MAX_TREE_TEXT) return { ok: false, fault: undefined };
  const result = loadParser().parseSync(path, text, { lang: language.lang, sourceType: 'unambiguous' });
  const fault = firstFault(result.errors);
  if (fault !== undefined) return { ok: false, fault };
  return { ok: true, value: blank(text, maskedRanges(result.program)) };
}

function firstFault(
  errors: readonly {
    readonly severity: string;
    readonly message: string;
    readonly labels: readonly { start: number }[];
  }[],
): SyntaxFault | undefined {
  const error = errors.find(({ severity }) => severity === 'Error');
  return error === undefined ? undefined : { offset: error.labels[0]?.start ?? 0, message: error.message };
}

interface Range {
  readonly start: number;
  readonly end: number;
  readonly isKept: boolean;
}

const jsxSyntax: ReadonlySet<string> = new Set([
  'JSXOpeningElement',
  'JSXClosingElement',
  'JSXOpeningFragment',
  'JSXClosingFragment',
  'JSXText',
]);
const jsxExpressions: ReadonlySet<string> = new Set([
  'JSXExpressionContainer',
  'JSXSpreadAttribute',
  'JSXSpreadChild',
]);

/** In the order of the tree, so that what is kept inside of something masked comes after it. */
function maskedRanges(program: unknown): readonly Range[] {
  const ranges: Range[] = [];
  const pending: unknown[] = [program];
  while (pending.length > 0) {
    const node = pending.pop();
    if (typeof node !== 'object' || node === null) continue;
    const range = rangeOf(node);
    if (range !== undefined) ranges.push(range);
    for (const child of Object.values(node)) if (typeof child === 'object') pending.push(child);
  }
  return ranges;
}

function rangeOf(node: object): Range | undefined {
  if (!('type' in node && 'start' in node && 'end' in node)) return undefined;
  const { type, start, end } = node;
  if (typeof type !== 'string' || typeof start !== 'number' || typeof end !== 'number') return undefined;
  if (jsxExpressions.has(type)) return { start, end, isKept: true };
  const isMasked = jsxSyntax.has(type) || (type === 'Literal' && 'regex' in node);
  return isMasked ? { start, end, isKept: false } : undefined;
}

function blank(text: string, ranges: readonly Range[]): string {
  const units = text.split('');
  for (const { start, end, isKept } of ranges) {
    for (let at = start; at < end; at += 1) {
      const unit = text[at] ?? ' ';
      units[at] = isKept || unit === '\n' ? unit : ' ';
    }
  }
  return units.join('');
}
