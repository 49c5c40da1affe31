import { type AnyNode, childrenOf, type ImportedName, isNode } from './contract-source.js';
import { initOf, pathOf, rootOf, type Scope, withoutName, withoutTypes } from './expression.js';

/** Packages whose functions make schemas: what they are given is part of these. */
const SCHEMA_MAKERS =
  /^(?:zod(?:-[\w-]+)?|@zod\/[^/]+|valibot|@valibot\/[^/]+|arktype|@ark\/[^/]+|yup|joi|superstruct|@sinclair\/typebox|typebox|io-ts(?:-types)?|runtypes|effect|@effect\/schema|sury|rescript-schema|decoders|myzod|computed-types|typia|ow|@badrap\/valita|@vinejs\/vine|@deepkit\/type|@hono\/zod-openapi|@asteasolutions\/zod-to-openapi|drizzle-(?:zod|valibot|typebox|arktype)|fluent-json-schema|@standard-schema\/[^/]+)(?:\/|$)/;
const MESSAGE_MAKERS = /^mortar(?:\/contracts)?$/;
/** What makes no message, though it is of Mortar. */
const PROGRAMS: ReadonlySet<string> = new Set(['createApp', 'defineModule', 'stopOnSignals']);
const definers: ReadonlySet<string> = new Set(['event', 'command', 'query', 'port']);
/** Functions of the runtime that answer otherwise each time, or do something. */
const EAGER =
  /^(?:Date\.now|Math\.random|(?:crypto|performance|console)\..*|fetch|eval|require|Function|setTimeout|setInterval|setImmediate|queueMicrotask)$/;
/** Globals that stand for the place where code runs. */
const SURROUNDINGS: ReadonlySet<string> = new Set([
  'process',
  'globalThis',
  'window',
  'document',
  'navigator',
  'location',
  'localStorage',
  'sessionStorage',
  'Deno',
  'Bun',
]);

/** Whether what is called makes messages or schemas, as far as the contract shows. */
export function isMaker(callee: AnyNode, scope: Scope): boolean {
  const root = rootOf(callee);
  const name = String(root['name']);
  if (root.type !== 'Identifier') return false;
  const imported = scope.source.imports.get(name);
  if (imported !== undefined) {
    if (isMakers(imported.specifier, imported.name)) return true;
    const reach = scope.source.reachOf(imported.specifier);
    if (reach === 'package') return false;
    // A method of what another file of the project makes: a schema, in a contract.
    return definers.has(imported.name) || (root !== callee && reach === 'project');
  }
  const declared = scope.locals.get(name);
  if (declared === undefined) return definers.has(name);
  const init = initOf(declared, name);
  return root !== callee && init !== undefined && isMaker(init, withoutName(scope, name));
}

function isMakers(specifier: string, name: string): boolean {
  return SCHEMA_MAKERS.test(specifier) || (MESSAGE_MAKERS.test(specifier) && !PROGRAMS.has(name));
}

/** Whether a name is bound to what a package makes that is no maker of schemas: a client, a logger. One in capitals is a constant. */
export function isOfPackage(node: AnyNode, { source, locals }: Scope): boolean {
  if (node.type !== 'Identifier') return false;
  const name = String(node['name']);
  const imported = locals.has(name) ? undefined : source.imports.get(name);
  return imported !== undefined && !imported.isType && isTaken(imported, source);
}

/** The same of a name that another file has, by its specifier. */
export function isTaken(
  { specifier, name }: Pick<ImportedName, 'specifier' | 'name'>,
  source: Scope['source'],
): boolean {
  if (isMakers(specifier, name) || /^[A-Z][A-Z\d_]*$/.test(name)) return false;
  return source.reachOf(specifier) === 'package';
}

/** Whether a global name stands for the place where code runs: `process`. */
export function isSurrounding(node: AnyNode, scope: Scope): boolean {
  const name = String(node['name']);
  return node.type === 'Identifier' && SURROUNDINGS.has(name) && !isBound(name, scope);
}

/** Whether a function of the runtime, by its path such as `Date.now`, answers otherwise each time, or does something. */
export function isEager(path: string, scope: Scope): boolean {
  return EAGER.test(path) && !isBound(path, scope);
}

function isBound(path: string, { locals, source }: Scope): boolean {
  const [root = ''] = path.split('.');
  return locals.has(root) || source.imports.has(root);
}

/**
 * Whether to call a function of this file is to call, read or make what is outside of it: a helper that puts a schema together
 * does not. What makers are given is part of what they make.
 */
export function reachesOut(callee: AnyNode, scope: Scope): boolean {
  if (callee.type !== 'Identifier') return false;
  const name = String(callee['name']);
  const declared = scope.locals.get(name);
  if (declared === undefined) return false;
  const body = declared.type === 'FunctionDeclaration' ? declared : initOf(declared, name);
  return body !== undefined && /Function/.test(body.type) && doesOutside(body, withoutName(scope, name));
}

function doesOutside(node: AnyNode, scope: Scope): boolean {
  const callee = node['callee'] ?? node['tag'];
  if (isNode(callee)) {
    const called = withoutTypes(callee);
    if (isMaker(called, scope)) return false;
    if (isOfPackage(rootOf(called), scope) || isEager(pathOf(called), scope)) return true;
    if (reachesOut(called, scope)) return true;
  }
  if (node.type === 'MemberExpression' && isSurrounding(rootOf(node), scope)) return true;
  return childrenOf(node).some((child) => doesOutside(child, scope));
}
