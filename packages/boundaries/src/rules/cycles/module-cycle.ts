import { type Link, linksOf } from '../../model/messages.js';
import type { Project } from '../../model/project.js';
import { listed } from '../route.js';
import type { Finding, Rule } from '../rule.js';
import { type CyclicPart, cutRoute, cyclicParts, toldCircle } from './parts.js';

/** Modules do not depend on each other in a circle of imports and messages. */
export const moduleCycle: Rule = {
  id: 'module-cycle',
  why: 'Modules in a circle are one module: none can be understood, tested or moved without all others. A message does not open a circle that an import closes.',
  check: ({ project, setting }) =>
    circles(project, linksOf(project, { types: setting.types })).flatMap(({ part, kinds }) =>
      kinds.has('import') ? [circleFinding(part, kinds, 'depend on each other')] : [],
    ),
};

/** Modules do not send each other messages in a circle. */
export const messageCycle: Rule = {
  id: 'message-cycle',
  why: 'Modules that meet in messages alone may be in a circle and still stand for themselves; but who asks and is asked at once waits for itself.',
  check: ({ project }) =>
    circles(project, linksOf(project, { types: true })).flatMap(({ part, kinds }) =>
      kinds.has('import') ? [] : [circleFinding(part, kinds, 'send each other messages')],
    ),
};

interface Circle {
  readonly part: CyclicPart;
  readonly kinds: ReadonlySet<Link['kind']>;
}

function circles(project: Project, links: readonly Link[]): Circle[] {
  const judged = links.filter(({ from, to }) => from.id !== to.id && project.element(to.id) !== undefined);
  return cyclicParts(judged.map((link) => ({ ...link, from: link.from.id, to: link.to.id }))).map((part) => {
    const inside = new Set(part.members);
    const kinds = judged
      .filter(({ from, to }) => inside.has(from.id) && inside.has(to.id))
      .map(({ kind }) => kind);
    return { part, kinds: new Set(kinds) };
  });
}

function circleFinding(part: CyclicPart, kinds: ReadonlySet<Link['kind']>, verb: string): Finding {
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
    message: `${members.length} modules ${verb} through ${listed(ways)}: ${toldCircle(circle)}.`,
    route: `${cutRoute(part)} Let one side publish an event that the other subscribes to, or move what both need to a module of its own.`,
    cycle: { members, circle, cut, isSmallest },
  };
}
