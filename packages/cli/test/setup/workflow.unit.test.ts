import { describe, expect, test } from 'vitest';
import { packageManagerOf } from '../../src/setup/installer.js';
import { workflowText } from '../../src/setup/workflow.js';
import { folderWith } from '../command.js';

describe('the workflow', () => {
  test('for npm in the top of the repository', () => {
    expect(workflowText({ prefix: '', branch: 'main', manager: 'npm' })).toBe(`name: Boundaries
on:
  pull_request:
  push:
    branches: [main]
permissions:
  contents: read
jobs:
  boundaries:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-node@v4
        with:
          node-version: 22
          cache: npm
      - run: npm ci
      - run: npx --no-install mortar check --format github
`);
  });

  test('for pnpm below it: what is cached is named by its path', () => {
    const text = workflowText({ prefix: 'web', branch: 'release/2', manager: 'pnpm' });
    expect(text).toContain('    branches: [release/2]\n');
    expect(text).toContain('    defaults:\n      run:\n        working-directory: web\n    steps:\n');
    expect(text).toContain(
      '      - uses: pnpm/action-setup@v4\n      - uses: actions/setup-node@v4\n        with:\n          node-version: 22\n          cache: pnpm\n          cache-dependency-path: web/pnpm-lock.yaml\n',
    );
  });

  test('for pnpm whose version a package.json below the top names', () => {
    const named = { version: 'pnpm@10.0.0', file: 'web/package.json' };
    expect(workflowText({ prefix: 'web', branch: 'main', manager: 'pnpm', named })).toContain(
      '      - uses: pnpm/action-setup@v4\n        with:\n          package_json_file: web/package.json\n      - uses: actions/setup-node@v4\n',
    );
    const atTop = { ...named, file: 'package.json' };
    expect(workflowText({ prefix: 'web', branch: 'main', manager: 'pnpm', named: atTop })).toBe(
      workflowText({ prefix: 'web', branch: 'main', manager: 'pnpm' }),
    );
  });

  test.each([
    ['yarn@4.1.0', true],
    ['yarn@2.0.0', true],
    ['yarn@10.0.0', true],
    ['yarn@1.22.22', false],
    ['pnpm@9.0.0', false],
  ])('for yarn by what package.json names: %s', (version, isEnabled) => {
    const named = { version, file: 'package.json' };
    const text = workflowText({ prefix: '', branch: 'main', manager: 'yarn', named });
    expect(
      text.includes('checkout@v4\n      - run: corepack enable\n      - uses: actions/setup-node@v4\n'),
    ).toBe(isEnabled);
    expect(text.includes('corepack')).toBe(isEnabled);
  });

  test('for bun, which caches by itself', () => {
    const text = workflowText({ prefix: 'web', branch: 'main', manager: 'bun' });
    expect(text).toContain(
      '      - uses: oven-sh/setup-bun@v2\n      - run: bun install --frozen-lockfile\n',
    );
    expect(text).not.toContain('cache');
  });

  test.each(['*', 'true: x', '1.0', "it's", '# no', '{a}'])(
    'a name that YAML would misread is quoted: %s',
    (name) => {
      const text = workflowText({ prefix: name, branch: name, manager: 'npm' });
      expect(text).toContain(`branches: [${JSON.stringify(name)}]`);
      expect(text).toContain(`working-directory: ${JSON.stringify(name)}`);
    },
  );

  test.each([
    [{}, 'npm'],
    [{ 'package-lock.json': '' }, 'npm'],
    [{ 'pnpm-lock.yaml': '' }, 'pnpm'],
    [{ 'yarn.lock': '' }, 'yarn'],
    [{ 'bun.lockb': '' }, 'bun'],
    [{ 'pnpm-lock.yaml': '', 'yarn.lock': '' }, 'pnpm'],
    [{ 'package.json': '{ "packageManager": "yarn@4.1.0" }' }, 'yarn'],
    [{ 'package.json': '{ "packageManager": "yarn@4.1.0" }', 'package-lock.json': '' }, 'npm'],
    [{ 'package.json': '{ "packageManager": 4 }', 'pnpm-workspace.yaml': '' }, 'pnpm'],
    [{ 'package.json': 'nothing' }, 'npm'],
  ])('%j is of %s', (files, manager) => {
    expect(packageManagerOf([folderWith(), folderWith(files)])).toBe(manager);
  });
});
