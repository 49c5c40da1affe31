import type { Node, ParseError } from 'jsonc-parser';
import type { Issue, MortarError } from 'mortar/errors';
import { isTooDeep, loadJsonc } from '../files/json.js';
import { type JsonPath, nearestNode } from '../files/json-place.js';

const MOST_ISSUES = 50;
const MOST_DEPTH = 100;

/** A file of JSON with comments, read. */
export interface JsoncText {
  /** Keys are defined rather than assigned, so that `__proto__` is a key like others. */
  readonly value: unknown;
  /** Line and column, such as `3:7`, of the nearest thing that is there. */
  readonly placeOf: (path: JsonPath) => string;
}

/** Makes the error of whoever reads the file. */
export type Refuse = (got: string, issues: readonly Issue[]) => MortarError;

/**
 * Parses JSON with comments and trailing commas. A key that an object has twice is refused: one of the two would go unnoticed.
 * @throws MortarError what `refuse` makes
 */
export function parseJsonc(text: string, refuse: Refuse): JsoncText {
  const { parseTree, printParseErrorCode } = loadJsonc();
  const clean = text.replace(/^\uFEFF/, '');
  if (clean.trim() === '') throw refuse('an empty file', []);
  const conflict = /^<{7} /m.exec(clean);
  if (conflict !== null) throw refuse(`a merge conflict at ${lineAndColumn(clean, conflict.index)}`, []);
  if (isTooDeep(clean, MOST_DEPTH)) throw refuse(`nesting of more than ${MOST_DEPTH} levels`, []);
  const errors: ParseError[] = [];
  const tree = parseTree(clean, errors, { allowTrailingComma: true });
  const faults =
    tree === undefined || errors.length > 0
      ? errors.map(({ error, offset }) => ({ offset, message: wordsOf(printParseErrorCode(error)) }))
      : [...doubleKeys(tree)];
  const issues = faults
    .slice(0, MOST_ISSUES)
    .map(({ offset, message }): Issue => ({ path: lineAndColumn(clean, offset), message }));
  const [first] = issues;
  if (first !== undefined) throw refuse(`${first.message} at ${first.path}`, issues);
  if (tree === undefined) throw refuse('no value', []);
  return { value: plainValue(tree), placeOf: (path) => lineAndColumn(clean, nearestNode(tree, path).offset) };
}

/** `CommaExpected` as "comma expected". */
function wordsOf(name: string): string {
  return name.replaceAll(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter}`).toLowerCase();
}

function* doubleKeys(node: Node): Generator<{ readonly offset: number; readonly message: string }> {
  const taken = new Set<unknown>();
  for (const child of node.children ?? []) {
    const [key] = node.type === 'object' ? (child.children ?? []) : [];
    if (key !== undefined && taken.has(key.value))
      yield { offset: key.offset, message: `the key ${JSON.stringify(key.value)} a second time` };
    taken.add(key?.value ?? child);
    yield* doubleKeys(child);
  }
}

function plainValue(node: Node): unknown {
  if (node.type === 'array') return (node.children ?? []).map(plainValue);
  if (node.type !== 'object') return node.value;
  return Object.fromEntries(
    (node.children ?? []).flatMap(({ children: [key, value] = [] }) =>
      key === undefined || value === undefined ? [] : [[String(key.value), plainValue(value)]],
    ),
  );
}

function lineAndColumn(text: string, offset: number): string {
  const before = text.slice(0, offset).split('\n');
  return `${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
}
