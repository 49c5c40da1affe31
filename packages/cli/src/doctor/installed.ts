import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Finding, good } from './finding.js';

/** A package of Mortar that a project has installed. */
export interface Installed {
  readonly name: string;
  readonly version: string;
  /** With symbolic links resolved. */
  readonly folder: string;
}

/** The oldest Node that Mortar runs on. */
const OLDEST_NODE = [20, 19] as const;

/** Whether this Node will do. */
export function nodeFinding(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isOld = major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1]);
  if (!isOld) return good('node', `Node ${version}`);
  const says = `Node ${version} is older than ${OLDEST_NODE.join('.')}`;
  return { about: 'node', state: 'fault', says, mend: 'Use a newer Node.' };
}

/** Whether all packages of Mortar are there once, and of one version. */
export function packageFindings(root: string): Finding[] {
  const installed = installedPackages(root);
  const [first] = installed;
  if (first === undefined) {
    const mend = 'npm install --save-dev @mortar/cli makes the version part of the project.';
    return [
      { about: 'packages', state: 'note', says: 'The project has no package of Mortar installed', mend },
    ];
  }
  const list = installed.map(({ name, version }) => `${name} ${version}`).join(', ');
  const others = installed.filter(({ version }) => version !== first.version);
  const twice = installed.filter(
    ({ name }, index) => installed.findIndex((one) => one.name === name) !== index,
  );
  const mend = 'Bring all of them to one version, then npm dedupe.';
  if (twice.length > 0) {
    const says = `${twice.map(({ name }) => name).join(', ')} is installed more than once: ${list}`;
    return [{ about: 'packages', state: 'fault', says, mend }];
  }
  if (others.length > 0)
    return [{ about: 'packages', state: 'fault', says: `Versions differ: ${list}`, mend }];
  return [good('packages', list)];
}

/** The packages of Mortar in the node_modules of a folder and those above, and in those of each such package. */
export function installedPackages(root: string): readonly Installed[] {
  const direct = packagesFrom(root);
  // What a package brings itself, because another version was asked for.
  const brought = direct.flatMap(({ folder }) => packagesFrom(folder));
  const found = new Map([...direct, ...brought].map((one) => [one.folder, one]));
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function packagesFrom(folder: string): Installed[] {
  return namesIn(folder).flatMap((name) => resolved(name, folder) ?? []);
}

function namesIn(folder: string): string[] {
  const places = folders(folder).map((one) => join(one, 'node_modules'));
  const scoped = places.flatMap((place) => {
    const scope = join(place, '@mortar');
    return existsSync(scope) ? readdirSync(scope).map((name) => `@mortar/${name}`) : [];
  });
  return [...new Set(['mortar', ...scoped])];
}

function folders(start: string): string[] {
  const above = dirname(start);
  return above === start ? [start] : [start, ...folders(above)];
}

/** As Node finds it; nothing of it is run. */
function resolved(name: string, from: string): Installed | undefined {
  const path = folders(from)
    .map((folder) => join(folder, 'node_modules', name, 'package.json'))
    .find((file) => statSync(file, { throwIfNoEntry: false })?.isFile() === true);
  if (path === undefined) return undefined;
  try {
    const { version } = JSON.parse(readFileSync(path, 'utf8'));
    return typeof version === 'string' ? { name, version, folder: realpathSync(dirname(path)) } : undefined;
  } catch {
    return undefined;
  }
}
