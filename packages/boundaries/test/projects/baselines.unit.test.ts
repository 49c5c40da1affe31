import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { readBaseline, writeBaseline } from '../../src/baseline/baseline-file.js';
import { updatedBaseline } from '../../src/baseline/matching.js';
import { stillThereIn } from '../../src/baseline/still-there.js';
import { type BoundaryRules, loadRules } from '../../src/config/load-rules.js';
import { readProject } from '../../src/graph/read-project.js';
import { createProject } from '../../src/model/project.js';
import { checkProject } from '../../src/rules/check-project.js';
import { type Files, makeProject, writeFiles } from '../support/project.js';
import { lines, manifest } from './checked.js';

const project: Files = {
  'package.json': manifest('acme'),
  'mortar.config.json': '{ "rules": { "unused-contract": "off" } }',
  'src/shop/contract.ts': '',
  'src/shop/module.ts': '',
  'src/shop/book.ts': 'export const book = 1;\nexport const page = 2;\n',
  'src/shop/list.ts': 'export const list = 1;\n',
  'src/billing/contract.ts': '',
  'src/billing/module.ts': '',
  'src/billing/a.ts':
    "import { book } from '../shop/book.js';\nimport { list } from '../shop/list.js';\nbook; list;\n",
  'src/billing/b.ts': "import { book } from '../shop/book.js';\nbook;\n",
  'src/x.ts': "import './y.js';\n",
  'src/y.ts': "import './x.js';\n",
};
const fresh = { owner: 'ann', reason: 'It was there.', expires: '2026-12-31' };

let root = '';
let rules: BoundaryRules;

async function found(today = '2026-06-01'): Promise<string[]> {
  const baseline = await readBaseline(root, rules);
  const { violations } = checkProject(await readProject(root), rules, { baseline, today });
  return lines(violations);
}

async function update(given: typeof fresh = fresh): Promise<void> {
  const old = await readBaseline(root, rules);
  // As the command does it: what the baseline covers now is held against it anew.
  const graph = await readProject(root);
  const { violations } = checkProject(graph, rules);
  const isThere = stillThereIn(createProject(graph, rules));
  await writeBaseline(root, rules, updatedBaseline(old, violations, given, isThere));
}

const path = (name: string): string => join(root, name);
const edit = (name: string, change: (text: string) => string): void =>
  writeFileSync(path(name), change(readFileSync(path(name), 'utf8')));
function move(from: string, to: string): void {
  mkdirSync(dirname(path(to)), { recursive: true });
  renameSync(path(from), path(to));
}

beforeEach(async () => {
  root = makeProject(project);
  rules = await loadRules(root);
  await update();
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
});

describe('a baseline on the disk', () => {
  it('covers what was there, and is written in the same way each time', async () => {
    expect(await found()).toEqual([]);
    const before = readFileSync(path('mortar.baseline.json'), 'utf8');
    await update({ ...fresh, owner: 'bob' });
    expect(readFileSync(path('mortar.baseline.json'), 'utf8')).toBe(before);
    expect(
      JSON.parse(before).entries.map(
        (one: { rule: string; subject: string }) => `${one.rule} ${one.subject}`,
      ),
    ).toEqual(['contract-only book', 'contract-only list', 'file-cycle x.ts y.ts acme']);
  });

  it.each<[string, () => void]>([
    ['lines above', () => edit('src/billing/a.ts', (text) => `// new\n\n\n${text}`)],
    [
      'other names of the same file',
      () => edit('src/billing/b.ts', () => "import { page } from '../shop/book.js';\npage;\n"),
    ],
    [
      'another form of the import',
      () => edit('src/billing/b.ts', () => "export const late = () => import('../shop/book.js');\n"),
    ],
    ['Windows line ends', () => edit('src/billing/a.ts', (text) => text.replaceAll('\n', '\r\n'))],
    [
      'a move of who violates within its module',
      () => {
        move('src/billing/a.ts', 'src/billing/deep/er/a.ts');
        edit('src/billing/deep/er/a.ts', (text) => text.replaceAll('../', '../../../'));
      },
    ],
    ['a new name of who violates', () => move('src/billing/a.ts', 'src/billing/z.ts')],
    [
      'a move of what is reached within its module',
      () => {
        move('src/shop/book.ts', 'src/shop/stock/book.ts');
        for (const name of ['a', 'b'])
          edit(`src/billing/${name}.ts`, (text) => text.replace('shop/book', 'shop/stock/book'));
      },
    ],
    [
      'a new name of what is reached',
      () => {
        move('src/shop/book.ts', 'src/shop/volume.ts');
        for (const name of ['a', 'b'])
          edit(`src/billing/${name}.ts`, (text) => text.replace('shop/book', 'shop/volume'));
      },
    ],
    [
      'a move of a circle',
      () => {
        move('src/x.ts', 'src/parts/x.ts');
        move('src/y.ts', 'src/parts/y.ts');
      },
    ],
    [
      'a move of all sources, where modules keep their ids',
      () => {
        move('src/shop', 'src/modules/shop');
        move('src/billing', 'src/modules/billing');
      },
    ],
  ])('survives %s', async (_, change) => {
    change();
    expect(await found()).toEqual([]);
  });

  it('fails at what is new, and covers the rest', async () => {
    writeFiles(root, {
      'src/billing/c.ts': "import { list } from '../shop/list.js';\nimport '../shop/new.js';\nlist;\n",
      'src/shop/new.ts': '',
    });
    expect(await found()).toEqual([
      'src/billing/c.ts:1 baseline-grown billing → shop',
      'src/billing/c.ts:2 contract-only billing → shop',
    ]);
  });

  it('a second import of the same in a file that was known is one more', async () => {
    edit('src/billing/b.ts', (text) => `${text}export const late = () => import('../shop/book.js');\n`);
    expect((await found()).map((one) => one.split(' ')[1])).toEqual(['baseline-grown']);
  });

  it('fails where it is mended, until it is taken out', async () => {
    edit('src/billing/a.ts', () => "import { list } from '../shop/list.js';\nlist;\n");
    expect(await found()).toEqual(['mortar.baseline.json:4 baseline-stale billing → shop']);
    edit('src/billing/b.ts', () => '');
    expect(await found()).toEqual(['mortar.baseline.json:4 baseline-stale billing → shop']);
    await update();
    expect(await found()).toEqual([]);
    expect(await keyOf('book')).toBeUndefined();
  });

  it('is gone when all is mended', async () => {
    for (const name of ['src/billing/a.ts', 'src/billing/b.ts', 'src/x.ts']) edit(name, () => '');
    await update();
    expect(await readBaseline(root, rules)).toBeUndefined();
    expect(await found()).toEqual([]);
  });

  it('a move to another module is a new violation, and the old one is stale', async () => {
    move('src/billing/b.ts', 'src/mail/b.ts');
    writeFiles(root, { 'src/mail/contract.ts': '', 'src/mail/module.ts': '' });
    expect(await found()).toEqual([
      'mortar.baseline.json:4 baseline-stale billing → shop',
      'src/mail/b.ts:1 contract-only mail → shop',
    ]);
  });

  it('holds until its last day', async () => {
    expect(await found('2026-12-31')).toEqual([]);
    const late = await found('2027-01-01');
    expect(late).toHaveLength(3);
    expect(late.every((one) => one.includes('baseline-expired'))).toBe(true);
    await update({ ...fresh, expires: '2030-01-01' });
    expect(await found('2027-01-01')).toHaveLength(3);
  });

  it('a circle that grows is another circle', async () => {
    edit('src/y.ts', () => "import './x.js';\nimport './z.js';\n");
    writeFiles(root, { 'src/z.ts': "import './x.js';\n" });
    expect((await found()).map((one) => one.replace(/ → .*/, ''))).toEqual([
      'mortar.baseline.json:31 baseline-stale acme',
      'src/x.ts:1 file-cycle acme',
    ]);
  });

  it('a circle of modules that grows is another circle', async () => {
    const ring = (to: string): string =>
      `import type { T } from '../${to}/contract.js';\nexport type A = T;\n`;
    writeFiles(root, { 'src/shop/t.ts': ring('billing'), 'src/billing/t.ts': ring('shop') });
    await update();
    expect(await found()).toEqual([]);
    writeFiles(root, { 'src/mail/contract.ts': '', 'src/mail/module.ts': '', 'src/mail/t.ts': ring('shop') });
    expect(await found()).toEqual([]);
    writeFiles(root, { 'src/billing/mail.ts': ring('mail') });
    const rulesFound = (await found()).map((one) => one.split(' ')[1]);
    expect(rulesFound).toEqual(['baseline-stale', 'module-cycle']);
  });

  it('a circle of which a file has a new name is the same', async () => {
    move('src/y.ts', 'src/z.ts');
    edit('src/x.ts', () => "import './z.js';\n");
    expect(await found()).toEqual([]);
  });

  it.each<[string, () => void]>([
    [
      'of which the first file has a new name',
      () => {
        move('src/x.ts', 'src/w.ts');
        edit('src/y.ts', () => "import './w.js';\n");
      },
    ],
    [
      'of which the last file has a name that comes first',
      () => {
        move('src/y.ts', 'src/a.ts');
        edit('src/x.ts', () => "import './a.js';\n");
      },
    ],
  ])('a circle of files %s is the same', async (_, change) => {
    change();
    expect(await found()).toEqual([]);
  });

  it('a circle with another file, where the old one is still there, is another', async () => {
    move('src/y.ts', 'src/z.ts');
    edit('src/x.ts', () => "import './z.js';\n");
    writeFiles(root, { 'src/y.ts': '' });
    expect((await found()).map((one) => one.split(' ')[1])).toEqual(['baseline-stale', 'file-cycle']);
  });

  it('a circle of modules that is entered elsewhere is the same', async () => {
    const user = (to: string): string =>
      `import type { T } from '../${to}/contract.js';\nexport type A = T;\n`;
    writeFiles(root, { 'src/shop/t.ts': user('billing'), 'src/billing/t.ts': user('shop') });
    await update();
    const circle = async () => {
      const { violations } = checkProject(await readProject(root), rules);
      return violations.find(({ rule }) => rule === 'module-cycle');
    };
    const before = await circle();
    // The side with more imports is the dearer one to cut, so the other is told first.
    for (let file = 0; file < 9; file += 1) writeFiles(root, { [`src/shop/u${file}.ts`]: user('billing') });
    const after = await circle();
    expect([before?.from, after?.from]).toEqual(['shop', 'billing']);
    expect(await found()).toEqual([]);
  });

  it('another violation in the same file is not covered by one that was mended', async () => {
    edit('src/billing/a.ts', (text) =>
      text.replace('shop/list', 'shop/page').replace('{ list }', '{ page as list }'),
    );
    writeFiles(root, { 'src/shop/page.ts': 'export const page = 1;\n' });
    expect(await found()).toEqual([
      'mortar.baseline.json:18 baseline-stale billing → shop',
      'src/billing/a.ts:2 contract-only billing → shop',
    ]);
    rmSync(path('src/shop/list.ts'));
    expect(await found()).toEqual([]);
  });

  it('another message that is sent in the same file is another violation', async () => {
    const SHOP =
      "import { event } from 'mortar';\nexport const A = event('shop.a', {});\nexport const B = event('shop.b', {});\n";
    const send = (name: string): string =>
      `import { ${name} } from '../shop/contract.js';\npublish(${name});\n`;
    writeFiles(root, {
      'package.json': manifest('acme', { dependencies: { mortar: '*' } }),
      'src/shop/contract.ts': SHOP,
      'src/billing/send.ts': send('A'),
    });
    await update();
    expect(await found()).toEqual([]);
    edit('src/billing/send.ts', () => send('B'));
    expect((await found()).map((one) => one.split(' ')[1])).toEqual(['baseline-stale', 'message-owner']);
  });

  it.each<[string, (text: string) => string]>([
    ['is widened by hand', (text) => text.replace('"subject": "book"', '"subject": "list"')],
    ['names a rule that is not there', (text) => text.replaceAll('contract-only', 'contract-never')],
    ['has no version', (text) => text.replace('"version": 1,', '')],
    ['lacks an owner', (text) => text.replace('"owner": "ann",', '')],
    ['has a day that is none', (text) => text.replace('2026-12-31', 'never')],
    ['has a key twice', (text) => text.replace(/("entries": \[)(\s*\{[^}]*\})/, '$1$2,$2')],
    ['has a field that nobody knows', (text) => text.replace('"owner"', '"boss": "x", "owner"')],
  ])('is refused where it %s', async (_, change) => {
    edit('mortar.baseline.json', change);
    await expect(found()).rejects.toMatchObject({ code: 'MORTAR_BASELINE_INVALID' });
  });
});

async function keyOf(subject: string): Promise<string | undefined> {
  const baseline = await readBaseline(root, rules);
  return baseline?.entries.find((entry) => entry.subject === subject)?.key;
}
