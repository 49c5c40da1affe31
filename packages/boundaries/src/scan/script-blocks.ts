import { blank, importsInMarkup } from './markup.js';

/** The code of a file, at the places where it stands in it. */
export interface Script {
  /** As long as the file, with spaces in place of what is no code; of the markup, each `import(…)` in its expressions is code. */
  readonly text: string;
  /** Of a component, what the `lang` of its scripts says: `js` unless said. */
  readonly block: string | undefined;
  /** The markup of a component; else empty. */
  readonly outside: string;
}

const openTag = /<script\b/gi;
const langAttribute = /\blang\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))/i;
/** Type parameters, of Vue and of Svelte. */
const genericAttribute = /\bgenerics?\s*=\s*(?:"([^"]*)"|'([^']*)')/i;
const typeImport = /(?<![\w$.])import\s*\(\s*(["'])[^"'\n]*\1\s*\)(?:\.[\w$]+)*/g;
const srcAttribute = /\bsrc\s*=\s*(?:"([^"]*)"|'([^']*)')/i;

/** Cuts the scripts out of a Vue or Svelte component; any other file is code from end to end. */
export function readScript(path: string, text: string): Script {
  if (!/\.(?:vue|svelte)$/i.test(path)) return { text, block: undefined, outside: '' };
  const markup = withoutComments(text);
  const around = (start: number, end?: number): string => importsInMarkup(path, markup.slice(start, end));
  let code = '';
  let outside = '';
  let from = 0;
  let block = 'js';
  openTag.lastIndex = 0;
  for (let tag = openTag.exec(markup); tag !== null; tag = openTag.exec(markup)) {
    const close = endOfTag(markup, tag.index);
    if (close < 0) break;
    const start = close + 1;
    const attributes = markup.slice(tag.index + tag[0].length, close);
    const end = attributes.endsWith('/') ? start : endOfScript(markup, start);
    code +=
      around(from, tag.index) +
      (importOfSource(attributes, text.slice(tag.index, start)) ??
        typesOf(attributes, text.slice(tag.index, start))) +
      text.slice(start, end);
    outside += markup.slice(from, tag.index);
    const [, double, single, bare] = langAttribute.exec(attributes) ?? [];
    block = (double ?? single ?? bare ?? block).toLowerCase();
    from = end;
    openTag.lastIndex = end;
  }
  return {
    text: code + around(from),
    block: languageOfBlock(block),
    outside: outside + markup.slice(from),
  };
}

/** The `>` of a tag, which does not stand in quotes; negative where there is none. */
function endOfTag(markup: string, from: number): number {
  let quote = '';
  for (let at = from; at < markup.length; at += 1) {
    const character = markup[at] ?? '';
    if (quote !== '') quote = character === quote ? '' : quote;
    else if (character === '"' || character === "'") quote = character;
    else if (character === '>') return at;
  }
  return -1;
}

function languageOfBlock(lang: string): string {
  return lang === 'typescript' ? 'ts' : lang === 'javascript' ? 'js' : lang;
}

function endOfScript(markup: string, start: number): number {
  const closing = /<\/script\s*>/gi;
  closing.lastIndex = start;
  return closing.exec(markup)?.index ?? markup.length;
}

/** `<script src="./x.ts">` is an import; it takes the place of the tag. */
function importOfSource(attributes: string, tag: string): string | undefined {
  const [, double, single] = srcAttribute.exec(attributes) ?? [];
  const source = double ?? single;
  if (source === undefined) return undefined;
  const statement = `import${JSON.stringify(source)};`;
  return statement.length <= tag.length ? statement + blank(tag.slice(statement.length)) : blank(tag);
}

/** The tag with nothing left but the `import('…')` of its type parameters, as one type. */
function typesOf(attributes: string, tag: string): string {
  const generic = genericAttribute.exec(attributes)?.[0] ?? '';
  let text = '';
  let from = 0;
  for (const { index, 0: type } of generic.matchAll(typeImport)) {
    const at = tag.indexOf(generic) + index;
    const before = blank(tag.slice(from, at));
    text += from === 0 ? before.replace(/ {7}(\n*)$/, 'type $$=$1') : before.replace(/ (\n*)$/, '|$1');
    text += type;
    from = at + type.length;
  }
  const rest = blank(tag.slice(from));
  return from === 0 ? rest : text + rest.replace(/^ /, ';');
}

function withoutComments(text: string): string {
  return text.replace(/<!--[\s\S]*?(?:-->|$)/g, blank);
}
