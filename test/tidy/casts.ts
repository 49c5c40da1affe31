import type * as ESTree from 'oxc-parser';
import { Visitor, type VisitorObject } from 'oxc-parser';
import type { SourceFile } from '../source/file.js';
import { isTest } from '../source/place.js';
import { type Violation, violationAt } from '../source/violation.js';

const ANY_PER_1000 = 3;
const CASTS_PER_1000 = 5;

/** At most 3 `any` in 1,000 lines of sources; over that, each is named. */
export function anyTypes(files: readonly SourceFile[]): Violation[] {
  return tooMany(files, 'any', ANY_PER_1000, (found) => ({ TSAnyKeyword: found }));
}

/** At most 5 casts in 1,000 lines of sources: `x as T`, `<T>x` and `x!`, but not `as const` and `satisfies`. */
export function casts(files: readonly SourceFile[]): Violation[] {
  return tooMany(files, 'cast', CASTS_PER_1000, (found) => ({
    TSAsExpression: (node) => isConst(node.typeAnnotation) || found(node),
    TSTypeAssertion: (node) => isConst(node.typeAnnotation) || found(node),
    TSNonNullExpression: found,
  }));
}

type Found = (node: ESTree.Span) => void;

function tooMany(
  files: readonly SourceFile[],
  rule: string,
  per1000: number,
  visitor: (found: Found) => VisitorObject,
): Violation[] {
  const sources = files.filter((file) => !isTest(file.path) && /\.[cm]?ts$/.test(file.path));
  const lines = sources.reduce((sum, file) => sum + file.lines, 0);
  const places = sources.flatMap((file) => {
    const offsets: number[] = [];
    new Visitor(visitor((node) => void offsets.push(node.start))).visit(file.program);
    return offsets.map((offset) => ({ file, offset }));
  });
  if (places.length <= (lines * per1000) / 1000) return [];
  const message = `one of ${places.length} in ${lines} lines; at most ${per1000} in 1,000`;
  return places.map(({ file, offset }) => violationAt(file, offset, rule, message));
}

function isConst(type: ESTree.TSType): boolean {
  return (
    type.type === 'TSTypeReference' && type.typeName.type === 'Identifier' && type.typeName.name === 'const'
  );
}
