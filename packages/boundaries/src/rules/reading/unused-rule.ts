import {
  type DependencyRule,
  HEXAGONAL_LAYERS,
  type LayerRule,
  type ModulePattern,
  type PackageRule,
} from '../../config/boundary-config.js';
import { defaultConfig } from '../../config/config-shape.js';
import { setsNamed } from '../../config/inconsistencies.js';
import { dotted, type JsonPath } from '../../files/json-place.js';
import { type Element, folderOf, shortName, stemOf } from '../../model/element.js';
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
      ...ofFiles(project),
      ...ofNames(project),
      ...rules.modules.flatMap((pattern, index) =>
        misfits(pattern.paths, ['modules', index, 'paths'], (path) => fitsFolder(project, path)),
      ),
      ...rules.tags.flatMap(({ select }, index) => unmatched(project, select, ['tags', index, 'select'])),
      ...rules.layers.flatMap((rule, index) => ofLayers(project, rule, index)),
      ...rules.dependencies.flatMap((rule, index) => ofDependencies(project, rule, index)),
      ...rules.packages.flatMap((rule, index) => ofPackages(project, rule, index)),
    ];
    return [
      ...unused.map((one) => told(project, one)),
      ...tooMuch(project).map(([key, message]) => whole(project, key, message)),
    ];
  },
};

interface Unused {
  readonly name: string;
  /** What leads to it in the configuration; the last of it is its number in a list, or the name itself. */
  readonly at: JsonPath;
}

function told(project: Project, { name, at }: Unused): Finding {
  const file = fileOf(project);
  const list = dotted(at.slice(0, -1));
  return {
    ...finding(file, name, `${list.replaceAll(/\[\d+\]/g, '')} ${name}`, at),
    message: `${list} of ${file} names ${name}, which fits nothing in the project.`,
    route: `Correct or remove it. Modules and packages are: ${namesOf(project.elements)}.`,
  };
}

function whole(project: Project, key: string, message: string): Finding {
  const file = fileOf(project);
  return {
    ...finding(file, key, key, [key]),
    message: `${key} of ${file} ${message}`,
    route: 'Narrow its globs: without files to look at, a check is right whatever is wrong.',
  };
}

function finding(
  file: string,
  to: string,
  subject: string,
  at: JsonPath,
): Omit<Finding, 'message' | 'route'> {
  return {
    path: file,
    line: 1,
    column: 1,
    spot: { json: at },
    kind: 'configuration',
    from: file,
    to,
    subject,
  };
}

function fileOf({ rules }: Project): string {
  return rules.source ?? 'mortar.config.json';
}

/** Globs that leave nothing to look at. */
function tooMuch({ graph, paths, isTest, rules }: Project): (readonly [string, string])[] {
  if (graph.files.size === 0) return [];
  if (paths.length === 0) return [['exclude', 'leaves no file to check.']];
  const isOwn = rules.tests !== defaultConfig.tests;
  return isOwn && paths.every(isTest)
    ? [['tests', 'fits every file, and most rules look away from tests.']]
    : [];
}

/** Those of a list that fit nothing; `list` leads to it. */
function misfits(names: readonly string[], list: JsonPath, fits: (name: string) => boolean): Unused[] {
  return names.flatMap((name, index) => (fits(name) ? [] : [{ name, at: [...list, index] }]));
}

/** What fits anywhere may be there for what is still to come. */
function ofFiles({ graph, paths, rules }: Project): Unused[] {
  const files = [...graph.files.keys()];
  const without = (globs: readonly string[], among: readonly string[], key: string): Unused[] =>
    misfits(globs, [key], (text) => {
      if (text.startsWith('**/')) return true;
      const glob = compileGlob(text.replace(/^!/, ''));
      return among.some((file) => glob.match(file) !== undefined);
    });
  return [
    ...(rules.exclude === defaultConfig.exclude ? [] : without(rules.exclude, files, 'exclude')),
    ...(rules.tests === defaultConfig.tests ? [] : without(rules.tests, paths, 'tests')),
  ];
}

/** Names of contracts, layers and sets that the configuration gives. */
function ofNames(project: Project): Unused[] {
  const { rules, elements, paths } = project;
  const stems = new Set(paths.flatMap((path) => [stemOf(path), shortName(folderOf(path))]));
  const folders = new Set(paths.flatMap((path) => path.split('/').slice(0, -1)));
  const named = setsNamed(rules);
  return [
    ...(rules.contracts === defaultConfig.contracts
      ? []
      : misfits(rules.contracts, ['contracts'], (name) => stems.has(name))),
    ...HEXAGONAL_LAYERS.flatMap((layer) =>
      rules.hexagonal[layer] === defaultConfig.hexagonal[layer]
        ? []
        : misfits(rules.hexagonal[layer], ['hexagonal', layer], (name) => folders.has(name)),
    ),
    ...Object.keys(rules.sets)
      .filter((name) => !named.has(name))
      .map((name) => ({ name, at: ['sets', name] })),
    ...rules.modules.flatMap((pattern, index) => doorless(elements, pattern, index)),
  ];
}

/** Contracts that no module of their pattern has. */
function doorless(
  elements: readonly Element[],
  { paths, contract = [] }: ModulePattern,
  index: number,
): Unused[] {
  const globs = paths.map(compileGlob);
  const own = elements.filter(({ folder }) => globs.some((glob) => glob.match(folder) !== undefined));
  if (own.length === 0) return [];
  return misfits(contract, ['modules', index, 'contract'], (text) => {
    const glob = compileGlob(text.replace(/^!/, ''));
    return own.some(({ folder, files }) =>
      files.some((file) => glob.match(file.slice(folder.length + 1)) !== undefined),
    );
  });
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

function unmatched(project: Project, selectors: readonly string[], list: JsonPath): Unused[] {
  return misfits(selectors, list, (selector) => {
    const select = compileSelectors([selector.replace(/^!/, '')], project.rules.sets);
    return (
      project.elements.some((element) => select({ chain: [element] }) !== undefined) ||
      project.paths.some((file) => select(project.selectable(file)) !== undefined)
    );
  });
}

function ofLayers(project: Project, { order }: LayerRule, index: number): Unused[] {
  return order.flatMap((layer, level) => unmatched(project, layer, ['layers', index, 'order', level]));
}

function ofDependencies(
  project: Project,
  { from, allow = [], deny = [], require = [] }: DependencyRule,
  index: number,
): Unused[] {
  const outer = new Set(project.edges.map(outerName));
  const inRule = (key: string) => ['dependencies', index, key];
  return [
    ...unmatched(project, from, inRule('from')),
    ...unmatched(project, allow, inRule('allow')),
    ...unmatched(project, deny, inRule('deny')),
    ...unmatched(project, require, inRule('require')).filter(({ name }) => !outer.has(name)),
  ];
}

/** A package that is denied need not be there; one that is granted should. */
function ofPackages(project: Project, { from, allow = [] }: PackageRule, index: number): Unused[] {
  const outer = new Set(project.edges.flatMap(outerNames));
  return [
    ...unmatched(project, from, ['packages', index, 'from']),
    ...misfits(allow, ['packages', index, 'allow'], (pattern) => {
      const glob = compileGlob(pattern.replace(/^!/, ''));
      return [...outer].some((name) => glob.match(name) !== undefined);
    }),
  ];
}
