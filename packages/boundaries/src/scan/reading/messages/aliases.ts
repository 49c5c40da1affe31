import type { Mention, ScannedAlias } from '../../file-scan.js';
import type { Draft } from '../draft.js';
import { isKnownName, namesInValue } from './value-source.js';
import { isMessageVerb } from './verbs.js';

const NAME = String.raw`[A-Za-z_$][\w$]*`;
const PATH = String.raw`${NAME}(?:\s*\??\.\s*${NAME})*`;
/** What may stand after a whole value. */
const END = String.raw`(?=\s*(?:[;,\n)\]}!]|$|(?:as|satisfies)\b|\/[/*]))`;
const LOADED = String.raw`\(?\s*(?:await\s+import|require)\s*\(\s*(["'\x60])([^"'\x60\n]+)\2\s*\)(?:\s*\))?(?:\s*\.\s*(${PATH}))?`;
/** A function that is bound is the same function. */
const BOUND = String.raw`(?:\s*\.\s*bind\s*\([^()]*\))?`;
/** ` name = a.b`, ` { a, b: c }: T = await import('./d.js')`, from the end of `const` or of a comma. */
const declarator = new RegExp(
  String.raw`\s*(${NAME}|\{[^{}]*\})\s*(?::[^=;{}()]*)?=\s*(?:${LOADED}|(${PATH}?)${BOUND})${END}`,
  'y',
);
/** ` a.b` after `name:` in an object. */
const property = new RegExp(String.raw`\s*(${PATH})(?=\s*[,}\n])`, 'y');

/** ` names: T = [`, ` names = Object.freeze({`, ` names = new Map([`. */
const container = new RegExp(
  String.raw`\s*(${NAME})\s*(?::[^=;]*)?=\s*(?:<const>\s*)?(?:Object\s*\.\s*freeze\s*\(\s*|new\s+(?:Map|Set)\s*(?:<[^()]*>)?\(\s*)?[[{]`,
  'y',
);
const LOOK_BACK = 1_000;
/** What stands before the braces of a type: `type T =`, `: ` of a variable or parameter, `<`, `|`, `&`. */
const beforeType =
  /(?:\btype\s+[\w$]+\s*(?:<[^={}]*>)?\s*=|[<|&]|\b(?:as|satisfies|extends|implements|interface\s+[\w$]+)|\b(?:const|let|var)\s+[\w$]+\s*:|[({[,]\s*(?:(?:public|private|protected|readonly)\s+)*[\w$]+\s*\?\s*:|\(\s*[\w$]+\s*:|[)}\]]\s*:)\s*$/;

/** Reads the other names that a variable gives to what is imported; `from` is the end of `const`, or of the comma before it. */
export function readAliases(draft: Draft, from: number): void {
  declarator.lastIndex = from;
  const match = declarator.exec(draft.text);
  if (match === null) return;
  const [, binding = '', , module, inner = '', path = inner] = match;
  addAliases(draft, from, binding, module, path === '' ? [] : namesOf(path));
}

/** Reads `name: a.b` of an object; `from` is the end of the colon. */
export function readProperty(draft: Draft, name: string, from: number): void {
  property.lastIndex = from;
  const [, path] = property.exec(draft.text) ?? [];
  if (path === undefined) return;
  const names = namesOf(path);
  if (isKnownName(draft, names[0]) && !isOfType(draft.text, from))
    addAlias(draft, from, { name, of: mentionOf(draft, from, names), isProperty: true });
}

/** Whether a property is one of a type: `type T = { a: A }`, `function f(one: { a: A })`; `from` is the end of its colon. */
function isOfType(text: string, from: number): boolean {
  let depth = 0;
  for (let at = from; at >= Math.max(0, from - LOOK_BACK); at -= 1) {
    const character = text[at] ?? '';
    if (')]}'.includes(character)) depth += 1;
    else if ('([{'.includes(character)) depth -= 1;
    if (depth < 0) return beforeType.test(text.slice(Math.max(0, at - LOOK_BACK), at));
  }
  return false;
}

/** Reads what is in a list or a table that others may import; `from` is the end of `const`. */
export function readItems(draft: Draft, from: number): void {
  container.lastIndex = from;
  const [whole, name] = container.exec(draft.text) ?? [];
  if (whole === undefined || name === undefined) return;
  for (const path of namesInValue(draft, from + whole.length - 1)) {
    const of = { ...mentionOf(draft, from, path), isItem: true };
    addAlias(draft, from, { name, of, isItem: true });
  }
}

function addAliases(
  draft: Draft,
  offset: number,
  binding: string,
  module: string | undefined,
  path: readonly string[],
): void {
  for (const { taken, name } of boundNames(binding)) {
    const names = taken === undefined ? path : [...path, taken];
    const last = names.at(-1);
    if (last !== undefined && isMessageVerb(last)) draft.verbs.set(name, last);
    else if (module !== undefined) {
      const of = mentionOf(draft, offset, names.length === 0 ? ['*'] : names);
      addAlias(draft, offset, { name, of, module });
    } else if (isKnownName(draft, names[0]))
      addAlias(draft, offset, { name, of: mentionOf(draft, offset, names) });
  }
}

/** What a binding takes of the value, and how it calls it: all of it, or properties. */
function boundNames(
  binding: string,
): readonly { readonly taken: string | undefined; readonly name: string }[] {
  if (!binding.startsWith('{')) return [{ taken: undefined, name: binding }];
  return binding
    .slice(1, -1)
    .split(',')
    .flatMap((part) => {
      const [, taken, name = taken] = /^\s*([\w$]+)\s*(?::\s*([\w$]+)\s*)?(?:=|$)/.exec(part) ?? [];
      return taken === undefined || name === undefined ? [] : [{ taken, name }];
    });
}

function addAlias(draft: Draft, offset: number, alias: Omit<ScannedAlias, 'line' | 'column'>): void {
  draft.aliases.push({ ...alias, ...draft.places.at(offset) });
}

function mentionOf(draft: Draft, offset: number, names: readonly string[]): Mention {
  const name = names.at(-1) ?? '';
  const place = draft.places.at(offset);
  return names.length < 2 ? { name, ...place } : { name, namespace: names.slice(0, -1).join('.'), ...place };
}

function namesOf(path: string): readonly string[] {
  return path.split('.').map((name) => name.replace(/[\s?]/g, ''));
}
