import type * as ESTree from 'oxc-parser';
import type { RuleSetting } from '../../config/rule-settings.js';
import type { Finding, Rule } from '../rule.js';
import { type AnyNode, type ContractSource, childrenOf, isNode } from './contract-source.js';
import { namesOf } from './exposure.js';

/** Something in a contract that is neither data nor type nor message. */
interface Foreign {
  readonly what: RuleSetting['allow'][number];
  readonly name: string;
  readonly start: number;
}

/** A contract defines data, types and messages alone. */
export const contractContent: Rule = {
  id: 'contract-content',
  why: 'Behaviour in a contract runs in whoever imports it, past the module whose behaviour it is; data and messages can cross processes, behaviour cannot.',
  check: ({ contracts, setting }) =>
    contracts().flatMap((source) =>
      source.program.body
        .flatMap((statement) => foreignIn(statement, exportedNames(source.program)))
        .filter(({ what }) => !setting.allow.includes(what))
        .map((foreign) => told(source, foreign)),
    ),
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

function told({ element, path, placeOf }: ContractSource, { what, name, start }: Foreign): Finding {
  return {
    path,
    ...placeOf(start),
    kind: what,
    from: element.id,
    to: element.id,
    subject: name,
    message: `The contract of ${element.id} defines ${name}, ${SAID[what].is}.`,
    route: SAID[what].instead,
  };
}

/** What a statement defines; `exported` are the names that another statement exports. */
function foreignIn(statement: AnyNode | ESTree.Statement, exported: ReadonlySet<string>): Foreign[] {
  const node: unknown = statement;
  if (!isNode(node)) return [];
  switch (node.type) {
    case 'ExportNamedDeclaration':
      return isNode(node['declaration']) ? inExported(node['declaration']) : [];
    case 'ExportDefaultDeclaration':
      return inDefault(node['declaration']);
    case 'TSExportAssignment':
      return inDefault(node['expression']);
    case 'TSModuleDeclaration':
      return inNamespace(node);
    case 'ClassDeclaration':
    case 'FunctionDeclaration':
    case 'VariableDeclaration':
      return inDeclaration(node, (name) => exported.has(name));
    default:
      return isSilent(node) ? [] : [{ what: 'value', name: 'a statement', start: node.start }];
  }
}

/** Whether a statement does nothing when it is run: imports, types, directives. */
function isSilent(node: AnyNode): boolean {
  if (node.type === 'ExpressionStatement') return typeof node['directive'] === 'string';
  return /^(Import|Export|TS|Empty)/.test(node.type);
}

function inExported(declaration: AnyNode): Foreign[] {
  return declaration.type === 'TSModuleDeclaration'
    ? inNamespace(declaration)
    : inDeclaration(declaration, () => true);
}

/** A namespace is an object with what it exports; one that is only declared is none. */
function inNamespace(node: AnyNode): Foreign[] {
  const body = node['body'];
  if (node['declare'] === true || !isNode(body)) return [];
  return childrenOf(body).flatMap((statement) => foreignIn(statement, new Set()));
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

function inDefault(declaration: unknown): Foreign[] {
  if (!isNode(declaration)) return [];
  if (/Declaration$/.test(declaration.type)) return inDeclaration(declaration, () => true);
  const what = kindOf(declaration);
  return what === undefined ? [] : [{ what, name: 'default', start: declaration.start }];
}

/** A function that the contract keeps for itself, such as one that makes a key, is not defined for others. */
function inDeclaration(node: AnyNode, isExported: (name: string) => boolean): Foreign[] {
  const [name = 'default'] = namesOf(node);
  if (node.type === 'ClassDeclaration')
    return hasBehaviour(node) ? [{ what: 'class', name, start: node.start }] : [];
  if (node.type === 'FunctionDeclaration')
    return isExported(name) ? [{ what: 'function', name, start: node.start }] : [];
  if (node.type !== 'VariableDeclaration' || node['declare'] === true) return [];
  const isConstant = node['kind'] === 'const';
  return childrenOf(node).flatMap((declarator): Foreign[] => {
    const id = declarator['id'];
    const own = isNode(id) && typeof id['name'] === 'string' ? id['name'] : name;
    const init = declarator['init'];
    const what = isConstant ? (isNode(init) ? kindOf(init) : undefined) : 'value';
    if (what === undefined || (what === 'function' && !isExported(own))) return [];
    return [{ what, name: own, start: declarator.start }];
  });
}

/** What an expression is, unless it is data, or a call that makes a message or a schema. */
function kindOf(node: AnyNode): Foreign['what'] | undefined {
  switch (node.type) {
    case 'ArrowFunctionExpression':
    case 'FunctionExpression':
      return 'function';
    case 'ClassExpression':
      return hasBehaviour(node) ? 'class' : undefined;
    case 'NewExpression':
    case 'AwaitExpression':
    case 'AssignmentExpression':
    case 'UpdateExpression':
      return 'value';
    case 'CallExpression':
      return kindOfCall(node);
    case 'ObjectExpression':
    case 'ArrayExpression':
    case 'Property':
    case 'SpreadElement':
    case 'ConditionalExpression':
    case 'LogicalExpression':
    case 'ParenthesizedExpression':
    case 'TSAsExpression':
    case 'TSSatisfiesExpression':
    case 'TSNonNullExpression':
    case 'TSTypeAssertion':
    case 'SequenceExpression':
    case 'ChainExpression':
    case 'MemberExpression':
    case 'BinaryExpression':
    case 'UnaryExpression':
    case 'TemplateLiteral':
      return childrenOf(node)
        .map(kindOf)
        .find((what) => what !== undefined);
    default:
      return undefined;
  }
}

/** A call makes a message or a schema, and what it is given is part of that; one of `Object`'s makes what it is given. */
function kindOfCall(node: AnyNode): Foreign['what'] | undefined {
  const callee = node['callee'];
  if (!isNode(callee)) return undefined;
  if (/Function/.test(unwrapped(callee).type)) return 'value';
  const object = callee['object'];
  const isOfObject = isNode(object) && object.type === 'Identifier' && object['name'] === 'Object';
  if (!isOfObject) return undefined;
  return childrenOf(node)
    .filter((child) => child !== callee)
    .map(kindOf)
    .find((what) => what !== undefined);
}

function unwrapped(node: AnyNode): AnyNode {
  const inner = node['expression'];
  return node.type === 'ParenthesizedExpression' && isNode(inner) ? unwrapped(inner) : node;
}

/** Whether a class does more than hold data: methods and accessors with a body, functions as fields, static blocks. */
function hasBehaviour(node: AnyNode): boolean {
  const body = node['body'];
  if (!isNode(body)) return false;
  return childrenOf(body).some((member) => {
    if (member.type === 'StaticBlock') return true;
    const value = member['value'];
    if (!isNode(value)) return false;
    if (member.type === 'MethodDefinition') return member['kind'] !== 'constructor' && isNode(value['body']);
    return kindOf(value) !== undefined;
  });
}
