import { expect, it } from 'vitest';
import { rulesFrom } from '../../src/config/load-rules.js';
import { createProject } from '../../src/model/project.js';
import { graphOf } from '../../src/self-test/sample.js';
import { found, from, type Given, places, sampleOf } from '../rules/judged.js';

/** The test files of a project under a configuration. */
function tests(given: Given, config: object = {}): string[] {
  const project = createProject(graphOf(sampleOf(given)), rulesFrom(config));
  return project.paths.filter((path) => project.isTest(path));
}

const app = { name: 'app', folder: '.' };
const api = { name: '@acme/api', folder: 'packages/api' };

it.each([
  'src/order.test.ts',
  'src/order.spec.tsx',
  'src/__tests__/order.ts',
  'src/orders/__mocks__/clock.ts',
  'src/test/render.tsx',
  'packages/api/tests/helpers/store.ts',
  'packages/api/src/orders/test/store.ts',
  'e2e/pages/login.ts',
  'packages/api/spec/support/jasmine.ts',
  'vite.config.ts',
  'packages/api/jest.setup.ts',
])('takes %s for a test', (path) => {
  expect(tests({ packages: [app, api], files: [path] })).toEqual([path]);
});

it.each([
  'src/app.config.ts',
  'packages/api/src/orders/order.config.ts',
  'packages/order.setup.ts',
  'src/spec/openapi.ts',
  'packages/api/src/e2e/keys.ts',
  'src/latest/order.ts',
])('takes %s for code', (path) => {
  expect(tests({ packages: [app, api], files: [path] })).toEqual([]);
});

it('takes configuration in the root of a package for code where code loads it, also by way of other configuration', () => {
  const imports = [from('src/app.ts', 'site.config.ts'), from('site.config.ts', 'menu.config.ts')];
  const others = [from('vite.config.ts', 'base.config.ts'), from('src/app.test.ts', 'jest.setup.ts')];
  expect(tests({ packages: [app], imports: [...imports, ...others] })).toEqual([
    'base.config.ts',
    'jest.setup.ts',
    'src/app.test.ts',
    'vite.config.ts',
  ]);
});

it('takes a module or package for code that has a door, whatever its folder is called', () => {
  const files = [
    'src/modules/orders/contract.ts',
    'src/modules/tests/contract.ts',
    'src/modules/tests/module.ts',
    'src/modules/tests/test/store.ts',
    'packages/spec/openapi.ts',
    'packages/spec/test/store.ts',
    'packages/e2e/pages/login.ts',
  ];
  const packages = [
    app,
    { name: '@acme/spec', folder: 'packages/spec', entries: ['packages/spec/openapi.ts'] },
    { name: '@acme/e2e', folder: 'packages/e2e' },
  ];
  expect(tests({ packages, files })).toEqual([
    'packages/e2e/pages/login.ts',
    'packages/spec/test/store.ts',
    'src/modules/tests/test/store.ts',
  ]);
});

it('takes what the configuration names, and nothing else', () => {
  const files = ['src/order.test.ts', 'src/check/order.ts', 'vite.config.ts'];
  expect(tests({ packages: [app], files }, { tests: ['src/check/**'] })).toEqual(['src/check/order.ts']);
});

it.each(['a.config.ts', 'src/a.config.ts', 'src/a.setup.ts'])('sees a circle by way of %s', (config) => {
  const imports = [from('a.ts', 'b.ts'), from('b.ts', config), from(config, 'b.ts')];
  expect(places(found('file-cycle', { packages: [app], imports }))).toHaveLength(1);
});

it('sees a driver that the configuration of a domain loads', () => {
  const imports = [from('src/orders/domain/order.config.ts', 'npm:pg')];
  const files = ['src/orders/contract.ts', 'src/orders/module.ts', 'src/orders/infrastructure/table.ts'];
  expect(places(found('domain-packages', { packages: [app], files, imports }))).toEqual([
    'src/orders/domain/order.config.ts:1',
  ]);
});

it('sees a module called tests publish what another owns', () => {
  const violations = found('message-owner', {
    packages: [app],
    files: ['src/modules/tests/contract.ts', 'src/modules/tests/module.ts'],
    definitions: [{ name: 'orders.placed', kind: 'event', path: 'src/modules/orders/contract.ts' }],
    uses: [{ role: 'publish', name: 'orders.placed', path: 'src/modules/tests/publish.ts' }],
  });
  expect(places(violations)).toEqual(['src/modules/tests/publish.ts:1']);
});
