import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { root } from './source/repository.js';

const folder = mkdtempSync(join(tmpdir(), 'mortar-entry-'));
const recorder = new URL('./entry/fixtures/record.mjs', import.meta.url);
const kernel = join(root, 'packages', 'mortar', 'dist');

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("import 'mortar'", () => {
  it('loads its own files and no dependency: neither pino, cockatiel, piscina, lru-cache nor another', () => {
    const loaded = loadedBy('mortar');
    expect(loaded.filter((path) => path.startsWith(kernel))).not.toEqual([]);
    expect(loaded.filter((path) => !path.startsWith(kernel))).toEqual([]);
  });

  // What the test above relies on: a dependency would be seen, whichever module system it uses.
  it.each(['pino', 'cockatiel', 'piscina', 'zod'])('the recorder sees %s', (dependency) => {
    const modules = join(root, 'node_modules', dependency);
    expect(loadedBy(dependency).filter((path) => path.startsWith(modules))).not.toEqual([]);
  });

  it('the recorder sees what a dependency requires in turn', () => {
    const loaded = loadedBy('pino').filter((path) => path.includes(join('node_modules', 'thread-stream')));
    expect(loaded).not.toEqual([]);
  });
});

/** The files that a program loads which does nothing but this import. */
function loadedBy(specifier: string): string[] {
  const record = join(folder, `${specifier}.log`);
  const args = ['--import', recorder.href, '--input-type=module', '--eval', `await import('${specifier}')`];
  const { status, stderr } = spawnSync(process.execPath, args, {
    cwd: root,
    env: { ...process.env, RECORD_TO: record, NODE_OPTIONS: '' },
    encoding: 'utf8',
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const lines = readFileSync(record, 'utf8').trimEnd().split('\n');
  const files = lines.filter((line) => line.startsWith('file:') || line.startsWith('/'));
  return files.map((line) => (line.startsWith('file:') ? fileURLToPath(line) : line)).filter(isProgram);
}

/** The program itself is given on the command line, and has a name of Node's making. */
function isProgram(path: string): boolean {
  return (
    !pathToFileURL(path).href.includes('%5Beval') && !path.startsWith(fileURLToPath(new URL('.', recorder)))
  );
}
