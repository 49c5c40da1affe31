import type { BoundaryRules } from '../config/load-rules.js';
import type { ProjectGraph } from '../graph/project-graph.js';
import { linksOf, messageLinks, ownerOf } from '../model/messages.js';
import { createProject, type Project } from '../model/project.js';

/** A project as it is drawn: plain data. */
export interface Picture {
  /** Sorted by id. */
  readonly modules: readonly PicturedModule[];
  /** Between modules, outside of tests; sorted by from and to. */
  readonly links: readonly PicturedLink[];
  /** Between files, imports and messages alike. Indexes are places in the files of all modules, one after the other. */
  readonly fileLinks: readonly PicturedFileLink[];
}

/** A module or package. */
export interface PicturedModule {
  readonly id: string;
  readonly kind: 'package' | 'module';
  readonly folder: string;
  readonly parent: string | undefined;
  readonly tags: readonly string[];
  /** Paths. */
  readonly files: readonly string[];
  readonly doors: readonly string[];
  readonly messages: readonly { readonly kind: string; readonly name: string }[];
}

/** All that one module takes of another. */
export interface PicturedLink {
  readonly from: string;
  readonly to: string;
  /** Places with an import that is more than of messages. */
  readonly imports: number;
  readonly messages: readonly { readonly kind: string; readonly name: string }[];
}

/** One file that names another. */
export interface PicturedFileLink {
  readonly from: number;
  readonly to: number;
  /** `import`, `type` for one that is gone when the code runs, or the kind of a message. */
  readonly kind: string;
  /** The name of a message. */
  readonly name?: string;
}

/** What is drawn of a graph. Test files are left out. */
export function pictureOf(graph: ProjectGraph, rules: BoundaryRules): Picture {
  const project = createProject(graph, rules);
  const modules = project.elements.map((element): PicturedModule => {
    const { id, kind, folder, parent, tags, doors } = element;
    const files = element.files.filter((path) => !project.isTest(path));
    return { id, kind, folder, parent, tags, files, doors, messages: messagesOf(project, id) };
  });
  return { modules, links: moduleLinks(project), fileLinks: fileLinks(project, modules) };
}

function messagesOf(project: Project, id: string): { kind: string; name: string }[] {
  return project.definitions
    .filter(
      (definition) =>
        !project.isTest(definition.path) &&
        (ownerOf(project, definition) ?? project.elementOf(definition.path)).id === id,
    )
    .map(({ kind, name }) => ({ kind, name }));
}

function moduleLinks(project: Project): PicturedLink[] {
  const links = new Map<
    string,
    { from: string; to: string; imports: number; messages: Map<string, { kind: string; name: string }> }
  >();
  for (const { from, to, kind, what } of linksOf(project, { types: true })) {
    const key = `${from.id}\0${to.id}`;
    const link = links.get(key) ?? { from: from.id, to: to.id, imports: 0, messages: new Map() };
    if (kind === 'import') link.imports += 1;
    else link.messages.set(what, { kind, name: what });
    links.set(key, link);
  }
  return [...links]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { from, to, imports, messages }]) => ({
      from,
      to,
      imports,
      messages: [...messages.values()].sort((a, b) => (a.name < b.name ? -1 : 1)),
    }));
}

function fileLinks(project: Project, modules: readonly PicturedModule[]): PicturedFileLink[] {
  const index = new Map(modules.flatMap(({ files }) => files).map((path, at) => [path, at]));
  const links = new Map<string, PicturedFileLink>();
  const add = (fromPath: string, toPath: string, kind: string, name?: string): void => {
    const from = index.get(fromPath);
    const to = index.get(toPath);
    if (from === undefined || to === undefined || from === to) return;
    const key = `${from} ${to} ${kind} ${name ?? ''}`;
    if (!links.has(key)) links.set(key, { from, to, kind, ...(name === undefined ? {} : { name }) });
  };
  for (const { edge, target } of project.inner) {
    if (edge.kind !== 'mock') add(edge.from, target, edge.isTypeOnly ? 'type' : 'import');
  }
  for (const { use, definition, user, owner } of messageLinks(project)) {
    if (owner !== undefined && owner !== user) add(use.path, definition.path, use.kind, definition.name);
  }
  return [...links.values()];
}
