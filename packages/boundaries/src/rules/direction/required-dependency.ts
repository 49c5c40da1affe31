import type { DependencyRule } from '../../config/boundary-config.js';
import type { Element } from '../../model/element.js';
import { compileGlob } from '../../model/glob.js';
import type { Project } from '../../model/project.js';
import { compileSelectors } from '../../model/selector.js';
import type { Finding, Rule } from '../rule.js';

/** Modules depend on what the configuration wants of them. */
export const requiredDependency: Rule = {
  id: 'required-dependency',
  why: 'The configuration says what each of these depends on, such as telemetry or an audit log.',
  check: ({ project }) =>
    project.rules.dependencies.flatMap((rule) =>
      (rule.require ?? []).flatMap((needed) => judge(project, rule, needed)),
    ),
};

function judge(project: Project, rule: DependencyRule, needed: string): Finding[] {
  const from = compileSelectors(rule.from, project.rules.sets);
  const isNeeded = compileSelectors([needed], project.rules.sets);
  const npm = compileGlob(needed);
  const selected = project.elements.filter(
    (element) =>
      element.files.length > 0 &&
      from({ chain: [element] }) !== undefined &&
      isNeeded({ chain: [element] }) === undefined,
  );
  const named = project.edges.flatMap((edge) =>
    edge.to.kind === 'package' && npm.match(edge.to.name) !== undefined && !project.isTest(edge.from)
      ? [project.elementOf(edge.from).id]
      : [],
  );
  const imported = project.between
    .filter(
      ({ edge, target }) => !project.isTest(edge.from) && isNeeded(project.selectable(target)) !== undefined,
    )
    .map(({ from: { id } }) => id);
  const content = new Set([...named, ...imported]);
  return selected.filter(({ id }) => !content.has(id)).map((element) => missing(element, rule, needed));
}

function missing(element: Element, rule: DependencyRule, needed: string): Finding {
  return {
    path: element.wiring[0] ?? element.doors[0] ?? element.files[0] ?? element.folder,
    line: 1,
    column: 1,
    // Where the import would stand that is not there.
    spot: { first: 'import' },
    kind: 'absence',
    from: element.id,
    to: needed,
    subject: needed,
    message: `${element.id} does not depend on ${needed}, which it must.`,
    route: rule.instead ?? `Import ${needed} in ${element.id} and use it.`,
    because: rule.because,
  };
}
