import { MAX_NAME_LENGTH } from '../../../contracts/index.js';
import { describeValue, MortarError } from '../../../errors/index.js';

/**
 * Which events a subscription by pattern gets: one `*` in a part of a name stands for any run of characters within
 * that part (`data-quality.*`, `*.order-*`); `**` alone stands for every event.
 * Matching compares a prefix and a suffix a part: linear in the length of the name, with no regular expression.
 */
export interface Pattern {
  readonly text: string;
  matches(type: string): boolean;
}

/** One part of a pattern: what stands before and after its star; without a star, the whole part. */
interface Part {
  readonly before: string;
  readonly after: string | undefined;
}

/** @throws MortarError `MORTAR_PATTERN_INVALID` */
export function parsePattern(text: unknown): Pattern {
  if (text === '**') return { text, matches: () => true };
  const parts =
    typeof text === 'string' && text.length <= MAX_NAME_LENGTH ? text.split('.').map(parsePart) : [];
  const [module, name] = parts;
  if (typeof text !== 'string' || parts.length !== 2 || module === undefined || name === undefined) {
    throw new MortarError('MORTAR_PATTERN_INVALID', {
      rule: 'A pattern is a contract name with at most one * in each of its two parts.',
      expected: 'a pattern such as "data-quality.*", or "**" for every event',
      got: describeValue(text),
    });
  }
  return { text, matches: (type) => matchesName(module, name, type) };
}

function matchesName(module: Part, name: Part, type: string): boolean {
  const dot = type.indexOf('.');
  return dot > 0 && matchesPart(module, type.slice(0, dot)) && matchesPart(name, type.slice(dot + 1));
}

function matchesPart({ before, after }: Part, text: string): boolean {
  if (after === undefined) return text === before;
  return text.length >= before.length + after.length && text.startsWith(before) && text.endsWith(after);
}

/** Lower-case letters, digits, dashes, and at most one star. */
function parsePart(text: string): Part | undefined {
  const [before = '', after, ...more] = text.split('*');
  const isValid = text !== '' && more.length === 0 && isPlain(before) && isPlain(after ?? '');
  return isValid ? { before, after } : undefined;
}

function isPlain(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    const isLetterOrDigit = (code >= 97 && code <= 122) || (code >= 48 && code <= 57);
    if (!isLetterOrDigit && code !== 45) return false;
  }
  return true;
}
