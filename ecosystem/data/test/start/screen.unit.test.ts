import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readArguments } from '../../src/start/arguments.js';
import { givenFile } from '../../src/start/given-files.js';
import { Progress } from '../../src/start/progress.js';
import { bytes, counted, day, percent } from '../../src/start/report/wording.js';
import type { Stage } from '../../src/start/work.js';

const done: Stage = { kind: 'analysed', rows: 3_201, overall: 0.9399, anomalies: 1, isNew: true };

describe('progress', () => {
  const files = [givenFile('/data/a.csv'), givenFile('/data/longer.csv')] as const;

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
    });
  });

  it('have their usual values', () => {
    expect(readArguments([], '/home')).toEqual({
      ...{ files: [], asJson: false, reset: false, store: undefined, watch: undefined },
      folder: resolve('/home/.mortar'),
    });
    expect(readArguments(['-h'], '/')).toBe('help');
  });

  it.each([[['--jso']], [['--store', 'file.db']], [['--watch', 'a', '--json']], [['--store']]])(
    'refuse %j',
    (args) => {
      expect(() => readArguments(args, '/')).toThrow(TypeError);
    },
  );
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

describe('the id of a file', () => {
  it('is that of its path, and fits', () => {
    const [one, other] = [givenFile('/x/a.csv'), givenFile('/y/a.csv')];
    expect(one.title).toBe(other.title);
    expect(one.datasetId).not.toBe(other.datasetId);
    expect(givenFile('/x/a.csv').datasetId).toBe(one.datasetId);
    expect(givenFile(`/${'é'.repeat(250)}.csv`).datasetId.length).toBeLessThanOrEqual(200);
  });
});
