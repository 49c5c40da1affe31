import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { shellLines } from '../../src/hooks/hook-command.js';
import type { HookPlace } from '../../src/hooks/hook-place.js';
import { installScript, isInScript, uninstallScript } from '../../src/hooks/script-hook.js';
import { folderWith } from '../command.js';

/** The work tree, in which no folder is. */
const TOP = '/dev/null';

describe('a hook that is a script', () => {
  test('is as it was, byte for byte, once the check is taken out', () => {
    const place = placeIn(folderWith());
    const line = fc.string({ unit: 'binary' }).filter((text) => !/[\n\r]|mortar/.test(text));
    const shebang = fc.constantFrom(
      '',
      '#!/bin/sh\n',
      '#!/usr/bin/env bash\n',
      '#!/usr/bin/python3\n',
      '#!/bin/sh -e\r\n',
    );
    fc.assert(
      fc.property(shebang, fc.array(line), fc.constantFrom(0o755, 0o700, 0o644), (first, lines, mode) => {
        const bytes = Buffer.from(first + lines.map((text) => `${text}\n`).join(''), 'utf8');
        writeHook(place.path, bytes, mode);
        expect(installScript(place, TOP, '').state).toBe('installed');
        expect(isInScript(place, '')).toBe(true);
        expect(installScript(place, TOP, '').state).toBe('unchanged');
        expect(uninstallScript(place, '').state).toBe('removed');
        expect(readFileSync(place.path).equals(bytes)).toBe(true);
        expect(lstatSync(place.path).mode & 0o777).toBe(mode);
        expect(readdirSync(join(place.path, '..'))).toEqual(['pre-commit']);
      }),
    );
  });

  test('that was made for the check goes with it', () => {
    const place = placeIn(folderWith());
    installScript(place, TOP, 'web');
    expect(uninstallScript(place, '')).toEqual({ state: 'absent', notes: [] });
    expect(uninstallScript(place, 'web')).toEqual({ state: 'removed', notes: [] });
    expect(existsSync(place.path)).toBe(false);
    expect(uninstallScript(place, 'web')).toEqual({ state: 'absent', notes: [] });
  });

  test('checks each project that was installed, whatever it is called, and loses them one by one', () => {
    const place = placeIn(folderWith());
    const top = folderWith();
    const projects = ['app', '', 'größe "x"', "it's"];
    for (const project of projects) {
      mkdirSync(join(top, project), { recursive: true });
      expect(isInScript(place, project)).toBe(false);
      installScript(place, top, project);
    }
    for (const project of projects) {
      expect(isInScript(place, project)).toBe(true);
      expect(installScript(place, top, project).state).toBe('unchanged');
      expect(uninstallScript(place, project).state).toBe('removed');
      expect(isInScript(place, project)).toBe(false);
    }
    expect(existsSync(place.path)).toBe(false);
  });

  test('follows the project when it moves', () => {
    const place = placeIn(folderWith({ 'pre-commit': '#!/bin/sh\n' }));
    writeHook(place.path, Buffer.from('#!/bin/sh\necho mine\n'), 0o755);
    installScript(place, TOP, 'old');
    expect(installScript(place, TOP, 'new').state).toBe('updated');
    const text = readFileSync(place.path, 'utf8');
    expect(text).toContain("--root 'new'");
    expect(text).not.toContain("--root 'old'");
    expect(text.endsWith('echo mine\n')).toBe(true);
  });

  test.each(['#!/bin/sh\n', '#!/bin/bash\r\n', '#!/usr/bin/env -S bash -eu\n', '#!/bin/zsh -f\n'])(
    'keeps its first line first: %j',
    (first) => {
      const place = placeIn(folderWith());
      writeHook(place.path, Buffer.from(`${first}echo mine\n`), 0o755);
      expect(installScript(place, TOP, '')).toEqual({ state: 'installed', notes: [] });
      const text = readFileSync(place.path, 'utf8');
      expect(text.startsWith(`${first}# mortar:begin`)).toBe(true);
      expect(text.endsWith('# mortar:end\necho mine\n')).toBe(true);
    },
  );

  test.each(['fish', 'python3', 'node', 'pwsh', 'csh', '-S npx zx'])('in %s is put aside', (language) => {
    const place = placeIn(folderWith());
    const own = `#!/usr/bin/env ${language}\necho mine\n`;
    writeHook(place.path, Buffer.from(own), 0o755);
    expect(installScript(place, TOP, '').notes).toEqual([expect.stringContaining('pre-commit.mortar-kept')]);
    expect(readFileSync(`${place.path}.mortar-kept`, 'utf8')).toBe(own);
    uninstallScript(place, '');
    expect(readFileSync(place.path, 'utf8')).toBe(own);
  });

  test('of husky 8 keeps the line that starts it again first, whatever its line breaks', () => {
    const place = { ...placeIn(folderWith()), isRunByGit: false };
    for (const lineBreak of ['\n', '\r\n']) {
      const head = ['#!/usr/bin/env sh', '. "$(dirname -- "$0")/_/husky.sh"', ''].join(lineBreak);
      writeHook(place.path, Buffer.from(`${head}npm test${lineBreak}`), 0o755);
      installScript(place, TOP, '');
      expect(readFileSync(place.path, 'utf8').startsWith(`${head}# mortar:begin`)).toBe(true);
    }
  });

  test('is not put aside over another that was', () => {
    const place = placeIn(
      folderWith({ 'pre-commit.mortar-kept': 'somebody’s', 'pre-commit': '#!/usr/bin/python3\n' }),
    );
    expect(() => installScript(place, TOP, '')).toThrow(
      expect.objectContaining({ code: 'MORTAR_FILE_IN_WAY' }),
    );
    expect(readFileSync(`${place.path}.mortar-kept`, 'utf8')).toBe('somebody’s');
  });

  test('that is a folder is refused', () => {
    const folder = folderWith({ 'pre-commit/x': '' });
    expect(() => installScript(placeIn(folder), TOP, '')).toThrow(
      expect.objectContaining({ code: 'MORTAR_FILE_IN_WAY' }),
    );
  });

  test('keeps the hook that it stands for where the user has added lines', () => {
    const place = placeIn(folderWith({ 'pre-commit': '#!/usr/bin/python3\n' }));
    installScript(place, TOP, '');
    writeFileSync(place.path, `${readFileSync(place.path, 'utf8')}echo mine\n`);
    expect(uninstallScript(place, '').notes).toEqual([
      expect.stringContaining('pre-commit.mortar-kept stays'),
    ]);
    expect(readFileSync(`${place.path}.mortar-kept`, 'utf8')).toBe('#!/usr/bin/python3\n');
  });
});

describe('what the shell runs', () => {
  test('is understood by sh, dash and bash, whatever the folder is called', () => {
    const name = fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => !/[\n\r\0]/.test(text));
    fc.assert(
      fc.property(name, (prefix) => {
        const script = shellLines(prefix)
          .map((line) =>
            line.replace('command -v mortar', 'true').replace(/^ {2}mortar /, "  printf '%s\\n' "),
          )
          .join('\n');
        const output = execFileSync('sh', ['-eu', '-c', script], { cwd: '/', encoding: 'utf8' });
        expect(output).toBe(`check\n--staged\n--root\n${prefix}\n`);
      }),
      { numRuns: 60 },
    );
  });
});

function placeIn(folder: string): HookPlace {
  return { manager: 'git', path: join(folder, 'pre-commit'), isRunByGit: true, notes: [] };
}

function writeHook(path: string, bytes: Buffer, mode: number): void {
  writeFileSync(path, bytes);
  execFileSync('chmod', [mode.toString(8), path]);
}
