import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { documentsIn } from '../../scripts/readme/documents.mjs';
import { root } from '../source/repository.js';

const LINK = /\]\((?<target>[^()\s]+)\)/g;

describe.each(documentsIn(root))('the links of %s', (path) => {
  it('lead to files that are there, and to headings in them', () => {
    const lost = linksOf(path).filter((target) => !isThere(path, target));
    expect(lost).toEqual([]);
  });
});

describe('every page of the guide', () => {
  it('is in its index', () => {
    const pages = documentsIn(root).filter((path) => /\/\d-/.test(path));
    const linked = linksOf('docs/guide/README.md').map((target) => `docs/guide/${target}`);
    expect(pages.filter((page) => !linked.includes(page))).toEqual([]);
    expect(pages).toHaveLength(9);
  });
});

function linksOf(path: string): string[] {
  const text = readFileSync(join(root, path), 'utf8').replace(/^```[\s\S]*?^```/gm, '');
  return [...text.matchAll(LINK)].flatMap(({ groups }) => groups?.['target'] ?? []);
}

function isThere(from: string, target: string): boolean {
  if (/^https?:/.test(target)) return true;
  const [file = '', anchor] = target.split('#');
  const path = file === '' ? from : normalize(join(dirname(from), file));
  if (!existsSync(join(root, path))) return false;
  return anchor === undefined || headingsOf(path).includes(anchor);
}

/** As GitHub names them. */
function headingsOf(path: string): string[] {
  const headings = readFileSync(join(root, path), 'utf8').matchAll(/^#+ (?<title>.+)$/gm);
  return [...headings].map(({ groups }) =>
    String(groups?.['title'])
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
