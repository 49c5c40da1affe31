import type { Element } from './element.js';
import type { InnerEdge, Project } from './project.js';
import { filesReached } from './reach.js';

/** Which code joins modules of other packages, and may speak for them. */
export interface Programs {
  /** Whether a file is of a program that joins a module. */
  joins(path: string, module: Element): boolean;
}

/**
 * A program is the code of a package that stands in no module, and that no module imports, not even by way of others. It joins the
 * modules whose module.ts its package imports for more than types, itself or through a file that passes it on.
 */
export function programsOf(project: Project): Programs {
  let found: { readonly joined: ReadonlySet<string>; readonly reached: ReadonlySet<string> } | undefined;
  return {
    joins: (path, { id }) => {
      const { kind, id: user } = project.elementOf(path);
      if (kind !== 'package') return false;
      found ??= joinedIn(project);
      return found.joined.has(`${user}\n${id}`) && !found.reached.has(path);
    },
  };
}

function joinedIn(project: Project): { joined: ReadonlySet<string>; reached: ReadonlySet<string> } {
  const edges = project.inner.filter(
    ({ edge }) => !edge.isTypeOnly && edge.kind !== 'mock' && !project.isTest(edge.from),
  );
  const passedOn = edges.filter(
    ({ edge, target, to }) => edge.kind === 'reexport' && to.wiring.includes(target),
  );
  const joined = edges
    .filter(({ from, to }) => from.kind === 'package' && to.kind === 'module')
    .filter((inner) => inner.to.wiring.includes(inner.target) || passedOn.some((one) => takes(inner, one)))
    .map(({ from, to }) => `${from.id}\n${to.id}`);
  return { joined: new Set(joined), reached: filesReached(edges, ({ from }) => from.kind === 'module') };
}

/** Whether an import takes what the file that it leads to passes on. */
function takes({ edge: { names }, target }: InnerEdge, { edge }: InnerEdge): boolean {
  if (edge.from !== target) return false;
  return [...names, ...edge.names].includes('*') || names.some((name) => edge.names.includes(name));
}
