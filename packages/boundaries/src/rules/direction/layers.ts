import type { LayerRule } from '../../config/boundary-config.js';
import type { InnerEdge, Project } from '../../model/project.js';
import { compileSelectors } from '../../model/selector.js';
import { listed } from '../route.js';
import { edgeFinding, type Finding, type Rule } from '../rule.js';

/** Modules depend on their own layer and those below. */
export const layers: Rule = {
  id: 'layers',
  why: 'Arrows that run one way can be read from the top down, and a lower layer can be used, tested and moved without those above it.',
  check: ({ project, setting }) => {
    const edges = project.between.filter(
      ({ edge, from, to }) =>
        from !== to && (setting.tests || !project.isTest(edge.from)) && (setting.types || !edge.isTypeOnly),
    );
    return project.rules.layers.flatMap((rule) => {
      const levelOf = levels(project, rule);
      return edges.flatMap((inner) => judge(inner, rule, levelOf));
    });
  },
};

/** The layer of a file: the first whose selectors fit it. */
function levels(project: Project, rule: LayerRule): (path: string) => number | undefined {
  const selectors = rule.order.map((layer) => compileSelectors(layer, project.rules.sets));
  const known = new Map<string, number | undefined>();
  return (path) => {
    if (!known.has(path)) {
      const level = selectors.findIndex((selects) => selects(project.selectable(path)) !== undefined);
      known.set(path, level < 0 ? undefined : level);
    }
    return known.get(path);
  };
}

function judge(
  { edge, target, from, to }: InnerEdge,
  rule: LayerRule,
  levelOf: (path: string) => number | undefined,
): Finding[] {
  const source = levelOf(edge.from);
  const reached = levelOf(target);
  if (source === undefined || reached === undefined) return [];
  if (source < reached || (source === reached && rule.sameLayer !== false)) return [];
  const layer = (level: number): string => listed(rule.order[level] ?? []);
  const message =
    source === reached
      ? `${from.id} and ${to.id} are of one layer of ${rule.name}, whose modules may not depend on each other.`
      : `${from.id} may not depend on ${to.id}: in the layers of ${rule.name}, ${layer(reached)} is above ${layer(source)}.`;
  return [
    edgeFinding(edge, {
      from: from.id,
      to: to.id,
      subject: to.id,
      target,
      message,
      route: `Move what is shared to ${layer(Math.min(source + 1, rule.order.length - 1))}, or let ${from.id} declare a port or an event in its contract, which ${to.id} implements or subscribes to.`,
      because: rule.because,
    }),
  ];
}
