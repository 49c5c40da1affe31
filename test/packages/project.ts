import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'vitest';
import { z } from 'zod';
import { root } from '../source/repository.js';
import { type Ended, run } from './command.js';
import type { PackedPackage } from './packing.js';

// Nothing is compiled by the installation: where no binary of better-sqlite3 can be fetched, that takes two minutes. The
// version is that of this repository, whose binary is copied.
const INSTALL = ['install', '--ignore-scripts', '--engine-strict', '--strict-peer-deps', '--prefer-offline'];
const QUIETLY = ['--no-audit', '--no-fund', '--loglevel=error'];
const SOON = { npm_config_fetch_retry_mintimeout: '1000', npm_config_fetch_retry_maxtimeout: '2000' };
const BINARY = 'node_modules/better-sqlite3/build/Release/better_sqlite3.node';
const UNREACHABLE = /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ENETUNREACH|ETIMEDOUT|ENOTCACHED)\b/;

/** What a user has beside the packages, in the versions of this repository. */
const BESIDE = ['@types/node', 'kysely', 'piscina', 'zod'];

/** An empty project outside of the repository, in which nothing but the tarballs and `BESIDE` are installed. */
export interface Project extends Disposable {
  /** Why nothing could be installed, where the registry can't be reached. */
  readonly unreachable: string | undefined;
  /** Puts what is in a folder of this repository into `src`, in place of what is there. */
  fill(from: string): void;
  write(path: string, text: string): void;
  run(...command: string[]): Promise<Ended>;
  /** Runs what must succeed, and answers what it says on stdout. */
  succeed(...command: string[]): Promise<string>;
}

/** Installs the tarballs with npm. Throws if that fails for anything but a registry that can't be reached. */
export async function makeProject(
  packages: readonly PackedPackage[],
  env: NodeJS.ProcessEnv = {},
): Promise<Project> {
  const folder = mkdtempSync(join(tmpdir(), 'mortar project '));
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifestOf(packages)));
  const { code, stderr } = await run(['npm', ...INSTALL, ...QUIETLY], folder, { ...SOON, ...env });
  const unreachable = code === 0 ? undefined : UNREACHABLE.exec(stderr)?.[1];
  if (unreachable === undefined) {
    expect({ code, stderr }, 'npm install').toMatchObject({ code: 0 });
    mkdirSync(dirname(join(folder, BINARY)), { recursive: true });
    cpSync(join(root, BINARY), join(folder, BINARY));
  }
  return projectIn(folder, unreachable);
}

function projectIn(folder: string, unreachable: string | undefined): Project {
  const start = (command: readonly string[]): Promise<Ended> => run(command, folder);
  return {
    unreachable,
    fill: (from) => {
      for (const path of ['src', 'dist']) rmSync(join(folder, path), { recursive: true, force: true });
      cpSync(join(root, from), join(folder, 'src'), { recursive: true });
    },
    write: (path, text) => writeFileSync(join(folder, path), text),
    run: (...command) => start(command),
    succeed: async (...command) => {
      const { code, stdout, stderr } = await start(command);
      expect({ code, stdout, stderr }, command.join(' ')).toMatchObject({ code: 0 });
      return stdout;
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function manifestOf(packages: readonly PackedPackage[]): object {
  const { devDependencies } = z
    .object({ devDependencies: z.record(z.string(), z.string()) })
    .parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')));
  const driver = z
    .object({ version: z.string() })
    .parse(JSON.parse(readFileSync(join(root, 'node_modules/better-sqlite3/package.json'), 'utf8')));
  return {
    name: 'project',
    private: true,
    type: 'module',
    dependencies: {
      ...Object.fromEntries(packages.map(({ name, tarball }) => [name, `file:${tarball}`])),
      ...Object.fromEntries(BESIDE.map((name) => [name, devDependencies[name]])),
    },
    overrides: { 'better-sqlite3': driver.version },
  };
}
