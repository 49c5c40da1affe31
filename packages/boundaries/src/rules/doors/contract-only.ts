import { stemOf } from '../../model/element.js';
import { routeTo } from '../route.js';
import { edgeFinding, type Finding, type Rule } from '../rule.js';
import { type Breach, breachOf } from './crossing.js';

/** A module is imported through its contract alone. */
export const contractOnly: Rule = {
  id: 'contract-only',
  why: 'What others may import is a promise; all else of a module is free to change as long as nobody outside can name it.',
  check: ({ project, setting }) =>
    project.entering
      .filter(({ edge }) => setting.tests || !project.isTest(edge.from))
      .flatMap((inner): Finding[] => {
        const breach = breachOf(project, inner, setting.withoutExports);
        if (breach?.reason !== 'contract') return [];
        const { entered } = breach;
        return [
          edgeFinding(inner.edge, {
            from: inner.from.id,
            to: entered.id,
            subject: stemOf(inner.target),
            target: inner.target,
            message: messageOf(breach),
            route: routeTo(project, inner.edge.from, entered, inner.edge.names),
          }),
        ];
      }),
};

function messageOf({ inner: { from, target }, entered }: Breach): string {
  const door =
    entered.doors.length === 0
      ? 'which has no contract'
      : `past its ${entered.doors.length === 1 ? entered.doors[0] : 'contract'}`;
  return `${from.id} reaches into ${entered.id}, ${door}: ${target} is internal to it.`;
}
