import type { SourceFile } from '../source/file.js';
import { type Violation, violationAt } from '../source/violation.js';
import type { Uses } from './floors.js';
import { type Import, importsOf } from './imports.js';

const KERNEL = 'packages/mortar/src/';

/** Each area of the kernel imports, types included, only the areas that the table of floors grants it. */
export function areaRules(files: readonly SourceFile[], floors: readonly Uses[]): Violation[] {
  const granted = new Map(floors.flatMap((floor) => Object.entries(floor)));
  const kernel = files.filter((file) => file.path.startsWith(KERNEL));
  return kernel.flatMap((file) => {
    const area = areaOf(file.path);
    const uses = granted.get(area);
    if (uses === undefined)
      return [violationAt(file, 0, 'area', `${area} has no line in the table of floors`)];
    return importsOf(file)
      .filter((one) => isForeign(one, area, uses))
      .map((one) => forbidden(one, area, uses));
  });
}

/** `internal/` is private: only files below the folder it stands in import from it. */
export function internalFolders(files: readonly SourceFile[]): Violation[] {
  return files
    .filter((file) => !/\/test\//.test(`/${file.path}`))
    .flatMap(importsOf)
    .flatMap(({ file, offset, target }) => {
      const owner = target === undefined ? undefined : /^(.*\/)internal\//.exec(target)?.[1];
      if (owner === undefined || file.path.startsWith(owner)) return [];
      return [violationAt(file, offset, 'internal', `${target} is private to ${owner.slice(0, -1)}`)];
    });
}

/** What is wrong with the table itself: an area uses one above it, one that isn't there, or itself by way of others. */
export function checkFloors(floors: readonly Uses[]): string[] {
  const floorOf = new Map(
    floors.flatMap((floor, level) => Object.keys(floor).map((area) => [area, level] as const)),
  );
  const beside = new Map<string, string[]>();
  const faults = floors.flatMap((floor, level) =>
    Object.entries(floor).flatMap(([area, uses]) => {
      const others = uses.filter((used) => used !== area);
      beside.set(
        area,
        others.filter((used) => floorOf.get(used) === level),
      );
      return others
        .filter((used) => (floorOf.get(used) ?? Number.POSITIVE_INFINITY) > level)
        .map((used) => `${area} may not use ${used}: it is not below it`);
    }),
  );
  const circular = [...beside.keys()].filter((area) => reaches(beside, area, area, new Set()));
  return [...faults, ...circular.map((area) => `${area} uses itself by way of its floor`)];
}

function reaches(
  graph: ReadonlyMap<string, readonly string[]>,
  from: string,
  to: string,
  seen: Set<string>,
): boolean {
  return (graph.get(from) ?? []).some((next) => {
    if (next === to) return true;
    if (seen.has(next)) return false;
    seen.add(next);
    return reaches(graph, next, to, seen);
  });
}

/** The folder directly under src/, or the name of a file that stands there. */
function areaOf(path: string): string {
  const [first = ''] = path.slice(KERNEL.length).split('/');
  return first.replace(/\.[cm]?ts$/, '');
}

function isForeign({ target }: Import, area: string, uses: readonly string[]): boolean {
  if (target === undefined || !target.startsWith(KERNEL)) return false;
  const used = areaOf(target);
  return used !== area && !uses.includes(used);
}

function forbidden({ file, offset, target = '' }: Import, area: string, uses: readonly string[]): Violation {
  const allowed = uses.filter((used) => used !== area).join(', ') || 'nothing';
  return violationAt(file, offset, 'area', `${area} may not use ${areaOf(target)}, only ${allowed}`);
}
