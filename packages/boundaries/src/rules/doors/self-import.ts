import { stemOf } from '../../model/element.js';
import { edgeFinding, type Finding, type Rule } from '../rule.js';

/** A package imports its own files by their paths. */
export const selfImport: Rule = {
  id: 'self-import',
  why: 'An import of the own package by name goes through its door, and so around the rules between its modules; it also loads all that the door loads.',
  check: ({ project, setting }) =>
    project.inner
      .filter(({ edge }) => setting.tests || !project.isTest(edge.from))
      .flatMap(({ edge, target, from, to }): Finding[] => {
        const isOwn =
          from.package === to.package &&
          (edge.specifier === from.package || edge.specifier.startsWith(`${from.package}/`));
        if (!isOwn) return [];
        return [
          edgeFinding(edge, {
            from: from.id,
            to: to.id,
            subject: stemOf(target),
            target,
            message: `${from.id} imports its own package by the name ${edge.specifier}.`,
            route: `Import ${target} by a relative path.`,
          }),
        ];
      }),
};
