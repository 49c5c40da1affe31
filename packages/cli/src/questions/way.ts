import { type Element, type Link, linksOf, type Project } from '@mortar/boundaries';

/**
 * The shortest way from one module or package to another over imports and messages: the links in order, the first in the
 * order of the code where there are several. A package is all that is in it. Nothing where there is no way.
 */
export function shortestWay(project: Project, from: Element, to: Element): readonly Link[] | undefined {
  const sideOf = sidesOf(project, from, to);
  const outgoing = new Map<Element, Link[]>();
  for (const link of linksOf(project, { types: true })) {
    const side = sideOf(link.from);
    if (side !== sideOf(link.to)) outgoing.set(side, [...(outgoing.get(side) ?? []), link]);
  }
  const cameBy = new Map<Element, Link>();
  const queue: Element[] = [from];
  for (let here = queue.shift(); here !== undefined; here = queue.shift()) {
    for (const link of outgoing.get(here) ?? []) {
      const next = sideOf(link.to);
      if (cameBy.has(next) || (next === from && to !== from)) continue;
      cameBy.set(next, link);
      if (next === to) return backwards(cameBy, sideOf, from, to);
      queue.push(next);
    }
  }
  return undefined;
}

/** The links that lead from one module or package to another at once, with all that is in them. */
export function linksBetween(project: Project, from: Element, to: Element): Link[] {
  const sideOf = sidesOf(project, from, to);
  return linksOf(project, { types: true }).filter(
    (link) => from !== to && sideOf(link.from) === from && sideOf(link.to) === to,
  );
}

/**
 * What an element stands for in a question about two: one of them where it is in it, and its package where the question is about
 * packages. Where one of the two is in the other, that stands for its own files alone.
 */
function sidesOf(project: Project, from: Element, to: Element): (element: Element) => Element {
  const isNested = isPartOf(project, from, to) || isPartOf(project, to, from);
  const arePackages = from.kind === 'package' && to.kind === 'package';
  const compute = (element: Element): Element => {
    if (isNested && from !== to) return element;
    const part = [from, to].find((one) => isPartOf(project, element, one));
    return part ?? (arePackages ? project.element(element.package) : undefined) ?? element;
  };
  const known = new Map(project.elements.map((element) => [element, compute(element)]));
  return (element) => known.get(element) ?? element;
}

/** Whether an element is another, or in it. A package in the folder of another is no part of that. */
export function isPartOf(project: Project, element: Element, whole: Element): boolean {
  return element.package === whole.package && project.chain(element).includes(whole);
}

function backwards(
  cameBy: ReadonlyMap<Element, Link>,
  sideOf: (element: Element) => Element,
  from: Element,
  to: Element,
): Link[] {
  const way: Link[] = [];
  let here = to;
  do {
    const link = cameBy.get(here);
    if (link === undefined) break;
    way.unshift(link);
    here = sideOf(link.from);
  } while (here !== from);
  return way;
}
