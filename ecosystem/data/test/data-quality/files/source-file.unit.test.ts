import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readingsOf } from '../../../src/data-quality/infrastructure/reading-sql.js';
import { lookAt, reasonOf } from '../../../src/data-quality/infrastructure/source-file.js';

const HEAD = 65_536;
const CHUNK = 1 << 20;
const signal = new AbortController().signal;
const BOM = '\u{FEFF}';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mortar-source-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What is seen of a file with this name and content. */
function look(name: string, content: string | Uint8Array) {
  const path = join(folder, name);
  writeFileSync(path, content);
  return lookAt(path, signal);
}

/** How its text is read, or why it can't be. */
async function encodingOf(name: string, content: string | Uint8Array): Promise<string> {
  const found = await look(name, content);
  return typeof found === 'string' ? found : found.encoding;
}

function bytes(hex: string): Buffer {
  return Buffer.concat([Buffer.from(hex, 'hex'), Buffer.from(' and more\n')]);
}

const utf16 = (text: string) => Buffer.from(BOM + text, 'utf16le');
const utf16be = (text: string) => utf16(text).swap16();

describe('a file is', () => {
  it.each([
    ['a.csv', 'csv'],
    ['a.tsv', 'csv'],
    ['a.txt', 'csv'],
    ['a.json', 'json'],
    ['a.ndjson', 'ndjson'],
    ['a.jsonl', 'ndjson'],
    ['A.CSV', 'csv'],
    ['a.json.csv', 'csv'],
    ['a b.Json', 'json'],
  ])('by its ending: %s is %s', async (name, format) => {
    expect(await look(name, '{"a":1}')).toMatchObject({ format, encoding: 'utf-8', bytes: 7 });
  });

  it('known by its whole content, whatever it is called', async () => {
    const content = `a,b\n${'1,2\n'.repeat(CHUNK / 2)}`;
    const [one, other] = [await look('one.csv', content), await look('other.csv', content)];
    const fingerprint = createHash('sha256').update(content).digest('hex');
    expect(one).toMatchObject({ fingerprint, bytes: content.length });
    expect(other).toMatchObject({ fingerprint, path: join(folder, 'other.csv') });
    expect(await look('one.csv', `${content} `)).not.toMatchObject({ fingerprint });
  });
});

describe('a file that can not be a data set is refused:', () => {
  const ending = 'Its ending says nothing: .csv, .tsv, .txt, .json, .ndjson, .jsonl, .parquet can be read.';
  const said = (what: string) => `It is ${what}, whatever its ending says.`;
  const torn = "It can't be read as json: the list that it is has no end, or something follows it.";

  it.each([
    ['none', 'a,b\n', ending],
    ['a.xlsx', bytes('504b0304'), ending],
    ['.csv', 'a,b\n', ending],
    ['a.csv', '', 'It is empty.'],
    ['a.parquet', '', 'It is empty.'],
    ['a.parquet', 'a,b\n1,2\n', 'It is no Parquet file.'],
    ['a.parquet', bytes('89504e47'), 'It is no Parquet file.'],
    ['a.csv', bytes('89504e47'), said('a PNG image')],
    ['a.csv', bytes('ffd8ff'), said('a JPEG image')],
    ['a.csv', bytes('504b0304'), said('a ZIP archive or an Excel workbook')],
    ['a.json', bytes('1f8b'), said('gzip')],
    ['a.txt', bytes('255044462d'), said('a PDF')],
    ['a.ndjson', bytes('7f454c46'), said('a program')],
    ['a.csv', 'SQLite format 3\0', said('a SQLite database')],
    ['a.csv', bytes('50415231'), said('Parquet')],
    ['a.csv', 'a,b\n1,\0\n', 'It is binary and no text.'],
    ['a.csv', Buffer.concat([Buffer.alloc(100, 'a'), Buffer.alloc(20, 1)]), 'It is binary and no text.'],
    ['a.csv', bytes('fffe0000610000'), 'It is UTF-32, which is not read: save it as UTF-8.'],
    ['a.csv', bytes('0000feff000000'), 'It is UTF-32, which is not read: save it as UTF-8.'],
    ['a.csv', bytes('d0cf11e0a1b11ae1'), said('an Excel workbook of the old kind')],
    ['a.csv', bytes('28b52ffd'), said('Zstandard')],
    ['a.csv', '\n <!DOCTYPE html>\n<html>', said('a web page')],
    ['a.json', '<html lang="en">', said('a web page')],
    ['a.json', '[{"a":1}] and more', torn],
    ['a.csv', ' \t\r\n\n', 'It has nothing but blanks.'],
    ['a.csv', BOM, 'It has nothing but blanks.'],
    ['a.csv', utf16('\n '), 'It has nothing but blanks.'],
    ['a.json', '[{"a":1},{"a":2}', torn],
    ['a.json', ' \n[', torn],
    ['a.json', `${BOM}[{"a":1}`, torn],
    ['a.json', utf16('[{"a":1}'), torn],
    ['a.json', `[${'{"a":1},'.repeat(10_000)}`, torn],
  ])('%s with %j', async (name, content, reason) => {
    expect(await look(name, content)).toBe(reason);
  });

  it.each([
    ['a.json', '[{"a":1}]'],
    ['a.json', '[{"a":1}] \n\n'],
    ['a.json', `[{"a":1}]${' \n'.repeat(HEAD)}`],
    ['a.json', utf16(`[{"a":1}]${' '.repeat(HEAD)}`)],
    ['a.csv', '<htmlish>,b\n'],
    ['a.csv', '\u0001,\u001b[2J\n'],
    ['a.csv', utf16be('a,b\n1,2\n')],
    ['a.json', utf16be('[{"a":1}]\n')],
    ['a.json', '{"a":[1'],
    ['a.json', utf16('[{"a":1}]\n')],
    ['a.ndjson', '[1\n'],
    ['a.csv', '[1\n'],
    ['a.csv', '%PD'],
    ['a.csv', `${' '.repeat(HEAD)}a\n`],
  ])('but not %s with %j', async (name, content) => {
    expect(await look(name, content)).toMatchObject({ path: join(folder, name) });
  });

  it('a folder, a device, what is not there, and what is below a file', async () => {
    mkdirSync(join(folder, 'folder.csv'));
    writeFileSync(join(folder, 'file.csv'), 'a\n');
    const reasons = ['folder.csv', 'gone.csv', 'file.csv/below.csv'].map((name) =>
      lookAt(join(folder, name), signal),
    );
    expect(await Promise.all(reasons)).toEqual([
      'It is a directory; name the files in it.',
      'There is no such file.',
      'There is no such file.',
    ]);
    expect(await lookAt('/dev/null', signal)).toBe('It is no regular file.');
    expect(await lookAt(join(folder, 'a\0.csv'), signal)).toMatch(/null bytes/);
  });
});

describe('the letters of a file are', () => {
  it.each([
    ['utf-8', 'a,ü\n1,2\n'],
    ['utf-8', `${BOM}a,ü\n`],
    ['utf-8', `${'a'.repeat(CHUNK - 1)}é\n`],
    ['utf-8', `${'a'.repeat(2 * CHUNK - 3)}😀\n`],
    ['latin-1', Buffer.from('a,ü\n1,2\n', 'latin1')],
    ['latin-1', Buffer.concat([Buffer.alloc(CHUNK, 'a'), Buffer.from('ü\n', 'latin1')])],
    // The last letter has no end.
    ['latin-1', Buffer.from('a,é').subarray(0, -1)],
    ['utf-16', utf16('a,b\n1,2\n')],
    ['utf-16', utf16be('a,b\n1,2\n')],
  ])('%s', async (encoding, content) => {
    expect(await encodingOf('a.csv', content)).toBe(encoding);
  });

  it('those of UTF-8 just where all bytes are, and none of Parquet are looked at', async () => {
    const some = fc.oneof(
      fc.uint8Array({ min: 1, maxLength: 12 }),
      fc
        .string({ unit: 'grapheme', maxLength: 6 })
        .map((text) => new TextEncoder().encode(text.replaceAll('\0', ''))),
    );
    await fc.assert(
      fc.asyncProperty(some, async (rest) => {
        const content = Buffer.concat([Buffer.from('a,'), rest]);
        expect(await encodingOf('any.csv', content)).toBe(isUtf8(content) ? 'utf-8' : 'latin-1');
        expect(await encodingOf('any.parquet', Buffer.concat([Buffer.from('PAR1'), rest]))).toBe('utf-8');
      }),
    );
  });
});

describe('a CSV is read by', () => {
  it.each([
    [',', 'a,b,c\n1;2;3;4;5\n'],
    [';', 'a;b;c\n1,5;2,5;3,5\n'],
    ['\t', 'a\tb\n'],
    ['|', 'a|b|c,d\n'],
    [',', 'alone\n1;2\n'],
    [';', '"a,b,c";d\n'],
    [',', 'a;b,c\n'],
    [';', 'a;b\r1,2,3,4\r'],
    [';', '\n \n\r\na;b\n1,2,3\n'],
    [';', 'sep=;\na,b,c\n'],
    ['|', `${BOM}"sep=|"\r\na,b,c\n`],
    [',', 'sep=\na,b\n'],
  ])('%j where it begins %j', async (delimiter, content) => {
    const source = await look('delimited.csv', content);
    if (typeof source === 'string') throw new TypeError(source);
    const readings = await readingsOf(source);
    expect(readings.map(({ from }) => /delim='(.)'/u.exec(from)?.[1])).toEqual([delimiter, delimiter]);
  });

  it.each([
    ["it's.csv", 'a\n', 2],
    ["it's.json", '[]', 1],
    ["it's.ndjson", '{}', 2],
    ["it's.parquet", 'PAR1', 1],
  ])('its name as it is, for %s too', async (name, content, ways) => {
    const source = await look(name, content);
    if (typeof source === 'string') throw new TypeError(source);
    const readings = await readingsOf(source);
    expect(readings).toHaveLength(ways);
    for (const { from } of readings) expect(from).toContain(`'${join(folder, name).replace("'", "''")}'`);
    expect(readings[0]?.notes).toEqual([]);
  });
});

describe('why there is no file', () => {
  const failed = (code: string) => Object.assign(new Error('It failed.\nMore.'), { code });

  it.each([
    [failed('ENOENT'), 'There is no such file.'],
    [failed('ENOTDIR'), 'There is no such file.'],
    [failed('EACCES'), 'It may not be read.'],
    [failed('EPERM'), 'It may not be read.'],
    [failed('ENOSPC'), 'The disk is full.'],
    [failed('ELOOP'), 'It is a link that leads to itself.'],
    [failed('ENAMETOOLONG'), 'There is no such file: the name is too long for one.'],
    [failed('EIO'), 'It failed.'],
    [new Error('x'.repeat(500)), 'x'.repeat(300)],
    [new Error(''), ''],
    ['text', 'text'],
    [undefined, 'undefined'],
  ])('%s is told as %j', (error, reason) => expect(reasonOf(error)).toBe(reason));

  it('is told to whoever stopped it', async () => {
    const path = join(folder, 'stopped.csv');
    writeFileSync(path, 'a\n'.repeat(10));
    await expect(lookAt(path, AbortSignal.abort(new Error('stopped')))).rejects.toThrow('stopped');
  });
});
