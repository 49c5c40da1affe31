import { managers, type PackageManager } from './installer.js';

/** What a workflow has to know of a project. */
export interface WorkflowSite {
  /** From the top of the repository to the project, with `/`; `''` where they are one. */
  readonly prefix: string;
  /** The branch whose pushes are checked. */
  readonly branch: string;
  readonly manager: PackageManager;
  /** What a package.json names as packageManager, such as `pnpm@10.0.0`, and its path from the top of the repository. */
  readonly named?: { readonly version: string; readonly file: string } | undefined;
}

/** A workflow of GitHub Actions that checks pull requests and pushes, and writes violations beside the lines. */
export function workflowText({ prefix, branch, manager, named }: WorkflowSite): string {
  const { install, run, lockfiles } = managers[manager];
  const defaults =
    prefix === '' ? [] : ['    defaults:', '      run:', `        working-directory: ${yamlText(prefix)}`];
  const steps = ['uses: actions/checkout@v4', ...setupOf(manager, named)].map((line) =>
    line.startsWith(' ') ? `      ${line}` : `      - ${line}`,
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

function setupOf(manager: PackageManager, named: WorkflowSite['named']): readonly string[] {
  if (manager === 'bun') return ['uses: oven-sh/setup-bun@v2'];
  const node = ['uses: actions/setup-node@v4', '  with:', '    node-version: 22', `    cache: ${manager}`];
  if (manager === 'pnpm') return ['uses: pnpm/action-setup@v4', ...versionFile(named), ...node];
  // The runner has yarn 1, which refuses to be another; setup-node asks it for its cache.
  const isLaterYarn = manager === 'yarn' && /^yarn@(?:[2-9]|\d\d)/.test(named?.version ?? '');
  return isLaterYarn ? ['run: corepack enable', ...node] : node;
}

/** The version of pnpm is the one that package.json names; it is looked for in the top of the repository. */
function versionFile(named: WorkflowSite['named']): readonly string[] {
  return named === undefined || named.file === 'package.json'
    ? []
    : ['  with:', `    package_json_file: ${yamlText(named.file)}`];
}

/** In double quotes YAML reads what JSON writes. */
function yamlText(text: string): string {
  return /^[A-Za-z][\w./-]*$/.test(text) ? text : JSON.stringify(text);
}
