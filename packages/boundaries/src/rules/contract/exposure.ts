import type * as ESTree from 'oxc-parser';
import {
  type AnyNode,
  type ContractSource,
  childrenOf,
  type ImportedName,
  isNode,
} from './contract-source.js';

/** An internal name that a contract lets out. */
export interface Exposed {
  readonly how: 'reexport' | 'leak';
  /** What is let out, as the internal file calls it. */
  readonly name: string;
  readonly target: string;
  /** What lets it out: the name of the export. */
  readonly by: string;
  readonly start: number;
}

/** A name that is read, or an `import('./x').T`. */
interface Reference {
  readonly name: string;
  readonly specifier?: string;
  readonly start: number;
}

/**
 * The internal names that get out through a contract: passed on as they are, or named in the type of something exported, also by
 * way of what the contract itself declares. What stands in the body of a function does not get out.
 */
export function exposedBy(source: ContractSource): Exposed[] {
  const locals = localDeclarations(source.program);
  return source.program.body.flatMap((statement): Exposed[] => {
    if (statement.type === 'ExportAllDeclaration')
      return passedOn(source, statement.source.value, '*', '*', statement.start);
    if (statement.type === 'ExportDefaultDeclaration')
      return leaks(source, statement.declaration, 'default', locals, new Set());
    if (statement.type === 'TSExportAssignment')
      return leaks(source, statement.expression, 'default', locals, new Set());
    if (isGlobal(statement)) return leaks(source, statement, 'global', locals, new Set());
    if (statement.type !== 'ExportNamedDeclaration') return [];
    const { source: from, declaration } = statement;
    if (from !== null) {
      return statement.specifiers.flatMap(({ local, exported, start }) =>
        passedOn(source, from.value, nameOf(local), nameOf(exported), start),
      );
    }
    if (declaration !== null)
      return leaks(source, declaration, namesOf(declaration).join(', '), locals, new Set());
    return statement.specifiers.flatMap(({ local, exported, start }) => {
      const imported = source.imports.get(nameOf(local));
      if (imported !== undefined)
        return passedOn(source, imported.specifier, imported.name, nameOf(exported), start);
      const declared = locals.get(nameOf(local));
      return declared === undefined ? [] : leaks(source, declared, nameOf(exported), locals, new Set());
    });
  });
}

function passedOn(
  source: ContractSource,
  specifier: string,
  name: string,
  by: string,
  start: number,
): Exposed[] {
  const target = source.internalPath(specifier);
  return target === undefined ? [] : [{ how: 'reexport', name, target, by, start }];
}

function leaks(
  source: ContractSource,
  declaration: unknown,
  by: string,
  locals: ReadonlyMap<string, AnyNode>,
  seen: Set<AnyNode>,
): Exposed[] {
  if (!isNode(declaration) || seen.has(declaration)) return [];
  seen.add(declaration);
  return references(declaration).flatMap(({ name, specifier, start }): Exposed[] => {
    const imported: Pick<ImportedName, 'specifier' | 'name'> | undefined =
      specifier === undefined ? source.imports.get(name) : { specifier, name };
    if (imported === undefined) return leaks(source, locals.get(name), by, locals, seen);
    const target = source.internalPath(imported.specifier);
    return target === undefined ? [] : [{ how: 'leak', name: imported.name, target, by, start }];
  });
}

/** What a declaration reads outside of the bodies of functions. */
function references(node: AnyNode): Reference[] {
  if (node.type === 'TSImportType') return importType(node);
  if (node.type === 'TSExternalModuleReference') return requiredModule(node);
  if (isPrivate(node)) return [];
  const hidden = typeParametersOf(node);
  const inside = readChildren(node)
    .flatMap(references)
    .filter(({ name, specifier }) => specifier !== undefined || !hidden.has(name));
  const isName = node.type === 'Identifier' && typeof node['name'] === 'string';
  return isName ? [{ name: String(node['name']), start: node.start }, ...inside] : inside;
}

function importType(node: AnyNode): Reference[] {
  const source = node['source'];
  const specifier = isNode(source) ? source['value'] : undefined;
  if (typeof specifier !== 'string') return [];
  const qualifier = node['qualifier'];
  const name = isNode(qualifier) && typeof qualifier['name'] === 'string' ? qualifier['name'] : '*';
  return [{ name, specifier, start: node.start }];
}

/** `require('./x')` of `import x = require('./x')`. */
function requiredModule(node: AnyNode): Reference[] {
  const expression = node['expression'];
  const specifier = isNode(expression) ? expression['value'] : undefined;
  return typeof specifier === 'string' ? [{ name: '*', specifier, start: node.start }] : [];
}

/** `declare global { … }` gives out what it declares to all. */
function isGlobal(statement: ESTree.Program['body'][number]): boolean {
  return statement.type === 'TSModuleDeclaration' && statement.global;
}

/** A private member has no type for whoever is outside. */
function isPrivate(node: AnyNode): boolean {
  if (!/^(PropertyDefinition|MethodDefinition|AccessorProperty)$/.test(node.type)) return false;
  const key = node['key'];
  return node['accessibility'] === 'private' || (isNode(key) && key.type === 'PrivateIdentifier');
}

/** Names that stand for parameters of types within a node, and so for nothing that is imported. */
function typeParametersOf(node: AnyNode): ReadonlySet<string> {
  const list = node['typeParameters'];
  const parameters = isNode(list) ? childrenOf(list) : [];
  const names = [...parameters.map((parameter) => parameter['name']), mappedKey(node)];
  return new Set(
    names.flatMap((name) => (isNode(name) && typeof name['name'] === 'string' ? [name['name']] : [])),
  );
}

function mappedKey(node: AnyNode): unknown {
  return node.type === 'TSMappedType' ? node['key'] : undefined;
}

/** Names of properties are no references, and bodies of functions don't get out. */
function readChildren(node: AnyNode): AnyNode[] {
  const isComputed = node['computed'] === true;
  const skipped = new Set<unknown>();
  if (/^(ArrowFunctionExpression|FunctionExpression|FunctionDeclaration)$/.test(node.type))
    skipped.add(node['body']);
  if (node.type === 'MemberExpression' && !isComputed) skipped.add(node['property']);
  if (
    /^(Property|PropertyDefinition|MethodDefinition|TSPropertySignature|TSMethodSignature)$/.test(
      node.type,
    ) &&
    !isComputed
  )
    skipped.add(node['key']);
  if (node.type === 'TSQualifiedName') skipped.add(node['right']);
  if (node.type === 'TSEnumMember') skipped.add(node['id']);
  if (/Declaration$|^VariableDeclarator$/.test(node.type))
    skipped.add(isPlainName(node['id']) ? node['id'] : undefined);
  return childrenOf(node).filter((child) => !skipped.has(child));
}

/** A declared name without a type of its own, which would be read. */
function isPlainName(id: unknown): boolean {
  return isNode(id) && id.type === 'Identifier' && !isNode(id['typeAnnotation']);
}

/** What a file declares, by name. */
export function localDeclarations(program: ESTree.Program): ReadonlyMap<string, AnyNode> {
  const locals = new Map<string, AnyNode>();
  for (const statement of program.body) {
    const declaration = statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement;
    if (!isNode(declaration)) continue;
    for (const name of namesOf(declaration)) locals.set(name, declaration);
  }
  return locals;
}

/** The names that a declaration declares. */
export function namesOf(declaration: AnyNode | ESTree.Declaration): string[] {
  const node: unknown = declaration;
  if (!isNode(node)) return [];
  const declarators = node['declarations'];
  const ids: unknown[] = Array.isArray(declarators)
    ? declarators.map((one: unknown) => (isNode(one) ? one['id'] : undefined))
    : [node['id']];
  return ids.flatMap((id) => (isNode(id) && typeof id['name'] === 'string' ? [id['name']] : []));
}

function nameOf(node: ESTree.ModuleExportName): string {
  return node.type === 'Literal' ? node.value : node.name;
}
