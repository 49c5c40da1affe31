import { describe, expect, it } from 'vitest';
import { readProject } from '../../src/graph/read-project.js';
import { manifest, told } from '../projects/checked.js';
import { makeProject } from '../support/project.js';

const site = manifest('site', { dependencies: { '@docusaurus/core': '*', next: '*' } });

describe('names that a framework gives', () => {
  it.each([
    "import Layout from '@theme/Layout'; Layout;",
    "import Layout from '@theme-original/DocItem/Layout'; Layout;",
    "import Link from '@docusaurus/Link'; Link;",
    "import use from '@docusaurus/useDocusaurusContext'; use;",
    "import { useLocation } from '@docusaurus/router'; useLocation;",
    "import config from '@generated/docusaurus.config'; config;",
    "import { card } from '@site/src/card'; card;",
  ])('%s', async (text) => {
    const files = { 'src/page.ts': `${text}\n`, 'src/card.ts': 'export const card = 1;\n' };
    expect(await told({ ...files, 'package.json': site })).toEqual([]);
    expect(await told({ ...files, 'package.json': manifest('site') })).toHaveLength(1);
  });

  it('lead to the files of the site', async () => {
    const root = makeProject({
      'package.json': manifest('root', { workspaces: ['docs'] }),
      'docs/package.json': site,
      'docs/src/page.ts': "import '@site/src/card';\nimport '@theme/Layout';\n",
      'docs/src/card.ts': 'export {};\n',
    });
    const { edges } = await readProject(root);
    expect(edges.map(({ to }) => to)).toEqual([
      { kind: 'file', path: 'docs/src/card.ts' },
      { kind: 'package', name: '@docusaurus/core', subpath: '' },
    ]);
  });

  it.each([
    ["import '@docusaurus/theme-common';", 'undeclared-dependency site → @docusaurus/theme-common'],
    ["import '@site/src/gone';", 'unresolved-import site → @site/src/gone'],
    ["import '@site/../../x';", 'unresolved-import site → @site/../../x'],
  ])('are not all that look like them: %s', async (text, expected) => {
    expect(await told({ 'package.json': site, 'src/page.ts': `${text}\n` })).toEqual([
      `src/page.ts:1 ${expected}`,
    ]);
  });
});

describe('what a framework makes', () => {
  const files = {
    'next-env.d.ts':
      '/// <reference path="./.next/types/routes.d.ts" />\nimport "./.next/types/more.d.ts";\n',
  };
  it('need not be there before it has run', async () => {
    expect(await told({ ...files, 'package.json': site })).toEqual([]);
  });
  it('is missing where nobody makes it', async () => {
    expect(await told({ ...files, 'package.json': manifest('site') })).toHaveLength(2);
  });
});
