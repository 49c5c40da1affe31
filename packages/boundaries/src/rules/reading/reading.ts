import type { Edge } from '../../graph/project-graph.js';
import { isMissingPackage, undeclaredBy } from '../doors/undeclared-dependency.js';
import { edgeFinding, type Finding, type Rule, type RuleInput } from '../rule.js';

/** Imports lead somewhere. */
export const unresolvedImport: Rule = {
  id: 'unresolved-import',
  why: 'Where an import leads nowhere, no rule can say whether it may be there.',
  check: (input) => {
    const { project } = input;
    const { 'undeclared-dependency': other } = project.rules.settings;
    return judged(input).flatMap((edge): Finding[] => {
      // A URL may name a folder, or a file that is only made later: it is no import.
      if (edge.to.kind !== 'unresolved' || edge.kind === 'url') return [];
      if (isMissingPackage(project, edge.to) && undeclaredBy(project, other, edge) !== undefined) return [];
      return [
        edgeFinding(edge, {
          from: project.elementOf(edge.from).id,
          to: edge.specifier,
          subject: edge.specifier,
          message: `"${edge.specifier}" leads nowhere: ${edge.to.reason}`,
          route: 'Mend the path, or install or generate what it names before the check.',
        }),
      ];
    });
  },
};

/** What is imported can be told without running it. */
export const unanalysableImport: Rule = {
  id: 'unanalysable-import',
  why: 'What is only known when the code runs is in no graph, and may go past every rule.',
  check: (input) =>
    judged(input).flatMap((edge): Finding[] => {
      if (edge.to.kind !== 'unanalysable') return [];
      return [
        edgeFinding(edge, {
          from: input.project.elementOf(edge.from).id,
          to: edge.to.text,
          subject: edge.to.text,
          message: `What is imported here is only known when the code runs: ${edge.to.text}`,
          route:
            'Write the path as a literal, or as a constant of this file; or list the choices in a table of import() calls.',
        }),
      ];
    }),
};

function judged({ project, setting }: RuleInput): Edge[] {
  return project.edges.filter(
    (edge) => (setting.tests || !project.isTest(edge.from)) && (setting.types || !edge.isTypeOnly),
  );
}

/** All files can be read and understood. */
export const unreadFile: Rule = {
  id: 'unread-file',
  why: 'What could not be read may hold anything; the check vouches only for what it saw.',
  check: ({ project }) =>
    project.graph.diagnostics.map(
      ({ code, path, message, line = 1, column = 1 }): Finding => ({
        path,
        line,
        column,
        kind: code,
        from: project.graph.files.has(path) ? project.elementOf(path).id : path,
        to: path,
        subject: code,
        message,
        route: 'Mend the file, or leave it out with "exclude" in mortar.config.json.',
      }),
    ),
};
