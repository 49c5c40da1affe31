import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export type PackageManager = 'npm' | 'pnpm' | 'yarn' | 'bun';

/** What a package manager is told. */
export interface ManagerWords {
  /** The files that hold its versions; the first is the usual one. */
  readonly lockfiles: readonly [string, ...string[]];
  /** Installs just what the lockfile says. */
  readonly install: string;
  /** Starts a program of an installed package, and fetches none. */
  readonly run: string;
  /** Adds a package to those for development. */
  readonly add: string;
}

/** Each package manager; npm is the last to be looked for. */
export const managers: Readonly<Record<PackageManager, ManagerWords>> = {
  pnpm: {
    lockfiles: ['pnpm-lock.yaml'],
    install: 'pnpm install --frozen-lockfile',
    run: 'pnpm exec',
    add: 'pnpm add --save-dev',
  },
  yarn: { lockfiles: ['yarn.lock'], install: 'yarn install', run: 'yarn run', add: 'yarn add --dev' },
  bun: {
    lockfiles: ['bun.lock', 'bun.lockb'],
    install: 'bun install --frozen-lockfile',
    run: 'bunx --no-install',
    add: 'bun add --dev',
  },
  npm: {
    lockfiles: ['package-lock.json', 'npm-shrinkwrap.json'],
    install: 'npm ci',
    run: 'npx --no-install',
    add: 'npm install --save-dev',
  },
};

const NAMES = ['pnpm', 'yarn', 'bun', 'npm'] as const;

/** By the lockfile, else by what package.json names as packageManager, else by pnpm's list of workspaces; else npm. */
export function packageManagerOf(folders: readonly string[]): PackageManager {
  return (
    NAMES.find((name) => hasLockfile(folders, name)) ??
    NAMES.find((name) => folders.some((folder) => namedManager(folder)?.startsWith(`${name}@`))) ??
    (folders.some((folder) => existsSync(join(folder, 'pnpm-workspace.yaml'))) ? 'pnpm' : 'npm')
  );
}

/** Whether one of the folders has a lockfile of a package manager. */
export function hasLockfile(folders: readonly string[], manager: PackageManager): boolean {
  return managers[manager].lockfiles.some((file) => folders.some((folder) => existsSync(join(folder, file))));
}

/** What the package.json of a folder names as packageManager, such as `pnpm@10.0.0`. */
export function namedManager(folder: string): string | undefined {
  try {
    const { packageManager } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    return typeof packageManager === 'string' ? packageManager : undefined;
  } catch {
    // There is none, or none that names one.
    return undefined;
  }
}
