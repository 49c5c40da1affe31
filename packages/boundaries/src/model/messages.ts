import type { MessageDefinition, MessageKind, MessageUse } from '../graph/project-graph.js';
import { type Element, shortName } from './element.js';
import { grouped } from './grouped.js';
import type { InnerEdge, Project } from './project.js';

/** A place that does something with a message whose definition is known. */
export interface MessageLink {
  readonly use: MessageUse;
  readonly definition: MessageDefinition;
  /** Whose code it is. */
  readonly user: Element;
  /** The module that the message belongs to; nothing where no module does. */
  readonly owner: Element | undefined;
}

/** Roles that only the owner of a message has. */
export const OWNER_ROLES: readonly string[] = ['publish', 'handle', 'answer', 'implement'];

/** What links two elements: an import that is more than of messages, or a message of a kind. */
export type LinkKind = 'import' | MessageKind;

/** One reason why an element depends on another. */
export interface Link {
  readonly from: Element;
  readonly to: Element;
  readonly kind: LinkKind;
  readonly path: string;
  readonly line: number;
  readonly column: number;
  /** What is imported, or the name of the message. */
  readonly what: string;
}

/** The uses of messages, outside of tests, with their definitions. Uses of what is defined nowhere are left out. */
export function messageLinks(project: Project): MessageLink[] {
  const judged = new Set(project.paths);
  const byName = grouped(project.definitions, ({ name }) => name);
  return project.graph.uses.flatMap((use): MessageLink[] => {
    if (!judged.has(use.path) || project.isTest(use.path)) return [];
    const definition = definitionOf(project, use, byName.get(use.name ?? '') ?? []);
    if (definition === undefined) return [];
    return [{ use, definition, user: project.elementOf(use.path), owner: ownerOf(project, definition) }];
  });
}

function definitionOf(
  project: Project,
  use: MessageUse,
  named: readonly MessageDefinition[],
): MessageDefinition | undefined {
  if (use.definedIn !== undefined) return named.find(({ path }) => path === use.definedIn);
  const home = project.elementOf(use.path).package;
  return (
    named.find(({ path }) => project.elementOf(path).package === home) ??
    (named.length === 1 ? named[0] : undefined)
  );
}

/**
 * The module that a message belongs to: the one that its name begins with, in the same package before others; else the module
 * that it is defined in. A module of another package must at least import the definition: names alone may be chance.
 */
export function ownerOf(project: Project, definition: MessageDefinition): Element | undefined {
  const prefix = definition.name.split('.')[0] ?? '';
  const home = project.elementOf(definition.path);
  const named = project.elements.filter(({ kind, id }) => kind === 'module' && shortName(id) === prefix);
  const importers = (): Element[] =>
    named.filter((element) => importsFrom(project, element, definition.path));
  return (
    named.find((element) => element.id === home.id) ??
    named.find((element) => element.package === home.package) ??
    (named.length > 0 && home.kind === 'package' ? only(importers()) : undefined) ??
    (home.kind === 'module' ? home : undefined)
  );
}

function only(elements: readonly Element[]): Element | undefined {
  return elements.length === 1 ? elements[0] : undefined;
}

function importsFrom(project: Project, element: Element, path: string): boolean {
  const home = project.elementOf(path);
  return project.inner.some(({ from, to }) => from === element && to === home);
}

/**
 * Why elements depend on each other, outside of tests: also one on what stands in it, or around it. An import of nothing but
 * messages is the message's link, not an import.
 */
export function linksOf(project: Project, options: { readonly types: boolean }): Link[] {
  const constants = new Map<string, MessageDefinition>();
  for (const one of project.definitions)
    constants.set(`${project.elementOf(one.path).id}\0${one.constant}`, one);
  const imports = project.between
    .filter(
      ({ edge }) => !project.isTest(edge.from) && (options.types || !edge.isTypeOnly) && edge.kind !== 'mock',
    )
    .flatMap((inner) => importLinks(inner, constants));
  const messages = messageLinks(project).flatMap(({ use, definition, user, owner }): Link[] => {
    if (owner === undefined) return [];
    return [
      {
        from: user,
        to: owner,
        kind: use.kind,
        path: use.path,
        line: use.line,
        column: use.column,
        what: definition.name,
      },
    ];
  });
  return [...imports, ...messages].filter(({ from, to }) => from !== to);
}

function importLinks(
  { edge, from, to }: InnerEdge,
  constants: ReadonlyMap<string, MessageDefinition>,
): Link[] {
  const place = { from, to, path: edge.from, line: edge.line, column: edge.column };
  const messages = edge.names.map((name) => constants.get(`${to.id}\0${name}`));
  const isMessagesOnly = messages.length > 0 && messages.every((message) => message !== undefined);
  if (!isMessagesOnly) return [{ ...place, kind: 'import', what: edge.specifier }];
  return messages.flatMap((message) =>
    message === undefined ? [] : [{ ...place, kind: message.kind, what: message.name }],
  );
}

/** Whether two elements are one, or one stands in the other. */
export function isFamily(project: Project, a: Element, b: Element): boolean {
  return project.chain(a).includes(b) || project.chain(b).includes(a);
}
