import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { documentsIn, WALKTHROUGH } from '../../scripts/readme/documents.mjs';
import { root } from '../source/repository.js';
import { makeDatabase, type OwnDatabase } from './database.js';
import { Follower } from './follower.js';
import { Registry } from './registry.js';
import { stepsOf, Walker } from './walkthrough.js';

const TIMEOUT_MS = 600_000;
const PACKED = ['README.md', 'LICENSE', 'scripts/prepack.mjs', 'scripts/readme', 'docs/reference/errors'];

const home = mkdtempSync(join(tmpdir(), 'mortar-guide-'));
const registry = new Registry(join(root, 'node_modules'));
let database: OwnDatabase;
let walker: Walker;
let follower: Follower;

beforeAll(async () => {
  database = await makeDatabase();
  walker = new Walker(checkout(), {
    HOME: home,
    PATH: [dirname(process.execPath), process.env['PATH']].join(delimiter),
    NO_COLOR: '1',
    npm_config_registry: await registry.open(),
    npm_config_audit: 'false',
    npm_config_fund: 'false',
    npm_config_update_notifier: 'false',
  });
  follower = new Follower(walker, database.url);
}, TIMEOUT_MS);

afterAll(async () => {
  await registry.close();
  await database.drop();
  rmSync(home, { recursive: true, force: true });
}, TIMEOUT_MS);

// What is installed comes from packed packages and from what this repository has installed, so the network is not needed.
describe('the guide', () => {
  const pages = documentsIn(root).filter((page) => page.startsWith(dirname(WALKTHROUGH)));
  const typed = pages.filter((page) => stepsOf(read(page)).some(({ kind }) => kind === 'commands'));

  it('begins in an empty folder, and later pages go on where the first ends', () => {
    expect(typed[0]).toBe(WALKTHROUGH);
    expect(typed.length).toBeGreaterThan(3);
  });

  it.each(pages)('has no commands that are not followed: %s', (page) => {
    expect(read(page).match(/^[ \t]+```sh$|^```(bash|shell|console)$/gm)).toBeNull();
  });

  // One test for each page, since each step stands on those before it.
  it.each(typed)(
    'works from its first line to its last, as a new user would do it: %s',
    async (page) => {
      const steps = stepsOf(read(page));
      if (page === WALKTHROUGH)
        expect(new Set(steps.map(({ kind }) => kind))).toEqual(new Set(['file', 'commands', 'output']));
      await follower.follow(page, steps);
    },
    TIMEOUT_MS,
  );
});

function read(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

/** What packing reads, in a folder of its own: packing writes into it, and other tests may pack at the same time. */
function checkout(): string {
  const folder = join(home, 'mortar');
  for (const path of ['package.json', ...PACKED])
    cpSync(join(root, path), join(folder, path), { recursive: true });
  for (const name of readdirSync(join(root, 'packages')))
    for (const path of readdirSync(join(root, 'packages', name)).filter((one) => one !== 'node_modules')) {
      mkdirSync(join(folder, 'packages', name), { recursive: true });
      cpSync(join(root, 'packages', name, path), join(folder, 'packages', name, path), { recursive: true });
    }
  return folder;
}
