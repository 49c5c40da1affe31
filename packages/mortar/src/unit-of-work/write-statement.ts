import { MortarError } from '../errors/index.js';

/** What comes before the first word of a statement: blanks, empty statements, comments. */
const LEADING = /^(?:\s|;|--[^\n]*\n|\/\*[\s\S]*?\*\/)*([a-z]*)/i;

/**
 * Checks a statement of a `write` by its first word: what begins or ends the transaction is its unit's to do.
 * @param forbidden the words that the store refuses, in lower case
 * @throws MortarError `MORTAR_WRITE_INVALID`
 */
export function checkWriteStatement(sql: string, forbidden: ReadonlySet<string>): void {
  const [, word = ''] = LEADING.exec(sql) ?? [];
  if (!forbidden.has(word.toLowerCase())) return;
  throw new MortarError('MORTAR_WRITE_INVALID', {
    rule: 'A write reads and changes rows; the transaction is that of its unit, see tx.savepoint for a part of it.',
    expected: 'SELECT, INSERT, UPDATE, DELETE or a statement about tables',
    got: word.toUpperCase(),
  });
}
