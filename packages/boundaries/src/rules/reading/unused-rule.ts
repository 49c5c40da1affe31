import type { DependencyRule, LayerRule, PackageRule } from '../../config/boundary-config.js';
import type { Element } from '../../model/element.js';
import { compileGlob } from '../../model/glob.js';
import type { Project } from '../../model/project.js';
import { compileSelectors } from '../../model/selector.js';
import { outerName, outerNames } from '../direction/packages.js';
import type { Finding, Rule } from '../rule.js';

/** What the configuration names is there. */
export const unusedRule: Rule = {
  id: 'unused-rule',
  why: 'A rule that fits nothing guards nothing: a folder was renamed, or a name is misspelt, and nobody would notice.',
  check: ({ project }) => {
    const { rules } = project;
    if (rules.source === undefined && rules.modules.length === 0 && rules.dependencies.length === 0)
      return [];
    const unused = [
      ...rules.modules.flatMap((pattern, index) =>
        pattern.paths
          .filter((path) => !fitsFolder(project, path))
          .map((path) => ({ path: `modules[${index}].paths`, name: path })),
      ),
      ...rules.tags.flatMap(({ select }, index) => unmatched(project, select, `tags[${index}].select`)),
      ...rules.layers.flatMap((rule, index) => ofLayers(project, rule, index)),
      ...rules.dependencies.flatMap((rule, index) => ofDependencies(project, rule, index)),
      ...rules.packages.flatMap((rule, index) => ofPackages(project, rule, index)),
    ];
    return unused.map(({ path, name }) => told(project, path, name));
  },
};

interface Unused {
  readonly path: string;
  readonly name: string;
}

function told(project: Project, path: string, name: string): Finding {
  const file = project.rules.source ?? 'mortar.config.json';
  return {
    path: file,
    line: 1,
    column: 1,
    kind: 'configuration',
    from: file,
    to: name,
    subject: `${path.replaceAll(/\[\d+\]/g, '')} ${name}`,
    message: `${path} of ${file} names ${name}, which fits nothing in the project.`,
    route: `Correct or remove it. Modules and packages are: ${namesOf(project.elements)}.`,
  };
}

function namesOf(elements: readonly Element[]): string {
  const names = elements.map(({ id }) => id);
  return names.length > 12
    ? `${names.slice(0, 12).join(', ')} and ${names.length - 12} more`
    : names.join(', ');
}

function fitsFolder(project: Project, pattern: string): boolean {
  const glob = compileGlob(pattern);
  return project.elements.some(
    ({ folder, files }) => glob.match(folder) !== undefined || files.some((file) => fitsAbove(glob, file)),
  );
}

/** Whether a pattern fits a path or a folder that it is in. */
function fitsAbove(glob: ReturnType<typeof compileGlob>, path: string): boolean {
  for (let at = path; at !== ''; at = at.slice(0, Math.max(0, at.lastIndexOf('/')))) {
    if (glob.match(at) !== undefined) return true;
  }
  return false;
}

function unmatched(project: Project, selectors: readonly string[], path: string): Unused[] {
  return selectors
    .filter((selector) => {
      const select = compileSelectors([selector.replace(/^!/, '')], project.rules.sets);
      const fitsElement = project.elements.some((element) => select({ chain: [element] }) !== undefined);
      return !fitsElement && !project.paths.some((file) => select(project.selectable(file)) !== undefined);
    })
    .map((name) => ({ path, name }));
}

function ofLayers(project: Project, { order }: LayerRule, index: number): Unused[] {
  return order.flatMap((layer, level) => unmatched(project, layer, `layers[${index}].order[${level}]`));
}

function ofDependencies(
  project: Project,
  { from, allow = [], deny = [], require = [] }: DependencyRule,
  index: number,
): Unused[] {
  const path = `dependencies[${index}]`;
  const outer = new Set(project.edges.map(outerName));
  return [
    ...unmatched(project, from, `${path}.from`),
    ...unmatched(project, allow, `${path}.allow`),
    ...unmatched(project, deny, `${path}.deny`),
    ...unmatched(project, require, `${path}.require`).filter(({ name }) => !outer.has(name)),
  ];
}

/** A package that is denied need not be there; one that is granted should. */
function ofPackages(project: Project, { from, allow = [] }: PackageRule, index: number): Unused[] {
  const outer = new Set(project.edges.flatMap(outerNames));
  const isThere = (pattern: string): boolean => {
    const glob = compileGlob(pattern.replace(/^!/, ''));
    return [...outer].some((name) => glob.match(name) !== undefined);
  };
  return [
    ...unmatched(project, from, `packages[${index}].from`),
    ...allow.filter((name) => !isThere(name)).map((name) => ({ path: `packages[${index}].allow`, name })),
  ];
}
