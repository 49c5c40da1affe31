import { type Element, type Link, linksOf, type Project } from '@mortar/boundaries';

/**
 * The shortest way from one module or package to another over imports and messages: the links in order, the first in the
 * order of the code where there are several. Nothing where there is no way.
 */
export function shortestWay(project: Project, from: Element, to: Element): readonly Link[] | undefined {
  const outgoing = new Map<Element, Link[]>();
  for (const link of linksOf(project, { types: true })) {
    outgoing.set(link.from, [...(outgoing.get(link.from) ?? []), link]);
  }
  const cameBy = new Map<Element, Link>();
  const queue: Element[] = [from];
  for (let here = queue.shift(); here !== undefined; here = queue.shift()) {
    for (const link of outgoing.get(here) ?? []) {
      if (cameBy.has(link.to) || (link.to === from && to !== from)) continue;
      cameBy.set(link.to, link);
      if (link.to === to) return backwards(cameBy, from, to);
      queue.push(link.to);
    }
  }
  return undefined;
}

function backwards(cameBy: ReadonlyMap<Element, Link>, from: Element, to: Element): Link[] {
  const way: Link[] = [];
  let here = to;
  do {
    const link = cameBy.get(here);
    if (link === undefined) break;
    way.unshift(link);
    here = link.from;
  } while (here !== from);
  return way;
}
