import type { Edge, WorkspacePackage } from '../../graph/project-graph.js';
import { type Project, packageIn } from '../../model/project.js';
import { edgeFinding, type Finding, type Rule, type RuleInput } from '../rule.js';

/** A package imports only packages that its package.json declares. */
export const undeclaredDependency: Rule = {
  id: 'undeclared-dependency',
  why: 'What a package.json does not declare is there by luck: another install, another version of a neighbour, and the import leads elsewhere or nowhere.',
  check: (input) => {
    const { project, setting } = input;
    return project.edges.flatMap((edge): Finding[] => {
      if (!setting.tests && project.isTest(edge.from)) return [];
      if (!setting.types && edge.isTypeOnly) return [];
      const name = packageNamed(project, edge);
      const home = homeOf(project, edge.from);
      if (name === undefined || home === undefined || name === home.name) return [];
      if (isDeclared(input, home, edge, name)) return [];
      return [
        edgeFinding(edge, {
          from: home.name,
          to: name,
          subject: name,
          message: `${home.name} imports ${name}, which ${packageJson(home)} does not declare.`,
          route: `Add ${name} to the dependencies in ${packageJson(home)}${project.isTest(edge.from) ? ', or to its devDependencies' : ''}.`,
        }),
      ];
    });
  },
};

function packageJson({ folder }: WorkspacePackage): string {
  return folder === '.' ? 'package.json' : `${folder}/package.json`;
}

function homeOf(project: Project, path: string): WorkspacePackage | undefined {
  return project.package(project.elementOf(path).package);
}

/** The package that an edge names: one of npm, or one of the workspace that is called by its name. */
function packageNamed(project: Project, edge: Edge): string | undefined {
  if (edge.kind === 'moduleDeclaration' || edge.kind === 'referencePath') return undefined;
  if (edge.to.kind === 'package')
    return /^(@[\w.~-]+\/)?[\w~-][\w.~-]*$/.test(edge.to.name) ? edge.to.name : undefined;
  if (edge.to.kind === 'unresolved') {
    const named = packageIn(edge.specifier);
    return project.package(named) === undefined ? undefined : named;
  }
  if (edge.to.kind !== 'file') return undefined;
  const name = project.elementOf(edge.to.path).package;
  return edge.specifier === name || edge.specifier.startsWith(`${name}/`) ? name : undefined;
}

function isDeclared(
  { project, setting }: RuleInput,
  home: WorkspacePackage,
  edge: Edge,
  name: string,
): boolean {
  const root = project.graph.packages.find(({ folder }) => folder === '.');
  // The root's node_modules links the packages of its workspaces.
  if (home === root && project.package(name) !== undefined) return true;
  const mayUseRoot = setting.root === 'all' || (setting.root === 'tests' && project.isTest(edge.from));
  const places = mayUseRoot && root !== undefined ? [home, root] : [home];
  const names = [name, `@types/${name.replace(/^@/, '').replace('/', '__')}`];
  return places.some((place) => names.some((one) => Object.hasOwn(place.dependencies, one)));
}
