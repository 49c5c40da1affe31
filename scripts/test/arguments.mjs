import { existsSync } from 'node:fs';
import { relative, resolve } from 'node:path';

const TAKES_TEXT = new Set(['-t', '--testNamePattern', '--test-name-pattern']);

/**
 * The arguments for Vitest, which runs in the root: a path is given relative to where the person stands
 * (npm's INIT_CWD), and is rewritten relative to the root. What names no existing file is passed on as it is.
 * @param {readonly string[]} given
 * @param {string} standing the folder in which the command was given
 * @param {string} root
 * @returns {string[]}
 */
export function testArguments(given, standing, root) {
  return given.map((argument, index) => {
    const isText = argument.startsWith('-') || TAKES_TEXT.has(given[index - 1] ?? '');
    const path = resolve(standing, argument);
    return !isText && existsSync(path) ? relative(root, path) || '.' : argument;
  });
}
