import { type AnyNode, type ContractSource, childrenOf, isNode } from './contract-source.js';

/** What names in a contract stand for. */
export interface Scope {
  readonly locals: ReadonlyMap<string, AnyNode>;
  readonly source: ContractSource;
}

/** Names may stand for each other in a circle. */
export function withoutName(scope: Scope, name: string): Scope {
  return { ...scope, locals: new Map([...scope.locals].filter(([key]) => key !== name)) };
}

/** What a name of a declaration is given. */
export function initOf(declaration: AnyNode, name: string): AnyNode | undefined {
  if (declaration.type !== 'VariableDeclaration') return undefined;
  const declarator = childrenOf(declaration).find((one) => isNode(one['id']) && one['id']['name'] === name);
  const init = declarator?.['init'];
  return isNode(init) ? withoutTypes(init) : undefined;
}

/** What a chain of calls and members begins with: `z` of `z.string().min(1)`. */
export function rootOf(node: AnyNode): AnyNode {
  const inner = withoutTypes(node);
  const next = inner.type === 'CallExpression' ? inner['callee'] : inner['object'];
  return isNode(next) ? rootOf(next) : inner;
}

/** `a.b` of names alone; empty for anything else before the dot. */
export function pathOf(node: AnyNode): string {
  if (node.type === 'Identifier') return String(node['name']);
  const object = node['object'];
  const property = node['property'];
  if (node.type !== 'MemberExpression' || !isNode(object) || !isNode(property)) return '';
  return `${pathOf(object)}.${String(property['name'])}`;
}

/** What is in parentheses, or has a type added to it. */
export function withoutTypes(node: AnyNode): AnyNode {
  const inner = node['expression'];
  const isWrapped = /^(?:Parenthesized|TSAs|TSSatisfies|TSNonNull|Chain)Expression$|^TSTypeAssertion$/.test(
    node.type,
  );
  return isWrapped && isNode(inner) ? withoutTypes(inner) : node;
}
