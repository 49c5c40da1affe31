import type { Element } from '../../model/element.js';
import type { InnerEdge, Project } from '../../model/project.js';

/** An import that goes into an element past its door. */
export interface Breach {
  readonly inner: InnerEdge;
  /** The element that is entered. */
  readonly entered: Element;
  readonly reason: 'path' | 'exports' | 'contract';
}

/** The first boundary, from the outside in, that an import crosses elsewhere than at the door. */
export function breachOf(
  project: Project,
  inner: InnerEdge,
  withoutExports: 'main' | 'open',
): Breach | undefined {
  const { edge, target, from, to } = inner;
  if (from === to || (edge.kind === 'referenceTypes' && !edge.specifier.startsWith('.'))) return undefined;
  const inside = project.chain(from);
  const crossed = project
    .chain(to)
    .filter((element) => !inside.includes(element))
    .reverse();
  for (const entered of crossed) {
    if (entered.kind === 'package') {
      // What stands in the root looks after the packages, by paths too, as long as they do not load it; the modules in them are as
      // closed to it as to all others.
      const looksAfter = from.folder === '.' && !project.isSharedRoot(edge.from);
      const reason = looksAfter ? undefined : packageBreach(project, inner, entered, withoutExports);
      if (reason !== undefined) return { inner, entered, reason };
      // What a package exports is public, wherever it lies.
      if (entered.doors.includes(target)) return undefined;
    } else if (!isDoor(entered, target) && !mayWire(project, inner, entered)) {
      return { inner, entered, reason: 'contract' };
    }
  }
  return undefined;
}

/** A module whose files are all doors has no inside. */
function isDoor({ doors, files }: Element, target: string): boolean {
  return (
    doors.includes(target) || (doors.length > 0 && doors.length === files.length && !files.includes(target))
  );
}

function packageBreach(
  project: Project,
  { edge, target }: InnerEdge,
  entered: Element,
  withoutExports: 'main' | 'open',
): 'path' | 'exports' | undefined {
  if (/^\.{0,2}\//.test(edge.specifier) || edge.specifier === '..' || edge.specifier === '.') return 'path';
  if (entered.doors.includes(target)) return undefined;
  const own = project.package(entered.id);
  const isOpen = own?.hasExports !== true && (withoutExports === 'open' || entered.doors.length === 0);
  return isOpen ? undefined : 'exports';
}

/** What stands around a module puts it together by its module.ts; the tests there may look inside. */
function mayWire(project: Project, { edge, target, from }: InnerEdge, entered: Element): boolean {
  if (!project.chain(entered).includes(from)) return false;
  return project.isTest(edge.from) || entered.wiring.includes(target);
}
