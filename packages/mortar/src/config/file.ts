import { readFileSync } from 'node:fs';
import { describeValue, MortarError } from '../errors/index.js';
import { isPlainObject } from './internal/frozen.js';

/** The content of a configuration file: a JSON object. */
export type FileContent = { readonly [key: string]: unknown };

/** The largest configuration file, in characters. */
const MAX_CHARACTERS = 1_048_576;
const MAX_DEPTH = 32;

/**
 * Reads a JSON object from a file, given by a path (from the working directory) or a file URL.
 * @throws MortarError `MORTAR_CONFIG_FILE`
 */
export function readConfigFile(file: string | URL): FileContent {
  const content = parse(file, readText(file));
  if (!isPlainObject(content)) {
    throw fileError(file, 'a JSON object', describeKind(content));
  }
  if (isDeeper(content, MAX_DEPTH)) throw fileError(file, `objects at most ${MAX_DEPTH} deep`, 'deeper ones');
  return content;
}

function readText(file: string | URL): string {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    const reason = cause instanceof Error && 'code' in cause ? String(cause.code) : 'an unknown failure';
    throw fileError(file, 'a file that can be read', reason, cause);
  }
  if (text.length > MAX_CHARACTERS) throw fileError(file, 'at most a million characters', `${text.length}`);
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}

/** V8's own message repeats a part of the text, which may be a secret: only the place is kept of it, where it has one. */
function parse(file: string | URL, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw fileError(file, 'JSON', `a text that is not${placeOf(error, text)}`);
  }
}

function placeOf(error: unknown, text: string): string {
  const position = /at position (\d+)/.exec(String(error))?.[1];
  if (position === undefined) return '';
  const before = text.slice(0, Number(position)).split('\n');
  return `, at line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
}

function fileError(file: string | URL, expected: string, got: string, cause?: unknown): MortarError {
  return new MortarError('MORTAR_CONFIG_FILE', {
    rule: `The configuration file ${describeValue(String(file))} is a JSON object.`,
    expected,
    got,
    cause,
  });
}

/** Kinds only: a text or number at the root may be a secret. */
function describeKind(content: unknown): string {
  if (content === null) return 'null';
  return Array.isArray(content) ? 'an array' : `a ${typeof content}`;
}

function isDeeper(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return depth === 0 || Object.values(value).some((inner) => isDeeper(inner, depth - 1));
}
