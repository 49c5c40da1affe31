const importCall = /(?<![\w$.])import\s*\(/g;
/** `{{ … }}`, and what `v-if`, `:title`, `@click` and `#default` are given. */
const vueCode = /\{\{([\s\S]*?)\}\}|[\s(,](?:v-[\w:.-]+|[:@#][\w:.[\]-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g;
/** How long an argument of `import()` may be. */
const MAX_CALL = 400;

/** `<template src="./page.html">` and `<style src="./page.css">` of Vue. */
const sourceTag = /(<(?:template|style)\s(?:[^<>]*\s)?src\s*=\s*)(["'])([^"'\n]+)\2/gi;
/** What a string can't hold as it is, and no path has. */
const noPath = /[\\\p{Cc}]/gu;

/**
 * The markup of a component with nothing left but what it loads, at its place: each `import(…)` in an expression, with a semicolon
 * on either side where there is room for one, and what a tag has for a source.
 */
export function importsInMarkup(path: string, markup: string): string {
  let text = markup.includes('import') ? importCalls(path, markup) : blank(markup);
  if (/\.svelte$/i.test(path)) return text;
  for (const { index, 0: tag, 1: start = '', 3: source = '' } of markup.matchAll(sourceTag)) {
    // The keyword takes the place of the tag's name, and the source keeps its own, so that every line stays as long as it was.
    const statement = `import${blank(start).slice('import'.length)}"${source.replace(noPath, '/')}"`;
    const rest = text.slice(index + tag.length);
    text = text.slice(0, index) + statement + rest.replace(/^ /, ';');
  }
  return text;
}

function importCalls(path: string, markup: string): string {
  const isCode = /\.svelte$/i.test(path) ? svelteCode(markup) : vueExpressions(markup);
  let text = '';
  let from = 0;
  for (const { index, 0: call } of markup.matchAll(importCall)) {
    const end = endOfCall(markup, index + call.length);
    if (index < from || end === undefined || !isCode(index)) continue;
    text += separated(blank(markup.slice(from, index))) + markup.slice(index, end);
    from = end;
  }
  return text + separated(blank(markup.slice(from)), true);
}

export function blank(text: string): string {
  return text.replace(/[^\n]/g, ' ');
}

/** Ends what stands before a call, and begins what follows one. */
function separated(space: string, isAfter = false): string {
  if (isAfter) return space.replace(/^ /, ';');
  return space.replace(/ $/, ';');
}

function endOfCall(text: string, from: number): number | undefined {
  let depth = 1;
  for (let at = from; at < Math.min(text.length, from + MAX_CALL); at += 1) {
    if (text[at] === '(') depth += 1;
    else if (text[at] === ')') depth -= 1;
    if (depth === 0) return at + 1;
  }
  return undefined;
}

function vueExpressions(markup: string): (index: number) => boolean {
  const ranges = [...markup.matchAll(vueCode)].map(
    ({ index, 0: whole }) => [index, index + whole.length] as const,
  );
  return (index) => ranges.some(([start, end]) => start <= index && index < end);
}

/** All that stands in braces. */
function svelteCode(markup: string): (index: number) => boolean {
  let at = 0;
  let depth = 0;
  return (index) => {
    for (; at < index; at += 1) {
      if (markup[at] === '{') depth += 1;
      else if (markup[at] === '}') depth = Math.max(0, depth - 1);
    }
    return depth > 0;
  };
}
