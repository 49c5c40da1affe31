import { spawnSync } from 'node:child_process';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { PlainReader } from '../../src/files/plain-reader.js';
import { makeProject } from '../support/project.js';

const LIMIT_BYTES = 1_000_000;

it.each([0, 1, 65_535, 65_536, 65_537, 200_000, LIMIT_BYTES])('reads all %i bytes of a file', (size) => {
  const content = Buffer.alloc(size, 'abcdefg');
  const root = makeProject({ file: content });
  expect(new PlainReader().read(join(root, 'file'), LIMIT_BYTES)?.equals(content)).toBe(true);
});

it('reads nothing that is larger than the limit', () => {
  const root = makeProject({ small: 'abc', large: 'a'.repeat(100_000) });
  const reader = new PlainReader();
  expect(reader.read(join(root, 'small'), 2)).toBeUndefined();
  expect(reader.read(join(root, 'small'), 3)?.toString()).toBe('abc');
  expect(reader.read(join(root, 'large'), 99_999)).toBeUndefined();
});

it('leaves what it has read before as it is', () => {
  const root = makeProject({ one: 'first', two: 'other' });
  const reader = new PlainReader();
  const first = reader.read(join(root, 'one'), LIMIT_BYTES);
  reader.read(join(root, 'two'), LIMIT_BYTES);
  expect(first?.toString()).toBe('first');
});

it('shows without a copy what is there until the next file is read', () => {
  const root = makeProject({ one: 'first', two: 'other', large: 'a'.repeat(100_000) });
  const reader = new PlainReader();
  const first = reader.view(join(root, 'one'), LIMIT_BYTES);
  expect(first?.toString()).toBe('first');
  expect(reader.view(join(root, 'large'), LIMIT_BYTES)).toHaveLength(100_000);
  expect(reader.view(join(root, 'two'), LIMIT_BYTES)?.buffer).toBe(first?.buffer);
  expect(reader.view(join(root, 'nothing'), LIMIT_BYTES)).toBeUndefined();
});

it('reads no link, no folder and no pipe, and waits for none', () => {
  const root = makeProject({ file: 'abc' });
  symlinkSync('file', join(root, 'link'));
  mkdirSync(join(root, 'folder'));
  spawnSync('mkfifo', [join(root, 'pipe')]);
  for (const name of ['link', 'folder', 'pipe', 'nothing']) {
    expect(new PlainReader().read(join(root, name), LIMIT_BYTES), name).toBeUndefined();
  }
});
