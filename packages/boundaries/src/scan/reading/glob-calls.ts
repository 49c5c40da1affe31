import { END, type Lexer } from '../tokens/lexer.js';
import { type Argument, readArgument } from './argument.js';
import { everything } from './draft.js';
import type { CallContext } from './specifier-calls.js';

const COMMA = 44;
const OPEN_BRACKET = 91;
const CLOSE_BRACKET = 93;
const MAX_OPTIONS = 600;
/** The `base` among the options of a call, from the comma before them; the last group is what it is, where that is a literal. */
const baseOption =
  /^[^(),]*,\s*\{(?:[^{}()]*[,\s])?(?:base|(["'])base\1)\s*(?::\s*(?:(["'`])([^"'`$\n]*)\2)?|[,}])/;

/** `import.meta.glob('…')`, with one pattern or a list of them; those with `!` take away from all others. The token is the parenthesis. */
export function readGlobs({ lexer, draft, constants, step, mayDescend }: CallContext): void {
  if (!mayDescend()) return;
  lexer.next();
  const patterns: Argument[] = [];
  if (lexer.isPunctuator(OPEN_BRACKET)) {
    const { depth } = lexer;
    lexer.next();
    while (lexer.kind !== END && lexer.depth >= depth) {
      patterns.push(readArgument(lexer, constants, CLOSE_BRACKET));
      while (lexer.kind !== END && lexer.depth >= depth && !isComma(lexer, depth)) step();
      if (lexer.isPunctuator(COMMA)) lexer.next();
    }
  } else patterns.push(readArgument(lexer, constants));
  const option = baseOption.exec(lexer.text.slice(lexer.start, lexer.start + MAX_OPTIONS));
  const base = option?.[3];
  const isKnown = option === null || base !== undefined;
  const except = patterns.flatMap(({ value }) => (value?.startsWith('!') ? [value.slice(1)] : []));
  for (const { value, offset, text } of patterns) {
    if (value?.startsWith('!') || text === '' || text === ']') continue;
    const specifier = isKnown ? value : undefined;
    draft.addEdge({
      kind: 'metaGlob',
      offset,
      specifier,
      ...(specifier === undefined ? { text } : { glob: { except, ...(base === undefined ? {} : { base }) } }),
      bindings: everything,
      isMarked: false,
    });
  }
}

function isComma(lexer: Lexer, depth: number): boolean {
  return lexer.depth === depth && lexer.isPunctuator(COMMA);
}
