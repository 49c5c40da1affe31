import type { RuleSetting } from '../../config/rule-settings.js';
import { type AnyNode, type ContractSource, childrenOf, isNode } from './contract-source.js';

/** Something that is neither data nor type nor message. */
export type Behaviour = RuleSetting['allow'][number];

/** What names in a contract stand for. */
export interface Scope {
  readonly locals: ReadonlyMap<string, AnyNode>;
  readonly source: ContractSource;
}

/** Packages whose functions make schemas and messages: what they are given is part of these. */
const MAKERS =
  /^(?:mortar|@mortar\/[^/]+|zod|valibot|arktype|yup|joi|superstruct|@sinclair\/typebox|typebox|io-ts|runtypes|effect|@effect\/schema|sury|@standard-schema\/[^/]+)(?:\/|$)/;
const definers: ReadonlySet<string> = new Set(['event', 'command', 'query', 'port']);
/** Functions of the runtime that answer otherwise each time, or do something. */
const EAGER =
  /^(?:Date\.now|Math\.random|(?:crypto|performance|process|console)\..*|fetch|eval|Function|setTimeout|setInterval|queueMicrotask)$/;

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
      return 'value';
    case 'CallExpression':
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
  const declared = scope.locals.get(name);
  if (declared === undefined) return undefined;
  if (declared.type === 'FunctionDeclaration') return 'function';
  const init = initOf(declared, name);
  return init === undefined ? undefined : kindOf(init, without(scope, name));
}

/** `rules.total`, of an object of this file. */
function kindOfMember(node: AnyNode, scope: Scope): Behaviour | undefined {
  const object = node['object'];
  const property = node['property'];
  if (!isNode(object)) return undefined;
  if (object.type !== 'Identifier') return kindOf(object, scope);
  const name = String(object['name']);
  const declared = scope.locals.get(name);
  const init = declared === undefined ? undefined : initOf(declared, name);
  if (init?.type !== 'ObjectExpression' || !isNode(property)) return undefined;
  const taken = childrenOf(init).find((one) => isNode(one['key']) && one['key']['name'] === property['name']);
  return taken === undefined ? undefined : kindOf(taken, without(scope, name));
}

/** Names may stand for each other in a circle. */
function without(scope: Scope, name: string): Scope {
  return { ...scope, locals: new Map([...scope.locals].filter(([key]) => key !== name)) };
}

function initOf(declaration: AnyNode, name: string): AnyNode | undefined {
  if (declaration.type !== 'VariableDeclaration') return undefined;
  const declarator = childrenOf(declaration).find((one) => isNode(one['id']) && one['id']['name'] === name);
  const init = declarator?.['init'];
  return isNode(init) ? withoutTypes(init) : undefined;
}

/** A call makes a message or a schema, and what it is given is part of that; one of `Object`'s makes what it is given. */
function kindOfCall(node: AnyNode, scope: Scope): Behaviour | undefined {
  const callee = node['callee'];
  if (!isNode(callee)) return undefined;
  const called = withoutTypes(callee);
  if (/Function/.test(called.type)) return 'value';
  const args = childrenOf(node).filter((child) => child !== callee);
  const path = pathOf(called);
  if (path.startsWith('Object.') && !scope.locals.has('Object')) return firstKind(args, scope);
  if (isMaker(called, scope)) return undefined;
  if (path.endsWith('.bind')) return 'function';
  if (EAGER.test(path) && !isBound(path, scope)) return 'value';
  return firstKind(args, scope) === undefined ? undefined : 'value';
}

function isBound(path: string, { locals, source }: Scope): boolean {
  const [root = ''] = path.split('.');
  return locals.has(root) || source.imports.has(root);
}

/** Whether what is called makes messages or schemas, as far as the contract shows. */
function isMaker(callee: AnyNode, scope: Scope): boolean {
  const root = rootOf(callee);
  const name = String(root['name']);
  if (root.type !== 'Identifier') return false;
  const imported = scope.source.imports.get(name);
  if (imported !== undefined) {
    if (MAKERS.test(imported.specifier) || definers.has(imported.name)) return true;
    // A method of what another file of the project makes: a schema, in a contract.
    return root !== callee && imported.specifier.startsWith('.');
  }
  const declared = scope.locals.get(name);
  if (declared === undefined) return definers.has(name);
  const init = initOf(declared, name);
  return root !== callee && init !== undefined && isMaker(init, without(scope, name));
}

/** What a chain of calls and members begins with: `z` of `z.string().min(1)`. */
function rootOf(node: AnyNode): AnyNode {
  const inner = withoutTypes(node);
  const next = inner.type === 'CallExpression' ? inner['callee'] : inner['object'];
  return isNode(next) ? rootOf(next) : inner;
}

/** `a.b` of names alone; empty for anything else before the dot. */
function pathOf(node: AnyNode): string {
  if (node.type === 'Identifier') return String(node['name']);
  const object = node['object'];
  const property = node['property'];
  if (node.type !== 'MemberExpression' || !isNode(object) || !isNode(property)) return '';
  return `${pathOf(object)}.${String(property['name'])}`;
}

/** What is in parentheses, or has a type added to it. */
function withoutTypes(node: AnyNode): AnyNode {
  const inner = node['expression'];
  const isWrapped = /^(?:Parenthesized|TSAs|TSSatisfies|TSNonNull|Chain)Expression$|^TSTypeAssertion$/.test(
    node.type,
  );
  return isWrapped && isNode(inner) ? withoutTypes(inner) : node;
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
