import { createRequire } from 'node:module';
import type { Node, ParseError } from 'jsonc-parser';

const require: NodeJS.Require = createRequire(import.meta.url);

/** Loaded where the first file is more than JSON: with comments, or commas at the end. */
export function loadJsonc(): typeof import('jsonc-parser') {
  return require('jsonc-parser');
}

/** What JSON holds. Objects have no prototype, so that no key of theirs can be mistaken for something inherited. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

export interface JsonObject {
  readonly [key: string]: Json | undefined;
}

/** Larger files are no configuration anybody wrote. */
export const MAX_CONFIGURATION_BYTES = 5_000_000;
const MAX_DEPTH = 200;

export type ParsedJson =
  | { readonly ok: true; readonly value: Json }
  | { readonly ok: false; readonly message: string; readonly offset: number };

/** Reads JSON with comments and commas at the end, as `tsconfig.json` may have them. */
export function parseJson(text: string): ParsedJson {
  const strict = parseStrict(text);
  if (strict !== undefined) return { ok: true, value: strict };
  if (isTooDeep(text)) return { ok: false, message: `Nested deeper than ${MAX_DEPTH} levels.`, offset: 0 };
  const errors: ParseError[] = [];
  const tree = loadJsonc().parseTree(text, errors, { allowTrailingComma: true });
  const [first] = errors;
  if (tree === undefined || first !== undefined) {
    return { ok: false, message: 'This is no JSON.', offset: first?.offset ?? 0 };
  }
  return { ok: true, value: fromTree(tree) };
}

function parseStrict(text: string): Json | undefined {
  if (isTooDeep(text)) return undefined;
  try {
    return JSON.parse(text, (_, value: Json) => withoutPrototype(value));
  } catch {
    return undefined;
  }
}

function withoutPrototype(value: Json): Json {
  if (!isJsonObject(value)) return value;
  return Object.setPrototypeOf(value, null);
}

/** The parsers recurse. Counts brackets without regard to strings, which only makes it stricter. */
export function isTooDeep(text: string, most: number = MAX_DEPTH): boolean {
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 123 || code === 91) depth += 1;
    else if (code === 125 || code === 93) depth -= 1;
    if (depth > most) return true;
  }
  return false;
}

function fromTree(node: Node): Json {
  if (node.type === 'array') return (node.children ?? []).map(fromTree);
  if (node.type !== 'object') return node.value;
  const value: Record<string, Json> = Object.create(null);
  for (const { children: [key, inner] = [] } of node.children ?? []) {
    if (key !== undefined && inner !== undefined) value[String(key.value)] = fromTree(inner);
  }
  return value;
}

export function isJsonObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The strings of a list; nothing where it is none. */
export function stringsOf(value: Json | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

export function stringOf(value: Json | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
