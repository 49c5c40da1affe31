import type { MessageRole, MessageUse } from '../../graph/project-graph.js';
import type { Finding, Rule } from '../rule.js';

/** Which message is meant can be told without running the code. */
export const unanalysableMessage: Rule = {
  id: 'unanalysable-message',
  why: 'A message that is only known when the code runs is in no graph, and may be sent by anybody.',
  check: ({ project, setting }) => {
    const judged = new Set(project.paths);
    return project.graph.uses
      .filter(
        ({ name, path }) =>
          name === undefined && judged.has(path) && (setting.tests || !project.isTest(path)),
      )
      .map((use) => unread(use, project.elementOf(use.path).id));
  },
};

const DONE: Readonly<Record<MessageRole, string>> = {
  define: 'is defined',
  publish: 'is published',
  subscribe: 'is subscribed to',
  dispatch: 'is dispatched',
  handle: 'is handled',
  ask: 'is asked',
  answer: 'is answered',
  use: 'is used',
  implement: 'is implemented',
};

function unread({ role, kind, path, line, column, text = '' }: MessageUse, from: string): Finding {
  const isDefinition = role === 'define';
  return {
    path,
    line,
    column,
    kind: role,
    from,
    to: text,
    subject: text,
    message: `Which ${kind} ${DONE[role]} here is only known when the code runs: ${text}`,
    route: isDefinition
      ? 'Write its name as a literal, or as a constant of this file.'
      : 'Name the contract here, or one of a list or table of contracts; or hand over a function that sends it, not the contract.',
  };
}
