import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ProbedFiles } from '../../src/files/probed-files.js';
import { readWorkTree } from '../../src/files/work-tree.js';
import { makeProject, writeFiles } from '../support/project.js';

const files = { 'a.json': '{}', 'sub/b.json': '{}' };

it('what was asked holds until one of the answers is another', () => {
  const root = makeProject(files);
  const asked = new ProbedFiles(readWorkTree(root));
  asked.files.read('a.json', 100);
  asked.files.read('none.json');
  asked.files.exists('sub');
  asked.files.exists('other');
  expect(asked.probes).toHaveLength(4);
  const holds = () => new ProbedFiles(readWorkTree(root)).hold(asked.probes);
  expect(holds()).toBe(true);
  writeFiles(root, { 'a.json': '{ }' });
  expect(holds()).toBe(false);
  writeFiles(root, files);
  expect(holds()).toBe(true);
  writeFiles(root, { 'none.json': '' });
  expect(holds()).toBe(false);
});

it('something that comes where nothing was is an answer that has changed', () => {
  const root = makeProject(files);
  const asked = new ProbedFiles(readWorkTree(root));
  expect(asked.files.exists('other/c.json')).toBe(false);
  writeFiles(root, { 'other/c.json': '' });
  expect(new ProbedFiles(readWorkTree(root)).hold(asked.probes)).toBe(false);
});

it('is not steady where the same was asked twice and the answers differ', () => {
  const root = makeProject(files);
  const asked = new ProbedFiles(readWorkTree(root));
  for (const _ of ['once', 'twice']) {
    asked.files.read('a.json');
    asked.files.exists('c.json');
  }
  expect(asked.isSteady).toBe(true);
  writeFiles(root, { 'a.json': '[]' });
  asked.files.read('a.json');
  expect(asked.isSteady).toBe(false);
});

it('the tree is another one where files come, go, or a link leads elsewhere; not where they change', () => {
  const root = makeProject(files);
  const treeOf = () => new ProbedFiles(readWorkTree(root)).tree;
  const before = treeOf();
  writeFiles(root, { 'a.json': '{ "more": 1 }' });
  expect(treeOf()).toBe(before);
  writeFiles(root, { 'c.json': '' });
  const more = treeOf();
  expect(more).not.toBe(before);
  symlinkSync('sub', join(root, 'link'));
  expect(treeOf()).not.toBe(more);
});
