import { shortestCircle, stronglyConnected } from '../../graph/components.js';
import { smallestCut } from '../../graph/cut.js';
import type { Place } from '../../graph/project-graph.js';
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
  const { between, next } = indexed(links);
  return stronglyConnected(next.keys(), (node) => next.get(node) ?? []).flatMap((members): CyclicPart[] => {
    const inside = new Set(members);
    const own = members.flatMap((from) =>
      [...(next.get(from) ?? [])].flatMap((to) =>
        inside.has(to) ? (between.get(`${from}\0${to}`) ?? []) : [],
      ),
    );
    const weighted = [...new Set(own.map(({ from, to }) => `${from}\0${to}`))].map((key) => {
      const [from = '', to = ''] = key.split('\0');
      return { from, to, weight: between.get(key)?.length ?? 0 };
    });
    const { links: cut, isSmallest } = smallestCut(members, weighted);
    const told = cut.slice(0, MOST_TOLD).flatMap(({ from, to, weight }) => {
      const first = between.get(`${from}\0${to}`)?.[0];
      return first === undefined ? [] : [{ ...first, places: weight }];
    });
    const start = cut[0]?.from ?? members[0] ?? '';
    const circle = shortestCircle(start, (node) =>
      [...(next.get(node) ?? [])].filter((to) => inside.has(to)),
    );
    const place = between.get(`${circle?.[0]}\0${circle?.[1]}`)?.[0];
    if (circle === undefined || place === undefined) return [];
    return [{ members, circle, cut: told, isSmallest, place }];
  });
}

interface Indexed {
  readonly between: ReadonlyMap<string, readonly PlacedLink[]>;
  readonly next: ReadonlyMap<string, ReadonlySet<string>>;
}

function indexed(links: readonly PlacedLink[]): Indexed {
  const between = new Map<string, PlacedLink[]>();
  const next = new Map<string, Set<string>>();
  for (const link of links) {
    const key = `${link.from}\0${link.to}`;
    const list = between.get(key);
    if (list === undefined) between.set(key, [link]);
    else list.push(link);
    if (!next.has(link.from)) next.set(link.from, new Set());
    next.get(link.from)?.add(link.to);
  }
  return { between, next };
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
