// Each tool in a process of its own, as one calls it: how long it takes, and how much memory at most.
import { spawnSync } from 'node:child_process';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const command = fileURLToPath(new URL('../../../packages/cli/dist/main.js', import.meta.url));
const modules = fileURLToPath(new URL('../../node_modules', import.meta.url));
const floor = fileURLToPath(new URL('floor.mjs', import.meta.url));
const MAX_OUTPUT = 512_000_000;
const LONGEST_MS = 900_000;
/** Nobody uses a network here, and reading the certificates that may be named takes as long as Node's own start. */
const ENVIRONMENT = { ...process.env, NODE_EXTRA_CA_CERTS: undefined, NO_COLOR: '1' };

/**
 * @typedef {object} Contestant
 * @property {string} name
 * @property {'ours' | 'peer' | 'limit'} kind
 * @property {(root: string) => readonly string[]} command the program and its arguments
 * @property {readonly number[]} exits what it may end with
 * @property {(root: string) => void} [before]
 */

/**
 * @typedef {object} Run
 * @property {number} ns
 * @property {number} bytes resident at most, of the process and those it waited for
 * @property {string} output
 */

/** @type {Contestant} */
export const oursCold = {
  name: 'mortar check --no-cache',
  kind: 'ours',
  command: () => [process.execPath, command, 'check', '--json', '--no-cache'],
  exits: [0, 1],
};

/** @type {Contestant} */
export const oursWarm = {
  name: 'mortar check, one file changed',
  kind: 'ours',
  command: () => [process.execPath, command, 'check', '--json'],
  exits: [0, 1],
  before: changeOneFile,
};

/** @type {Contestant} */
export const oursImporting = {
  name: 'mortar check, imports and exports of one file changed',
  kind: 'ours',
  command: () => [process.execPath, command, 'check', '--json'],
  exits: [0, 1],
  before: changeImports,
};

/** @type {readonly Contestant[]} */
export const peers = [
  {
    name: 'reading the files',
    kind: 'limit',
    command: (root) => [process.execPath, floor, root],
    exits: [0],
  },
  {
    name: 'dependency-cruiser',
    kind: 'peer',
    command: (root) => [
      process.execPath,
      binary('dependency-cruiser', 'bin/dependency-cruise.mjs'),
      'packages',
      '--config',
      join(root, '.dependency-cruiser.cjs'),
      '--output-type',
      'json',
    ],
    exits: [0],
    before: writeCruiserRules,
  },
  {
    name: 'madge',
    kind: 'peer',
    command: () => [
      process.execPath,
      binary('madge', 'bin/cli.js'),
      '--circular',
      '--json',
      '--extensions',
      'ts',
      '--ts-config',
      'tsconfig.json',
      'packages',
    ],
    exits: [0, 1],
  },
  {
    name: 'oxlint import/no-cycle',
    kind: 'peer',
    command: () => [
      process.execPath,
      binary('oxlint', 'bin/oxlint'),
      '--import-plugin',
      '--tsconfig',
      'tsconfig.json',
      '-A',
      'all',
      '-D',
      'import/no-cycle',
      '--quiet',
      'packages',
    ],
    exits: [0, 1],
  },
];

/**
 * @param {string} name
 * @param {string} path
 */
function binary(name, path) {
  return join(modules, name, path);
}

/** The rules that come nearest to what is checked here: circles, and what can't be resolved. */
function writeCruiserRules(/** @type {string} */ root) {
  const rules = `module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    { name: 'not-to-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: { doNotFollow: { path: 'node_modules' }, tsPreCompilationDeps: true, tsConfig: { fileName: 'tsconfig.json' } },
};
`;
  writeFileSync(join(root, '.dependency-cruiser.cjs'), rules);
}

let changes = 0;

/** What the file imports and exports stays, as with most edits. */
function changeOneFile(/** @type {string} */ root) {
  changes += 1;
  writeFileSync(join(firstPackage(root), 'changed.ts'), `export const changed = ${changes};\n`);
}

/** The other file may not be there yet: then the import leads nowhere. */
function changeImports(/** @type {string} */ root) {
  changes += 1;
  const [line, value] =
    changes % 4 < 2 ? ["import { changed } from './changed.js';\n", 'changed'] : ['', '1'];
  writeFileSync(
    join(firstPackage(root), 'importing.ts'),
    `${line}export const importing${changes} = ${value};\n`,
  );
}

/** @param {string} root */
function firstPackage(root) {
  const first = readdirSync(join(root, 'packages')).find((name) => !name.startsWith('@')) ?? '';
  return join(root, 'packages', first);
}

/** @param {string} root */
export function dropCache(root) {
  rmSync(join(root, 'node_modules/.cache'), { recursive: true, force: true });
}

/**
 * @param {Contestant} contestant
 * @param {string} root
 * @returns {Run}
 */
export function runOnce({ name, command: commandOf, exits, before }, root) {
  before?.(root);
  const [program = '', ...args] = commandOf(root);
  const marker = join(root, 'node_modules', '.peak');
  const start = process.hrtime.bigint();
  const { status, stdout, stderr, error } = spawnSync(
    '/usr/bin/time',
    ['-f', '%M', '-o', marker, program, ...args],
    {
      cwd: root,
      maxBuffer: MAX_OUTPUT,
      timeout: LONGEST_MS,
      env: ENVIRONMENT,
    },
  );
  const ns = Number(process.hrtime.bigint() - start);
  if (error !== undefined || status === null || !exits.includes(status)) {
    throw new Error(
      `${name} ended with ${status}: ${error?.message ?? stderr.toString('utf8').slice(-2_000)}`,
    );
  }
  return { ns, bytes: peakOf(marker), output: stdout.toString('utf8') };
}

/** @param {string} marker */
function peakOf(marker) {
  const { stdout } = spawnSync('tail', ['-n', '1', marker]);
  return Number(stdout.toString('utf8')) * 1024;
}
