import { posix } from 'node:path';
import type * as ESTree from 'oxc-parser';
import { Visitor } from 'oxc-parser';
import type { SourceFile } from './file.js';

/** One import or re-export. */
export interface Import {
  readonly file: SourceFile;
  readonly offset: number;
  readonly specifier: string;
  /** The path of the file it leads to, where it is a relative one. */
  readonly target: string | undefined;
  /** Whether it is still there when the program runs. */
  readonly runtime: boolean;
}

/** Every import of a file whose specifier is a literal: static, dynamic, re-exported, or in a type. */
export function importsOf(file: SourceFile): Import[] {
  const found: Import[] = [];
  const add = (node: ESTree.Span, source: ESTree.Expression | null, runtime: boolean): void => {
    if (source?.type !== 'Literal' || typeof source.value !== 'string') return;
    const specifier = source.value;
    found.push({ file, offset: node.start, specifier, target: targetOf(file.path, specifier), runtime });
  };
  // `import { type A } from` stays as `import {} from` under verbatimModuleSyntax: only `import type` vanishes.
  new Visitor({
    ImportDeclaration: (node) => add(node, node.source, node.importKind !== 'type'),
    ExportNamedDeclaration: (node) => add(node, node.source, node.exportKind !== 'type'),
    ExportAllDeclaration: (node) => add(node, node.source, node.exportKind !== 'type'),
    ImportExpression: (node) => add(node, node.source, true),
    TSImportType: (node) => add(node, node.source, false),
  }).visit(file.program);
  return found;
}

function targetOf(path: string, specifier: string): string | undefined {
  if (!/^\.{1,2}(\/|$)/.test(specifier)) return undefined;
  return posix.join(posix.dirname(path), specifier).replace(/\.([cm]?)js$/, '.$1ts');
}
