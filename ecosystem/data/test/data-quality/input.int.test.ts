import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Bench, brokenIn } from './inspecting.js';

let bench: Bench;
beforeAll(() => {
  bench = new Bench();
});
afterAll(() => bench.close());

/** An object with so many fields. */
function fieldsOf(count: number): Record<string, number> {
  return Object.fromEntries(Array.from({ length: count }, (_, place) => [`f${place}`, place]));
}

describe('what is no data set is refused in words', () => {
  it.each<[string, string | Buffer, RegExp]>([
    ['empty.csv', '', /^It is empty\.$/],
    ['blank.csv', ' \n \n', /^It has nothing but blanks\.$/],
    [
      'image.csv',
      Buffer.from('89504e470d0a1a0a0000', 'hex'),
      /^It is a PNG image, whatever its ending says\.$/,
    ],
    ['book.csv', Buffer.from('504b030414000600', 'hex'), /ZIP archive or an Excel workbook/],
    ['zeros.csv', Buffer.from([1, 2, 0, 3]), /^It is binary and no text\.$/],
    ['fake.parquet', 'a,b\n1,2\n', /^It is no Parquet file\.$/],
    ['torn.parquet', 'PAR1 and nothing else', /^It can't be read as parquet: /],
    ['torn.json', '{"a": 1, ', /^It can't be read as json: Malformed JSON in file "the file"/],
    ['numbers.json', '[1, 2, 3]', /there are no objects in it/],
    ['cut.json', '[{"a": 1},\n', /the list that it is has no end/],
    ['nothing.json', '[]', /there are no objects in it/],
    ['notes.docx', 'words', /^Its ending says nothing: \.csv/],
    ['mixed.json', '[{"a":1}, 5, null]', /^It can't be read as a table: of its 3 values, 1 are objects/],
    ['fields.json', JSON.stringify([fieldsOf(301)]), /^Its objects have more than 300 different fields/],
    ['zero.json', String.raw`[{"a\u0000b":1}]`, /^The name of a column has a zero byte in it\.$/],
    [
      'long.csv',
      `a,b\n1,${'x'.repeat(2_100_000)}\n`,
      /^It can't be read as csv: a line is longer than 2 MB\.$/,
    ],
  ])('%s', async (name, content, reason) => {
    expect(await bench.assess(bench.write(name, content))).toMatch(reason);
  });

  it('a file that is not there, and a directory', async () => {
    expect(await bench.assess(join(bench.folder, 'nowhere.csv'))).toBe('There is no such file.');
    mkdirSync(join(bench.folder, 'folder.csv'));
    expect(await bench.assess(join(bench.folder, 'folder.csv'))).toBe(
      'It is a directory; name the files in it.',
    );
  });

  it('says no more than a line, and no path twice', async () => {
    const reason = await bench.assess(bench.write('wide.json', `{"a": ${'['.repeat(5_000)}`));
    expect(reason).toEqual(expect.any(String));
    expect(String(reason).split('\n')).toHaveLength(1);
    expect(String(reason).length).toBeLessThan(500);
    expect(reason).not.toContain(bench.folder);
  });
});

describe('what is odd is read, and told', () => {
  it('a header alone', async () => {
    const report = await bench.report('header.csv', 'a,b\n');
    expect([report.rows, report.columns.map(({ name }) => name)]).toEqual([0, ['a', 'b']]);
  });

  it('ragged rows are a finding with their lines', async () => {
    const report = await bench.report('ragged.csv', 'a,b,c\n1,2,3\n4,5\n6,7,8,9\n10,11,12\n');
    expect(report.rows).toBe(2);
    expect(brokenIn(report)).toEqual({ 'Each line has as many values as the first one.': '2/4' });
    const examples = report.findings.find(({ broken }) => broken > 0)?.examples;
    expect(examples?.map(({ value }) => value)).toEqual(['line 3: 4,5', 'line 4: 6,7,8,9']);
  });

  it('quotes that do not match', async () => {
    const report = await bench.report('quotes.csv', 'a,b\n1,2\n"open,3\n4,5\n');
    expect(report.notes).toEqual(['Its quotes do not match, so they were read as text.']);
    expect([report.rows, report.columns[0]?.frequent.map(({ value }) => value)]).toEqual([
      3,
      ['"open', '1', '4'],
    ]);
  });

  it('a quote without an end hides no lines', async () => {
    const rows = '1,x\n'.repeat(50_000);
    const report = await bench.report('hidden.csv', `a,b\n${rows}2,"open\n${rows}`);
    expect([report.rows, report.notes]).toEqual([
      100_001,
      ['Its quotes do not match, so they were read as text.'],
    ]);
  });

  it('a quote without an end, where reading quotes as text would lose more', async () => {
    const rows = '1,"a, b"\n'.repeat(5_000);
    const report = await bench.report('quoted.csv', `a,b\n${rows}2,"open\n3,c\n`);
    expect([report.rows, report.columns[1]?.frequent[0]?.value]).toEqual([5_000, 'a, b']);
    expect(report.notes).toEqual(['A quote in it has no end, so what follows that was left out.']);
  });

  it('blank lines before the names, and a line that names the delimiter', async () => {
    for (const before of ['\n\n', '\r\n \r\n', 'sep=,\n', '\n"sep=,"\n']) {
      const report = await bench.report('before.csv', `${before}a,b\n1,2\n`);
      expect([report.rows, report.columns.map(({ name, type }) => `${name} ${type}`)]).toEqual([
        1,
        ['a integer', 'b integer'],
      ]);
    }
  });

  it('a list of JSON with many blanks behind it', async () => {
    expect((await bench.report('blanks.json', `[{"a":1}]${' \n'.repeat(50_000)}`)).rows).toBe(1);
  });

  it('objects with one field that is called json, and with as many as can be read', async () => {
    const report = await bench.report('json.json', '[{"json":1},{"json":2}]');
    expect([report.rows, report.columns[0]?.name]).toEqual([2, 'json']);
    expect((await bench.report('many.json', JSON.stringify([fieldsOf(300)]))).columns).toHaveLength(300);
  });

  it('numbers at the end of what a number can be', async () => {
    const most = 1.7976931348623157e308;
    for (const some of [
      [-most, most, 5e-324, 1],
      [most, most, most, 1],
      [-1e308, 1e308],
      [-most, most],
    ]) {
      const { columns } = await bench.report('ends.csv', `a\n${some.join('\n')}\n`);
      expect(columns[0]?.type).toBe('number');
      for (const quantile of columns[0]?.quantiles ?? []) expect(Math.abs(quantile)).toBeLessThan(Infinity);
    }
  });

  it('other encodings', async () => {
    const text = 'name,town\nJosé,München\n';
    const [latin, wide] = [Buffer.from(text, 'latin1'), Buffer.from(`\u{FEFF}${text}`, 'utf16le')];
    const latinReport = await bench.report('latin.csv', latin);
    expect(latinReport.columns.map(({ frequent }) => frequent[0]?.value)).toEqual(['José', 'München']);
    expect(latinReport.notes).toEqual([expect.stringMatching(/Latin-1/)]);
    const wideReport = await bench.report('wide.csv', wide);
    expect(wideReport.columns.map(({ name, frequent }) => `${name} ${frequent[0]?.value}`)).toEqual([
      'name José',
      'town München',
    ]);
  });

  it('a name with blanks, quotes, wildcards and unicode', async () => {
    const report = await bench.report("a b'c [1]* ünï 測試.csv", 'x\n1\n');
    expect(report.rows).toBe(1);
  });

  it('columns of one value, of none, and infinities', async () => {
    const report = await bench.report('columns.csv', 'one,none,wild\n5,,inf\n5,,-Infinity\n5,,1.5\n5,,2\n');
    expect(report.columns.map(({ notes }) => notes)).toEqual([
      ['it has one value throughout'],
      ['it has no value at all'],
      ['values are infinite: 2 times'],
    ]);
    expect(report.columns[2]).toMatchObject({ type: 'number', misfits: 2, mean: 1.75 });
    expect(brokenIn(report)).toEqual({ 'none has a value.': '4/4', 'wild is a number.': '2/4' });
  });

  it('dates in three formats', async () => {
    const report = await bench.report('dates.csv', 'd\n2020-01-31\n31.01.2020\n"Jan 31, 2020"\n2020-02-01\n');
    const [column] = report.columns;
    expect(column).toMatchObject({ type: 'date', misfits: 0, formats: ['iso', '%d.%m.%Y', '%b %d, %Y'] });
    expect(column?.notes).toEqual(['dates are written in 3 ways: iso, %d.%m.%Y, %b %d, %Y']);
    expect(column?.quantiles?.[0]).toBe(Date.UTC(2020, 0, 31));
    expect(column?.quantiles?.at(-1)).toBe(Date.UTC(2020, 1, 1));
  });

  it('formulas for spreadsheets', async () => {
    const cells = ['=1+1', '"=HYPERLINK(""http://x"")"', '@SUM(A1)', '-5', '+49 30 123', '@anna', 'plain'];
    const report = await bench.report('formulas.csv', `cell\n${cells.join('\n')}\n`);
    expect(brokenIn(report)['No value of cell is a formula for a spreadsheet.']).toBe('3/7');
  });

  it('formulas for spreadsheets among numbers', async () => {
    const cells = [...Array.from({ length: 99 }, (_, row) => `${-row}`), '=1+1'];
    const report = await bench.report('numbers.csv', `cell\n${cells.join('\n')}\n`);
    expect(report.columns[0]).toMatchObject({ type: 'integer', misfits: 1 });
    expect(brokenIn(report)['No value of cell is a formula for a spreadsheet.']).toBe('1/100');
  });

  it('words for nothing, and blanks', async () => {
    const report = await bench.report('words.csv', 'n,s\n1,NA\nn/a, x \n3,null\n4,y\n');
    expect(report.columns.map(({ type, missing, disguised }) => [type, missing, disguised])).toEqual([
      ['integer', 1, 1],
      ['text', 2, 2],
    ]);
    expect(report.columns[1]?.notes).toContain('blanks stand around the value: once');
  });

  it('lines of NDJSON that are none', async () => {
    const report = await bench.report('lines.ndjson', '{"a":1}\nno json\n{"a":3,"b":{"c":[1]}}\n');
    expect([report.rows, report.notes]).toEqual([
      3,
      ['Some lines are no JSON: each stands as a row without values.'],
    ]);
    expect(report.columns[1]?.frequent).toEqual([{ value: '{"c":[1]}', count: 1 }]);
  });

  it('names of columns that are SQL, and values that control terminals', async () => {
    const report = await bench.report('sql.csv', `"a""; DROP TABLE x; --",b'\n\u{1b}[31mred,"x'); --"\n`);
    expect(report.columns.map(({ name }) => name)).toEqual(['a"; DROP TABLE x; --', "b'"]);
    expect(JSON.stringify(report)).not.toMatch(/\\u001b/);
  });
});

describe('a file that changes', () => {
  it('between registration and check is not taken for what it was', async () => {
    const path = bench.write('moving.csv', 'a\n1\n');
    const source = await bench.look(path);
    if (typeof source === 'string') throw new TypeError(source);
    bench.write('moving.csv', 'a\n1\n2\n');
    const signal = new AbortController().signal;
    const changed = { kind: 'refused', reason: 'It changed while it was read.', hasChanged: true };
    expect(await bench.inspector.assess(source, [], '2026-06-30', signal)).toEqual(changed);
    bench.write('moving.csv', 'a\n"1');
    expect(await bench.inspector.assess(source, [], '2026-06-30', signal)).toEqual(changed);
  });

  it('after its check is read as it was checked', async () => {
    const path = bench.write('later.csv', 'a\n1\n');
    const [report, source] = [await bench.assess(path), await bench.look(path)];
    if (typeof report === 'string' || typeof source === 'string') throw new TypeError('It was read.');
    bench.write('later.csv', 'a\n2\n3\n');
    const page = { columns: report.columns, offset: 0, limit: 10 };
    expect(await bench.inspector.texts(source, page)).toEqual([['1']]);
  });
});
