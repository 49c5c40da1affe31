import type { MessageDefinition, MessageRole } from '../../graph/project-graph.js';
import type { Element } from '../../model/element.js';
import { messageLinks } from '../../model/messages.js';
import type { Project } from '../../model/project.js';
import type { Finding, Rule } from '../rule.js';

const TAKEN_BY: Readonly<Record<MessageDefinition['kind'], MessageRole>> = {
  event: 'subscribe',
  command: 'dispatch',
  query: 'ask',
  port: 'use',
};

const NOBODY: Readonly<Record<MessageDefinition['kind'], string>> = {
  event: 'subscribes to it',
  command: 'dispatches it',
  query: 'asks it',
  port: 'uses it',
};

/** Contracts and messages are used by somebody. */
export const unusedContract: Rule = {
  id: 'unused-contract',
  why: 'What a contract promises has to be kept. A promise that nobody relies on is only a burden.',
  check: ({ project }) => [...unusedMessages(project), ...unusedDoors(project)],
};

function unusedMessages(project: Project): Finding[] {
  const links = messageLinks(project);
  const idOf = ({ path, name }: MessageDefinition): string => `${path} ${name}`;
  const taken = new Set(
    links
      .filter(({ use, definition }) => use.role === TAKEN_BY[definition.kind])
      .map(({ definition }) => idOf(definition)),
  );
  const owners = new Set(links.map(({ use, definition }) => `${use.path} ${idOf(definition)}`));
  return project.definitions
    .filter((definition) => {
      if (project.isTest(definition.path) || taken.has(idOf(definition))) return false;
      return !isTakenOtherwise(project, definition, (path) => owners.has(`${path} ${idOf(definition)}`));
    })
    .map((definition) => ({ ...unusedMessage(definition), from: project.elementOf(definition.path).id }));
}

/** Whether a file imports a message and does nothing with it that could be told: an aggregate that is made of its events, say. */
function isTakenOtherwise(
  project: Project,
  { path, constant }: MessageDefinition,
  isTold: (path: string) => boolean,
): boolean {
  return project.inner.some(
    ({ edge, target }) =>
      target === path &&
      edge.names.some((name) => name === constant || name === '*') &&
      !isTold(edge.from) &&
      !project.isTest(edge.from),
  );
}

function unusedMessage(definition: MessageDefinition): Finding {
  const { kind, name, path, line, column } = definition;
  return {
    path,
    line,
    column,
    kind: 'definition',
    from: path,
    to: name,
    subject: name,
    message: `The ${kind} ${name} is defined, and nobody in the project ${NOBODY[kind]}.`,
    route: 'Remove it, or except it with the reason if it is for somebody outside of the project.',
  };
}

/** Contracts without messages that nobody imports. */
function unusedDoors(project: Project): Finding[] {
  const imported = new Set(project.inner.filter(({ from, to }) => from !== to).map(({ target }) => target));
  const defining = new Set(project.definitions.map(({ path }) => path));
  return project.elements
    .filter(
      ({ hasContract, doors }) =>
        hasContract && doors.length > 0 && !doors.some((door) => imported.has(door) || defining.has(door)),
    )
    .map(unusedDoor);
}

function unusedDoor({ id, doors: [door = ''] }: Element): Finding {
  return {
    path: door,
    line: 1,
    column: 1,
    spot: { first: 'export' },
    kind: 'definition',
    from: id,
    to: id,
    subject: 'contract',
    message: `Nobody imports the contract of ${id}.`,
    route: 'Remove it, or except it with the reason if it is for somebody outside of the project.',
  };
}
