import { posix } from 'node:path';
import type * as ESTree from 'oxc-parser';
import type { SourceFile } from '../source/file.js';
import { isTest } from '../source/place.js';
import { type Violation, violationAt } from '../source/violation.js';

type Files = ReadonlyMap<string, SourceFile>;

/** Each symbol that an index of a package exports has a docstring where it is declared. */
export function docstrings(files: readonly SourceFile[]): Violation[] {
  const byPath: Files = new Map(files.map((file) => [file.path, file]));
  const indexes = files.filter(({ path }) => /^packages\/.*\/index\.ts$/.test(path) && !isTest(path));
  const violations = indexes.flatMap((index) =>
    exportedNames(index).flatMap((name) => check(byPath, index, name)),
  );
  // A symbol that two indexes export lacks its docstring once.
  return [
    ...new Map(violations.map((violation) => [`${violation.path}:${violation.line}`, violation])).values(),
  ];
}

function check(files: Files, index: SourceFile, name: string): Violation[] {
  const { file, statements } = declarationOf(files, index, name);
  const [first] = statements;
  if (first === undefined || statements.some((statement) => hasDocstring(file, statement))) return [];
  return [violationAt(file, first.start, 'docstring', `${name} is exported by ${index.path} and has none`)];
}

function exportedNames(index: SourceFile): string[] {
  return index.program.body.flatMap((statement) => {
    if (statement.type !== 'ExportNamedDeclaration') return [];
    return [...statement.specifiers.map(({ exported }) => nameOf(exported)), ...declaredNames(statement)];
  });
}

interface Declaration {
  readonly file: SourceFile;
  /** Several for overloads, and for a type and a value of one name; none for what another package declares. */
  readonly statements: readonly ESTree.Statement[];
}

/** Follows re-exports and imports to where a name is declared. */
function declarationOf(files: Files, file: SourceFile, name: string): Declaration {
  const statements = file.program.body.filter((statement) => declaredNames(statement).includes(name));
  if (statements.length > 0) return { file, statements };
  for (const statement of file.program.body) {
    const found = forwarded(statement, name);
    if (found === undefined) continue;
    const target = found.from === undefined ? file : files.get(resolve(file.path, found.from));
    if (target !== undefined && !(target === file && found.name === name)) {
      return declarationOf(files, target, found.name);
    }
  }
  return { file, statements: [] };
}

/** Where a statement gets a name from, if it is not declared here. */
function forwarded(statement: ESTree.Statement, name: string): { name: string; from?: string } | undefined {
  if (statement.type === 'ExportNamedDeclaration') {
    const specifier = statement.specifiers.find(({ exported }) => nameOf(exported) === name);
    if (specifier === undefined) return undefined;
    const local = nameOf(specifier.local);
    return statement.source === null ? { name: local } : { name: local, from: statement.source.value };
  }
  if (statement.type !== 'ImportDeclaration') return undefined;
  const specifier = statement.specifiers.find(({ local }) => local.name === name);
  if (specifier?.type !== 'ImportSpecifier') return undefined;
  return { name: nameOf(specifier.imported), from: statement.source.value };
}

function declaredNames(statement: ESTree.Statement): string[] {
  const declaration = statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement;
  switch (declaration?.type) {
    case 'VariableDeclaration':
      return declaration.declarations.flatMap(({ id }) => (id.type === 'Identifier' ? [id.name] : []));
    case 'FunctionDeclaration':
    case 'TSDeclareFunction':
    case 'ClassDeclaration':
    case 'TSInterfaceDeclaration':
    case 'TSTypeAliasDeclaration':
      return declaration.id === null ? [] : [declaration.id.name];
    default:
      return [];
  }
}

function hasDocstring(file: SourceFile, statement: ESTree.Statement): boolean {
  const comment = file.comments.findLast(({ end }) => end <= statement.start);
  if (comment?.type !== 'Block' || !comment.value.startsWith('*')) return false;
  return file.text.slice(comment.end, statement.start).trim() === '';
}

function nameOf(node: ESTree.ModuleExportName): string {
  return node.type === 'Literal' ? node.value : node.name;
}

function resolve(from: string, specifier: string): string {
  return posix.join(posix.dirname(from), specifier).replace(/\.js$/, '.ts');
}
