import type { Draft } from '../draft.js';

/** What the text of a file says of the value of a name. */
export interface ValueSource {
  /** Names in what it is made from, and the place of each; a value may be one of them, or something in it. */
  readonly names: readonly { readonly path: readonly string[]; readonly offset: number }[];
  /** Its type, as far as it is written. */
  readonly type: string;
  /** Whether it is a text or a number, which no contract is. */
  readonly isPlain: boolean;
}

const NAME = String.raw`[A-Za-z_$][\w$]*`;
const PATH = String.raw`${NAME}(?:\s*\??\.\s*${NAME})*`;
/** How many places of a name are looked at, how far around each, and how much of a value. */
const MAX_PLACES = 40;
const AROUND = 160;
const MAX_VALUE = 1_500;
/** A value may be made from another, and that from a third. */
const MAX_STEPS = 6;

const TYPE = String.raw`(?:\s*[?!]?\s*:\s*((?:[^=;,(){}]|=>|\{[^{}]*\}|\([^()]*\))*?))?`;
/** `= value`, with a type before it. */
const given = new RegExp(String.raw`^${TYPE}\s*(?:\?\?|\|\||&&)?=(?![=>])`);
/** `: Type`, with what ends a parameter or a field. */
const typed = /^\s*[?!]?\s*:\s*((?:[^=;,(){}\n]|=>|\{[^{}]*\}|\([^()]*\))+?)\s*(?=[,;)\n}]|=(?!>))/;
/** What stands after a name that is used, and given nothing. */
const notGiven = /\s*(?:[.(;[+<>]|[&|](?![&|]=))/y;
const looped = /^\s+of\b/;
const declared = /\b(?:const|let|var)\s+$/;
const readOnly = /\b(?:const|readonly)\s+$/;
/** The rest of a pattern: `, other] = value`, `, other } of values`. */
const unpacked = /^[^=;()]*?[\]}]\s*(?::[^=;]*)?(?:=(?!>)|\bof\b)/;
const inPattern = /\b(?:const|let|var)\s*[[{][^=;]*$/;
/** `list.forEach((name`, `[A, B].map(async ([key, name`. */
const visited = new RegExp(
  String.raw`(${PATH}|\[[^[\]]*\])\s*(?:\.\s*(?:entries|values|keys|toSorted|toReversed|slice)\s*\(\s*\)\s*)?\??\.\s*(?:forEach|map|flatMap|filter|find|findLast|some|every|reduce)\s*(?:<[^()]*>)?\(\s*(?:async\s*)?(?:function\s*)?\(?\s*(?:${NAME}\s*,\s*|[[{][^()]*)?$`,
);
/** Cheaper to look for than the whole of it. */
const visits = ['.forEach', '.map', '.flatMap', '.filter', '.find', '.some', '.every', '.reduce'];
const word = new RegExp(
  String.raw`"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|\`[^\`]*\`|//[^\n]*|/\*[^]*?\*/|${PATH}|[()[\]{};\n]`,
  'g',
);
const plainType = /^(?:string|number|bigint|boolean|Buffer|Uint8Array|URL|RegExp|["'`\d])/;
const plainValue = /^\s*(?:["'`\d]|String\s*\(|JSON\s*\.)/;
const called = /^\s*(?:\?\.\s*)?\(/;
const goesOn = /^\s*(?:[.?:&|+)\]}]|as\b|satisfies\b)/;

/** Looks back from a place for what gives a name its value; `path` is `['name']` or `['this', 'name']`. */
export function sourceOf(draft: Draft, path: readonly string[], before: number): ValueSource {
  return new SourceReader(draft).read(path, before, MAX_STEPS);
}

/** The names in a value that are known; the offset is that of its bracket. */
export function namesInValue(draft: Draft, offset: number): readonly (readonly string[])[] {
  return new SourceReader(draft).namesIn(offset, offset + MAX_VALUE, 1).map(({ path }) => path);
}

/** The names in a list to whose items something is done: `list.forEach(`, and what stands at the offset. Undefined where there is none. */
export function visitedNames(draft: Draft, offset: number): readonly (readonly string[])[] | undefined {
  const before = draft.text.slice(Math.max(0, offset - AROUND), offset);
  const text = before.replace(owner, '');
  const [, list] = visited.exec(text) ?? [];
  if (list === undefined) return visiting.test(text) ? [] : undefined;
  const start = offset - before.length + before.lastIndexOf(list);
  return new SourceReader(draft).namesIn(start, start + list.length, MAX_STEPS).map(({ path }) => path);
}

const visiting = /\.\s*(?:forEach|map|flatMap)\s*\(\s*$/;
const owner = new RegExp(String.raw`${PATH}\s*\??\.\s*$`);

class SourceReader {
  readonly #draft: Draft;
  /** Names that were looked for: they may stand for each other. */
  readonly #seen = new Set<string>();

  constructor(draft: Draft) {
    this.#draft = draft;
  }

  read(path: readonly string[], before: number, steps: number): ValueSource {
    const name = path.at(-1) ?? '';
    const names: ValueSource['names'][number][] = [];
    let type = '';
    let isPlain = false;
    const isField = path[0] === 'this';
    if (this.#seen.has(path.join('.')) || steps === 0) return { names, type, isPlain };
    this.#seen.add(path.join('.'));
    for (const at of this.#placesOf(name, isField ? this.#draft.text.length : before)) {
      const place = this.#placeAt(at, name, isField);
      if (place === undefined) continue;
      if (type === '') type = place.type;
      isPlain ||= place.isPlain;
      if (place.value !== undefined) names.push(...this.namesIn(place.value, place.end, steps));
      if (place.isWhole) break;
    }
    return { names, type, isPlain: isPlain || plainType.test(type) };
  }

  /** Where a name stands, the last first. */
  *#placesOf(name: string, before: number): Iterable<number> {
    const { text } = this.#draft;
    let at = before;
    for (let count = 0; count < MAX_PLACES && at > 0; count += 1) {
      at = text.lastIndexOf(name, at - 1);
      if (at < 0) return;
      const isPart = /[\w$]/.test(text[at - 1] ?? '') || /[\w$]/.test(text[at + name.length] ?? '');
      if (!isPart && !isInComment(text, at)) yield at;
    }
  }

  #placeAt(at: number, name: string, isField: boolean): Place | undefined {
    const { text } = this.#draft;
    const before = text.slice(Math.max(0, at - AROUND), at);
    const isMember = /\.\s*$/.test(before);
    if (isMember && !(isField && /\bthis\s*\.\s*$/.test(before))) return undefined;
    const end = at + name.length;
    notGiven.lastIndex = end;
    if (notGiven.test(text)) return undefined;
    const after = text.slice(end, end + AROUND);
    const assigned = given.exec(after);
    if (assigned !== null) {
      const value = end + assigned[0].length;
      const isWhole = isField ? readOnly.test(before) : declared.test(before) || /[(,{]\s*$/.test(before);
      return {
        ...placeOf(assigned[1]),
        value,
        end: value + MAX_VALUE,
        isPlain: this.#isPlain(value),
        isWhole,
      };
    }
    if (isMember) return undefined;
    const loop = looped.exec(after) ?? (inPattern.test(before) ? unpacked.exec(after) : null);
    if (loop !== null) return { ...placeOf(undefined), value: end + loop[0].length, end: end + MAX_VALUE };
    const [, list] = (visits.some((one) => before.includes(one)) ? visited.exec(before) : null) ?? [];
    if (list !== undefined) {
      const value = at - before.length + before.lastIndexOf(list);
      return { ...placeOf(typed.exec(after)?.[1]), value, end: value + list.length };
    }
    const parameter = typed.exec(after);
    return parameter === null || !/[(,{;\n\w]\s*$/.test(before) ? undefined : placeOf(parameter[1]);
  }

  #isPlain(value: number): boolean {
    return plainValue.test(this.#draft.text.slice(value, value + AROUND));
  }

  /** The names in a value that are imported or defined here; what others are made from stands for them. */
  namesIn(start: number, end: number, steps: number): readonly ValueSource['names'][number][] {
    const { text } = this.#draft;
    const names: ValueSource['names'][number][] = [];
    let depth = 0;
    word.lastIndex = start;
    for (let match = word.exec(text); match !== null && match.index < end; match = word.exec(text)) {
      const [token] = match;
      const next = word.lastIndex;
      if ('([{'.includes(token)) depth += 1;
      else if (')]}'.includes(token)) depth -= 1;
      else if (token === '\n') {
        if (
          depth === 0 &&
          /\S/.test(text.slice(start, match.index)) &&
          !goesOn.test(text.slice(next, next + AROUND))
        )
          break;
      } else if (token === ';') {
        if (depth === 0) break;
      } else if (!/^["'`/]/.test(token)) names.push(...this.#known(token, match.index, steps));
      if (depth < 0) break;
      word.lastIndex = next;
    }
    return names;
  }

  #known(token: string, offset: number, steps: number): readonly ValueSource['names'][number][] {
    const names = token.split('.').map((name) => name.replace(/[\s?]/g, ''));
    const isCalled = called.test(this.#draft.text.slice(offset + token.length, offset + token.length + 8));
    // Of a method that is called, what it is called on; of a function nothing.
    const path = isCalled ? names.slice(0, -1) : names;
    const [first = ''] = path;
    if (first === 'this' && path[1] !== undefined)
      return this.read(path.slice(0, 2), offset, steps - 1).names;
    if (isKnownName(this.#draft, first)) return [{ path, offset }];
    return first === '' || keywords.has(first) ? [] : this.read([first], offset, steps - 1).names;
  }
}

interface Place {
  readonly type: string;
  readonly isPlain: boolean;
  /** Where the value begins, and where it ends at the latest. */
  readonly value?: number;
  readonly end: number;
  /** Whether no other value was given before. */
  readonly isWhole: boolean;
}

function placeOf(type: string | undefined): Place {
  return { type: type?.trim() ?? '', isPlain: false, end: 0, isWhole: true };
}

/** Words that are no names. */
export const keywords: ReadonlySet<string> = new Set(
  'const let var new await async function return typeof as satisfies in of if else true false null undefined void yield'.split(
    ' ',
  ),
);

/** Whether a name is that of an import, or of a contract of this file or another name for one. */
export function isKnownName(draft: Draft, name: string | undefined): boolean {
  if (name === undefined) return false;
  return (
    draft.importOf(name) !== undefined ||
    draft.definitions.some(({ constant }) => constant === name) ||
    draft.aliases.some((alias) => alias.name === name && alias.isProperty !== true)
  );
}

function isInComment(text: string, at: number): boolean {
  const line = text.slice(Math.max(text.lastIndexOf('\n', at - 1) + 1, at - AROUND), at);
  return /(?:^|[^:])\/\/|^\s*\*|\/\*(?!.*\*\/)/.test(line);
}
