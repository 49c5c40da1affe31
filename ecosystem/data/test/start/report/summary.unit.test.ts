import { describe, expect, it } from 'vitest';
import { summaryOf } from '../../../src/start/report/summary.js';
import { columnOf, findingOf } from '../../data-quality/life/samples.js';
import { anomalyOf, datasetOf, overviewOf, type Said } from './samples.js';

function raise(): never {
  throw new TypeError('It has one.');
}

function linesOf(said: Said): string[] {
  return summaryOf(overviewOf([datasetOf(said)])).split('\n');
}

describe('the summary of a data set', () => {
  it('begins with its size, its quality and what became of it', () => {
    expect(linesOf({ rows: 3_201, columns: [columnOf('a')] })[1]).toBe(
      'sales.csv  ·  3,201 rows, 1 column  ·  quality 87.5 %  ·  released',
    );
    expect(linesOf({ outcome: 'unchanged' })[1]).toMatch(/released, unchanged$/);
    expect(linesOf({ rows: 0, scores: {} })[2]).toBe('  Worst fields: none');
  });

  it('lets nothing that a column or a value is called move the cursor', () => {
    const name = '\u{1b}[2J\nTime: 0 s';
    const findings = [findingOf({ broken: 1, expectation: name, examples: [{ row: 0, value: name }] })];
    const [reason] = anomalyOf().reasons;
    const reasons = reason === undefined ? [] : [{ ...reason, text: name }];
    const said = { title: name, findings, columns: [columnOf(name, { notes: [name] })], notes: [name] };
    const anomalies = [anomalyOf({ series: name, reasons })];
    const unreadable = [{ path: name, reason: name }];
    const text = summaryOf(overviewOf([datasetOf({ ...said, anomalies })], { unreadable }));
    expect(text).not.toContain('\u{1b}');
    expect(text.match(/^Time: /gm)).toHaveLength(1);
  });

  it('draws the scores, those alone that there are', () => {
    expect(linesOf({})[2]).toBe('  completeness ███░░ 75.0 %   validity █████ 100 %');
  });

  it('says why it should not be used', () => {
    expect(linesOf({ status: 'quarantined', reasons: ['It has no rows.'] })).toContain(
      '  Why: It has no rows.',
    );
  });

  it('is one line where the file is no table', () => {
    expect(linesOf({ status: 'refused', reasons: ['It is torn.'] })[1]).toBe(
      'sales.csv: refused. It is torn.',
    );
  });

  it('says why it was given up, with a report or without', () => {
    const { quality, ...rest } = datasetOf();
    const given = { ...rest, givenUp: 'The disk is full.' };
    const text = summaryOf(
      overviewOf([
        { ...given, quality: { ...quality, status: 'registered', assessment: null } },
        { ...given, quality },
      ]),
    );
    expect(text).toContain('sales.csv: not checked. The disk is full. Start again to try once more.\n');
    expect(text).toContain('  Not finished: The disk is full. Start again to try once more.\n');
  });

  it.each([
    [0, 100],
    [80, 80],
    [1_000, 100],
    [20, 40],
  ])('is wrapped for a terminal of %i columns at %i', (columns, most) => {
    const words = 'some words '.repeat(40);
    const reasons = [{ ...(anomalyOf().reasons[0] ?? raise()), text: words }];
    const dataset = datasetOf({ notes: [words], anomalies: [anomalyOf({ reasons })] });
    const [shown = ''] = summaryOf(overviewOf([dataset]), columns).split('\nOpen alerts');
    const longest = Math.max(...shown.split('\n').map(({ length }) => length));
    expect(longest).toBe(most);
  });

  it('passes on what is noted', () => {
    expect(linesOf({ notes: ['It is not UTF-8.'] })).toContain('  Note: It is not UTF-8.');
  });

  it('names the worst fields with examples, and not those that are well', () => {
    const examples = [
      { row: 0, value: 'x' },
      { row: 4, value: '' },
      { row: 8, value: 'y' },
    ];
    const findings = [
      findingOf({ broken: 3, score: 0.7, examples }),
      findingOf({ expectation: 'b is a date.' }),
    ];
    const lines = linesOf({ findings });
    expect(lines).toContain('  ✘ a is a number: not in 3 of 10, such as x (row 1), y (row 9)');
    expect(lines.join()).not.toContain('b is a date');
  });

  it('says so where there are none', () => {
    const lines = linesOf({ findings: [findingOf()], anomalies: [] });
    expect(lines).toContain('  Worst fields: none');
    expect(lines).toContain('  Anomalies: none');
    expect(linesOf({})).toContain('  Anomalies: not looked for');
  });

  it('leaves room for findings that say more than that something is missing', () => {
    const missing = Array.from({ length: 9 }, (_, place) =>
      findingOf({ dimension: 'completeness', broken: 9, score: 0.1, expectation: `m${place} has a value.` }),
    );
    const other = findingOf({ broken: 1, score: 0.9, expectation: 'z is unusual.' });
    const lines = linesOf({ findings: [...missing, other] });
    expect(lines.filter((line) => line.startsWith('  ✘')).map((line) => line.slice(4, 6))).toEqual([
      ...['z ', 'm0', 'm1', 'm2'],
    ]);
    expect(lines).toContain('    and 6 more, in the report');
    const only = linesOf({ findings: missing });
    expect(only.filter((line) => line.startsWith('  ✘'))).toHaveLength(4);
  });

  it('tells what is noted on columns', () => {
    const columns = [
      columnOf('a', { notes: ['it has one value throughout', 'blanks stand around'] }),
      columnOf('b'),
    ];
    expect(linesOf({ columns })).toContain('  · a: it has one value throughout; blanks stand around');
  });

  it('names the worst anomalies, with their days or rows, and how many agree', () => {
    const [reason] = anomalyOf().reasons;
    if (reason === undefined) throw new TypeError('It has one.');
    const anomalies = [
      anomalyOf({ severity: 'critical', time: Date.UTC(2012, 0, 31), series: 'IBM' }),
      anomalyOf({ reasons: [reason, reason] }),
      ...[anomalyOf(), anomalyOf(), anomalyOf()],
    ];
    const lines = linesOf({ anomalies });
    expect(lines).toContain('  Anomalies: 5');
    expect(lines.filter((line) => line.startsWith('  !'))).toEqual([
      '  ! critical IBM, 2012-01-31: price is 99: far off.',
      '  ! high     row 5: price is 99: far off. (2 detectors agree)',
      '  ! high     row 5: price is 99: far off.',
    ]);
  });
});

describe('the summary of many data sets', () => {
  it('shows those that a person should look at, in their order, and counts the others', () => {
    const many = Array.from({ length: 30 }, (_, place) => datasetOf({ title: `f${place}.csv` }));
    const bad = [
      datasetOf({ title: 'torn.csv', status: 'refused', reasons: ['It is torn.'] }),
      datasetOf({ title: 'poor.csv', status: 'quarantined', reasons: ['It has no rows.'] }),
    ];
    const text = summaryOf(overviewOf([...many, ...bad]));
    expect(text.match(/^f\d+\.csv {2}·/gm)).toHaveLength(18);
    expect(text).toMatch(
      /^torn\.csv: refused[\s\S]+^poor\.csv {2}·[\s\S]+^And 12 data sets that fared better/m,
    );
  });
});

describe('the summary of more data sets than the report shows', () => {
  it('counts those that are left out, too', () => {
    const many = Array.from({ length: 100 }, (_, place) => datasetOf({ title: `f${place}.csv` }));
    expect(summaryOf(overviewOf(many, { omitted: 9_900 }))).toContain(
      'And 9,980 data sets that fared better; the report has the worst 100.',
    );
    expect(summaryOf(overviewOf(many))).toContain('And 80 data sets that fared better, in the report.');
  });

  it('names the first ones of thousands that could not be read', () => {
    const unreadable = Array.from({ length: 1_234 }, (_, place) => ({ path: `/f${place}`, reason: 'Gone.' }));
    const text = summaryOf(overviewOf([], { unreadable }));
    expect(text.match(/^ {2}✘ \/f\d+: Gone\.$/gm)).toHaveLength(20);
    expect(text).toContain('\n    and 1,214 more\n');
  });

  it('says no more of alerts than it knows', () => {
    const said = { severity: 'critical' as const, anomalies: 3, message: 'price is 99.' };
    const alerts = Array.from({ length: 200 }, () => ({ alertId: 'sales/1', datasetId: 'sales', ...said }));
    expect(summaryOf(overviewOf([], { alerts }))).toMatch(/\(critical\) and at least 195 more\n/);
  });
});

describe('the end of the summary', () => {
  it('says what could not be read', () => {
    const unreadable = [{ path: '/nowhere.csv', reason: 'There is no such file.' }];
    expect(summaryOf(overviewOf([], { unreadable }))).toContain(
      'Could not be read:\n  ✘ /nowhere.csv: There is no such file.\n',
    );
    expect(summaryOf(overviewOf([]))).not.toContain('Could not be read');
  });

  it('counts events and rows, and says where things are', () => {
    const text = summaryOf(overviewOf([]));
    expect(text).toContain('Events: 3 published and 2 handled in this run, 4 in the log; dead letters: none');
    expect(text).toContain('Time: 2.0 s, 2 events and 1,500 rows a second');
    expect(text).toContain('Database: /data/data.db\nReport:   /data/report.html\n');
    expect(text).toContain('Try next:\n  npm start                       again');
    expect(summaryOf(overviewOf([]), 0, ['--folder', 'kept'])).toMatch(
      / {2}npm start -- --folder kept +again.*\n {2}npm start -- --folder kept path\/to\/your.csv a file/,
    );
  });

  it('names open alerts and dead letters', () => {
    const events = { ...overviewOf([]).events, deadLetters: 1_200 };
    const said = { severity: 'critical' as const, anomalies: 3, message: 'price is 99.' };
    const alerts = [{ alertId: 'sales/1', datasetId: 'sales', ...said }];
    const text = summaryOf(overviewOf([], { events, alerts }));
    expect(text).toContain('Open alerts: sales (critical)\n');
    const many = Array.from({ length: 8 }, () => alerts).flat();
    expect(summaryOf(overviewOf([], { alerts: many }))).toMatch(/\(critical\) and 3 more\n/);
    expect(text).toContain('dead letters: 1,200');
  });

  it('divides by no time at all', () => {
    expect(summaryOf(overviewOf([], { tookMs: 0 }))).toContain('Time: 0.0 s, 3,000 events and');
  });
});
