import type * as ESTree from 'oxc-parser';
import { Visitor } from 'oxc-parser';
import type { SourceFile } from '../source/file.js';
import { type Violation, violationAt } from '../source/violation.js';

/** No `export *`, no default export outside of configuration files, no enum, no `I` before an interface's name. */
export function exportRules(files: readonly SourceFile[]): Violation[] {
  return files.flatMap(checkExports);
}

function checkExports(file: SourceFile): Violation[] {
  const violations: Violation[] = [];
  const report = (node: ESTree.Span, rule: string, message: string): void => {
    violations.push(violationAt(file, node.start, rule, message));
  };
  const defaultExport = (node: ESTree.Span): void => {
    if (!/\.config\.[cm]?[jt]s$/.test(file.path)) report(node, 'default-export', 'export it by its name');
  };
  new Visitor({
    ExportAllDeclaration: (node) => report(node, 'export-all', 'list what is exported, by name'),
    ExportDefaultDeclaration: defaultExport,
    ExportSpecifier: (node) => {
      if (node.exported.type === 'Identifier' && node.exported.name === 'default') defaultExport(node);
    },
    TSEnumDeclaration: (node) => report(node, 'enum', 'use a union of literals'),
    TSInterfaceDeclaration: (node) => {
      if (/^I[A-Z][a-z]/.test(node.id.name)) report(node, 'interface-prefix', `${node.id.name} needs no I`);
    },
  }).visit(file.program);
  return violations;
}
