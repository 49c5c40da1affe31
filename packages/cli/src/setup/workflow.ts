import { managers, type PackageManager } from './installer.js';

/** What a workflow has to know of a project. */
export interface WorkflowSite {
  /** From the top of the repository to the project, with `/`; `''` where they are one. */
  readonly prefix: string;
  /** The branch whose pushes are checked. */
  readonly branch: string;
  readonly manager: PackageManager;
}

/** A workflow of GitHub Actions that checks pull requests and pushes, and writes violations beside the lines. */
export function workflowText({ prefix, branch, manager }: WorkflowSite): string {
  const { install, run, lockfiles } = managers[manager];
  const defaults =
    prefix === '' ? [] : ['    defaults:', '      run:', `        working-directory: ${yamlText(prefix)}`];
  const steps = ['actions/checkout@v4', ...SETUPS[manager]].map((line) =>
    line.startsWith(' ') ? `      ${line}` : `      - uses: ${line}`,
  );
  const cachePath =
    prefix === '' || manager === 'bun'
      ? []
      : [`          cache-dependency-path: ${yamlText(`${prefix}/${lockfiles[0]}`)}`];
  return [
    'name: Boundaries',
    'on:',
    '  pull_request:',
    '  push:',
    `    branches: [${yamlText(branch)}]`,
    'permissions:',
    '  contents: read',
    'jobs:',
    '  boundaries:',
    '    runs-on: ubuntu-latest',
    ...defaults,
    '    steps:',
    ...steps,
    ...cachePath,
    `      - run: ${install}`,
    `      - run: ${run} mortar check --format github`,
    '',
  ].join('\n');
}

const SETUPS: Readonly<Record<PackageManager, readonly string[]>> = {
  npm: node('npm'),
  // Its version is the one that package.json names as packageManager.
  pnpm: ['pnpm/action-setup@v4', ...node('pnpm')],
  yarn: node('yarn'),
  bun: ['oven-sh/setup-bun@v2'],
};

function node(cache: string): readonly string[] {
  return ['actions/setup-node@v4', '  with:', '    node-version: 22', `    cache: ${cache}`];
}

/** In double quotes YAML reads what JSON writes. */
function yamlText(text: string): string {
  return /^[A-Za-z][\w./-]*$/.test(text) ? text : JSON.stringify(text);
}
