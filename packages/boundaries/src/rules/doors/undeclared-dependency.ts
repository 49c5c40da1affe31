import type { RuleSetting } from '../../config/rule-settings.js';
import type { Edge, EdgeTarget, WorkspacePackage } from '../../graph/project-graph.js';
import { type Project, packageIn } from '../../model/project.js';
import { isPackageName } from '../../resolve/package-name.js';
import { edgeFinding, type Finding, type Rule } from '../rule.js';

/** A package imports only packages that its package.json declares. */
export const undeclaredDependency: Rule = {
  id: 'undeclared-dependency',
  why: 'What a package.json does not declare is there by luck: another install, another version of a neighbour, and the import leads elsewhere or nowhere.',
  check: ({ project, setting }) =>
    project.edges.flatMap((edge): Finding[] => {
      const found = undeclaredBy(project, setting, edge);
      if (found === undefined) return [];
      const { home, name } = found;
      const missing = isMissingPackage(project, edge.to) ? ', nor is it installed' : '';
      return [
        edgeFinding(edge, {
          from: home.name,
          to: name,
          subject: name,
          message: `${home.name} imports ${name}, which ${packageJson(home)} does not declare${missing}.`,
          route: routeTo(project, edge, name, packageJson(home)),
        }),
      ];
    }),
};

/** Whether what is imported is a package of npm that is not installed: with one that is not declared either, that is told once. */
export function isMissingPackage(project: Project, to: EdgeTarget): boolean {
  return to.kind === 'unresolved' && to.package !== undefined && project.package(to.package) === undefined;
}

/** The package that an edge names and its own package does not declare, as far as the rule looks at it. */
export function undeclaredBy(
  project: Project,
  setting: RuleSetting,
  edge: Edge,
): { readonly home: WorkspacePackage; readonly name: string } | undefined {
  if (setting.severity === 'off' || (!setting.tests && project.isTest(edge.from))) return undefined;
  if (!setting.types && edge.isTypeOnly) return undefined;
  const name = packageNamed(project, edge);
  const home = homeOf(project, edge.from);
  if (name === undefined || home === undefined || name === home.name) return undefined;
  return isDeclared(project, setting, home, edge, name) ? undefined : { home, name };
}

function routeTo(project: Project, edge: Edge, name: string, file: string): string {
  const place = project.isTest(edge.from) ? `${file}, or to its devDependencies` : file;
  const isUnknown = edge.to.kind === 'unresolved' && project.package(name) === undefined;
  const alias = isUnknown ? ' If it is an alias, say in "paths" of tsconfig.json where it leads.' : '';
  return `Add ${name} to the dependencies in ${place}.${alias}`;
}

function packageJson({ folder }: WorkspacePackage): string {
  return folder === '.' ? 'package.json' : `${folder}/package.json`;
}

function homeOf(project: Project, path: string): WorkspacePackage | undefined {
  return project.package(project.elementOf(path).package);
}

/**
 * The package that an edge names: one of npm, installed or not, or one of the workspace, by its name or by an alias of tsconfig.json.
 * A path into another package is left to the rule about what packages export.
 */
function packageNamed(project: Project, edge: Edge): string | undefined {
  const { to, specifier } = edge;
  if (NAMES_NO_PACKAGE.includes(edge.kind)) return undefined;
  if (to.kind === 'package') return isPackageName(to.name) ? to.name : undefined;
  if (to.kind === 'unresolved') {
    const named = to.package ?? packageIn(specifier);
    return to.package !== undefined || project.package(named) !== undefined ? named : undefined;
  }
  if (to.kind !== 'file' && to.kind !== 'asset') return undefined;
  const name = project.elementOf(to.path).package;
  if (specifier === name || specifier.startsWith(`${name}/`)) return name;
  const isPath = /^[./]/.test(specifier);
  return isPath || project.package(name)?.folder === '.' ? undefined : name;
}

/** Kinds whose specifiers are paths, with or without `./`, or add to a module that something else imports. */
const NAMES_NO_PACKAGE: readonly string[] = [
  'moduleDeclaration',
  'referencePath',
  'url',
  'worker',
  'fork',
  'metaGlob',
];

function isDeclared(
  project: Project,
  setting: RuleSetting,
  home: WorkspacePackage,
  edge: Edge,
  name: string,
): boolean {
  const root = project.graph.packages.find(({ folder }) => folder === '.');
  // The root's node_modules links the packages of its workspaces.
  if (home === root && project.package(name) !== undefined) return true;
  const mayUseRoot = setting.root === 'all' || (setting.root === 'tests' && project.isTest(edge.from));
  const places = mayUseRoot && root !== undefined ? [home, root] : [home];
  // A package may be declared by another name: `"lib2": "workspace:@acme/lib@*"`.
  const names = [name, `@types/${name.replace(/^@/, '').replace('/', '__')}`, packageIn(edge.specifier)];
  return places.some((place) => names.some((one) => Object.hasOwn(place.dependencies, one)));
}
