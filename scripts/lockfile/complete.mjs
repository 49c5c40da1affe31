/**
 * What this needs to know of a package in a lockfile (version 3).
 * @typedef {object} Entry
 * @property {string} [version]
 * @property {string[]} [os]
 * @property {string[]} [cpu]
 * @property {string[]} [libc]
 * @property {string} [license]
 * @property {boolean} [dev]
 * @property {boolean} [optional]
 * @property {Record<string, string>} [engines]
 * @property {Record<string, string>} [optionalDependencies]
 */

/** @typedef {{ packages: Record<string, Entry> }} Lockfile */

/** @typedef {{ name: string, version: string, parent: Entry }} Missing */

const SYSTEMS = 'aix android darwin freebsd linux netbsd openbsd openharmony sunos win32'.split(' ');
const PROCESSORS = 'arm arm64 ia32 loong64 mips64el ppc64 riscv64 s390x x64'.split(' ');
const EXACT_VERSION = /^\d+\.\d+\.\d+(-[\w.]+)?$/;

/**
 * The optional dependencies that some package of the lockfile has and that the lockfile itself lacks.
 * @param {Lockfile} lockfile
 * @returns {Missing[]}
 */
export function missingPackages({ packages }) {
  return Object.entries(packages).flatMap(([place, parent]) =>
    Object.entries(parent.optionalDependencies ?? {})
      .filter(([name]) => !isFound(packages, place, name))
      .map(([name, version]) => ({ name, version, parent })),
  );
}

/**
 * The lockfile with the missing packages in it, as npm would write them, except for the integrity, which only the
 * registry knows: npm then checks such a package by the registry's own answer, on its own platform, when it installs.
 * @param {Lockfile} lockfile
 * @returns {Lockfile}
 */
export function complete(lockfile) {
  const added = missingPackages(lockfile).map((one) => [`node_modules/${one.name}`, entryOf(one)]);
  const packages = [...Object.entries(lockfile.packages), ...added].sort(([a], [b]) =>
    compare(String(a), String(b)),
  );
  return { ...lockfile, packages: Object.fromEntries(packages) };
}

/**
 * Node looks for a package in the folder of the one that asks, then in each folder above it.
 * @param {Record<string, Entry>} packages
 * @param {string} place
 * @param {string} name
 * @returns {boolean}
 */
function isFound(packages, place, name) {
  if (packages[`${place === '' ? '' : `${place}/`}node_modules/${name}`] !== undefined) return true;
  if (place === '') return false;
  const above = place.lastIndexOf('/node_modules/');
  return isFound(packages, above < 0 ? '' : place.slice(0, above), name);
}

/**
 * @param {Missing} missing
 * @returns {Entry}
 */
function entryOf({ name, version, parent }) {
  if (!EXACT_VERSION.test(version)) throw new Error(`${name}: expected an exact version; got ${version}`);
  const { cpu, libc, os } = platformOf(name);
  return {
    version,
    cpu,
    ...(parent.dev ? { dev: true } : {}),
    ...(libc === undefined ? {} : { libc }),
    ...(parent.license === undefined ? {} : { license: parent.license }),
    optional: true,
    os,
    ...(parent.engines === undefined ? {} : { engines: parent.engines }),
  };
}

/**
 * The platform that a binary package names: `@scope/tool-linux-x64-musl`.
 * @param {string} name
 * @returns {{ os: string[], cpu: string[], libc?: string[] }}
 */
export function platformOf(name) {
  const words = name.split(/[/-]/);
  const system = words.find((word) => SYSTEMS.includes(word));
  const processor = words.find((word) => PROCESSORS.includes(word));
  if (system === undefined || processor === undefined) {
    throw new Error(`${name}: expected a system and a processor in its name, such as tool-darwin-arm64`);
  }
  const libc = words.some((word) => word.startsWith('musl'))
    ? 'musl'
    : words.includes('gnu')
      ? 'glibc'
      : undefined;
  return { cpu: [processor], ...(libc === undefined ? {} : { libc: [libc] }), os: [system] };
}

/**
 * @param {string} a
 * @param {string} b
 */
function compare(a, b) {
  return a.localeCompare(b, 'en');
}
