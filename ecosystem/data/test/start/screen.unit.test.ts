import { resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readArguments } from '../../src/start/arguments.js';
import { givenFile } from '../../src/start/given-files.js';
import { Progress } from '../../src/start/progress.js';
import { complaintOf, reasonOf } from '../../src/start/report/complaint.js';
import { bytes, counted, day, KEPT_BLANK, percent, wrapped } from '../../src/start/report/wording.js';
import { StoreTrouble } from '../../src/start/store-trouble.js';
import type { Stage } from '../../src/start/work.js';

const judged = { rows: 3_201, overall: 0.9399, isGood: true };
const done: Stage = { kind: 'analysed', ...judged, anomalies: 1, isNew: true };

describe('progress', () => {
  const files = [givenFile('/data/a.csv'), givenFile('/data/longer.csv')] as const;

  it('is a line for each stage where more files are given than the terminal has rows', () => {
    let text = '';
    const screen = { isTTY: true, rows: 2, write: (part: string) => (text += part) };
    new Progress(screen, files).tell(files[0], done);
    expect(text).toBe('a.csv: done: 3,201 rows, quality 93.9 %, 1 anomaly\n');
  });

  function shown(isTTY: boolean, columns?: number): string {
    let text = '';
    const write = (part: string) => {
      text += part;
    };
    const screen = columns === undefined ? { isTTY, write } : { isTTY, columns, write };
    const progress = new Progress(screen, files);
    progress.tell(files[0], { kind: 'registered', outcome: 'new' });
    progress.tell(files[0], done);
    return text;
  }

  it('is a line for each stage in a pipe', () => {
    expect(shown(false)).toBe(
      'a.csv: registered (new)\na.csv: done: 3,201 rows, quality 93.9 %, 1 anomaly\n',
    );
  });

  it('is drawn over itself on a terminal', () => {
    const draws = shown(true).split('\u{1b}[2A');
    expect(draws).toHaveLength(3);
    expect(draws[0]).toBe('\u{1b}[2K… a.csv       waits\n\u{1b}[2K… longer.csv  waits\n');
    expect(draws[2]).toBe(
      '\u{1b}[2K✔ a.csv       done: 3,201 rows, quality 93.9 %, 1 anomaly\n\u{1b}[2K… longer.csv  waits\n',
    );
  });

  it('shows all where the terminal does not know how wide it is', () => {
    expect(shown(true, 0)).toBe(shown(true));
  });

  it('does not wrap', () => {
    const lines = shown(true, 20).split('\n');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what moves the cursor
    for (const line of lines) expect(line.replaceAll(/\u{1b}\[\d+[AK]/gu, '').length).toBeLessThan(20);
  });

  describe('of hundreds of files', () => {
    const many = Array.from({ length: 300 }, (_, place) => givenFile(`/data/f${place}.csv`));
    let text = '';
    let now = 0;

    function begin(given = many): Progress {
      [text, now] = ['', 0];
      const write = (part: string) => (text += part);
      return new Progress({ isTTY: true, rows: 40, write }, given, () => now);
    }

    it('is how many are done, every five seconds and at the end', () => {
      const progress = begin();
      for (const file of many) {
        now += 40;
        progress.tell(file, { kind: 'registered', outcome: 'new' });
        progress.tell(file, { kind: 'checked', ...judged });
        progress.tell(file, done);
      }
      expect(text.split('\n')).toEqual([
        '300 files: what has come of them is counted.',
        ...['300 files: 125 done', '300 files: 250 done', '300 files: 300 done', ''],
      ]);
    });

    it('names the first ones that are bad, and counts the others', () => {
      const progress = begin();
      for (const file of many) progress.tell(file, { kind: 'refused', reason: 'It is torn.' });
      const lines = text.trimEnd().split('\n');
      expect(lines.filter((line) => line.endsWith("csv: can't be used. It is torn."))).toHaveLength(20);
      expect([lines.length, lines.at(-1)]).toEqual([22, "300 files: 0 done, 300 can't be used"]);
    });

    it('begins when so many have come', () => {
      const progress = begin(many.slice(0, 40));
      progress.tell(many[0] ?? givenFile('/'), done);
      expect(text).not.toContain('counted');
      progress.add(many.slice(40));
      expect(text).toContain('300 files: what has come of them is counted.\n');
    });
  });

  it('passes nothing on that is in a reason and moves the cursor', () => {
    let text = '';
    const progress = new Progress({ write: (part) => (text += part) }, files);
    progress.tell(files[0], { kind: 'refused', reason: 'It has \u{1b}[2J\nin it.' });
    expect(text).toBe("a.csv: can't be used. It has \u{FFFD}[2J\u{FFFD}in it.\n");
  });

  it('passes nothing on that a file is called and that moves the cursor', () => {
    expect(givenFile('/data/\u{1b}[2Jx.csv').title).toBe('\u{FFFD}[2Jx.csv');
    expect(givenFile(`/data/${'a'.repeat(99)}😀😀.csv`).datasetId).toMatch(/^a{99}-[0-9a-f]{8}$/);
  });
});

describe('arguments', () => {
  it('count paths from where the user is, each once', () => {
    const request = readArguments(['a.csv', '/b c.csv', './a.csv', '--folder', 'kept'], '/home');
    expect(request).toMatchObject({
      files: [resolve('/home/a.csv'), resolve('/b c.csv')],
      folder: resolve('/home/kept'),
      place: ['--folder', 'kept'],
    });
  });

  it('lead where everything is kept, without a password, and as a shell takes them', () => {
    const store = 'postgres://ann:s@cr:t@db.example:5432/data';
    expect(readArguments(['--folder', "it's kept", '--store', store], '/home')).toMatchObject({
      place: ['--folder', String.raw`'it'\''s kept'`, '--store', 'postgres://ann@db.example:5432/data'],
      store,
    });
  });

  it('have their usual values', () => {
    expect(readArguments([], '/home')).toEqual({
      ...{ files: [], asJson: false, reset: false, store: undefined, watch: undefined },
      folder: resolve('/home/.mortar'),
      place: [],
    });
    expect(readArguments(['-h'], '/')).toBe('help');
  });

  it.each([
    [['--jsn'], 'There is no option --jsn; did you mean --json?'],
    [['--wacth', 'a'], 'There is no option --wacth; did you mean --watch?'],
    [['--something-else'], 'There is no option --something-else.'],
    [['-x'], 'There is no option -x.'],
    [['--reset=1'], "Option '--reset' does not take an argument"],
    [['--store'], '--store needs a value after it.'],
    [['--folder', '--json'], '--folder needs a value after it.'],
    [['--folder', ''], '--folder needs a value, and has an empty one.'],
    [['--store='], '--store needs a value, and has an empty one.'],
    [[''], 'The path of a file is empty.'],
    [
      ['--store', 'file.db'],
      '--store takes the URL of a PostgreSQL database, such as postgres://user@host/database.',
    ],
    [
      ['--watch', 'a', '--json'],
      '--watch goes on until it is stopped, so there is no one result for --json.',
    ],
    [['--watch', 'a', 'b.csv'], '--watch takes the files of its directory, and no others: b.csv.'],
  ])('refuse %j', (args, message) => {
    expect(() => readArguments(args, '/')).toThrow(new TypeError(message));
  });

  it('name a file once, however it is written', () => {
    expect(readArguments(['/a/../b.csv', '/b.csv', '/./b.csv'], '/')).toMatchObject({ files: ['/b.csv'] });
  });
});

describe('words', () => {
  it('say no more than is so', () => {
    expect([percent(1), percent(0.999999), percent(0.29), percent(0)]).toEqual([
      '100 %',
      '99.9 %',
      '29.0 %',
      '0.0 %',
    ]);
    expect([counted(1, 'row'), counted(2_000, 'row'), counted(0, 'anomaly', 'anomalies')]).toEqual([
      '1 row',
      '2,000 rows',
      '0 anomalies',
    ]);
    expect([day(Date.UTC(2012, 0, 1)), day(Date.UTC(2012, 0, 1, 6, 55))]).toEqual([
      '2012-01-01',
      '2012-01-01 06:55',
    ]);
    expect([bytes(999), bytes(2_123_614_999)]).toEqual(['1.0 kB', '2123.6 MB']);
  });
});

describe('a line that is wrapped', () => {
  it('is cut at blanks, and what follows is indented further', () => {
    expect(wrapped('  ! one two three four', 12)).toBe('  ! one two\n      three\n      four');
    expect(wrapped('short', 12)).toBe('short');
    expect(wrapped('', 12)).toBe('');
  });

  it('keeps what belongs together, and words that are too long', () => {
    expect(wrapped(`a b${KEPT_BLANK}c${KEPT_BLANK}d e`, 6)).toBe('a\n    b c d\n    e');
    expect(wrapped(`x ${'y'.repeat(20)} z`, 8)).toBe(`x\n    ${'y'.repeat(20)}\n    z`);
  });

  it('loses no word, and is no longer than may be where its words are short', () => {
    fc.assert(
      fc.property(
        fc.array(fc.stringMatching(/^[a-z]{1,6}$/), { minLength: 1 }),
        fc.integer({ min: 12, max: 40 }),
        (words, width) => {
          const lines = wrapped(`  ${words.join(' ')}`, width).split('\n');
          expect(lines.flatMap((line) => line.trim().split(' '))).toEqual(words);
          for (const line of lines) expect(line.length).toBeLessThanOrEqual(width);
        },
      ),
    );
  });
});

describe('what went wrong is told', () => {
  const system = (code: string, path?: string) =>
    Object.assign(new Error(`${code}: it failed, open`), { code, syscall: 'open' }, path && { path });

  it.each([
    [system('ENOSPC', '/x'), /^\/x: The disk is full\. Make room and start again/],
    [
      system('EROFS', '/x'),
      /^\/x: It is on a disk that can only be read\. Name another place with --folder\.$/,
    ],
    [system('ENOENT', '/x'), /^\/x: There is no such place\.$/],
    [system('ECONNRESET'), /^ECONNRESET: it failed, open$/],
    [new TypeError('Said already.'), /^Said already\.$/],
    [new Error('wrapped', { cause: system('EACCES', '/x') }), /^\/x: It may not be written to\./],
    ['text', /^text$/],
  ])('%s', (error, told) => expect(complaintOf(error)).toMatch(told));

  it('with the stack where nobody can help himself', () => {
    expect(complaintOf(new RangeError('odd'))).toMatch(/^RangeError: odd\n\s+at /);
  });

  it.each([
    ['Out of Memory Error: failed to allocate\n\nSolutions', /^Reading it takes more memory/],
    ['IO Error: No files found that match', /^It is not there any more/],
    ['EISDIR: illegal operation on a directory, read', /^It is a directory by now\.$/],
    ['IO Error: No space left on device', /^The disk is full\.$/],
    ['Something else', /^Something else\.$/],
  ])('for a check that was given up: %j', (message, told) => expect(reasonOf(message)).toMatch(told));
});

describe('trouble of the store', () => {
  const full = 'MORTAR_STORE_FULL: A rule. Expected room; got none.';

  it.each([[full], [{ error: full }], [{ error: new Error(full) }]])('ends the work: %j', async (line) => {
    const trouble = new StoreTrouble();
    const work = trouble.orFailure(new Promise(() => undefined));
    const { warn } = trouble.logger.child({});
    if (typeof line === 'string') warn(line);
    else warn(line, 'said');
    await expect(work).rejects.toMatchObject({ code: 'MORTAR_STORE_FULL', expected: 'room', got: 'none' });
    await expect(trouble.orFailure(Promise.resolve(1))).resolves.toBe(1);
    await expect(trouble.orFailure(new Promise(() => undefined))).rejects.toThrow('room');
  });

  it('does not, where it may go away', async () => {
    const trouble = new StoreTrouble();
    trouble.logger.warn({ error: new Error('MORTAR_STORE_UNAVAILABLE: A store answers.') }, 'said');
    await expect(trouble.orFailure(Promise.resolve(1))).resolves.toBe(1);
  });
});

describe('the id of a file', () => {
  it('is that of its path, and fits', () => {
    const [one, other] = [givenFile('/x/a.csv'), givenFile('/y/a.csv')];
    expect(one.title).toBe(other.title);
    expect(one.datasetId).not.toBe(other.datasetId);
    expect(givenFile('/x/a.csv').datasetId).toBe(one.datasetId);
    expect(givenFile(`/${'é'.repeat(250)}.csv`).datasetId.length).toBeLessThanOrEqual(200);
  });
});
