import { REDACTED, redactText, Secret } from '../../contracts/index.js';
import { MortarError } from '../../errors/index.js';
import type { Redaction } from './redaction.js';

/** Bounds of one log line. What is beyond is cut, and says so. */
const MAX_DEPTH = 8;
const MAX_ENTRIES = 100;
const MAX_CHARACTERS_A_TEXT = 8_192;
const MAX_CHARACTERS_A_NAME = 200;
const MAX_CHARACTERS = 65_536;

/** The state of rendering one log line. */
interface Line {
  readonly redaction: Redaction;
  /** The objects that the current one is inside of. */
  readonly ancestors: Set<object>;
  charactersLeft: number;
}

type Entry = readonly [name: string, value: unknown];

/**
 * Any value as plain JSON data, bounded in size, without what must not appear. Never throws: what can't be read says so.
 * Calls getters and `toJSON` of the value, as `JSON.stringify` does, but survives them.
 */
export function renderFields(fields: unknown, redaction: Redaction): Record<string, unknown> {
  const line: Line = { redaction, ancestors: new Set(), charactersLeft: MAX_CHARACTERS };
  const rendered = render(fields, [], line);
  if (isError(fields)) return { error: rendered };
  const isRecord = typeof rendered === 'object' && rendered !== null && !Array.isArray(rendered);
  return isRecord ? { ...rendered } : { value: rendered };
}

/** The message of a line, bounded, without the credentials in it. */
export function renderMessage(message: unknown): string {
  return boundText(typeof message === 'string' ? message : `[${typeof message}]`, MAX_CHARACTERS_A_TEXT);
}

function render(value: unknown, path: readonly string[], line: Line): unknown {
  switch (typeof value) {
    case 'string':
      return renderText(value, line);
    case 'number':
      return Number.isFinite(value) ? value : String(value);
    case 'bigint':
      return BigInt.asIntN(256, value) === value ? String(value) : '[huge bigint]';
    case 'symbol':
      return renderText(String(value), line);
    case 'function':
      return '[function]';
    case 'object':
      return value === null ? null : renderGuarded(value, path, line);
    default:
      return value;
  }
}

function renderText(text: string, line: Line): string {
  const rendered = boundText(text, Math.min(MAX_CHARACTERS_A_TEXT, Math.max(0, line.charactersLeft)));
  line.charactersLeft -= rendered.length;
  return rendered;
}

/** Looks for credentials beyond the limit too, so that a URL is not cut before the `@` that gives its password away. */
function boundText(text: string, limit: number): string {
  const redacted = redactText(text.slice(0, 2 * MAX_CHARACTERS_A_TEXT));
  return cut(redacted, limit, text.length);
}

function cut(text: string, limit: number, length: number = text.length): string {
  return text.length > limit ? `${text.slice(0, limit)}… [${length} characters]` : text;
}

function renderGuarded(value: object, path: readonly string[], line: Line): unknown {
  if (line.ancestors.has(value)) return '[circular]';
  if (line.ancestors.size >= MAX_DEPTH) return '[too deep]';
  if (line.charactersLeft <= 0) return '[cut]';
  line.ancestors.add(value);
  try {
    return renderObject(value, path, line);
  } catch {
    return '[unreadable]';
  } finally {
    line.ancestors.delete(value);
  }
}

function renderObject(value: object, path: readonly string[], line: Line): unknown {
  if (value instanceof Secret) return String(value);
  if (isError(value)) return renderEntries(entriesOfError(value), path, line);
  if (Array.isArray(value)) return renderItems(value, value.length, path, line);
  if (value instanceof Set) return renderItems(value, value.size, path, line);
  if (value instanceof Map) return renderEntries(entriesOfMap(value), path, line);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? '[invalid date]' : value.toISOString();
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`;
  if (value instanceof RegExp) return renderText(String(value), line);
  return renderPlain(value, path, line);
}

/** A `toJSON` that gives another object with a `toJSON`, and so on, ends at the greatest depth. */
function renderPlain(value: object, path: readonly string[], line: Line): unknown {
  const toJson: unknown = Reflect.get(value, 'toJSON');
  const json: unknown = typeof toJson === 'function' ? toJson.call(value, path.at(-1) ?? '') : value;
  return json === value ? renderEntries(entriesOf(value), path, line) : render(json, path, line);
}

function renderEntries(entries: readonly Entry[], path: readonly string[], line: Line): object {
  const rendered: Entry[] = [];
  for (const [name, value] of entries) {
    if (value === undefined) continue;
    if (rendered.length >= MAX_ENTRIES || line.charactersLeft <= 0) {
      rendered.push(['…', '[cut]']);
      break;
    }
    const shortName = cut(name, MAX_CHARACTERS_A_NAME);
    line.charactersLeft -= shortName.length + OVERHEAD;
    rendered.push([shortName, renderNamed(name, value, path, line)]);
  }
  // Defines own properties, so a key `__proto__` stays a key.
  return Object.fromEntries(rendered);
}

/** What an entry or item costs beside its text: quotes, colon, comma. */
const OVERHEAD = 6;

function renderNamed(name: string, value: unknown, path: readonly string[], line: Line): unknown {
  const inner = [...path, name];
  if (line.redaction(inner)) return value instanceof Secret ? String(value) : REDACTED;
  return render(value, inner, line);
}

/** Headers come as lists of names and values too: what follows the name of a secret is taken for its value. */
function renderItems(
  items: Iterable<unknown>,
  length: number,
  path: readonly string[],
  line: Line,
): unknown[] {
  const rendered: unknown[] = [];
  let previous: unknown;
  for (const item of items) {
    if (rendered.length >= MAX_ENTRIES || line.charactersLeft <= 0) {
      rendered.push(`[cut, ${length} in all]`);
      break;
    }
    line.charactersLeft -= OVERHEAD;
    const isHidden = typeof previous === 'string' && line.redaction([...path, previous]);
    rendered.push(isHidden ? REDACTED : (render(item, path, line) ?? null));
    previous = item;
  }
  return rendered;
}

/** No more than are shown, and one, so that no more getters are called. */
function entriesOf(value: object): readonly Entry[] {
  return Object.keys(value)
    .slice(0, MAX_ENTRIES + 1)
    .map((name): Entry => [name, read(value, name)]);
}

function entriesOfMap(value: ReadonlyMap<unknown, unknown>): readonly Entry[] {
  const entries: Entry[] = [];
  for (const [key, inner] of value) {
    if (entries.length > MAX_ENTRIES) break;
    entries.push([typeof key === 'object' && key !== null ? '[object]' : String(key), inner]);
  }
  return entries;
}

/** The type, message and stack of an error, then its other fields and its cause. */
function entriesOfError(error: Error): readonly Entry[] {
  const base: Entry[] = ['name', 'message', 'stack'].map((name) => [name, read(error, name)]);
  const own = (error instanceof MortarError ? entriesOf(error.toJSON()) : entriesOf(error)).filter(
    ([name]) => !['name', 'message', 'stack', 'cause', 'errors'].includes(name),
  );
  return [...base, ...own, ['cause', read(error, 'cause')], ['errors', read(error, 'errors')]];
}

function read(value: object, name: string): unknown {
  try {
    return Reflect.get(value, name);
  } catch {
    return '[unreadable]';
  }
}

function isError(value: unknown): value is Error {
  try {
    return value instanceof Error;
  } catch {
    return false;
  }
}
