import type { MessageRole } from '../../graph/project-graph.js';
import { isFamily, type MessageLink, messageLinks, OWNER_ROLES } from '../../model/messages.js';
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
  why: 'An event says what happened in its module, and only that module knows; a command, query or port with two homes has none.',
  check: ({ project }) =>
    messageLinks(project).flatMap((link): Finding[] => {
      const { use, user, owner } = link;
      if (owner === undefined || !OWNER_ROLES.includes(use.role)) return [];
      // What stands around a module may speak for it: an app publishes any event of its modules.
      return isFamily(project, user, owner) ? [] : [foreign(link, owner.id)];
    }),
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
    route: routeFor(use.role, definition.constant, user.id, owner),
  };
}

function routeFor(role: MessageRole, constant: string, user: string, owner: string): string {
  if (role === 'publish') {
    return `Dispatch a command to ${owner} and let it publish ${constant}, or publish an event of ${user}'s own that ${owner} subscribes to.`;
  }
  return `Move this to ${owner}, or define a message of its own in the contract of ${user}; who only needs ${constant} sends it.`;
}
