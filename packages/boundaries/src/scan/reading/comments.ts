import type { Comment } from '../tokens/lexer.js';
import type { Draft, DraftEdge } from './draft.js';

const reference = /^\/\/\/\s*<reference\s[^>]*?\b(path|types)\s*=\s*(["'])(.*?)\2/;
const pragma = /@jsxImportSource[ \t]+([^\s*]+)/;
const MAX_REFERENCE = 2_000;
const importCall = /\bimport\s*\(\s*(["'`])([^"'`\n]*)\1\s*(?:,[^)]*)?\)(?:\s*\.\s*([A-Za-z_$][\w$]*))?/g;
const importTag = /@import\s[^@]*?\bfrom\s*(["'])([^"'\n]*)\1/g;

/** In what the comments stand. */
export interface CommentContext {
  readonly isJavaScript: boolean;
  readonly hasJsx: boolean;
}

/**
 * Edges that stand in comments: the references at the head of a file, where its JSX is from, and, where comments hold the types, that is in JavaScript,
 * `import()` within braces and `@import`.
 */
export function readComments(
  text: string,
  comments: readonly Comment[],
  { isJavaScript, hasJsx }: CommentContext,
  draft: Draft,
): void {
  for (const { start, end, isFirst } of comments) {
    if (text.charCodeAt(start + 1) === 47) {
      if (isFirst) readReference(text.slice(start, Math.min(end, start + MAX_REFERENCE)), start, draft);
    } else {
      if (isFirst && hasJsx)
        readPragma(text.slice(start, Math.min(end, start + MAX_REFERENCE)), start, draft);
      if (isJavaScript) readJsDoc(text.slice(start, end), start, draft);
    }
  }
}

/** What JSX is compiled to calls is imported from there. */
function readPragma(comment: string, start: number, draft: Draft): void {
  const [whole = '', source] = pragma.exec(comment) ?? [];
  if (source === undefined) return;
  draft.addEdge({
    kind: 'sideEffectImport',
    offset: start + comment.indexOf(whole) + whole.lastIndexOf(source),
    specifier: `${source}/jsx-runtime`,
    bindings: [],
    isMarked: false,
  });
}

function readReference(comment: string, start: number, draft: Draft): void {
  const [, attribute, , specifier] = reference.exec(comment) ?? [];
  if (specifier === undefined) return;
  draft.addEdge({
    ...typeEdge(start + comment.indexOf(specifier) - 1, specifier),
    kind: attribute === 'path' ? 'referencePath' : 'referenceTypes',
  });
}

function readJsDoc(comment: string, start: number, draft: Draft): void {
  if (!comment.includes('import')) return;
  let isInBraces = false;
  let from = 0;
  for (const { index, 2: specifier = '', 3: member } of comment.matchAll(importCall)) {
    const before = comment.slice(from, index);
    from = index;
    const opened = before.lastIndexOf('{');
    const closed = before.lastIndexOf('}');
    if (opened !== closed) isInBraces = opened > closed;
    if (!isInBraces) continue;
    draft.addEdge(typeEdge(start + comment.indexOf(specifier, index) - 1, specifier, member));
  }
  for (const { index, 0: tag, 2: specifier = '' } of comment.matchAll(importTag)) {
    draft.addEdge(typeEdge(start + index + tag.lastIndexOf(specifier) - 1, specifier));
  }
}

function typeEdge(offset: number, specifier: string, member = '*'): DraftEdge {
  const bindings = [{ imported: member, local: '', isMarked: true }];
  return { kind: 'jsdocImport', offset, specifier, bindings, isMarked: true };
}
