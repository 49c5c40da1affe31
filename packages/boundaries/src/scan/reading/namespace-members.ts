import { PUNCTUATOR, type Sighting } from '../tokens/lexer.js';

const member = /\s*(?:\?\.|!?\s*\.)\s*([A-Za-z_$][\w$]*)/y;
const taken = /\bconst\s*\{([^{}]*)\}\s*=\s*await\s*$/;
const named = /\bconst\s+([A-Za-z_$][\w$]*)\s*=\s*await\s*$/;
const inBrackets = /\(\s*await\s*$/;
const ofBrackets = /\s*\)\s*\??\.\s*([A-Za-z_$][\w$]*)/y;
const property = /^\s*([A-Za-z_$][\w$]*)\s*(?:[:=].*)?$/s;
/** What is done with a module before it is given to a name. */
const goesOn = /\s*[.?[(`|&]/y;
const AROUND = 400;

/** What a file takes of namespaces, where all places tell: `import * as orders`, `await import('./orders.js')`. */
export class NamespaceMembers {
  readonly #namesOfEdge = new Map<number, readonly string[]>();
  readonly #open = new Map<
    string,
    { readonly edge: number; readonly names: Set<string>; isKnown: boolean }
  >();

  /** From here on a name is that of what an edge leads to. */
  watch(local: string, edge: number): void {
    const known = this.#open.get(local);
    if (known === undefined) this.#open.set(local, { edge, names: new Set(), isKnown: true });
    else known.isKnown = false;
  }

  get watched(): Iterable<string> {
    return this.#open.keys();
  }

  see(local: string, { text, end, previousKind, previousStart, previousEnd }: Sighting): void {
    const found = this.#open.get(local);
    if (found === undefined) return;
    const isMember = previousKind === PUNCTUATOR && text[previousStart] === '.';
    if (isMember && text.slice(previousEnd - 3, previousEnd) !== '...') return;
    member.lastIndex = end;
    const name = member.exec(text)?.[1];
    if (name === undefined) found.isKnown = false;
    else found.names.add(name);
  }

  /** `const { A, b: c } = await import('…')` and `(await import('…')).A`; gives the name where the whole of it is given one. */
  readDynamic(text: string, keyword: number, end: number, edge: number): string | undefined {
    const before = text.slice(Math.max(0, keyword - AROUND), keyword);
    ofBrackets.lastIndex = end;
    const [, name] = (inBrackets.test(before) ? ofBrackets.exec(text) : null) ?? [];
    if (name !== undefined) this.#namesOfEdge.set(edge, [name]);
    goesOn.lastIndex = end;
    if (goesOn.test(text)) return undefined;
    const [, pattern] = taken.exec(before) ?? [];
    if (pattern !== undefined) this.#take(pattern, edge);
    const [, whole] = named.exec(before) ?? [];
    return whole === undefined || isUsedIn(text.slice(0, keyword), whole) ? undefined : whole;
  }

  #take(pattern: string, edge: number): void {
    const parts = pattern.split(',').filter((part) => part.trim() !== '');
    const names = parts.map((part) => property.exec(part)?.[1]);
    if (names.every((name) => name !== undefined)) this.#namesOfEdge.set(edge, names);
  }

  /** The names that are taken of what an edge leads to; undefined where that can't be told. */
  of(edge: number): readonly string[] | undefined {
    const found = [...this.#open.values()].find((one) => one.edge === edge);
    if (found === undefined) return this.#namesOfEdge.get(edge);
    return found.isKnown && found.names.size > 0 ? [...found.names].sort() : undefined;
  }
}

/** Whether a name stands in a text as a value may: a function may use what is declared after it. */
function isUsedIn(text: string, name: string): boolean {
  return new RegExp(`(?<![\\w$./'"-])${name.replaceAll('$', '\\$')}\\s*[!?]?[.[,;)}\\]]`).test(text);
}
