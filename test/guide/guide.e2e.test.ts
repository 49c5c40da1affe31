import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WALKTHROUGH } from '../../scripts/readme/documents.mjs';
import { root } from '../source/repository.js';
import { Registry } from './registry.js';
import { isShown, stepsOf, Walker } from './walkthrough.js';

const TIMEOUT_MS = 600_000;

const home = mkdtempSync(join(tmpdir(), 'mortar-guide-'));
const registry = new Registry(join(root, 'node_modules'));
let walker: Walker;

beforeAll(async () => {
  walker = new Walker(checkout(), {
    HOME: home,
    PATH: [dirname(process.execPath), process.env['PATH']].join(delimiter),
    NO_COLOR: '1',
    npm_config_registry: await registry.open(),
    npm_config_audit: 'false',
    npm_config_fund: 'false',
    npm_config_update_notifier: 'false',
  });
}, TIMEOUT_MS);

afterAll(async () => {
  await registry.close();
  rmSync(home, { recursive: true, force: true });
}, TIMEOUT_MS);

describe(WALKTHROUGH, () => {
  // One test, since each step stands on those before it. What is installed comes from packed packages and from what this
  // repository has installed, so the network is not needed.
  it(
    'works from its first line to its last, in an empty folder, as a new user would do it',
    async () => {
      const steps = stepsOf(readFileSync(join(root, WALKTHROUGH), 'utf8'));
      expect(new Set(steps.map(({ kind }) => kind))).toEqual(new Set(['file', 'commands', 'output']));
      let printed = '';
      for (const step of steps) {
        const place = `${WALKTHROUGH}:${step.line}`;
        if (step.kind === 'file') walker.write(step.path, step.text);
        else if (step.kind === 'output')
          expect(isShown(step.text, printed), `${place} shows:\n${step.text}\nGot:\n${printed}`).toBe(true);
        else {
          const { exitCode, stdout, stderr } = await walker.run(step.text, scriptsOf(step.text));
          expect(exitCode, `${place}\n${stdout}\n${stderr}`).toBe(step.exitCode);
          printed = stdout;
        }
      }
    },
    TIMEOUT_MS,
  );
});

/** The driver of SQLite comes as it was built here. Packing needs the scripts of the packages. */
function scriptsOf(commands: string): NodeJS.ProcessEnv {
  return commands.includes('npm pack') ? {} : { npm_config_ignore_scripts: 'true' };
}

/** What packing reads, in a folder of its own: packing writes into it, and other tests may pack at the same time. */
function checkout(): string {
  const folder = join(home, 'mortar');
  for (const path of ['package.json', 'README.md', 'LICENSE', 'scripts/prepack.mjs', 'docs/reference/errors'])
    cpSync(join(root, path), join(folder, path), { recursive: true });
  for (const name of readdirSync(join(root, 'packages')))
    for (const path of readdirSync(join(root, 'packages', name)).filter((one) => one !== 'node_modules')) {
      mkdirSync(join(folder, 'packages', name), { recursive: true });
      cpSync(join(root, 'packages', name, path), join(folder, 'packages', name, path), { recursive: true });
    }
  return folder;
}
