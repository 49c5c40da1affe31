import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { complete, type Lockfile, missingPackages, platformOf } from '../scripts/lockfile/complete.mjs';
import { root } from './source/repository.js';

const incomplete: Lockfile = {
  packages: {
    '': {},
    'node_modules/tool': {
      version: '1.2.3',
      dev: true,
      license: 'MIT',
      optionalDependencies: {
        '@tool/linux-x64-gnu': '1.2.3',
        '@tool/darwin-arm64': '1.2.3',
        nested: '2.0.0',
      },
    },
    'node_modules/@tool/linux-x64-gnu': { version: '1.2.3' },
    'node_modules/tool/node_modules/nested': { version: '2.0.0' },
  },
};

// The benchmarks have their own, since users never install the peers.
const lockfiles = ['package-lock.json', 'bench/package-lock.json'].filter((path) =>
  existsSync(join(root, path)),
);

describe.each(lockfiles)('%s', (path) => {
  const text = readFileSync(join(root, path), 'utf8');

  it('has every optional package of every platform, else `npm ci` refuses it', () => {
    const missing = missingPackages(JSON.parse(text)).map(({ name, version }) => `${name}@${version}`);
    expect(missing, 'run `node scripts/lockfile.mjs`, or with `bench`').toEqual([]);
  });

  it('names no registry of its own', () => {
    expect(text.match(/"resolved": "https?:.*/g)).toBeNull();
  });
});

describe('completion', () => {
  it('finds what is neither beside the package nor above it', () => {
    expect(missingPackages(incomplete).map(({ name }) => name)).toEqual(['@tool/darwin-arm64']);
  });

  it('adds it as npm would, in its place, and leaves the rest', () => {
    const completed = complete(incomplete);
    expect(missingPackages(completed)).toEqual([]);
    expect(completed.packages['node_modules/@tool/darwin-arm64']).toEqual({
      version: '1.2.3',
      cpu: ['arm64'],
      dev: true,
      license: 'MIT',
      optional: true,
      os: ['darwin'],
    });
    expect(Object.keys(completed.packages).slice(0, 3)).toEqual([
      '',
      'node_modules/@tool/darwin-arm64',
      'node_modules/@tool/linux-x64-gnu',
    ]);
    expect(completed.packages).toMatchObject(incomplete.packages);
  });

  it.each([
    ['@oxc-parser/binding-linux-arm-gnueabihf', { cpu: ['arm'], os: ['linux'] }],
    ['@oxc-parser/binding-linux-x64-gnu', { cpu: ['x64'], os: ['linux'], libc: ['glibc'] }],
    ['@oxc-parser/binding-linux-arm-musleabihf', { cpu: ['arm'], os: ['linux'], libc: ['musl'] }],
    ['@biomejs/cli-win32-x64', { cpu: ['x64'], os: ['win32'] }],
  ])('reads the platform of %s from its name', (name, platform) => {
    expect(platformOf(name)).toEqual(platform);
  });

  it('refuses what it would have to guess', () => {
    expect(() => platformOf('fsevents')).toThrow('a system and a processor');
    const ranged = { packages: { '': { optionalDependencies: { 'tool-linux-x64': '^1.0.0' } } } };
    expect(() => complete(ranged)).toThrow('an exact version; got ^1.0.0');
  });
});
