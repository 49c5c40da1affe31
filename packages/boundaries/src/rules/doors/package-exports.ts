import { stemOf } from '../../model/element.js';
import { routeTo } from '../route.js';
import { edgeFinding, type Finding, type Rule } from '../rule.js';
import { type Breach, breachOf } from './crossing.js';

/** A package is imported by its name, through what it exports. */
export const packageExports: Rule = {
  id: 'package-exports',
  why: 'What package.json exports is what a package promises, and what is still there once it is built and published; a path into its sources goes around both.',
  check: ({ project, setting }) =>
    project.entering
      .filter(({ edge }) => setting.tests || !project.isTest(edge.from))
      .flatMap((inner): Finding[] => {
        const breach = breachOf(project, inner, setting.withoutExports);
        if (breach === undefined || breach.reason === 'contract') return [];
        return [
          edgeFinding(inner.edge, {
            from: inner.from.id,
            to: breach.entered.id,
            subject: stemOf(inner.target),
            target: inner.target,
            message: messageOf(breach),
            route: routeTo(project, inner.edge.from, breach.entered, inner.edge.names),
          }),
        ];
      }),
};

function messageOf({ inner: { from, target, edge }, entered, reason }: Breach): string {
  if (reason === 'path')
    return `${from.id} reaches into the package ${entered.id} by the path ${edge.specifier}, not by its name.`;
  return `${from.id} imports ${target} of the package ${entered.id}, which does not export it.`;
}
