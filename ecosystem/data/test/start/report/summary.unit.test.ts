import { describe, expect, it } from 'vitest';
import { summaryOf } from '../../../src/start/report/summary.js';
import { columnOf, findingOf } from '../../data-quality/life/samples.js';
import { anomalyOf, datasetOf, overviewOf, type Said } from './samples.js';

function linesOf(said: Said): string[] {
  return summaryOf(overviewOf([datasetOf(said)])).split('\n');
}

describe('the summary of a data set', () => {
  it('begins with its size, its quality and what became of it', () => {
    expect(linesOf({ rows: 3_201, columns: [columnOf('a')] })[1]).toBe(
      'sales.csv  ·  3,201 rows, 1 column  ·  quality 87.5 %  ·  released',
    );
    expect(linesOf({ outcome: 'unchanged' })[1]).toMatch(/released, unchanged$/);
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
    expect(text).toContain('Try next:');
  });

  it('names open alerts and dead letters', () => {
    const events = { ...overviewOf([]).events, deadLetters: 1_200 };
    const said = { severity: 'critical' as const, anomalies: 3, message: 'price is 99.' };
    const alerts = [{ alertId: 'sales/1', datasetId: 'sales', ...said }];
    const text = summaryOf(overviewOf([], { events, alerts }));
    expect(text).toContain('Open alerts: sales (critical)');
    expect(text).toContain('dead letters: 1,200');
  });

  it('divides by no time at all', () => {
    expect(summaryOf(overviewOf([], { tookMs: 0 }))).toContain('Time: 0.0 s, 3,000 events and');
  });
});
