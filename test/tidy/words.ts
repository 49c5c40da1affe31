import type * as ESTree from 'oxc-parser';
import { Visitor } from 'oxc-parser';
import type { SourceFile } from '../source/file.js';
import { isTest } from '../source/place.js';
import { type Violation, violationAt } from '../source/violation.js';

const TEST_FUNCTIONS = new Set(['describe', 'suite', 'it', 'test', 'bench']);
const LEAVES_OUT = new Set(['skip', 'only', 'todo', 'skipIf', 'runIf', 'fails']);

/** No comment puts work off. */
export function openEnds(files: readonly SourceFile[]): Violation[] {
  return files.flatMap((file) =>
    file.comments.flatMap((comment) => {
      const word = /\b(TODO|FIXME)\b/.exec(comment.value);
      if (word === null) return [];
      // The delimiter of a comment, `//` or `/*`, is two characters long.
      return [violationAt(file, comment.start + 2 + word.index, 'todo', 'do it, or write an issue')];
    }),
  );
}

/** A test that is skipped, or skips the others, says why: in a comment on its line or above it. */
export function skippedTests(files: readonly SourceFile[]): Violation[] {
  return files.flatMap((file) => {
    const violations: Violation[] = [];
    new Visitor({
      MemberExpression: (node) => {
        const word = node.property.type === 'Identifier' ? node.property.name : '';
        if (!LEAVES_OUT.has(word) || !isTestFunction(node.object) || hasComment(file, node.start)) return;
        violations.push(violationAt(file, node.start, 'skip', `.${word} without a comment that says why`));
      },
    }).visit(file.program);
    return violations;
  });
}

/** Packages report through the logger or the observer, never by the console. */
export function consoleCalls(files: readonly SourceFile[]): Violation[] {
  const sources = files.filter((file) => file.path.startsWith('packages/') && !isTest(file.path));
  return sources.flatMap((file) => {
    const violations: Violation[] = [];
    new Visitor({
      MemberExpression: (node) => {
        if (node.object.type !== 'Identifier' || node.object.name !== 'console') return;
        violations.push(violationAt(file, node.start, 'console', 'use the logger'));
      },
    }).visit(file.program);
    return violations;
  });
}

/** `it`, `it.concurrent`, `describe.each(…)`: whatever begins with a test function. */
function isTestFunction(node: ESTree.Expression | ESTree.Super): boolean {
  if (node.type === 'Identifier') return TEST_FUNCTIONS.has(node.name);
  if (node.type === 'MemberExpression') return isTestFunction(node.object);
  return node.type === 'CallExpression' && isTestFunction(node.callee);
}

function hasComment(file: SourceFile, offset: number): boolean {
  const line = file.lineAt(offset);
  return file.comments.some(({ end }) => file.lineAt(end) === line || file.lineAt(end) === line - 1);
}
