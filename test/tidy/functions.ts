import type * as ESTree from 'oxc-parser';
import { Visitor } from 'oxc-parser';
import type { SourceFile } from '../source/file.js';
import { isTest } from '../source/place.js';
import { type Violation, violationAt } from '../source/violation.js';
import { type Measured, overLimits } from './share.js';

const RULE = 'function-length';
const LIMITS = { most: 40, all: 70 };

/** Functions of sources keep to both limits; those of tests to the upper one. */
export function functionLengths(files: readonly SourceFile[]): Violation[] {
  const sources = files.filter((file) => !isTest(file.path)).flatMap(measureFunctions);
  const tests = files.filter((file) => isTest(file.path)).flatMap(measureFunctions);
  return [
    ...overLimits(sources, 'function', LIMITS),
    ...overLimits(tests, 'function', { most: LIMITS.all, all: LIMITS.all }).filter(isUpperLimit),
  ];
}

function isUpperLimit({ message }: Violation): boolean {
  return message.includes('at most');
}

/** Every function with a body. The body of `describe` is a list of tests, not a sequence to read in one go. */
function measureFunctions(file: SourceFile): Measured[] {
  const suites = new Set<number>();
  const found: Measured[] = [];
  const measure = (node: ESTree.Function | ESTree.ArrowFunctionExpression): void => {
    if (suites.has(node.start)) return;
    const length = file.lineAt(node.end) - file.lineAt(node.start) + 1;
    found.push({ length, violation: (message) => violationAt(file, node.start, RULE, message) });
  };
  new Visitor({
    CallExpression: (node) => {
      const last = node.arguments.at(-1);
      if (last !== undefined && isDescribe(node.callee)) suites.add(last.start);
    },
    FunctionDeclaration: measure,
    FunctionExpression: measure,
    ArrowFunctionExpression: measure,
  }).visit(file.program);
  return found;
}

/** `describe(…)`, `describe.each(…)(…)`, `describe.runIf(…)(…)`. */
function isDescribe(callee: ESTree.Expression | ESTree.Super): boolean {
  if (callee.type === 'Identifier') return callee.name === 'describe';
  if (callee.type === 'MemberExpression') return isDescribe(callee.object);
  return callee.type === 'CallExpression' && isDescribe(callee.callee);
}
