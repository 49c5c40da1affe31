import { isFamily, type Link, linksOf } from '../../model/messages.js';
import type { Project } from '../../model/project.js';
import { listed } from '../route.js';
import type { Finding, Rule } from '../rule.js';
import { type CyclicPart, cutRoute, cyclicParts, toldCircle } from './parts.js';

/** Neither modules nor packages depend on each other in a circle of imports and messages. */
export const moduleCycle: Rule = {
  id: 'module-cycle',
  why: 'Modules in a circle are one module: none can be understood, tested or moved without all others. A message does not open a circle that an import closes.',
  check: ({ project, setting }) =>
    circles(project, linksOf(project, { types: setting.types })).flatMap((circle) =>
      circle.kinds.has('import') ? [circleFinding(circle, 'depend on each other')] : [],
    ),
};

/** Modules do not send each other messages in a circle. */
export const messageCycle: Rule = {
  id: 'message-cycle',
  why: 'Modules that meet in messages alone may be in a circle and still stand for themselves; but who asks and is asked at once waits for itself.',
  check: ({ project }) =>
    circles(project, linksOf(project, { types: true })).flatMap((circle) =>
      circle.kinds.has('import') ? [] : [circleFinding(circle, 'send each other messages')],
    ),
};

interface Circle {
  readonly part: CyclicPart;
  readonly kinds: ReadonlySet<Link['kind']>;
  readonly of: 'modules' | 'packages';
}

/** Those of modules, then those of packages that no circle of modules makes: a way in at one module, and on from another. */
function circles(project: Project, all: readonly Link[]): Circle[] {
  // What stands in something is part of it.
  const links = all.filter(({ from, to }) => !isFamily(project, from, to));
  const ofModules = circlesBy(links, 'modules', ({ id }) => id);
  const packageOf = (id: string): string => project.element(id)?.package ?? id;
  const keyOf = ({ part, kinds }: Circle): string =>
    [String(kinds.has('import')), ...new Set(part.members.map(packageOf).sort())].join('\n');
  const told = new Set(ofModules.map(keyOf));
  const ofPackages = circlesBy(links, 'packages', (element) => element.package);
  return [...ofModules, ...ofPackages.filter((circle) => !told.has(keyOf(circle)))];
}

function circlesBy(
  links: readonly Link[],
  of: Circle['of'],
  nodeOf: (element: Link['from']) => string,
): Circle[] {
  const placed = links
    .map((link) => ({ ...link, from: nodeOf(link.from), to: nodeOf(link.to) }))
    .filter(({ from, to }) => from !== to);
  return cyclicParts(placed).map((part) => {
    const inside = new Set(part.members);
    const kinds = placed.filter(({ from, to }) => inside.has(from) && inside.has(to)).map(({ kind }) => kind);
    return { part, kinds: new Set(kinds), of };
  });
}

function circleFinding({ part, kinds, of }: Circle, verb: string): Finding {
  const { place, circle, members, cut, isSmallest } = part;
  const through = [...kinds].filter((kind) => kind !== 'import').sort();
  const ways = kinds.has('import')
    ? ['imports', ...through.map((kind) => `${kind} messages`)]
    : through.map((kind) => `${kind} messages`);
  return {
    path: place.path,
    line: place.line,
    column: place.column,
    kind: 'cycle',
    from: circle[0] ?? '',
    to: circle[1] ?? '',
    subject: members.join(' '),
    message: `${members.length} ${of} ${verb} through ${listed(ways)}: ${toldCircle(circle)}.`,
    route: `${cutRoute(part)} Let one side publish an event that the other subscribes to, or move what both need to a module of its own.`,
    cycle: { members, circle, cut, isSmallest },
  };
}
