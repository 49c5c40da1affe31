import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { errorCodes } from '../../src/errors/index.js';
import { faultsOfPages, unusedCodes } from './pages.js';

const packages = join(import.meta.dirname, '../../..');
const folder = join(packages, '../docs/reference/errors');

describe('the pages of the error codes', () => {
  it('are there for each code, well formed, and for nothing else', () => {
    expect(faultsOfPages(folder, errorCodes)).toEqual([]);
  });

  it('are for codes that are used', () => {
    const sources = readdirSync(packages)
      .map((name) => join(packages, name, 'src'))
      .filter((source) => existsSync(source));
    expect(unusedCodes(sources, errorCodes)).toEqual([]);
  });
});

const scratch = mkdtempSync(join(tmpdir(), 'mortar-pages-'));
afterAll(() => rmSync(scratch, { recursive: true }));

const codes = { MORTAR_A: 'timeout', MORTAR_B: 'conflict' };
const good: Readonly<Record<string, string>> = {
  'README.md':
    '# Codes\n\n| Code | Category | Says |\n|---|---|---|\n| [MORTAR_A](MORTAR_A.md) | timeout | A. |\n| [MORTAR_B](MORTAR_B.md) | conflict | B. |\n',
  'MORTAR_A.md': pageOf('MORTAR_A', 'timeout'),
  'MORTAR_B.md': pageOf('MORTAR_B', 'conflict'),
};

function pageOf(code: string, category: string): string {
  return `# ${code}\n\nCategory: ${category}\n\n## What it means\n\nSomething.\n\n## How to mend it\n\nMend it.\n`;
}

let folders = 0;

/** What is wrong with a good folder in which some files are replaced, or left out where undefined. */
function faultsWith(changes: Readonly<Record<string, string | undefined>>): readonly string[] {
  folders += 1;
  const target = join(scratch, String(folders));
  mkdirSync(target);
  for (const [name, content] of Object.entries({ ...good, ...changes })) {
    if (content !== undefined) writeFileSync(join(target, name), content);
  }
  return faultsOfPages(target, codes);
}

describe('faultsOfPages', () => {
  const page = good['MORTAR_A.md'] ?? '';
  const index = good['README.md'] ?? '';

  it('finds nothing wrong with a good folder', () => {
    expect(faultsWith({})).toEqual([]);
  });

  it.each<[string, Record<string, string | undefined>, string]>([
    ['a missing page', { 'MORTAR_A.md': undefined }, 'MORTAR_A: the page is missing'],
    ['a stale page', { 'MORTAR_OLD.md': page }, 'MORTAR_OLD.md: the page is stale, there is no such code'],
    [
      'a page of an inherited name',
      { 'constructor.md': page },
      'constructor.md: the page is stale, there is no such code',
    ],
    ['a file that is no page', { 'notes.txt': 'x' }, 'notes.txt: the page is stale, there is no such code'],
    ['a page without its ending', { MORTAR_A: page }, 'MORTAR_A: the page is stale, there is no such code'],
    [
      'a wrong title',
      { 'MORTAR_A.md': page.replace('# MORTAR_A', '# MORTAR_B') },
      'MORTAR_A: the title is not "# MORTAR_A"',
    ],
    [
      'a wrong category',
      { 'MORTAR_A.md': page.replace('timeout', 'conflict') },
      'MORTAR_A: there is not one line "Category: timeout"',
    ],
    [
      'two categories',
      { 'MORTAR_A.md': `${page}\nCategory: conflict\n` },
      'MORTAR_A: there is not one line "Category: timeout"',
    ],
    [
      'no category',
      { 'MORTAR_A.md': page.replace(/Category.*/, '') },
      'MORTAR_A: there is not one line "Category: timeout"',
    ],
    [
      'no meaning',
      { 'MORTAR_A.md': page.replace('## What it means', '') },
      'MORTAR_A: the section "## What it means" is missing or empty',
    ],
    [
      'an empty meaning',
      { 'MORTAR_A.md': page.replace('Something.', '') },
      'MORTAR_A: the section "## What it means" is missing or empty',
    ],
    [
      'an empty remedy',
      { 'MORTAR_A.md': page.replace('Mend it.', '') },
      'MORTAR_A: the section "## How to mend it" is missing or empty',
    ],
    ['no index', { 'README.md': undefined }, 'the index is missing'],
    [
      'an index without a row',
      { 'README.md': index.replace(/.*MORTAR_B.*\n/, '') },
      'the index lacks the row | [MORTAR_B](MORTAR_B.md) | conflict | … |',
    ],
    [
      'an index that says nothing',
      { 'README.md': index.replace('A. |', '|') },
      'the index lacks the row | [MORTAR_A](MORTAR_A.md) | timeout | … |',
    ],
    [
      'an index with a wrong category',
      { 'README.md': index.replace('conflict', 'timeout') },
      'the index lacks the row | [MORTAR_B](MORTAR_B.md) | conflict | … |',
    ],
    [
      'an index with a stale row',
      { 'README.md': `${index}| [MORTAR_C](MORTAR_C.md) | timeout | C. |\n` },
      'the index has a stale row: | [MORTAR_C](MORTAR_C.md) | timeout | C. |',
    ],
    [
      'an index with a row twice',
      { 'README.md': `${index}| [MORTAR_A](MORTAR_A.md) | timeout | A. |\n` },
      'the index has a row twice',
    ],
  ])('finds %s', (_, changes, fault) => {
    expect(faultsWith(changes)).toContain(fault);
  });
});

describe('unusedCodes', () => {
  it('finds a code that stands nowhere but in the table', () => {
    const source = join(scratch, 'src');
    mkdirSync(join(source, 'errors'), { recursive: true });
    writeFileSync(join(source, 'errors/codes.ts'), `const codes = { 'MORTAR_A': 1, 'MORTAR_B': 2 };`);
    writeFileSync(join(source, 'a.ts'), `throw new MortarError('MORTAR_A', details);`);
    writeFileSync(join(source, 'notes.md'), `'MORTAR_B'`);
    expect(unusedCodes([source], codes)).toEqual(['MORTAR_B']);
  });
});
