import { isJsonObject, parseJson, stringsOf } from './json.js';

/** What a pnpm-workspace.yaml lists as `packages`. */
export interface PnpmPackages {
  readonly patterns: readonly string[];
  /** What of it can't be understood. */
  readonly unclear: readonly string[];
}

const nothing: PnpmPackages = { patterns: [], unclear: [] };

/** Reads the list `packages` as YAML has it: with dashes or in brackets, texts plain, in quotes or as blocks. No more of YAML is needed. */
export function readPnpmPackages(text: string): PnpmPackages {
  if (/^\s*\{/.test(text)) return ofJson(text);
  const lines = text.split(/\r?\n/);
  const key = /^(["']?)packages\1[ \t]*:(?=\s|$)(.*)$/;
  const start = lines.findIndex((line) => key.test(line));
  if (start < 0) return nothing;
  const first = withoutAnchor(key.exec(lines[start] ?? '')?.[2] ?? '');
  const length = lines.slice(start + 1).findIndex((line) => /^[^\s#-]|^(?:---|\.\.\.)/.test(line));
  const rest = lines.slice(start + 1, length < 0 ? undefined : start + 1 + length);
  // The brackets may be closed without indentation.
  if (/^\[|^$/.test(first) && /^\s*\[/.test([first, ...rest].map(withoutComment).join('')))
    return ofBrackets([first, ...lines.slice(start + 1)].join('\n'));
  if (first !== '') return { patterns: [], unclear: [first] };
  return ofDashes(rest);
}

/** All JSON is YAML. */
function ofJson(text: string): PnpmPackages {
  const parsed = parseJson(text);
  if (!parsed.ok || !isJsonObject(parsed.value)) return { patterns: [], unclear: [text.trim()] };
  return { patterns: stringsOf(parsed.value['packages']), unclear: [] };
}

function ofBrackets(text: string): PnpmPackages {
  const patterns: string[] = [];
  const token =
    /\s+|(?<=^|\s)#.*|'(?:[^']|'')*'|"(?:[^"\\]|\\.)*"|[[\],]|(?:(?!\s#)[^\s[\],'"]|[^\S\n](?=[^\s#]))(?:(?!\s#)[^[\],\n])*/gy;
  for (const [found] of text.matchAll(token)) {
    if (found === ']') return { patterns, unclear: [] };
    if (/^[\s#[,]/.test(found)) continue;
    const pattern = scalarOf(found);
    if (pattern === undefined) return { patterns, unclear: [found] };
    patterns.push(pattern);
  }
  return { patterns, unclear: [text.trim()] };
}

/** Each item goes on as long as lines are indented deeper than its dash. */
function ofDashes(lines: readonly string[]): PnpmPackages {
  const items: { readonly indent: number; readonly lines: string[] }[] = [];
  for (const line of lines) {
    const [dash, indent = '', text = ''] = /^(\s*)-(?:[ \t]+(.*))?$/.exec(line) ?? [];
    const last = items.at(-1);
    const isItem = dash !== undefined && (last === undefined || indent.length <= last.indent);
    if (isItem) items.push({ indent: indent.length, lines: [text] });
    else last?.lines.push(line);
  }
  const read = items.map((item) => ({ text: item.lines.join('\n'), pattern: itemOf(item.lines) }));
  return {
    patterns: read.flatMap(({ pattern }) => (pattern === undefined || pattern === '' ? [] : [pattern])),
    unclear: read.flatMap(({ text, pattern }) => (pattern === undefined ? [text.trim()] : [])),
  };
}

function itemOf([first = '', ...rest]: readonly string[]): string | undefined {
  const head = withoutAnchor(first);
  if (/^[|>][\d+-]*$/.test(head))
    return rest
      .map((line) => line.trim())
      .join(' ')
      .trim();
  const quote = /^["']/.exec(head)?.[0];
  const lines = quote === undefined ? [head, ...rest.map(withoutComment)] : [first.trim(), ...rest];
  return scalarOf(
    lines
      .map((line) => line.trim())
      .join(' ')
      .trim(),
  );
}

/** A text in quotes, with nothing but a comment after it, or a plain one. Aliases, and what is no text, are not understood. */
function scalarOf(text: string): string | undefined {
  if (text.startsWith("'")) return /^'((?:[^']|'')*)'(?:\s*#.*|\s+)?$/.exec(text)?.[1]?.replaceAll("''", "'");
  if (text.startsWith('"')) return unescaped(/^("(?:[^"\\]|\\.)*")(?:\s*#.*|\s+)?$/.exec(text)?.[1]);
  return /^\*\w[\w-]*$|^[[\]{},&|>%`]|^-(?:\s|$)|:\s|:$/.test(text) ? undefined : text;
}

function unescaped(quoted: string | undefined): string | undefined {
  const parsed = quoted === undefined ? undefined : parseJson(`[${quoted}]`);
  return parsed?.ok === true ? stringsOf(parsed.value)[0] : undefined;
}

function withoutAnchor(text: string): string {
  return withoutComment(text).replace(/^&[^\s[\]{},]+\s*/, '');
}

function withoutComment(text: string): string {
  return text.replace(/(?:^|\s)#.*$/, '').trim();
}
