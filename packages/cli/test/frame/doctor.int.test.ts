import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { folderWith, mortar, repositoryWith } from '../command.js';

interface Finding {
  readonly about: string;
  readonly state: string;
  readonly says: string;
}

describe('mortar doctor', () => {
  test('an empty folder has nothing wrong', async () => {
    const { code, stdout, stderr } = await mortar(folderWith(), 'doctor');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(`good   node: Node ${process.versions.node}.`);
    expect(stdout).toContain('in no git repository');
  });

  test('finds the hook and the workflow', async () => {
    const folder = repositoryWith({ 'package.json': '{}' });
    const before = await findings(folder);
    expect(before.filter(({ state }) => state === 'note').map(({ about }) => about)).toEqual([
      'packages',
      'hook',
      'workflow',
    ]);
    await mortar(folder, 'init');
    await mortar(folder, 'hooks', 'install');
    const after = await findings(folder);
    expect(after.filter(({ state }) => state === 'note').map(({ about }) => about)).toEqual(['packages']);
  });

  test.each([
    ['one version', {}, 'good', 0],
    ['two versions', { '@mortar/cli': '0.2.0' }, 'fault', 1],
    ['a package twice', { '@mortar/cli/node_modules/mortar': '0.1.0' }, 'fault', 1],
  ])('packages: %s', async (_, others, state, exit) => {
    const versions = { mortar: '0.1.0', '@mortar/cli': '0.1.0', ...others };
    const files = Object.entries(versions).map(([name, version]) => [
      `node_modules/${name}/package.json`,
      JSON.stringify({ name: name.replace(/.*node_modules\//, ''), version }),
    ]);
    const folder = folderWith({ 'package.json': '{}', ...Object.fromEntries(files) });
    const { code, stdout } = await mortar(folder, 'doctor', '--json');
    const found = JSON.parse(stdout).findings.find(({ about }: Finding) => about === 'packages');
    expect({ code, state: found.state }).toEqual({ code: exit, state });
    expect(found.says).toContain('@mortar/cli 0.');
  });

  test('looks at stores, and changes nothing', async () => {
    const folder = folderWith({
      'notes.db': 'Milk and eggs, in a file that is no database at all.'.repeat(30),
    });
    const { code, stdout } = await mortar(folder, 'doctor', 'shop.db', 'notes.db', '--json');
    const stores: Finding[] = JSON.parse(stdout).findings.filter(({ about }: Finding) => about === 'store');
    expect(stores.map(({ state }) => state)).toEqual(['note', 'fault']);
    expect(stores[0]?.says).toBe('There is no file shop.db');
    expect(stores[1]?.says).toMatch(/^MORTAR_STORE_CORRUPT/);
    expect(code).toBe(1);
    await mortar(folder, 'migrate', 'shop.db');
    expect((await findings(folder, 'shop.db')).find(({ about }) => about === 'store')?.state).toBe('good');
  });

  test('a configuration that is wrong is a fault', async () => {
    const folder = folderWith({ 'mortar.config.json': '{ "modles": [] }', 'package.json': '{}' });
    const { code, stdout } = await mortar(folder, 'doctor');
    expect(code).toBe(1);
    expect(stdout).toMatch(/FAULT {2}configuration: .*modles/s);
  });

  test('a folder that is not there is wrong use', async () => {
    expect(await mortar(folderWith(), 'doctor', '--root', join('no', 'where'))).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('MORTAR_OPTIONS_INVALID'),
    });
  });
});

async function findings(folder: string, ...stores: string[]): Promise<Finding[]> {
  return JSON.parse((await mortar(folder, 'doctor', ...stores, '--json')).stdout).findings;
}
