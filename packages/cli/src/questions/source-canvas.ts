import {
  type Element,
  type MessageDefinition,
  type MessageLink,
  type MessageRole,
  messageLinks,
  ownerOf,
  type Project,
} from '@mortar/boundaries';
import type { Canvas, MessageCanvas, ModuleCanvas, Relation } from 'mortar/modules';

/**
 * The canvas of the modules as their sources show it, without running anything: what they own, what they send and what
 * they take. Services, settings and the order of starting are known only to a running app, and are empty.
 */
export function sourceCanvas(project: Project): Canvas {
  const links = messageLinks(project);
  const owned = ownedBy(project);
  const concerned = project.elements.filter(
    (element) => owned.has(element) || links.some(({ user }) => user === element),
  );
  return {
    modules: concerned.map((element) => moduleCanvas(element, owned.get(element) ?? [], links)),
    relations: relationsOf(links),
    startOrder: [],
  };
}

function ownedBy(project: Project): Map<Element, MessageDefinition[]> {
  const owned = new Map<Element, MessageDefinition[]>();
  for (const definition of project.definitions) {
    const owner = ownerOf(project, definition) ?? project.elementOf(definition.path);
    if (!project.isTest(definition.path)) owned.set(owner, [...(owned.get(owner) ?? []), definition]);
  }
  return owned;
}

function moduleCanvas(
  element: Element,
  definitions: readonly MessageDefinition[],
  links: readonly MessageLink[],
): ModuleCanvas {
  const own = links.filter(({ user }) => user === element);
  const names = (role: MessageRole): string[] => namesOf(own.filter(({ use }) => use.role === role));
  const requests = (kind: 'command' | 'query') =>
    messages(definitions, kind).map((one) => ({ ...one, isHandled: isTaken(one.name, links) }));
  return {
    name: element.id,
    commands: requests('command'),
    queries: requests('query'),
    events: messages(definitions, 'event'),
    handles: names('subscribe').map((event) => ({ name: `${element.id}/${event}`, events: [event] })),
    ports: messages(definitions, 'port').map((one) => ({
      ...one,
      methods: [],
      isImplemented: isTaken(one.name, links),
    })),
    uses: names('use'),
    publishes: names('publish'),
    dispatches: names('dispatch'),
    asks: names('ask'),
    services: [],
    settings: [],
    healthChecks: [],
    startsAfter: [],
  };
}

function messages(
  definitions: readonly MessageDefinition[],
  kind: MessageDefinition['kind'],
): MessageCanvas[] {
  return sortedUnique(definitions.filter((one) => one.kind === kind).map(({ name }) => name)).map((name) => ({
    name,
    description: undefined,
  }));
}

const TAKING: readonly MessageRole[] = ['handle', 'answer', 'implement'];

function isTaken(name: string, links: readonly MessageLink[]): boolean {
  return links.some(({ definition, use }) => definition.name === name && TAKING.includes(use.role));
}

/** An event leads from its owner to who subscribes, the others from who sends to their owner. */
function relationsOf(links: readonly MessageLink[]): Relation[] {
  const relations = links.flatMap(({ use, definition, user, owner }): Relation[] => {
    if (owner === undefined || owner === user) return [];
    const { kind, name: message } = definition;
    if (use.role === 'subscribe') return [{ from: owner.id, to: user.id, kind, message }];
    const isSent = use.role === 'dispatch' || use.role === 'ask' || use.role === 'use';
    return isSent ? [{ from: user.id, to: owner.id, kind, message }] : [];
  });
  const byText = new Map(
    relations.map((one) => [`${one.from}\n${one.to}\n${one.kind}\n${one.message}`, one]),
  );
  return [...byText].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
}

function namesOf(links: readonly MessageLink[]): string[] {
  return sortedUnique(links.map(({ definition }) => definition.name));
}

function sortedUnique(names: readonly string[]): string[] {
  return [...new Set(names)].sort();
}
