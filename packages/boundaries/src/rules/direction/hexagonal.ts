import type { HexagonalLayer } from '../../config/boundary-config.js';
import { stemOf } from '../../model/element.js';
import { grouped } from '../../model/grouped.js';
import type { InnerEdge, LayerPlace, Project } from '../../model/project.js';
import { edgeFinding, type Finding, type Rule } from '../rule.js';

/** What each layer may import of its own module. What is outside may use all. */
const MAY_USE: Readonly<Record<HexagonalLayer, readonly HexagonalLayer[]>> = {
  domain: ['domain'],
  application: ['domain', 'application'],
  infrastructure: ['domain', 'application', 'infrastructure', 'api'],
  api: ['domain', 'application', 'infrastructure', 'api'],
};

/** Inside a module the domain knows nothing else, and the application knows the domain alone. */
export const hexagonal: Rule = {
  id: 'hexagonal',
  why: 'Rules of the business that know no database and no web can be tested in a moment, and outlive both.',
  check: ({ project, setting }) => {
    const scopes = layeredScopes(project);
    if (scopes.size === 0) return [];
    const edges = project.inner.filter(
      ({ edge }) => (setting.tests || !project.isTest(edge.from)) && (setting.types || !edge.isTypeOnly),
    );
    const passage = passages(project, edges);
    return edges.flatMap((inner) => judge(project, inner, scopes, passage));
  },
};

/** Finds the first file of a layer that a file of none leads to and that the layer of `source` may not know. */
type Passage = (start: string, source: LayerPlace) => string | undefined;

/** What files of no layer lead to in their own module: a barrel would hide the layer behind it. */
function passages(project: Project, edges: readonly InnerEdge[]): Passage {
  const own = edges.filter(({ edge, from, to }) => from === to && project.layerOf(edge.from) === undefined);
  const next = grouped(own, ({ edge }) => edge.from);
  const known = new Map<string, string | undefined>();
  const search: Passage = (start, source) => {
    const seen = new Set([start]);
    for (const path of seen) {
      for (const { target } of next.get(path) ?? []) {
        const place = project.layerOf(target);
        if (place === undefined) seen.add(target);
        else if (place.scope === source.scope && !MAY_USE[source.layer].includes(place.layer)) return target;
      }
    }
    return undefined;
  };
  return (start, source) => {
    const key = `${source.layer}\0${source.scope}\0${start}`;
    if (!known.has(key)) known.set(key, search(start, source));
    return known.get(key);
  };
}

/** Folders with a domain and a layer beside it: elsewhere a folder named api or application means nothing. */
export function layeredScopes(project: Project): ReadonlySet<string> {
  const found = new Map<string, Set<HexagonalLayer>>();
  for (const path of project.paths) {
    const place = project.layerOf(path);
    if (place === undefined) continue;
    found.set(place.scope, (found.get(place.scope) ?? new Set()).add(place.layer));
  }
  return new Set(
    [...found].filter(([, layers]) => layers.has('domain') && layers.size > 1).map(([scope]) => scope),
  );
}

function judge(
  project: Project,
  { edge, target: direct, from, to }: InnerEdge,
  scopes: ReadonlySet<string>,
  passage: Passage,
): Finding[] {
  const source = project.layerOf(edge.from);
  if (source === undefined || !scopes.has(source.scope)) return [];
  const isBetween = from === to && project.layerOf(direct) === undefined;
  const target = isBetween ? passage(direct, source) : direct;
  const reached = target === undefined ? undefined : project.layerOf(target);
  if (target === undefined || reached === undefined || source.scope !== reached.scope) return [];
  if (MAY_USE[source.layer].includes(reached.layer)) return [];
  const way = isBetween ? ` It comes by way of ${direct}.` : '';
  return [
    edgeFinding(edge, {
      from: from.id,
      to: to.id,
      subject: stemOf(target),
      target,
      message: `The ${source.layer} of ${from.id} may not know its ${reached.layer}: ${target}.${way}`,
      route: routeInward(source, reached, target),
    }),
  ];
}

function routeInward(source: LayerPlace, reached: LayerPlace, target: string): string {
  const wanted = stemOf(target);
  if (source.layer === 'domain' && reached.layer === 'application') {
    return `Let the application call the domain with what it needs, or move ${wanted} into the domain if it is a rule of the business.`;
  }
  return `Declare what the ${source.layer} needs of ${wanted} as an interface in the ${source.layer}, and let ${target} implement it; module.ts puts the two together.`;
}
