import type { MessageRole } from '../../graph/project-graph.js';
import type { Element } from '../../model/element.js';
import { isFamily, type MessageLink, messageLinks, OWNER_ROLES } from '../../model/messages.js';
import { programsOf } from '../../model/programs.js';
import type { Finding, Rule } from '../rule.js';

const DONE: Readonly<Partial<Record<MessageRole, string>>> = {
  publish: 'publishes',
  handle: 'handles',
  answer: 'answers',
  implement: 'implements',
};

/** A message is published, handled, answered or implemented by the module that owns it. */
export const messageOwner: Rule = {
  id: 'message-owner',
  why: 'An event says what happened in its module, and only that module knows, or the program that joins it; a command, query or port with two homes has none.',
  check: ({ project }) => {
    const programs = programsOf(project);
    return messageLinks(project).flatMap((link): Finding[] => {
      const { use, user, owner } = link;
      if (owner === undefined || !OWNER_ROLES.includes(use.role)) return [];
      // What stands around a module may speak for it: an app publishes any event of its modules.
      if (isFamily(project, user, owner)) return [];
      // So does a program of its own package that joins them.
      return use.role === 'publish' && programs.joins(use.path, owner) ? [] : [foreign(link, owner.id)];
    });
  },
};

function foreign({ use, definition, user }: MessageLink, owner: string): Finding {
  return {
    path: use.path,
    line: use.line,
    column: use.column,
    kind: use.role,
    from: user.id,
    to: owner,
    subject: definition.name,
    target: definition.path,
    message: `${user.id} ${DONE[use.role] ?? use.role} ${definition.name}, which belongs to ${owner}.`,
    route: routeFor(use.role, definition.constant, user, owner),
  };
}

function routeFor(role: MessageRole, constant: string, user: Element, owner: string): string {
  if (role === 'publish') {
    const orElse =
      user.kind === 'package'
        ? `or join ${owner} here: a program that imports its module.ts, and that no module imports, may publish for it.`
        : `or publish an event of ${user.id}'s own that ${owner} subscribes to.`;
    return `Dispatch a command to ${owner} and let it publish ${constant}, ${orElse}`;
  }
  return `Move this to ${owner}, or define a message of its own in the contract of ${user.id}; who only needs ${constant} sends it.`;
}
