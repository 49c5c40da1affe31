import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  hasLockfile,
  managers,
  namedManager,
  type PackageManager,
  packageManagerOf,
} from '../../src/setup/installer.js';
import { openPoints } from '../../src/setup/open-points.js';
import { addFiles, folderWith } from '../command.js';

const names: readonly PackageManager[] = ['npm', 'pnpm', 'yarn', 'bun'];
const installed = { 'node_modules/@mortar/cli/package.json': '{ "version": "0.1.0" }' };
const PNPM_NAME =
  'The workflow needs "packageManager" in package.json, such as "pnpm@10.0.0", to know which pnpm to run.';

/** What is open in a repository with these files, set up in the folder `web` of it. */
function openIn(
  files: Readonly<Record<string, string>>,
  manager: PackageManager,
  hasWorkflow = true,
): readonly string[] {
  const top = folderWith({ 'web/package.json': '{}', ...files });
  return openPoints({ root: join(top, 'web'), top, manager, hasWorkflow });
}

describe('what is still missing', () => {
  test('is nothing where all is there', () => {
    expect(openIn({ ...installed, 'package-lock.json': '{}' }, 'npm')).toEqual([]);
    const pnpm = { 'package.json': '{ "packageManager": "pnpm@10.0.0" }', 'pnpm-lock.yaml': '' };
    expect(openIn({ ...installed, ...pnpm }, 'pnpm')).toEqual([]);
  });

  test.each([
    ['npm', 'npm install --save-dev @mortar/cli', 'package-lock.json'],
    ['pnpm', 'pnpm add --save-dev @mortar/cli', 'pnpm-lock.yaml'],
    ['yarn', 'yarn add --dev @mortar/cli', 'yarn.lock'],
    ['bun', 'bun add --dev @mortar/cli', 'bun.lock'],
  ] as const)('in an empty project of %s is each point, in order', (manager, add, lockfile) => {
    expect(openIn({}, manager)).toEqual([
      `${add} makes the command part of the project.`,
      `The workflow needs ${lockfile} in the repository: ${manager} install makes it.`,
      ...(manager === 'pnpm' ? [PNPM_NAME] : []),
    ]);
  });

  test.each(names)('without a workflow is the command alone: %s', (manager) => {
    expect(openIn({}, manager, false)).toEqual([
      `${managers[manager].add} @mortar/cli makes the command part of the project.`,
    ]);
    expect(openIn(installed, manager, false)).toEqual([]);
  });

  test.each([
    ['npm', 'package-lock.json'],
    ['npm', 'npm-shrinkwrap.json'],
    ['pnpm', 'pnpm-lock.yaml'],
    ['yarn', 'yarn.lock'],
    ['bun', 'bun.lock'],
    ['bun', 'bun.lockb'],
  ] as const)('is no lockfile where %s has %s, in the project or in the top', (manager, file) => {
    const isNamed = { 'package.json': `{ "packageManager": "${manager}@1.0.0" }` };
    expect(openIn({ ...installed, ...isNamed, [file]: '' }, manager)).toEqual([]);
    expect(openIn({ ...installed, ...isNamed, [`web/${file}`]: '' }, manager)).toEqual([]);
    expect(openIn({ ...installed, ...isNamed, [`other/${file}`]: '' }, manager)).toHaveLength(1);
  });

  test.each([
    ['the project names it', { 'web/package.json': '{ "packageManager": "pnpm@9.1.0" }' }, []],
    ['the top names it', { 'package.json': '{ "packageManager": "pnpm@9.1.0" }' }, []],
    ['it is no text', { 'package.json': '{ "packageManager": true }' }, [PNPM_NAME]],
    ['package.json is no JSON', { 'package.json': '{' }, [PNPM_NAME]],
    ['package.json is a list', { 'package.json': '[]' }, [PNPM_NAME]],
    ['package.json is null', { 'package.json': 'null' }, [PNPM_NAME]],
  ])('is the version of pnpm unless it is named: %s', (_, files, expected) => {
    expect(openIn({ ...installed, 'pnpm-lock.yaml': '', ...files }, 'pnpm')).toEqual(expected);
  });

  test('is the command where only another package of Mortar is installed', () => {
    const others = {
      'node_modules/@mortar/sqlite/package.json': '{ "version": "0.1.0" }',
      'node_modules/mortar/package.json': '{ "version": "0.1.0" }',
      'package-lock.json': '',
    };
    expect(openIn(others, 'npm')).toHaveLength(1);
  });

  test('is gone once it was done', () => {
    const root = folderWith({ 'package.json': '{}' });
    const site = { root, top: root, manager: 'yarn', hasWorkflow: true } as const;
    expect(openPoints(site)).toHaveLength(2);
    addFiles(root, { 'yarn.lock': '' });
    expect(openPoints(site)).toHaveLength(1);
    addFiles(root, installed);
    expect(openPoints(site)).toEqual([]);
  });
});

describe('the package manager', () => {
  test('is one whose lockfile is there, if there is any; pnpm, yarn and bun before npm', () => {
    const order = ['pnpm', 'yarn', 'bun', 'npm'] as const;
    fc.assert(
      fc.property(fc.subarray([...order], { minLength: 1 }), fc.constantFrom(...order), (some, named) => {
        const files = Object.fromEntries(some.map((name) => [managers[name].lockfiles[0], '']));
        const root = folderWith({ ...files, 'package.json': `{ "packageManager": "${named}@1.0.0" }` });
        expect(packageManagerOf([root])).toBe(order.find((name) => some.includes(name)));
        for (const name of order) expect(hasLockfile([root], name)).toBe(some.includes(name));
      }),
      { numRuns: 40 },
    );
  });

  test.each([
    ['{ "packageManager": "pnpm@10.0.0+sha512.abc" }', 'pnpm'],
    ['{ "packageManager": "bun@1.2.0" }', 'bun'],
    ['{ "packageManager": "npm@11.0.0" }', 'npm'],
    ['{ "packageManager": "cnpm@9.0.0" }', 'npm'],
    ['{ "packageManager": "pnpmx@9.0.0" }', 'npm'],
    ['{ "packageManager": "" }', 'npm'],
  ])('by %s is %s', (text, manager) => {
    expect(packageManagerOf([folderWith({ 'package.json': text })])).toBe(manager);
  });

  test('that is named counts more than a list of workspaces, and the list more than nothing', () => {
    const workspaces = { 'pnpm-workspace.yaml': 'packages: []\n' };
    const yarn = { 'package.json': '{ "packageManager": "yarn@4.0.0" }' };
    expect(packageManagerOf([folderWith(workspaces)])).toBe('pnpm');
    expect(packageManagerOf([folderWith(workspaces), folderWith(yarn)])).toBe('yarn');
    expect(packageManagerOf([])).toBe('npm');
  });

  test('is said as it is written, and not where there is no package.json', () => {
    expect(namedManager(folderWith({ 'package.json': '{ "packageManager": "yarn@4.0.0" }' }))).toBe(
      'yarn@4.0.0',
    );
    expect(namedManager(folderWith())).toBeUndefined();
    expect(namedManager(join(folderWith(), 'none'))).toBeUndefined();
  });
});
