import { isBuiltin } from 'node:module';
import type { PackageRule } from '../../config/boundary-config.js';
import type { Edge } from '../../graph/project-graph.js';
import { selectFiles } from '../../model/file-selection.js';
import { compileGlobsOfAny } from '../../model/glob.js';
import { type Project, packageIn } from '../../model/project.js';
import { listed } from '../route.js';
import { edgeFinding, type Finding, type Rule } from '../rule.js';

/** npm packages are imported where the configuration grants them. */
export const packages: Rule = {
  id: 'packages',
  why: 'The configuration says which npm packages may be imported where.',
  check: ({ project, setting }) =>
    project.rules.packages.flatMap((rule) => {
      const from = selectFiles(project, rule.from);
      return project.edges
        .filter(
          (edge) =>
            (setting.tests || !project.isTest(edge.from)) && (rule.types !== false || !edge.isTypeOnly),
        )
        .filter((edge) => from(edge.from) !== undefined)
        .flatMap((edge) => judge(project, edge, rule));
    }),
};

/**
 * The npm package or module of the runtime that an edge leads to: `pg`, `node:fs`. One that is neither installed nor declared can't
 * be resolved; its name is known all the same, unless it is an alias.
 */
export function outerName({ to, specifier }: Edge): string | undefined {
  if (to.kind === 'package') return to.name;
  if (to.kind === 'unresolved') return /^(@[\w-]|\w)/.test(specifier) ? packageIn(specifier) : undefined;
  if (to.kind !== 'builtin') return undefined;
  return to.name.includes(':') ? to.name : `node:${to.name}`;
}

/**
 * Names by which a pattern may mean it: `node:fs/promises` is of `node:fs`, and either may be written without `node:`; a path in a
 * package is of the package.
 */
export function outerNames(edge: Edge): readonly string[] {
  const name = outerName(edge);
  if (name === undefined) return [];
  if (edge.to.kind !== 'builtin') return [...new Set([name, pathIn(edge, name)])];
  const names = [name, name.replace(/\/.*$/, '')];
  return [...new Set([...names, ...names.map((one) => one.replace(/^node:/, '')).filter(isBuiltin)])];
}

/** With the path in the package that is imported: `pg/lib/client`. */
function pathIn({ to, specifier }: Edge, name: string): string {
  if (to.kind === 'unresolved') return specifier;
  return to.kind === 'package' && !['', '.'].includes(to.subpath) ? `${name}/${to.subpath}` : name;
}

function judge(project: Project, edge: Edge, rule: PackageRule): Finding[] {
  const name = outerName(edge);
  if (name === undefined) return [];
  const names = outerNames(edge);
  const isOneDenied = compileGlobsOfAny(rule.deny ?? []);
  const isDenied = isOneDenied(names);
  const isMissing =
    rule.allow !== undefined && edge.to.kind !== 'unresolved' && !compileGlobsOfAny(rule.allow)(names);
  if (!isDenied && !isMissing) return [];
  const from = project.elementOf(edge.from);
  const told = isDenied && edge.to.kind === 'package' && !isOneDenied([name]) ? pathIn(edge, name) : name;
  const allowed = isDenied
    ? ''
    : rule.allow?.length
      ? `, only ${listed(rule.allow)}`
      : ', nor any other package';
  return [
    edgeFinding(edge, {
      from: from.id,
      to: name,
      subject: told,
      message: `${from.id} may not import ${told} here${allowed}.`,
      route:
        rule.instead ??
        `Declare what is needed of ${name} as a port, and implement it with ${name} where it is granted.`,
      because: rule.because,
    }),
  ];
}
