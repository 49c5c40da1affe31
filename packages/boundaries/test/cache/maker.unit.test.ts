import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { KeptFile } from '../../src/cache/kept-file.js';
import { type Maker, makerOf } from '../../src/cache/maker.js';
import { type Files, makeProject, writeFiles } from '../support/project.js';

const BODY = Buffer.from('what was found');
const PACKAGE = 'node_modules/@mortar/boundaries';
const manifest = (version: string) => JSON.stringify({ version });
const installed: Files = {
  [`${PACKAGE}/package.json`]: manifest('0.1.0'),
  'node_modules/oxc-parser/package.json': manifest('0.158.0'),
  'node_modules/oxc-transform/package.json': manifest('0.158.0'),
  'node_modules/jsonc-parser/package.json': manifest('3.3.1'),
};
const libraries = 'oxc-parser@0.158.0,oxc-transform@0.158.0,jsonc-parser@3.3.1';

describe('what was kept is not read', () => {
  it.each(['oxc-parser', 'oxc-transform', 'jsonc-parser'])('after an update of %s alone', (name) => {
    const root = makeProject(installed);
    const path = keptBy(makerIn(root), root);
    expect(new KeptFile(path, makerIn(root)).read()).toEqual(BODY);
    // As long as the one before.
    writeFiles(root, { [`node_modules/${name}/package.json`]: manifest('0.158.9') });
    expect(new KeptFile(path, makerIn(root)).read()).toBeUndefined();
  });

  it('after an update of our own, and with a build of another time', () => {
    const root = makeProject(installed);
    const path = keptBy(makerIn(root), root);
    writeFiles(root, { [`${PACKAGE}/dist/.tsbuildinfo`]: '' });
    expect(new KeptFile(path, makerIn(root)).read()).toBeUndefined();
    writeFiles(root, { [`${PACKAGE}/package.json`]: manifest('0.2.0') });
    expect(new KeptFile(path, makerIn(root)).read()).toBeUndefined();
  });

  it('where a library of another version comes to lie nearer', () => {
    const root = makeProject(installed);
    const path = keptBy(makerIn(root), root);
    writeFiles(root, { [`${PACKAGE}/node_modules/oxc-parser/package.json`]: manifest('0.157.0') });
    expect(makerIn(root).libraries()).toBe(libraries.replace('0.158.0', '0.157.0'));
    expect(new KeptFile(path, makerIn(root)).read()).toBeUndefined();
  });
});

describe('what was kept is read', () => {
  it('after the same was installed again', () => {
    const root = makeProject(installed);
    const before = makerIn(root);
    const path = keptBy(before, root);
    writeFiles(root, installed);
    const after = makerIn(root);
    expect(after.stamp).not.toBe(before.stamp);
    expect(new KeptFile(path, after).read()).toEqual(BODY);
  });

  it('without a look at versions, where the libraries are the same files', () => {
    const root = makeProject(installed);
    const path = keptBy(makerIn(root), root);
    const maker = {
      ...makerIn(root),
      libraries: () => {
        throw new Error('nobody asks for these');
      },
    };
    expect(new KeptFile(path, maker).read()).toEqual(BODY);
  });

  it('where libraries lie in an archive, by where it is', () => {
    const root = makeProject({ [`${PACKAGE}/package.json`]: manifest('0.1.0') });
    const maker = makerIn(root);
    expect(maker.stamp).toBeUndefined();
    expect(maker.libraries()).toMatch(/^oxc-parser@\S+oxc-parser\S+,oxc-transform@\S+,jsonc-parser@[^/ ]+$/);
    expect(new KeptFile(keptBy(maker, root), makerIn(root)).read()).toEqual(BODY);
  });
});

describe('libraries are found', () => {
  const elsewhere: readonly (readonly [string, string])[] = [
    ['beside the package', 'node_modules'],
    ['in it', `${PACKAGE}/node_modules`],
    ['among those of its owner', 'node_modules/@mortar/node_modules'],
  ];
  it.each(elsewhere)('%s', (_, folder) => {
    const root = makeProject({ ...installed, [`${folder}/.keep`]: '' });
    if (folder !== 'node_modules')
      for (const name of ['oxc-parser', 'oxc-transform', 'jsonc-parser'])
        renameSync(join(root, 'node_modules', name), join(root, folder, name));
    expect(makerIn(root).libraries()).toBe(libraries);
    expect(makerIn(root).stamp).toBeDefined();
  });

  it('each in another place', () => {
    const root = makeProject({ ...installed, [`${PACKAGE}/node_modules/.keep`]: '' });
    const inner = join(root, PACKAGE, 'node_modules/oxc-parser');
    renameSync(join(root, 'node_modules/oxc-parser'), inner);
    expect(makerIn(root).libraries()).toBe(libraries);
  });

  it('of this package', () => {
    const { stamp, libraries: own, version } = makerOf();
    expect(stamp).toMatch(/^[\d.]+,[\d.]+,[\d.]+$/);
    expect(own()).toMatch(/^oxc-parser@[\d.]+,oxc-transform@[\d.]+,jsonc-parser@[\d.]+$/);
    expect(`${version}${own()}`).not.toContain(' ');
  });
});

function makerIn(root: string): Maker {
  return makerOf(join(root, PACKAGE));
}

function keptBy(maker: Maker, root: string): string {
  const path = join(root, 'kept.json');
  expect(new KeptFile(path, maker).write([BODY])).toBe(true);
  return path;
}
