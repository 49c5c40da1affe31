import { shortestCircle, stronglyConnected } from '../../graph/components.js';
import { smallestCut } from '../../graph/cut.js';
import type { Place } from '../../graph/project-graph.js';
import { grouped } from '../../model/grouped.js';
import type { Cycle } from '../rule.js';

/** A link with one of its places. */
export interface PlacedLink extends Place {
  readonly from: string;
  readonly to: string;
  readonly path: string;
}

/** A strongly connected part of links: the circle in it that is told, its cut, and where the circle's first link stands. */
export interface CyclicPart extends Cycle {
  readonly place: PlacedLink;
}

const MOST_TOLD = 20;

/** Every strongly connected part of the graph that links make. */
export function cyclicParts(links: readonly PlacedLink[]): CyclicPart[] {
  const next = successorsOf(links);
  const parts = stronglyConnected(next.keys(), (node) => next.get(node) ?? []);
  if (parts.length === 0) return [];
  const partOf = new Map(parts.flatMap((members, part) => members.map((member) => [member, part] as const)));
  const inside = links.filter(({ from, to }) => partOf.has(from) && partOf.get(from) === partOf.get(to));
  const between = grouped(inside, ({ from, to }) => `${from}\0${to}`);
  return parts.flatMap((members) => cyclicPart(members, next, between));
}

function cyclicPart(
  members: readonly string[],
  next: ReadonlyMap<string, ReadonlySet<string>>,
  between: ReadonlyMap<string, readonly PlacedLink[]>,
): CyclicPart[] {
  const own = new Set(members);
  const inside = (node: string) => [...(next.get(node) ?? [])].filter((to) => own.has(to));
  const weighted = members.flatMap((from) =>
    inside(from).map((to) => ({ from, to, weight: between.get(`${from}\0${to}`)?.length ?? 0 })),
  );
  const { links: cut, isSmallest } = smallestCut(members, weighted);
  const told = cut.slice(0, MOST_TOLD).flatMap(({ from, to, weight }) => {
    const first = between.get(`${from}\0${to}`)?.[0];
    return first === undefined ? [] : [{ ...first, places: weight }];
  });
  const circle = shortestCircle(cut[0]?.from ?? members[0] ?? '', inside);
  const place = between.get(`${circle?.[0]}\0${circle?.[1]}`)?.[0];
  return circle === undefined || place === undefined
    ? []
    : [{ members, circle, cut: told, isSmallest, place }];
}

function successorsOf(links: readonly PlacedLink[]): ReadonlyMap<string, ReadonlySet<string>> {
  const next = new Map<string, Set<string>>();
  for (const { from, to } of links) {
    const known = next.get(from);
    if (known === undefined) next.set(from, new Set([to]));
    else known.add(to);
  }
  return next;
}

/** What to cut, in words. */
export function cutRoute({ cut, isSmallest, members }: Cycle): string {
  const links = cut.map(
    ({ from, to, path, line, places }) =>
      `${from} → ${to} (${path}:${line}${places > 1 ? ` and ${places - 1} more` : ''})`,
  );
  const how = isSmallest
    ? 'The fewest to take away'
    : `To take away, of ${members.length} that depend on each other`;
  return `${how}: ${links.join(', ')}.`;
}

/** A circle in words, shortened where it is long. */
export function toldCircle(circle: readonly string[]): string {
  if (circle.length <= MOST_TOLD) return circle.join(' → ');
  return [...circle.slice(0, MOST_TOLD - 2), `… ${circle.length - MOST_TOLD} more …`, circle.at(-1)].join(
    ' → ',
  );
}
