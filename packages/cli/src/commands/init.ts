import { join, relative } from 'node:path';
import type { Command } from 'commander';
import { type CommonOptions, type Frame, jsonText, withJson, withRoot } from '../frame.js';
import { git } from '../git/git.js';
import { findRepository } from '../git/repository.js';
import { CONFIG_FILE, projectRoot } from '../project/root.js';
import type { PackageManager } from '../setup/installer.js';
import type { MadeFile, NewFile } from '../setup/new-files.js';

interface InitOptions extends CommonOptions {
  readonly force?: boolean;
  readonly dryRun?: boolean;
  readonly workflow: boolean;
}

/** `mortar init`. */
export function addInit(program: Command, { io }: Frame): void {
  const command = program
    .command('init')
    .description('Writes a configuration and a workflow of GitHub Actions. Overwrites nothing.')
    .option('--force', 'overwrite what is there')
    .option('--dry-run', 'say what would be written, and write nothing')
    .option('--no-workflow', 'write no workflow');
  withJson(withRoot(command)).action(async ({ json, root: asked, force, dryRun, workflow }: InitOptions) => {
    const { configText, schemaPath } = await import('../setup/config-text.js');
    const { packageManagerOf } = await import('../setup/installer.js');
    const { makeFiles } = await import('../setup/new-files.js');
    const { openPoints } = await import('../setup/open-points.js');
    const root = projectRoot(asked, io);
    // Without git the project is its own top.
    const repository = await findRepository(root).catch(() => undefined);
    const top = repository?.top ?? root;
    const files: NewFile[] = [{ path: join(root, CONFIG_FILE), text: configText(schemaPath(root, top)) }];
    const manager = packageManagerOf([root, top]);
    if (workflow) files.push(await workflowFile(root, top, manager));
    const made = makeFiles(files, { within: top, force: force === true, dryRun: dryRun === true });
    const notes = openPoints({ root, top, manager, hasWorkflow: workflow });
    if (json === true) io.print(jsonText({ root, dryRun: dryRun === true, files: made, notes }));
    else {
      const lines = made.map((file) => lineOf(file, root, dryRun === true));
      io.print([...lines, NEXT, ...notes.map((note) => `${note}\n`)].join(''));
    }
  });
}

const NEXT = `
Next: mortar check says what it finds, and mortar check --update-baseline keeps it as what is known,
so that only what is new fails. mortar hooks install checks each commit.
`;

async function workflowFile(root: string, top: string, manager: PackageManager): Promise<NewFile> {
  const { workflowText } = await import('../setup/workflow.js');
  const { namedManager } = await import('../setup/installer.js');
  const named = [root, top].flatMap((folder) => {
    const version = namedManager(folder);
    const file = relative(top, join(folder, 'package.json')).replaceAll('\\', '/');
    return version?.startsWith(`${manager}@`) ? [{ version, file }] : [];
  });
  const text = workflowText({
    prefix: relative(top, root).replaceAll('\\', '/'),
    branch: await mainBranch(top),
    manager,
    named: named[0],
  });
  return { path: join(top, '.github', 'workflows', 'boundaries.yml'), text };
}

/** The branch that the remote has for its main one, else the one that is checked out. */
async function mainBranch(top: string): Promise<string> {
  const remote = await branchOf(top, 'refs/remotes/origin/HEAD');
  return remote?.replace(/^origin\//, '') ?? (await branchOf(top, 'HEAD')) ?? 'main';
}

async function branchOf(top: string, name: string): Promise<string | undefined> {
  try {
    const { code, stdout } = await git(top, ['symbolic-ref', '--quiet', '--short', name]);
    return code === 0 ? stdout.trim() : undefined;
  } catch {
    // Without git there are no branches.
    return undefined;
  }
}

function lineOf({ path, state }: MadeFile, root: string, isDryRun: boolean): string {
  const verbs = { written: 'wrote', overwritten: 'overwrote', unchanged: 'is there already:' };
  const plans = { written: 'would write', overwritten: 'would overwrite', unchanged: 'is there already:' };
  return `${(isDryRun ? plans : verbs)[state]} ${relative(root, path)}\n`;
}
