import type { DependencyRule } from '../../config/boundary-config.js';
import { stemOf } from '../../model/element.js';
import { selectFiles } from '../../model/file-selection.js';
import type { InnerEdge, Project } from '../../model/project.js';
import { listed, offerOf } from '../route.js';
import { edgeFinding, type Finding, type Rule } from '../rule.js';

/** Modules depend on those that the configuration grants them. */
export const dependencies: Rule = {
  id: 'dependencies',
  why: 'The configuration says who may depend on whom.',
  check: ({ project, setting }) => {
    const edges = project.between.filter(({ edge }) => setting.tests || !project.isTest(edge.from));
    return project.rules.dependencies.flatMap((rule) => {
      if (rule.allow === undefined && rule.deny === undefined) return [];
      const compiled = compileRule(rule, project);
      return edges
        .filter(
          ({ edge }) => (rule.types !== false || !edge.isTypeOnly) && compiled.from(edge.from) !== undefined,
        )
        .flatMap((inner) => judge(project, inner, compiled));
    });
  },
};

type FileSelector = ReturnType<typeof selectFiles>;

interface Compiled {
  readonly rule: DependencyRule;
  readonly from: FileSelector;
  readonly allow: FileSelector | undefined;
  readonly deny: FileSelector | undefined;
}

function compileRule(rule: DependencyRule, project: Project): Compiled {
  return {
    rule,
    from: selectFiles(project, rule.from),
    allow: rule.allow === undefined ? undefined : selectFiles(project, rule.allow),
    deny: rule.deny === undefined ? undefined : selectFiles(project, rule.deny),
  };
}

function judge(project: Project, inner: InnerEdge, compiled: Compiled): Finding[] {
  const broken = brokenBy(project, compiled, inner);
  if (broken === undefined) return [];
  const { rule } = compiled;
  const { edge, from, to } = inner;
  const isSame = from === to;
  return [
    edgeFinding(edge, {
      from: from.id,
      to: to.id,
      subject: isSame ? stemOf(inner.target) : to.id,
      target: inner.target,
      message: `${isSame ? edge.from : from.id} may not depend on ${isSame ? inner.target : to.id}${broken}.`,
      route: rule.instead ?? routeAround(project, inner, rule),
      because: rule.because,
    }),
  ];
}

/** What is said of the rule that is broken; nothing where none is. */
function brokenBy(
  project: Project,
  { rule, allow, deny }: Compiled,
  { target, from, to }: InnerEdge,
): string | undefined {
  const denied = deny?.(target);
  if (denied !== undefined && (from !== to || denied === 'path'))
    return `: ${listed(rule.from)} must not use ${listed(rule.deny ?? [])}`;
  if (allow === undefined || from === to) return undefined;
  if (
    allow(target) !== undefined ||
    project.chain(from).some((element) => element.id === to.id && element.kind === 'module')
  )
    return undefined;
  return rule.allow?.length === 0 ? ': it may use nothing' : `, only on ${listed(rule.allow ?? [])}`;
}

function routeAround(project: Project, { from, to }: InnerEdge, rule: DependencyRule): string {
  const ways =
    rule.allow === undefined || rule.allow.length === 0 ? '' : `Depend on ${listed(rule.allow)}, or turn`;
  const start = ways === '' ? 'Turn' : ways;
  const offered = project.definitions.filter(
    ({ path }) => from.doors.includes(path) || to.doors.includes(path),
  );
  const turn = `${start} the dependency around: ${from.id} declares what it needs as a port of its contract, which ${to.id} implements, or publishes an event that ${to.id} subscribes to.`;
  return offered.length === 0 ? turn : `${turn} Already there: ${offerOf(offered)}.`;
}
