import type { Project } from '../../model/project.js';
import type { Finding, Rule, RuleInput } from '../rule.js';
import { cutRoute, cyclicParts, toldCircle } from './parts.js';

/** Kinds that name a file without loading it. */
const LOADS_NOTHING: readonly string[] = [
  'mock',
  'requireResolve',
  'metaResolve',
  'url',
  'worker',
  'fork',
  'referencePath',
  'referenceTypes',
  'moduleDeclaration',
];

/** Files do not import each other in a circle when the code runs. */
export const fileCycle: Rule = {
  id: 'file-cycle',
  why: 'What a file in a circle finds in the others depends on which of them was loaded first: names are undefined, or classes extend nothing, once an import elsewhere changes.',
  check: (input) =>
    cyclicParts(fileLinks(input)).map(
      (part): Finding => ({
        path: part.place.path,
        line: part.place.line,
        column: part.place.column,
        kind: 'cycle',
        from: input.project.elementOf(part.place.path).id,
        to: input.project.elementOf(part.circle[1] ?? part.place.path).id,
        subject: subjectOf(input.project, part.members),
        target: part.circle[1],
        message:
          part.circle.length === 2
            ? `${part.circle[0]} imports itself.`
            : `${part.members.length} files import each other: ${toldCircle(part.circle)}.`,
        route: `${cutRoute(part)} Move what both sides need to a file of its own, or pass it as a parameter.`,
        cycle: { members: part.members, circle: part.circle, cut: part.cut, isSmallest: part.isSmallest },
      }),
    ),
};

function fileLinks({
  project,
  setting,
}: RuleInput): { from: string; to: string; path: string; line: number; column: number }[] {
  return project.inner
    .filter(
      ({ edge }) =>
        !LOADS_NOTHING.includes(edge.kind) &&
        (setting.dynamic || edge.kind !== 'dynamicImport') &&
        (setting.types || !edge.isTypeOnly) &&
        (setting.tests || !project.isTest(edge.from)),
    )
    .map(({ edge, target }) => ({
      from: edge.from,
      to: target,
      path: edge.from,
      line: edge.line,
      column: edge.column,
    }));
}

/** The names of the files alone, so that the baseline knows a circle again after its folder has moved. */
function subjectOf(project: Project, members: readonly string[]): string {
  const names = members.map((path) => path.slice(path.lastIndexOf('/') + 1));
  const elements = new Set(members.map((path) => project.elementOf(path).id));
  return [...names.sort(), ...elements].join(' ');
}
