import type { HexagonalLayer } from '../../config/boundary-config.js';
import { type Element, stemOf } from '../../model/element.js';
import { grouped } from '../../model/grouped.js';
import type { InnerEdge, LayerPlace, Project } from '../../model/project.js';
import { edgeFinding, type Finding, type Rule } from '../rule.js';
import { FRAMEWORK, firstOnTheWay } from './passage.js';

/** What each layer may import of its own module. What is outside may use all. A domain imports nothing else of the project. */
const MAY_USE: Readonly<Record<HexagonalLayer, readonly HexagonalLayer[]>> = {
  domain: ['domain'],
  application: ['domain', 'application'],
  infrastructure: ['domain', 'application', 'infrastructure', 'api'],
  api: ['domain', 'application', 'infrastructure', 'api'],
};

/** The domain of a module knows nothing else, and its application knows the domain alone. */
export const hexagonal: Rule = {
  id: 'hexagonal',
  why: 'Rules of the business that know no database and no web can be tested in a moment, and outlive both.',
  check: ({ project, setting }) => {
    const scopes = layeredScopes(project);
    if (scopes.size === 0) return [];
    const edges = project.inner.filter(
      ({ edge }) => (setting.tests || !project.isTest(edge.from)) && (setting.types || !edge.isTypeOnly),
    );
    const judged = judgement(project);
    const passage = passages(project, edges, judged);
    return edges.flatMap((inner) => judge(project, inner, scopes, judged, passage));
  },
};

/** What a layer may not know: a layer, its module.ts, another module, or a file around its own. */
interface Forbidden {
  readonly target: string;
  readonly what: HexagonalLayer | 'wiring' | 'module' | 'around';
}

/** What a layer may not know of what an import leads to at once; nothing where it may. */
type Judgement = (source: LayerPlace, home: Element, target: string) => Forbidden | undefined;

function judgement(project: Project): Judgement {
  return (source, home, target) => {
    const place = project.layerOf(target);
    const to = project.elementOf(target);
    if (place !== undefined && place.scope === source.scope)
      return MAY_USE[source.layer].includes(place.layer) ? undefined : { target, what: place.layer };
    if (source.layer !== 'domain' || to.package === FRAMEWORK) return undefined;
    if (to === home) return home.wiring.includes(target) ? { target, what: 'wiring' } : undefined;
    // What several domains share may stand in one around them.
    if (place?.layer === 'domain' && project.chain(home).includes(to)) return undefined;
    if (to.kind === 'module' && to.hasContract) return { target, what: 'module' };
    // Other packages are libraries, which are judged by what they load.
    return to.package === home.package ? { target, what: 'around' } : undefined;
  };
}

/** Finds the first that a file of no layer leads to and that the layer of `source` may not know. */
type Passage = (start: string, source: LayerPlace, home: Element) => Forbidden | undefined;

/** What files of no layer lead to from their own module: a barrel would hide what is behind it. */
function passages(project: Project, edges: readonly InnerEdge[], judged: Judgement): Passage {
  const passable = edges.filter(({ edge }) => project.layerOf(edge.from) === undefined);
  const edgesFrom = grouped(
    passable.map(({ edge }) => edge),
    ({ from }) => from,
  );
  const known = new Map<string, Forbidden | undefined>();
  const search: Passage = (start, source, home) =>
    firstOnTheWay(start, edgesFrom, ({ from, to }) => {
      if (to.kind !== 'file') return undefined;
      const isInside = project.elementOf(to.path) === home;
      // A contract answers for what it takes from others.
      if (!isInside && home.doors.includes(from)) return undefined;
      const found = judged(source, home, to.path);
      if (found !== undefined) return { found };
      return isInside && project.layerOf(to.path) === undefined ? { next: to.path } : undefined;
    });
  return (start, source, home) => {
    const key = `${source.layer}\0${source.scope}\0${start}`;
    if (!known.has(key)) known.set(key, search(start, source, home));
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
  { edge, target, from, to }: InnerEdge,
  scopes: ReadonlySet<string>,
  judged: Judgement,
  passage: Passage,
): Finding[] {
  const source = project.layerOf(edge.from);
  if (source === undefined || !scopes.has(source.scope)) return [];
  const direct = judged(source, from, target);
  const isBetween = from === to && project.layerOf(target) === undefined;
  const forbidden = direct ?? (isBetween ? passage(target, source, from) : undefined);
  if (forbidden === undefined) return [];
  const way = direct === undefined ? ` It comes by way of ${target}.` : '';
  const reached = project.elementOf(forbidden.target);
  return [
    edgeFinding(edge, {
      from: from.id,
      to: reached.id,
      subject: stemOf(forbidden.target),
      target: forbidden.target,
      message: `The ${source.layer} of ${from.id} may not know ${nameOf(forbidden, from, reached)}: ${forbidden.target}.${way}`,
      route: routeInward(source, forbidden, from, reached),
    }),
  ];
}

function nameOf({ what }: Forbidden, from: Element, reached: Element): string {
  if (what === 'wiring') return 'what joins it to the rest';
  if (what === 'module') return reached.id;
  return what === 'around' ? `what lies around ${from.id}` : `its ${what}`;
}

function routeInward(
  source: LayerPlace,
  { target, what }: Forbidden,
  from: Element,
  reached: Element,
): string {
  const wanted = stemOf(target);
  if (what === 'wiring') return 'Let the application call the domain with what it needs, as parameters.';
  if (what === 'module')
    return `Let the application take what it needs of ${reached.id}, and hand it to the domain in the domain's own words.`;
  if (what === 'around')
    return `Declare what the domain needs of ${wanted} as an interface in the domain. If it is a rule of the business, move it into the domain, or into a domain folder around ${from.id} where several share it.`;
  if (source.layer === 'domain' && what === 'application') {
    return `Let the application call the domain with what it needs, or move ${wanted} into the domain if it is a rule of the business.`;
  }
  return `Declare what the ${source.layer} needs of ${wanted} as an interface in the ${source.layer}, and let ${target} implement it; module.ts puts the two together.`;
}
