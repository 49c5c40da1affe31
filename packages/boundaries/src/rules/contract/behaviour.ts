import type { RuleSetting } from '../../config/rule-settings.js';
import { type AnyNode, childrenOf, isNode } from './contract-source.js';
import { initOf, pathOf, rootOf, type Scope, withoutName, withoutTypes } from './expression.js';
import { isEager, isMaker, isOfPackage, isSurrounding, reachesOut } from './outside.js';

/** Something that is neither data nor type nor message. */
export type Behaviour = RuleSetting['allow'][number];

/** What an expression is, unless it is data, or a call that makes a message or a schema. */
export function kindOf(node: AnyNode, scope: Scope): Behaviour | undefined {
  switch (node.type) {
    case 'ArrowFunctionExpression':
    case 'FunctionExpression':
      return 'function';
    case 'ClassExpression':
      return classActs(node, scope) ? 'class' : undefined;
    case 'NewExpression':
    case 'AwaitExpression':
    case 'AssignmentExpression':
    case 'UpdateExpression':
    case 'ImportExpression':
    case 'MetaProperty':
      return 'value';
    case 'CallExpression':
    case 'TaggedTemplateExpression':
      return kindOfCall(node, scope);
    case 'Identifier':
      return kindOfName(node, scope);
    case 'MemberExpression':
      return kindOfMember(node, scope);
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
    case 'BinaryExpression':
    case 'UnaryExpression':
    case 'TemplateLiteral':
      return firstKind(valuesIn(node), scope);
    default:
      return undefined;
  }
}

function firstKind(nodes: readonly AnyNode[], scope: Scope): Behaviour | undefined {
  return nodes.map((node) => kindOf(node, scope)).find((what) => what !== undefined);
}

/** The name of a property is no value. */
function valuesIn(node: AnyNode): readonly AnyNode[] {
  const key = node.type === 'Property' && node['computed'] !== true ? node['key'] : undefined;
  return childrenOf(node).filter((child) => child !== key || child === node['value']);
}

/** A name that stands for a function of this file is one: `export const total = hidden`. */
function kindOfName(node: AnyNode, scope: Scope): Behaviour | undefined {
  const name = String(node['name']);
  if (isSurrounding(node, scope) || isOfPackage(node, scope)) return 'value';
  const declared = scope.locals.get(name);
  if (declared === undefined) return undefined;
  if (declared.type === 'FunctionDeclaration') return 'function';
  const init = initOf(declared, name);
  return init === undefined ? undefined : kindOf(init, withoutName(scope, name));
}

/** `rules.total`, of an object of this file; what a package has by a name may be a constant. */
function kindOfMember(node: AnyNode, scope: Scope): Behaviour | undefined {
  const object = node['object'];
  const property = node['property'];
  if (!isNode(object)) return undefined;
  if (object.type !== 'Identifier') return kindOf(object, scope);
  if (isSurrounding(object, scope)) return 'value';
  const name = String(object['name']);
  const declared = scope.locals.get(name);
  const init = declared === undefined ? undefined : initOf(declared, name);
  if (init?.type !== 'ObjectExpression' || !isNode(property)) return undefined;
  const taken = childrenOf(init).find((one) => isNode(one['key']) && one['key']['name'] === property['name']);
  return taken === undefined ? undefined : kindOf(taken, withoutName(scope, name));
}

/**
 * A call makes a message or a schema, and what it is given is part of that; one of `Object`'s makes what it is given. What other
 * packages and the runtime make is no data, but for what a project makes of it elsewhere, which is judged there.
 */
function kindOfCall(node: AnyNode, scope: Scope): Behaviour | undefined {
  const callee = node['callee'] ?? node['tag'];
  if (!isNode(callee)) return undefined;
  const called = withoutTypes(callee);
  if (/Function/.test(called.type)) return 'value';
  const args = childrenOf(node).filter((child) => child !== callee);
  const path = pathOf(called);
  if (path.startsWith('Object.') && !scope.locals.has('Object')) return firstKind(args, scope);
  if (isMaker(called, scope)) return undefined;
  const root = rootOf(called);
  if (isOfPackage(root, scope) || isSurrounding(root, scope)) return 'value';
  if (root !== called && root.type !== 'Identifier' && kindOf(root, scope) === 'value') return 'value';
  if (path.endsWith('.bind')) return 'function';
  if (isEager(path, scope) || reachesOut(called, scope)) return 'value';
  return firstKind(args, scope) === undefined ? undefined : 'value';
}

/**
 * Whether a class does more than hold data: methods and accessors with a body, functions as fields, static blocks, decorators, a
 * constructor that does more than fill the fields, or a class that it extends and that is neither an error nor of a contract.
 */
export function classActs(node: AnyNode, scope: Scope): boolean {
  const body = node['body'];
  if (node['declare'] === true || !isNode(body)) return false;
  if (hasDecorators(node) || inherits(node['superClass'], scope)) return true;
  return childrenOf(body).some((member) => {
    if (member.type === 'StaticBlock' || hasDecorators(member)) return true;
    const value = member['value'];
    if (!isNode(value)) return false;
    if (member.type !== 'MethodDefinition') return kindOf(value, scope) !== undefined;
    return member['kind'] === 'constructor' ? constructorActs(value) : isNode(value['body']);
  });
}

function hasDecorators(node: AnyNode): boolean {
  const decorators = node['decorators'];
  return Array.isArray(decorators) && decorators.length > 0;
}

function inherits(superClass: unknown, scope: Scope): boolean {
  if (!isNode(superClass)) return false;
  const base = withoutTypes(superClass);
  if (base.type === 'ClassExpression') return classActs(base, scope);
  const property = base['property'];
  const named = base.type === 'MemberExpression' && isNode(property) ? property : base;
  if (named.type !== 'Identifier') return true;
  const name = String(named['name']);
  if (/(?:Error|Exception)$/.test(name)) return false;
  // A class of this contract, or of another, is judged there.
  if (named === base && scope.locals.get(name)?.type === 'ClassDeclaration') return false;
  const imported = scope.source.imports.get(name);
  return imported === undefined || !scope.source.isContract(imported.specifier);
}

/** A constructor may call that of its base, and give values to fields; `Object`'s functions may help. */
function constructorActs(method: AnyNode): boolean {
  const body = method['body'];
  const parameters = method['params'];
  const isDecorated =
    Array.isArray(parameters) && parameters.some((one) => isNode(one) && hasDecorators(one));
  if (isDecorated) return true;
  return isNode(body) && childrenOf(body).some((statement) => !isPlain(statement));
}

function isPlain(statement: AnyNode): boolean {
  const expression = statement['expression'];
  if (statement.type === 'EmptyStatement') return true;
  if (statement.type !== 'ExpressionStatement' || !isNode(expression)) return false;
  if (expression.type === 'AssignmentExpression') {
    const { left, right } = expression;
    return isNode(left) && isField(left) && isNode(right) && !acts(right);
  }
  const callee = expression['callee'];
  if (expression.type !== 'CallExpression' || !isNode(callee)) return expression.type === 'Literal';
  const isAllowed = callee.type === 'Super' || isHelper(callee);
  return isAllowed && !childrenOf(expression).some((child) => child !== callee && acts(child));
}

/** `this.name`. */
function isField({ type, object }: AnyNode): boolean {
  return type === 'MemberExpression' && isNode(object) && object.type === 'ThisExpression';
}

/** `Object.freeze`, `Error.captureStackTrace`. */
function isHelper(callee: AnyNode): boolean {
  const object = callee['object'];
  return isNode(object) && object.type === 'Identifier' && /^(?:Object|Error)$/.test(String(object['name']));
}

/** Whether a value is more than data: something is called or made for it, or it is a function. */
function acts(node: AnyNode): boolean {
  if (
    /Function|^(?:New|Await|Yield|Import|Assignment|Update|Class|TaggedTemplate)Expression$/.test(node.type)
  )
    return true;
  const callee = node['callee'];
  if (node.type === 'CallExpression' && !(isNode(callee) && isHelper(callee))) return true;
  return childrenOf(node).some(acts);
}
