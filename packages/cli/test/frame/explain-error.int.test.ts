import { mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { errorCodes } from 'mortar/errors';
import { describe, expect, test } from 'vitest';
import { folderWith, mortar, run } from '../command.js';

const REPOSITORY = fileURLToPath(new URL('../../../..', import.meta.url));

describe('mortar explain-error', () => {
  test.each(['MORTAR_OPTIONS_INVALID', 'options_invalid', 'options-invalid'])(
    '%s prints its page',
    async (code) => {
      const page = readFileSync(join(REPOSITORY, 'docs/reference/errors/MORTAR_OPTIONS_INVALID.md'), 'utf8');
      expect(await mortar('/', 'explain-error', code)).toEqual({ code: 0, stdout: page, stderr: '' });
    },
  );

  test('as JSON it is in parts', async () => {
    const { stdout } = await mortar('/', 'explain-error', 'MORTAR_TIMEOUT', '--json');
    expect(JSON.parse(stdout)).toEqual({
      code: 'MORTAR_TIMEOUT',
      category: 'timeout',
      says: expect.stringMatching(/\.$/),
      means: expect.stringMatching(/./),
      mend: expect.stringMatching(/./),
    });
  });

  test('without a code it lists them all', async () => {
    const { stdout } = await mortar('/', 'explain-error', '--json');
    expect(JSON.parse(stdout).map(({ code }: { code: string }) => code)).toEqual(Object.keys(errorCodes));
    expect((await mortar('/', 'explain-error')).stdout.split('\n')).toHaveLength(
      Object.keys(errorCodes).length + 1,
    );
  });

  test.each([
    ['MORTAR_OPTION_INVALID', 'MORTAR_OPTIONS_INVALID, perhaps'],
    ['xyzzy', 'one that mortar explain-error lists'],
    ['__proto__', 'Expected '],
    ['../../../etc/passwd', 'one that'],
  ])('%s is wrong use, with the nearest', async (code, hint) => {
    const { code: exit, stdout, stderr } = await mortar('/', 'explain-error', code);
    expect({ exit, stdout }).toEqual({ exit: 2, stdout: '' });
    expect(stderr).toContain(hint);
  });

  test('an installed package has the pages, and the schema that a new configuration names', async () => {
    const folder = folderWith({ 'package.json': '{}' });
    const modules = join(folder, 'node_modules');
    const names = ['mortar', '@mortar/boundaries', '@mortar/cli'];
    const others = (await Promise.all(names.map((name) => unpack(name, modules)))).flat();
    for (const name of new Set(others)) {
      if (names.includes(name)) continue;
      mkdirSync(dirname(join(modules, name)), { recursive: true });
      symlinkSync(join(REPOSITORY, 'node_modules', name), join(modules, name));
    }
    const command = join(modules, '@mortar/cli/dist/main.js');
    const { code, stdout, stderr } = await run(folder, process.execPath, [
      command,
      'explain-error',
      'TIMEOUT',
    ]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^# MORTAR_TIMEOUT\n/);
    await run(folder, process.execPath, [command, 'init']);
    const { $schema } = parseConfig(readFileSync(join(folder, 'mortar.config.json'), 'utf8'));
    expect(JSON.parse(readFileSync(join(folder, $schema), 'utf8')).title).toBe('mortar.config.json');
  });
});

function parseConfig(text: string): { readonly $schema: string } {
  return JSON.parse(text.replaceAll(/^\s*\/\/.*$/gm, ''));
}

/** Packs a package as it is published, unpacks it where npm would, and answers with what it depends on. */
async function unpack(name: string, modules: string): Promise<string[]> {
  const source = join(REPOSITORY, 'packages', name.replace('@mortar/', ''));
  const scratch = folderWith();
  const { stdout, code } = await run(source, 'npm', ['pack', '--silent', '--pack-destination', scratch]);
  expect(code).toBe(0);
  const target = join(modules, name);
  mkdirSync(target, { recursive: true });
  const tarball = join(scratch, stdout.trim().split('\n').at(-1) ?? '');
  expect(await run(target, 'tar', ['-xzf', tarball, '--strip-components=1'])).toMatchObject({ code: 0 });
  return Object.keys(JSON.parse(readFileSync(join(target, 'package.json'), 'utf8')).dependencies ?? {});
}
