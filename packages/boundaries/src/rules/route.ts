import type { MessageDefinition } from '../graph/project-graph.js';
import type { Element } from '../model/element.js';
import { exportedName, type Project } from '../model/project.js';

const MOST_NAMED = 6;

/** What a module or package offers at its door, in words: how to get there by the allowed way. */
export function routeTo(project: Project, from: string, to: Element, names: readonly string[]): string {
  const [door] = to.doors;
  if (door === undefined) return withoutDoor(to);
  const specifier = specifierOf(project, from, to, door);
  const wanted = names.filter((name) => name !== '*');
  const offered = to.doors.find((path) => offers(project, path, wanted));
  if (wanted.length > 0 && offered !== undefined) {
    return `Import ${listed(wanted)} from ${specifierOf(project, from, to, offered)}, which exports it already.`;
  }
  const messages = project.definitions.filter(({ path }) => to.doors.includes(path));
  if (messages.length > 0)
    return `Use what ${specifier} offers: ${offerOf(messages)}. If that is not enough, add a port or an event there.`;
  if (to.kind === 'module')
    return `Import from ${specifier}; if what you need is not there, add it to that contract, or let ${to.id} publish an event.`;
  return `Import from ${specifier}; if what you need is not there, export it from ${door}.`;
}

function withoutDoor(to: Element): string {
  if (to.kind === 'package')
    return `Give ${to.id} an "exports" in its package.json with what others may use, and import that by name.`;
  return `Give ${to.id} a contract (${to.folder}/contract.ts) with the events, commands, queries and ports that others may use, and import that.`;
}

function offers(project: Project, door: string, wanted: readonly string[]): boolean {
  const names = project.graph.files.get(door)?.exports ?? [];
  return wanted.every((name) => names.includes(name));
}

/** How a file would import a door: by name from another package that exports it, else by its path from the root. */
function specifierOf(project: Project, from: string, to: Element, door: string): string {
  const home = project.package(to.package);
  const isOutside = home !== undefined && project.elementOf(from).package !== to.package;
  return isOutside && home.entries.includes(door) ? `"${exportedName(home, door)}"` : door;
}

/** `the port Credit and the event OrderPlaced`. Ports first: they are what an import most often wants. */
export function offerOf(messages: readonly MessageDefinition[]): string {
  const order = ['port', 'query', 'command', 'event'];
  const sorted = [...messages].sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind));
  const named = sorted.slice(0, MOST_NAMED).map(({ kind, constant }) => `the ${kind} ${constant}`);
  const rest = sorted.length - named.length;
  return listed(rest > 0 ? [...named, `${rest} more`] : named);
}

/** `a`, `a and b`, `a, b and c`. */
export function listed(words: readonly string[]): string {
  if (words.length < 2) return words[0] ?? '';
  return `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}
