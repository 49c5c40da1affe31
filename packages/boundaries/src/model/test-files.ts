import { defaultConfig } from '../config/config-shape.js';
import type { BoundaryRules } from '../config/load-rules.js';
import type { WorkspacePackage } from '../graph/project-graph.js';
import { type Element, folderOf, shortName } from './element.js';
import { compileGlobs } from './glob.js';
import type { InnerEdge } from './project.js';
import { filesReached } from './reach.js';

const FOLDERS: readonly string[] = ['test', 'tests', 'e2e', 'spec'];
/** Among sources these may mean something else: keys from end to end, a specification. */
const OUTSIDE_SOURCES: readonly string[] = ['e2e', 'spec'];
const TOOL_CONFIGURATION = /\.(?:config|setup)\.[^/]*$/;

/** A project as far as it says which of its files are tests. */
interface Files {
  readonly paths: readonly string[];
  readonly packages: readonly WorkspacePackage[];
  readonly elements: readonly Element[];
  readonly inner: readonly InnerEdge[];
}

/**
 * The files that count as tests. Where the configuration names them, these and no others; else those that the globs of the defaults
 * fit, what lies in folders of tests, and in the root of a package configuration of tools that no code loads.
 */
export function testFiles({ paths, packages, elements, inner }: Files, rules: BoundaryRules): Set<string> {
  const isNamed = compileGlobs(rules.tests);
  if (rules.tests !== defaultConfig.tests) return new Set(paths.filter(isNamed));
  const homes = new Set(['.', ...packages.map(({ folder }) => folder)]);
  const isIn = testFolders(homes, elements);
  const tests = new Set(paths.filter((path) => isNamed(path) || isIn(folderOf(path))));
  const ofTools = new Set(
    paths.filter((path) => TOOL_CONFIGURATION.test(path) && homes.has(folderOf(path)) && !tests.has(path)),
  );
  if (ofTools.size === 0) return tests;
  const loaded = filesReached(
    inner.filter(({ target }) => ofTools.has(target)),
    ({ edge }) => !tests.has(edge.from) && !ofTools.has(edge.from),
  );
  return new Set([...tests, ...[...ofTools].filter((path) => !loaded.has(path))]);
}

/** Whether a folder is one of tests or in one. A module or package with a door of its own is none, whatever its folder is called. */
function testFolders(homes: ReadonlySet<string>, elements: readonly Element[]): (folder: string) => boolean {
  const withDoor = new Set(
    elements.filter(({ doors, wiring }) => doors.length + wiring.length > 0).map(({ folder }) => folder),
  );
  const known = new Map([['.', false]]);
  const isIn = (folder: string): boolean => {
    const found = known.get(folder) ?? (isOne(folder) || isIn(folderOf(folder)));
    known.set(folder, found);
    return found;
  };
  const isOne = (folder: string): boolean => {
    const name = shortName(folder);
    if (!FOLDERS.includes(name) || withDoor.has(folder)) return false;
    return !OUTSIDE_SOURCES.includes(name) || !isBelowSources(folder, homes);
  };
  return isIn;
}

/** Whether a folder called src lies between a package and one of its folders. */
function isBelowSources(folder: string, homes: ReadonlySet<string>): boolean {
  for (let at = folder; !homes.has(at); at = folderOf(at)) if (shortName(at) === 'src') return true;
  return false;
}
