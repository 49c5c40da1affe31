import type { MessageDefinition } from '../../graph/project-graph.js';
import { type Element, shortName } from '../../model/element.js';
import type { Project } from '../../model/project.js';
import type { Finding, Rule } from '../rule.js';

/** A message is defined in the module whose name it bears. */
export const messagePlace: Rule = {
  id: 'message-place',
  why: 'The part of a name before the dot says who owns the message; one that stands elsewhere is looked for in vain.',
  check: ({ project, setting }) =>
    project.definitions.flatMap((definition): Finding[] => {
      if (!setting.tests && project.isTest(definition.path)) return [];
      const home = project.elementOf(definition.path);
      if (home.kind !== 'module' || bearsName(project, home, definition)) return [];
      return [misplaced(project, home, definition)];
    }),
};

function bearsName(project: Project, home: Element, { name }: MessageDefinition): boolean {
  const prefix = name.split('.')[0] ?? '';
  return project.chain(home).some(({ id }) => shortName(id) === prefix);
}

function misplaced(project: Project, home: Element, definition: MessageDefinition): Finding {
  const prefix = definition.name.split('.')[0] ?? '';
  const owner = project.elements.find(({ kind, id }) => kind === 'module' && shortName(id) === prefix);
  const place = owner?.doors[0];
  return {
    path: definition.path,
    line: definition.line,
    column: definition.column,
    kind: 'definition',
    from: home.id,
    to: owner?.id ?? prefix,
    subject: definition.name,
    message: `The ${definition.kind} ${definition.name} is defined in ${home.id}, whose name it does not bear.`,
    route:
      place === undefined
        ? `Name it ${shortName(home.id)}.${definition.name.slice(prefix.length + 1)}, or move it to the module ${prefix}.`
        : `Move it to ${place}, or name it ${shortName(home.id)}.${definition.name.slice(prefix.length + 1)}.`,
  };
}
