import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type Baseline, baselineFrom } from '../../src/baseline/baseline.js';
import { parseBaseline, readBaseline, writeBaseline } from '../../src/baseline/baseline-file.js';
import { type NewEntries, updatedBaseline } from '../../src/baseline/matching.js';
import type { StillThere } from '../../src/baseline/still-there.js';
import { rulesFrom } from '../../src/config/load-rules.js';
import { defaults, from, type Given, judge } from '../rules/judged.js';

const files = ['orders', 'billing'].flatMap((name) => [`src/${name}/contract.ts`, `src/${name}/module.ts`]);
const only = { rules: { 'unused-contract': 'off' } };
const fresh: NewEntries = { owner: 'ann', reason: 'It was there.', expires: '2026-12-31' };

/** A project in which files of billing reach into orders. */
function project(...reaches: readonly (readonly [path: string, to: string, line?: number])[]): Given {
  return { files, imports: reaches.map(([path, to, line = 1]) => from(path, to, { line })) };
}

function violationsOf(given: Given): ReturnType<typeof judge>['violations'] {
  return judge(given, only).violations;
}

/** The rules that fail under a baseline. */
function failing(given: Given, baseline: Baseline, today = '2026-06-01'): string[] {
  return judge(given, only, { baseline, today }).violations.map(({ rule, path }) => `${rule} ${path}`);
}

const before = project(
  ['src/billing/a.ts', 'src/orders/book.ts', 5],
  ['src/billing/b.ts', 'src/orders/book.ts', 7],
  ['src/billing/a.ts', 'src/orders/list.ts', 9],
);
const baseline = updatedBaseline(undefined, violationsOf(before), fresh, () => false);

describe('a baseline', () => {
  it('holds what was there, with who answers for it', () => {
    expect(
      baseline.entries.map(({ rule, from: a, to, subject, places, owner }) => [
        rule,
        a,
        to,
        subject,
        places,
        owner,
      ]),
    ).toEqual([
      ['contract-only', 'billing', 'orders', 'book', ['src/billing/a.ts', 'src/billing/b.ts'], 'ann'],
      ['contract-only', 'billing', 'orders', 'list', ['src/billing/a.ts'], 'ann'],
    ]);
  });
  it('covers it, and says how many', () => {
    const result = judge(before, only, { baseline });
    expect(result.violations).toEqual([]);
    expect(result.baselined).toHaveLength(3);
  });

  it.each<[string, Given]>([
    [
      'lines are added above',
      project(
        ['src/billing/a.ts', 'src/orders/book.ts', 105],
        ['src/billing/b.ts', 'src/orders/book.ts', 7],
        ['src/billing/a.ts', 'src/orders/list.ts', 109],
      ),
    ],
    [
      'the file that violates moves in its module',
      project(
        ['src/billing/deep/a.ts', 'src/orders/book.ts'],
        ['src/billing/b.ts', 'src/orders/book.ts'],
        ['src/billing/deep/a.ts', 'src/orders/list.ts'],
      ),
    ],
    [
      'the file that is reached moves in its module',
      project(
        ['src/billing/a.ts', 'src/orders/deep/book.ts'],
        ['src/billing/b.ts', 'src/orders/deep/book.ts'],
        ['src/billing/a.ts', 'src/orders/list.ts'],
      ),
    ],
    [
      'the file that is reached has another name',
      project(
        ['src/billing/a.ts', 'src/orders/order-book.ts'],
        ['src/billing/b.ts', 'src/orders/order-book.ts'],
        ['src/billing/a.ts', 'src/orders/list.ts'],
      ),
    ],
  ])('survives that %s', (_, given) => expect(failing(given, baseline)).toEqual([]));

  it('does not cover what is new', () => {
    expect(
      failing(project(['src/billing/c.ts', 'src/orders/other.ts']), { version: 1, entries: [] }),
    ).toEqual(['contract-only src/billing/c.ts']);
    const more = {
      ...before,
      imports: [...(before.imports ?? []), from('src/orders/book.ts', 'src/billing/ledger.ts')],
    };
    expect(failing(more, baseline)).toContain('contract-only src/orders/book.ts');
  });
  it('grown: fails at the file that is new', () => {
    const more = {
      ...before,
      imports: [...(before.imports ?? []), from('src/billing/c.ts', 'src/orders/book.ts')],
    };
    expect(failing(more, baseline)).toEqual(['baseline-grown src/billing/c.ts']);
  });
  it('grown in a file that it names: fails too', () => {
    const more = {
      ...before,
      imports: [...(before.imports ?? []), from('src/billing/a.ts', 'src/orders/book.ts', { line: 50 })],
    };
    expect(failing(more, baseline)).toEqual(['baseline-grown src/billing/a.ts']);
  });
  it('stale: fails when all of an entry is mended, and when a part is', () => {
    expect(
      failing(
        project(['src/billing/a.ts', 'src/orders/book.ts'], ['src/billing/b.ts', 'src/orders/book.ts']),
        baseline,
      ),
    ).toEqual(['baseline-stale mortar.baseline.json']);
    const result = judge(
      project(['src/billing/a.ts', 'src/orders/book.ts'], ['src/billing/a.ts', 'src/orders/list.ts']),
      only,
      { baseline },
    );
    expect(result.violations.map(({ message }) => message)).toEqual([
      'contract-only of billing to orders (book) is mended in 1 of 2 places.',
    ]);
  });
  it('expired: fails from the day after on, at its place, and names who answers', () => {
    expect(failing(before, baseline, '2026-12-31')).toEqual([]);
    const late = judge(before, only, { baseline, today: '2027-01-01' }).violations;
    expect(late.map(({ rule, path, line }) => [rule, path, line])).toEqual([
      ['baseline-expired', 'src/billing/a.ts', 5],
      ['baseline-expired', 'src/billing/a.ts', 9],
    ]);
    expect(late[0]?.message).toContain('was to be mended by 2026-12-31; ann answers for it');
  });
});

describe('an update', () => {
  it('drops what is mended, adds what is new, and keeps who answers for the rest', () => {
    const after = project(
      ['src/billing/a.ts', 'src/orders/book.ts'],
      ['src/billing/c.ts', 'src/orders/new.ts'],
    );
    const late = { owner: 'bob', reason: 'Late.', expires: '2028-01-01' };
    const next = updatedBaseline(baseline, violationsOf(after), late, () => true);
    expect(
      next.entries.map(({ subject, owner, expires, places }) => [subject, owner, expires, places]),
    ).toEqual([
      ['book', 'ann', '2026-12-31', ['src/billing/a.ts']],
      ['new', 'bob', '2028-01-01', ['src/billing/c.ts']],
    ]);
    expect(failing(after, next)).toEqual([]);
  });
  it('of a renamed file keeps the entry under its new name', () => {
    const after = project(
      ['src/billing/a.ts', 'src/orders/book.ts'],
      ['src/billing/b.ts', 'src/orders/book.ts'],
      ['src/billing/a.ts', 'src/orders/index.ts'],
    );
    const isThere: StillThere = (_, name) => name !== 'list';
    const next = updatedBaseline(baseline, violationsOf(after), { ...fresh, owner: 'bob' }, isThere);
    expect(next.entries.map(({ subject, owner }) => [subject, owner])).toEqual([
      ['book', 'ann'],
      ['index', 'ann'],
    ]);
  });
  it('of a file that is still there, and is not reached any more, gives the entry to nobody else', () => {
    const after = project(['src/billing/a.ts', 'src/orders/index.ts']);
    const late = { ...fresh, owner: 'bob' };
    const next = updatedBaseline(baseline, violationsOf(after), late, () => true);
    expect(next.entries.map(({ subject, owner }) => [subject, owner])).toEqual([['index', 'bob']]);
  });
  it('changes nothing where nothing changed', () => {
    const late = { ...fresh, owner: 'bob' };
    expect(updatedBaseline(baseline, violationsOf(before), late, () => false)).toEqual(baseline);
  });
});

describe('the file', () => {
  const folders: string[] = [];
  const folder = (): string => {
    const made = realpathSync(mkdtempSync(join(tmpdir(), 'mortar-baseline-')));
    folders.push(made);
    return made;
  };
  afterEach(() => {
    for (const made of folders.splice(0)) rmSync(made, { recursive: true, force: true });
  });

  it('comes back as it was written, and leaves nothing else behind', async () => {
    const root = folder();
    expect(await readBaseline(root, defaults)).toBeUndefined();
    await writeBaseline(root, defaults, baseline);
    expect(await readBaseline(root, defaults)).toEqual(baseline);
    expect(readdirSync(root)).toEqual(['mortar.baseline.json']);
    await writeBaseline(root, defaults, { version: 1, entries: [] });
    expect(readdirSync(root)).toEqual([]);
  });
  it('is not written outside of the root, nor through a link', async () => {
    const outside = folder();
    const root = folder();
    symlinkSync(outside, join(root, 'out'));
    await expect(writeBaseline(root, rulesFrom({ baseline: 'out/b.json' }), baseline)).rejects.toThrow(
      /MORTAR_BASELINE_INVALID/,
    );
    expect(readdirSync(outside)).toEqual([]);
    writeFileSync(join(outside, 'kept.txt'), 'kept');
    symlinkSync(join(outside, 'kept.txt'), join(root, 'mortar.baseline.json'));
    await writeBaseline(root, defaults, baseline);
    expect(readFileSync(join(outside, 'kept.txt'), 'utf8')).toBe('kept');
  });

  it('is not written where its folder is not there', () =>
    expect(writeBaseline(folder(), rulesFrom({ baseline: 'gone/b.json' }), baseline)).rejects.toThrow(
      /MORTAR_BASELINE_INVALID.*whose folder is there/,
    ));
  it.each([
    ['', 'an empty file'],
    ['<<<<<<< ours\n{}\n=======\n{}\n>>>>>>> theirs\n', 'a merge conflict at 1:1'],
    ['{ "version": 1, "entries": [], "entries": [] }', 'the key "entries" a second time at 1:32'],
    ['{ "version": 1', 'close brace expected'],
  ])('that holds %j is told as what it is', (text, got) =>
    expect(() => parseBaseline(text, 'b.json')).toThrow(
      expect.objectContaining({ code: 'MORTAR_BASELINE_INVALID', got: expect.stringContaining(got) }),
    ),
  );

  const [entry] = baseline.entries;
  it.each<[string, unknown]>([
    ['a day that there is not', { version: 1, entries: [{ ...entry, expires: '2027-02-31' }] }],
    ['no object', []],
    ['another version', { version: 2, entries: [] }],
    ['no entries', { version: 1 }],
    ['an entry without an owner', { version: 1, entries: [{ ...entry, owner: '' }] }],
    ['an entry without a reason', { version: 1, entries: [{ ...entry, reason: undefined }] }],
    ['an expiry that is no day', { version: 1, entries: [{ ...entry, expires: 'never' }] }],
    ['a rule that there is not', { version: 1, entries: [{ ...entry, rule: 'no-rule' }] }],
    ['a key that does not fit', { version: 1, entries: [{ ...entry, to: 'shipping' }] }],
    ['a key that is there twice', { version: 1, entries: [entry, entry] }],
    ['a field that nobody knows', { version: 1, entries: [{ ...entry, note: 'x' }] }],
  ])('with %s is refused', (_, value) =>
    expect(() => baselineFrom(value, 'b.json')).toThrow(/MORTAR_BASELINE_INVALID: b\.json/),
  );
});

describe('exceptions', () => {
  const except = (exception: object): ReturnType<typeof judge> =>
    judge(before, { ...only, exceptions: [exception] });

  it.each([
    [{ rule: 'contract-only', reason: 'x' }, 0, 3],
    [{ rule: 'contract-only', reason: 'x', from: ['billing'] }, 0, 3],
    [{ rule: 'contract-only', reason: 'x', from: ['src/billing/a.ts'] }, 1, 2],
    [{ rule: 'contract-only', reason: 'x', to: ['src/orders/list.ts'] }, 2, 1],
    [{ rule: 'contract-only', reason: 'x', from: ['src/billing/**'], to: ['orders'] }, 0, 3],
    [{ rule: 'contract-only', reason: 'x', from: ['orders'] }, 4, 0],
    [{ rule: 'file-cycle', reason: 'x' }, 4, 0],
    [{ rule: 'contract-only', reason: 'x', expires: '2026-05-31' }, 4, 0],
    [{ rule: 'contract-only', reason: 'x', expires: '2026-06-01' }, 0, 3],
  ])('%j leaves %i and covers %i', (exception, left, covered) => {
    const result = except(exception);
    expect([result.violations.length, result.excepted.length]).toEqual([left, covered]);
  });
  it('that covers nothing fails, and says which', () => {
    const unused = except({ rule: 'contract-only', from: ['orders'], reason: 'x' }).violations.find(
      ({ rule }) => rule === 'unused-exception',
    );
    expect(unused?.message).toBe('The exception from contract-only of orders to all covers nothing.');
  });
});
