import { readFile, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { Node, ParseError } from 'jsonc-parser';
import { type Issue, MortarError, messageOf } from 'mortar/errors';
import { loadJsonc } from '../files/json.js';
import type { BoundaryConfig } from './boundary-config.js';
import { type ConfigFile, configShape, defaultConfig } from './config-shape.js';
import { isRuleId, type RuleSettings, settingsFrom } from './rule-settings.js';
import type { ShapeFault } from './shape.js';

/** The name of the configuration, in the root of a project. */
export const CONFIG_FILE = 'mortar.config.json';

const MOST_BYTES = 4 * 1024 * 1024;
const MOST_FAULTS = 50;

/** All that a check holds a project to. */
export interface BoundaryRules extends BoundaryConfig {
  readonly settings: RuleSettings;
  /** Path of the file that they come from; nothing where there is none and the defaults hold. */
  readonly source: string | undefined;
}

/**
 * Reads mortar.config.json in the root of a project; where there is none, the defaults hold. The file is parsed as JSON with
 * comments and trailing commas, never run.
 * @throws MortarError `MORTAR_RULES_INVALID` with every fault as an issue, where the file can't be read or says what nothing takes.
 */
export async function loadRules(root: string): Promise<BoundaryRules> {
  const source = await readWithin(root, CONFIG_FILE);
  return source === undefined ? rulesFrom({}) : parseRules(source);
}

/**
 * The text of a small file of the project; nothing where it is not there. A link that leads out of the root is refused.
 * @throws MortarError `MORTAR_RULES_INVALID`
 */
export async function readWithin(root: string, path: string): Promise<string | undefined> {
  try {
    const file = await realpath(join(root, path));
    if (!file.startsWith((await realpath(root)).replace(/[/\\]$/, '') + sep))
      throw new Error('it is outside of the root');
    const found = await stat(file);
    // Reading a pipe would wait for whoever writes to it.
    if (!found.isFile()) throw new Error('it is no regular file');
    const { size } = found;
    if (size > MOST_BYTES) throw new Error(`it has ${size} bytes, and at most ${MOST_BYTES} are read`);
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(file));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw invalid(path, `a file within the root that can be read`, messageOf(error), [], error);
  }
}

/**
 * Rules from the text of a configuration.
 * @throws MortarError `MORTAR_RULES_INVALID`
 */
export function parseRules(text: string, source: string = CONFIG_FILE): BoundaryRules {
  const { tree, value } = parseJsonc(text, source);
  return rulesFrom(value, source, (path) => placeOf(text, tree, path));
}

/**
 * Rules from plain data, as it would stand in mortar.config.json.
 * @throws MortarError `MORTAR_RULES_INVALID`
 */
export function rulesFrom(
  value: unknown,
  source?: string,
  placeOfPath: (path: ShapeFault['path']) => string = () => '',
): BoundaryRules {
  const faults: ShapeFault[] = [];
  const file = configShape.read(value, [], faults);
  if (file === undefined || faults.length > 0) throw faulty(faults, source, placeOfPath);
  const wrong = inconsistencies(file);
  if (wrong.length > 0) throw faulty(wrong, source, placeOfPath);
  const { $schema: _, rules = {}, hexagonal, ...said } = file;
  return {
    ...defaultConfig,
    ...said,
    hexagonal: { ...defaultConfig.hexagonal, ...hexagonal },
    settings: settingsFrom(rules),
    source,
  };
}

/** What is right by itself but not together. */
function inconsistencies(file: ConfigFile): ShapeFault[] {
  const sets = Object.keys(file.sets ?? {});
  const faults: ShapeFault[] = [];
  for (const [index, { allow, deny, require }] of (file.dependencies ?? []).entries()) {
    if (allow !== undefined || deny !== undefined || require !== undefined) continue;
    faults.push({ path: ['dependencies', index], message: 'one of allow, deny and require is needed' });
  }
  for (const [index, { allow, deny }] of (file.packages ?? []).entries()) {
    if (allow !== undefined || deny !== undefined) continue;
    faults.push({ path: ['packages', index], message: 'one of allow and deny is needed' });
  }
  for (const [index, { rule }] of (file.exceptions ?? []).entries()) {
    if (!isRuleId(rule))
      faults.push({ path: ['exceptions', index, 'rule'], message: 'expected the id of a rule' });
  }
  for (const { selector, path } of selectorsOf(file)) {
    const [, set] = /^!?set:(.*)$/.exec(selector) ?? [];
    if (set === undefined || sets.includes(set)) continue;
    faults.push({ path, message: `set:${set} is named, and sets has no ${set}` });
  }
  return faults;
}

function* selectorsOf(
  value: unknown,
  path: (string | number)[] = [],
): Generator<{ selector: string; path: (string | number)[] }> {
  if (typeof value === 'string') yield { selector: value, path };
  else if (Array.isArray(value))
    for (const [index, one] of value.entries()) yield* selectorsOf(one, [...path, index]);
  else if (typeof value === 'object' && value !== null) {
    for (const [key, one] of Object.entries(value)) yield* selectorsOf(one, [...path, key]);
  }
}

/**
 * Parses JSON with comments. Keys are defined rather than assigned, so that `__proto__` is a key like others.
 * @throws MortarError `MORTAR_RULES_INVALID`
 */
export function parseJsonc(
  text: string,
  source: string,
): { readonly tree: Node | undefined; readonly value: unknown } {
  const { parseTree, printParseErrorCode } = loadJsonc();
  const errors: ParseError[] = [];
  const clean = text.replace(/^\uFEFF/, '');
  if (depthOf(clean) > 100) throw invalid(source, 'JSON nested at most 100 deep', 'deeper nesting', []);
  const tree = parseTree(clean, errors, { allowTrailingComma: true });
  const [first] = errors;
  if (first === undefined && tree !== undefined) return { tree, value: plainValue(tree) };
  const issues = errors.slice(0, MOST_FAULTS).map(
    ({ error, offset }): Issue => ({
      path: lineAndColumn(clean, offset),
      message: printParseErrorCode(error),
    }),
  );
  const got =
    first === undefined ? 'an empty file' : `${printParseErrorCode(first.error)} at ${issues[0]?.path}`;
  throw invalid(source, 'JSON with comments', got, issues);
}

/** The parser recurses; what is nested deeper than anybody writes would overflow its stack. */
function depthOf(text: string): number {
  let depth = 0;
  let most = 0;
  for (const char of text) {
    if (char === '{' || char === '[') depth += 1;
    else if (char === '}' || char === ']') depth -= 1;
    if (depth > most) most = depth;
  }
  return most;
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

function placeOf(text: string, tree: Node | undefined, path: ShapeFault['path']): string {
  const { findNodeAtLocation } = loadJsonc();
  for (let length = path.length; tree !== undefined && length >= 0; length -= 1) {
    const node = findNodeAtLocation(tree, [...path.slice(0, length)]);
    // The key rather than the value, where there is one.
    if (node !== undefined)
      return lineAndColumn(text, (node.parent?.type === 'property' ? node.parent : node).offset);
  }
  return '';
}

function lineAndColumn(text: string, offset: number): string {
  const before = text.slice(0, offset).split('\n');
  return `${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
}

function faulty(
  faults: readonly ShapeFault[],
  source: string | undefined,
  place: (path: ShapeFault['path']) => string,
): MortarError {
  const told = faults.slice(0, MOST_FAULTS).map(({ path, message }): Issue => {
    const at = place(path);
    return {
      path: dotted(path),
      message: at === '' ? message : `${message} (line ${at.replace(':', ', column ')})`,
    };
  });
  const lines = told.map(({ path, message }) => `${path === '' ? 'the whole' : path}: ${message}`);
  return invalid(source ?? 'the rules', 'the keys and values of its JSON Schema', lines.join('; '), told);
}

function dotted(path: ShapeFault['path']): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text === '' ? part : `${text}.${part}`;
  }, '');
}

function invalid(
  source: string,
  expected: string,
  got: string,
  issues: readonly Issue[],
  cause?: unknown,
): MortarError {
  return new MortarError('MORTAR_RULES_INVALID', {
    rule: `${source} says what the boundaries are, in JSON that may have comments.`,
    expected,
    got,
    issues,
    ...(cause === undefined ? {} : { cause }),
  });
}
