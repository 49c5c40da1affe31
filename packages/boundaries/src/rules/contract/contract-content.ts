import type * as ESTree from 'oxc-parser';
import type { Finding, Rule } from '../rule.js';
import { type Behaviour, classActs, kindOf } from './behaviour.js';
import { type AnyNode, type ContractSource, childrenOf, isNode } from './contract-source.js';
import { localDeclarations, namesOf } from './exposure.js';
import type { Scope } from './expression.js';
import { isOfPackage, isTaken } from './outside.js';

/** Something that a contract defines and may not. */
interface Foreign {
  readonly what: Behaviour;
  /** Unless it defines it. */
  readonly how?: 'passes on' | 'runs';
  readonly name: string;
  readonly start: number;
}

/** A contract defines data, types and messages alone. */
export const contractContent: Rule = {
  id: 'contract-content',
  why: 'Behaviour in a contract runs in whoever imports it, past the module whose behaviour it is; data and messages can cross processes, behaviour cannot.',
  check: ({ contracts, setting }) =>
    contracts().flatMap((source) => {
      const exported = exportedNames(source.program);
      const scope: Scope = { source, locals: localDeclarations(source.program) };
      return source.program.body
        .flatMap((statement) => foreignIn(statement, exported, scope))
        .filter(({ what }) => !setting.allow.includes(what))
        .map((foreign) => told(source, foreign));
    }),
};

const SAID: Readonly<Record<Foreign['what'], { readonly is: string; readonly instead: string }>> = {
  class: {
    is: 'a class with behaviour',
    instead:
      'Leave its data in the contract as a type or schema, and offer what it does as a port or a command.',
  },
  function: {
    is: 'a function',
    instead: 'Offer it as a port or a query that the module implements or answers.',
  },
  value: {
    is: 'a value that is made when the contract is loaded, or that may change',
    instead: 'Keep constants of plain data, schemas and messages here, and the rest in the module.',
  },
};

const SAID_OF_OTHERS: Readonly<
  Record<'passes on' | 'runs', { readonly is: string; readonly instead: string }>
> = {
  'passes on': {
    is: 'of a package that makes no schemas',
    instead: 'Import it from its package where it is used; offer what the module does with it as a port.',
  },
  runs: { is: 'when it is loaded', instead: SAID.value.instead },
};

function told({ element, path, placeOf }: ContractSource, foreign: Foreign): Finding {
  const { what, name, start, how } = foreign;
  const { is, instead } = how === undefined ? SAID[what] : SAID_OF_OTHERS[how];
  return {
    path,
    ...placeOf(start),
    kind: what,
    from: element.id,
    to: element.id,
    subject: name,
    message: `The contract of ${element.id} ${how === undefined ? `defines ${name}, ${is}` : `${how} ${name} ${is}`}.`,
    route: instead,
  };
}

/** What a statement defines; `exported` are the names that another statement exports. */
function foreignIn(
  statement: AnyNode | ESTree.Statement,
  exported: ReadonlySet<string>,
  scope: Scope,
): Foreign[] {
  const node: unknown = statement;
  if (!isNode(node)) return [];
  switch (node.type) {
    case 'ExportNamedDeclaration':
      return isNode(node['declaration']) ? inExported(node['declaration'], scope) : passedOn(node, scope);
    case 'ExportAllDeclaration':
      return passedOn(node, scope);
    case 'ExportDefaultDeclaration':
      return inDefault(node['declaration'], scope);
    case 'TSExportAssignment':
      return inDefault(node['expression'], scope);
    case 'TSModuleDeclaration':
      return inNamespace(node, scope);
    case 'TSEnumDeclaration':
    case 'ClassDeclaration':
    case 'FunctionDeclaration':
    case 'VariableDeclaration':
      return inDeclaration(node, (name) => exported.has(name), scope);
    default:
      return isSilent(node) ? [] : [{ what: 'value', how: 'runs', name: 'a statement', start: node.start }];
  }
}

/** Whether a statement does nothing when it is run: imports, types, directives. */
function isSilent(node: AnyNode): boolean {
  if (node.type === 'ExpressionStatement') return typeof node['directive'] === 'string';
  return /^(Import|Export|TS|Empty)/.test(node.type);
}

function inExported(declaration: AnyNode, scope: Scope): Foreign[] {
  return declaration.type === 'TSModuleDeclaration'
    ? inNamespace(declaration, scope)
    : inDeclaration(declaration, () => true, scope);
}

/** A namespace is an object with what it exports; one that is only declared is none. */
function inNamespace(node: AnyNode, scope: Scope): Foreign[] {
  const body = node['body'];
  if (node['declare'] === true || !isNode(body)) return [];
  return childrenOf(body).flatMap((statement) => foreignIn(statement, new Set(), scope));
}

/** Local names that `export { … }`, `export default …` and `export = …` give out. */
function exportedNames({ body }: ESTree.Program): ReadonlySet<string> {
  return new Set(
    body.flatMap((statement): string[] => {
      if (statement.type === 'ExportNamedDeclaration' && statement.source === null) {
        return statement.specifiers.flatMap(({ local }) => (local.type === 'Literal' ? [] : [local.name]));
      }
      if (statement.type === 'ExportDefaultDeclaration' && statement.declaration.type === 'Identifier')
        return [statement.declaration.name];
      if (statement.type === 'TSExportAssignment' && statement.expression.type === 'Identifier')
        return [statement.expression.name];
      return [];
    }),
  );
}

function inDefault(declaration: unknown, scope: Scope): Foreign[] {
  if (!isNode(declaration)) return [];
  if (/Declaration$/.test(declaration.type)) return inDeclaration(declaration, () => true, scope);
  // A name that is exported is told where it is declared, if it is here.
  if (declaration.type === 'Identifier') return passedOnByName(declaration, scope, declaration.start);
  const what = kindOf(declaration, scope);
  return what === undefined ? [] : [{ what, name: 'default', start: declaration.start }];
}

/** What `export { … }` and `export … from` give out of packages that make no schemas. */
function passedOn(node: AnyNode, scope: Scope): Foreign[] {
  if (node['exportKind'] === 'type') return [];
  const from = isNode(node['source']) ? String(node['source']['value']) : undefined;
  const { start } = node;
  if (node.type === 'ExportAllDeclaration')
    return isTaken({ specifier: from ?? '', name: '*' }, scope.source)
      ? [foreignName(`all of ${from}`, start)]
      : [];
  const specifiers = childrenOf(node).filter(
    (one) => one.type === 'ExportSpecifier' && one['exportKind'] !== 'type',
  );
  return specifiers.flatMap((specifier): Foreign[] => {
    const local = specifier['local'];
    if (!isNode(local)) return [];
    if (from === undefined) return passedOnByName(local, scope, specifier.start);
    const name = String(local['name'] ?? local['value']);
    return isTaken({ specifier: from, name }, scope.source) ? [foreignName(name, specifier.start)] : [];
  });
}

function passedOnByName(local: AnyNode, scope: Scope, start: number): Foreign[] {
  return isOfPackage(local, scope) ? [foreignName(String(local['name']), start)] : [];
}

function foreignName(name: string, start: number): Foreign {
  return { what: 'value', how: 'passes on', name, start };
}

/** A function that the contract keeps for itself, such as one that makes a key, is not defined for others. */
function inDeclaration(node: AnyNode, isExported: (name: string) => boolean, scope: Scope): Foreign[] {
  const [name = 'default'] = namesOf(node);
  const { start } = node;
  if (node.type === 'ClassDeclaration') return classActs(node, scope) ? [{ what: 'class', name, start }] : [];
  if (node.type === 'FunctionDeclaration') return isExported(name) ? [{ what: 'function', name, start }] : [];
  if (node.type === 'TSEnumDeclaration') return isComputed(node) ? [{ what: 'value', name, start }] : [];
  if (node.type !== 'VariableDeclaration' || node['declare'] === true) return [];
  const isConstant = node['kind'] === 'const';
  return childrenOf(node).flatMap((declarator): Foreign[] => {
    const id = declarator['id'];
    const own = isNode(id) && typeof id['name'] === 'string' ? id['name'] : name;
    const init = declarator['init'];
    const what = isConstant ? (isNode(init) ? kindOf(init, scope) : undefined) : 'value';
    if (what === undefined || (what === 'function' && !isExported(own))) return [];
    return [{ what, name: own, start: declarator.start }];
  });
}

/** Whether a call makes a value of an enumeration. */
function isComputed(node: AnyNode): boolean {
  return node.type === 'CallExpression' || childrenOf(node).some(isComputed);
}
