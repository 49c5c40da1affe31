import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { z } from 'zod';
import { root } from '../source/repository.js';
import { type Ended, run } from './command.js';
import { entriesOf, importedBy, sourcesOf } from './contents.js';
import { type PackedPackage, type Packing, packAll } from './packing.js';
import { makeProject, type Project } from './project.js';

const NAMES = ['mortar', '@mortar/boundaries', '@mortar/cli', '@mortar/postgres', '@mortar/sqlite'];
const [OLDER, NEWER] = ['packages/boundaries/node_modules/typescript', 'node_modules/typescript'];
const attw = join(root, 'node_modules', '@arethetypeswrong', 'cli', 'dist', 'index.js');

let packing: Packing;
// These take longest, and go on while the rest is looked at.
let verdicts: ReadonlyMap<string, Promise<Ended>>;
let installing: Promise<Project>;

beforeAll(async () => {
  packing = await packAll();
  verdicts = new Map(packing.packages.map(({ name, tarball }) => [name, verdictOnTypes(tarball)]));
  installing = makeProject(packing.packages);
  installing.catch(() => undefined); // The tests that need it say what became of it.
}, 120_000);

afterAll(async () => {
  await Promise.allSettled([installing, ...verdicts.values()]);
  packing[Symbol.dispose]();
  (await installing)[Symbol.dispose]();
}, 120_000);

it('are these', () => {
  expect(packing.packages.map(({ name }) => name).sort()).toEqual([...NAMES].sort());
});

describe.each(NAMES)('%s', (name) => {
  it('says its licence, and the Node that the repository says', () => {
    const manifest: unknown = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    const { engines } = z.object({ engines: z.object({ node: z.string() }) }).parse(manifest);
    expect(packed(name).manifest).toMatchObject({ license: 'Apache-2.0', engines });
  });

  it('has its README and its licence, and neither tests nor leftovers of the build', () => {
    const { files } = packed(name);
    expect(files).toEqual(expect.arrayContaining(['README.md', 'LICENSE', 'package.json']));
    expect(files.filter((path) => /(^|\/)test\/|\.test\.|\.tsbuildinfo$|node_modules/.test(path))).toEqual(
      [],
    );
  });

  it('has a README whose links lead to other sites, since no file of the repository is packed with it', () => {
    const text = readFileSync(join(packed(name).folder, 'README.md'), 'utf8');
    const targets = [...text.replace(/^```[\s\S]*?^```/gm, '').matchAll(/\]\(([^()\s]+)\)/g)];
    expect(targets.map(([, target]) => target).filter((target) => !/^https?:/.test(String(target)))).toEqual(
      [],
    );
  });

  it('has the source of each of its source maps', () => {
    const { files } = packed(name);
    expect(sourcesOf(packed(name)).filter((source) => !files.includes(source))).toEqual([]);
  });

  it('declares each package that its code or its types import', () => {
    const { dependencies, optionalDependencies, peerDependencies } = packed(name).manifest;
    const declared = Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies });
    expect(importedBy(packed(name)).filter((imported) => ![name, ...declared].includes(imported))).toEqual(
      [],
    );
  });

  it('is clean for publint', async () => {
    const { buffer } = new Uint8Array(readFileSync(packed(name).tarball));
    const { messages, pkg } = await publint({ pack: { tarball: buffer }, strict: true });
    expect(messages.map((message) => formatMessage(message, pkg, { color: false }))).toEqual([]);
  });

  it('is clean for attw: its types resolve as its code does', async () => {
    const verdict = await verdicts.get(name);
    expect(verdict?.code, verdict?.stdout).toBe(0);
  });
});

describe('in an empty project', { timeout: 300_000 }, () => {
  it('nothing is missing, or of a version that does not fit', async (test) => {
    const project = await installed(test);
    await project.succeed('npm', 'ls', '--all');
  });

  it('every entry can be imported', async (test) => {
    const project = await installed(test);
    const entries = packing.packages.flatMap(entriesOf);
    const line = (entry: string): string =>
      `console.log('${entry}', Object.keys(await import('${entry}')).length);`;
    project.write('entries.mjs', entries.map(line).join('\n'));
    const loaded = (await project.succeed('node', 'entries.mjs')).trimEnd().split('\n');
    expect(loaded).toEqual(entries.map((entry) => expect.stringMatching(`^${entry} [1-9]\\d*$`)));
  });

  it.for([
    [OLDER, { moduleResolution: 'nodenext', module: 'nodenext', skipLibCheck: true }],
    [NEWER, { moduleResolution: 'nodenext', module: 'nodenext', skipLibCheck: false }],
    [NEWER, { moduleResolution: 'bundler', module: 'esnext', skipLibCheck: false }],
  ] as const)(
    'an app with every entry compiles, and runs on a file: %s, %o',
    async ([compiler, options], test) => {
      const project = await installed(test);
      project.fill('examples/04-durable-shop/src');
      const entries = packing.packages.flatMap(entriesOf);
      project.write(
        'src/all.ts',
        entries.map((entry, at) => `export * as e${at} from '${entry}';\n`).join(''),
      );
      await compile(project, compiler, options);
      expect(await project.succeed('node', 'dist/main.js')).toContain('charged: order 1: 24, ');
    },
  );

  it('an app in memory runs', async (test) => {
    const project = await installed(test);
    project.fill('examples/01-shop/src');
    await compile(project, NEWER, { moduleResolution: 'nodenext', module: 'nodenext' });
    expect(await project.succeed('node', 'dist/main.js')).toContain('card charged: orderId=order-1');
  });

  it('the command begins a configuration, is content with it, and finds what reaches in', async (test) => {
    const project = await installed(test);
    project.fill('examples/01-shop/src');
    expect(await project.succeed('npx', 'mortar', '--help')).toContain('Usage: mortar');
    expect(await project.succeed('npx', 'mortar', 'init')).toContain('wrote mortar.config.json');
    expect(await project.succeed('npx', 'mortar', 'check')).toContain('No violations');
    expect(await project.succeed('npx', 'mortar', 'explain-error', 'MORTAR_STORE_VERSION')).toContain(
      'SQLite',
    );
    project.write('src/shop/peek.ts', "export { Payments } from '../billing/payments.js';\n");
    const { code, stdout } = await project.run('npx', 'mortar', 'check');
    expect({ code, stdout }).toEqual({ code: 1, stdout: expect.stringContaining('src/shop/peek.ts:1') });
  });
});

it('without the registry, what needs it is left out', async () => {
  const cache = join(packed('mortar').folder, 'empty-cache');
  using project = await makeProject([packed('mortar')], {
    npm_config_registry: 'http://127.0.0.1:9',
    npm_config_cache: cache,
    npm_config_fetch_retries: '0',
  });
  expect(project.unreachable).toBe('ECONNREFUSED');
});

/** The project, where the registry could be reached; elsewhere the test is left out. */
async function installed(test: TestContext): Promise<Project> {
  const project = await installing;
  if (project.unreachable !== undefined) {
    const reason = `left out, since the registry can't be reached: ${project.unreachable}`;
    process.stdout.write(`${test.task.name}: ${reason}\n`);
    // Nothing can be installed.
    test.skip(reason);
  }
  return project;
}

/** Compiles `src` into `dist`. Without `skipLibCheck`, the types of the packages are checked too. */
async function compile(project: Project, compiler: string, options: object): Promise<void> {
  const compilerOptions = {
    ...options,
    target: 'es2023',
    types: ['node'],
    strict: true,
    rootDir: 'src',
    outDir: 'dist',
  };
  project.write('tsconfig.json', JSON.stringify({ include: ['src'], compilerOptions }));
  await project.succeed('node', join(root, compiler, 'bin', 'tsc'));
}

/**
 * What attw says. Two ways of resolving are left out by its profile, since the packages are ES modules with `exports`
 * alone: `require` from CommonJS, which on the oldest Node needs a dynamic import (cjs-resolves-to-esm), and
 * `moduleResolution: node10`, which knows no `exports` (no-resolution).
 */
function verdictOnTypes(tarball: string): Promise<Ended> {
  return run(['node', attw, tarball, '--profile', 'esm-only'], root);
}

function packed(name: string): PackedPackage {
  const found = packing.packages.find((one) => one.name === name);
  if (found === undefined) throw new Error(`There is no package ${name}.`);
  return found;
}
