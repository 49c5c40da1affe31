import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** What a workflow has to know of a project. */
export interface WorkflowSite {
  /** From the top of the repository to the project, with `/`; `''` where they are one. */
  readonly prefix: string;
  /** The branch whose pushes are checked. */
  readonly branch: string;
  readonly manager: PackageManager;
}

export type PackageManager = 'npm' | 'pnpm' | 'yarn' | 'bun';

/** By the lockfile; npm where there is none. */
export function packageManagerOf(folders: readonly string[]): PackageManager {
  const found = LOCKFILES.find(([file]) => folders.some((folder) => existsSync(join(folder, file))));
  return found?.[1] ?? 'npm';
}

const LOCKFILES: readonly (readonly [string, PackageManager])[] = [
  ['pnpm-lock.yaml', 'pnpm'],
  ['yarn.lock', 'yarn'],
  ['bun.lock', 'bun'],
  ['bun.lockb', 'bun'],
];

/** A workflow of GitHub Actions that checks pull requests and pushes, and writes violations beside the lines. */
export function workflowText({ prefix, branch, manager }: WorkflowSite): string {
  const defaults =
    prefix === '' ? [] : ['    defaults:', '      run:', `        working-directory: ${yamlText(prefix)}`];
  const steps = ['actions/checkout@v4', ...SETUPS[manager]].map((line) =>
    line.startsWith(' ') ? `      ${line}` : `      - uses: ${line}`,
  );
  const cachePath =
    prefix === '' || manager === 'bun'
      ? []
      : [`          cache-dependency-path: ${yamlText(`${prefix}/${CACHED[manager]}`)}`];
  const [install, check] = COMMANDS[manager];
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
    `      - run: ${check} check --format github`,
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

const CACHED: Readonly<Record<Exclude<PackageManager, 'bun'>, string>> = {
  npm: 'package-lock.json',
  pnpm: 'pnpm-lock.yaml',
  yarn: 'yarn.lock',
};

const COMMANDS: Readonly<Record<PackageManager, readonly [string, string]>> = {
  npm: ['npm ci', 'npx --no-install mortar'],
  pnpm: ['pnpm install --frozen-lockfile', 'pnpm exec mortar'],
  yarn: ['yarn install', 'yarn run mortar'],
  bun: ['bun install --frozen-lockfile', 'bunx --no-install mortar'],
};

/** In double quotes YAML reads what JSON writes. */
function yamlText(text: string): string {
  return /^[A-Za-z][\w./-]*$/.test(text) ? text : JSON.stringify(text);
}
