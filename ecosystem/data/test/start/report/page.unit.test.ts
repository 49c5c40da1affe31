import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Script } from 'node:vm';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Overview } from '../../../src/start/overview.js';
import { chartsOf } from '../../../src/start/report/charts.js';
import { writePage } from '../../../src/start/report/page.js';
import { columnOf, findingOf } from '../../data-quality/life/samples.js';
import { anomalyOf, datasetOf, overviewOf } from './samples.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mortar-page-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function pageOf(overview: Overview): Promise<string> {
  const report = join(folder, 'report.html');
  await writePage({ ...overview, report });
  return readFileSync(report, 'utf8');
}

/** The page without what its scripts and its style say. */
function markupOf(page: string): string {
  return page
    .replace(/<style>[\s\S]*?<\/style>/g, '')
    .replace(/<script>[\s\S]*?<\/script>/g, '<script></script>');
}

/** What a person reads on it. */
function textOf(page: string): string {
  return markupOf(page)
    .replace(/<[^>]*>/g, '\n')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');
}

/** The data of the charts, as the browser finds it. */
function drawnIn(page: string): Record<string, unknown> {
  const [, script = ''] = /<script>(const charts = [\s\S]*?)<\/script>/.exec(page) ?? [];
  const [, data = ''] = /^const charts = (.*);\(\(charts\) =>/s.exec(script) ?? [];
  return new Script(`(${data})`).runInNewContext() as Record<string, unknown>;
}

const HOSTILE = [
  '<script>alert(1)</script>',
  '</script><script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "'; alert(1); '",
  '<!--',
  '-->',
  ']]>',
  '</style><b>',
  '`alert(1)`',
  '&lt;script&gt;',
  '\u2028\u2029',
  '=HYPERLINK("http://x")',
  'javascript:alert(1)',
];

/** A run in which everything that comes from outside is called the same. */
function calledBy(name: string): Overview {
  const columns = [
    columnOf(name, { missing: 3, type: 'text', frequent: [{ value: name, count: 2 }], notes: [name] }),
  ];
  const findings = [
    findingOf({ broken: 1, score: 0.5, expectation: name, examples: [{ row: 0, value: name }] }),
  ];
  const reasons = [{ detector: 'z-score' as const, score: 5, threshold: 3, text: name }];
  const anomalies = [anomalyOf({ columns: [name], series: name, time: 0, reasons })];
  const said = { title: name, path: `/${name}`, reasons: [name], notes: [name] };
  return overviewOf([datasetOf({ ...said, columns, findings, anomalies })], {
    unreadable: [{ path: name, reason: name }],
  });
}

const TAGS = new Set(
  [
    'html',
    'head',
    'meta',
    'title',
    'style',
    'body',
    'h1',
    'h2',
    'h3',
    'p',
    'b',
    'small',
    'section',
    'div',
    'canvas',
  ].concat(['details', 'summary', 'table', 'thead', 'tbody', 'tr', 'th', 'td', 'script']),
);

/** The tags of a page that are none of ours, and attributes that are none of ours. */
function strangersIn(page: string): string[] {
  const body = markupOf(page).replace(/^[\s\S]*<body>/, '');
  return [...body.matchAll(/<\/?([^\s>]*)([^>]*)>/g)].flatMap(([whole, tag = '', rest = '']) => {
    const isOurs = TAGS.has(tag) && /^(?: (?:class|style|data-chart)="[\w .:;-]*"| open)*$/.test(rest);
    return isOurs ? [] : [whole];
  });
}

describe('the page', () => {
  it.each(HOSTILE)('shows %j as it is, wherever it stands, and runs nothing of it', async (name) => {
    const page = await pageOf(calledBy(name));
    expect(strangersIn(page)).toEqual([]);
    expect(page.match(/<script>/g)).toHaveLength(2);
    expect(page.match(/<\/script/g)).toHaveLength(2);
    expect(textOf(page).split(name).length - 1).toBeGreaterThanOrEqual(9);
  });

  it('shows any text as it is', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }), async (name) => {
        const page = await pageOf(calledBy(name));
        expect(strangersIn(page)).toEqual([]);
        const overview = calledBy(name);
        expect(JSON.stringify(drawnIn(page))).toBe(JSON.stringify(chartsOf(overview)));
      }),
      { numRuns: 30 },
    );
  });

  it('needs nothing else, and may fetch nothing', async () => {
    const markup = markupOf(await pageOf(overviewOf([datasetOf({ anomalies: [anomalyOf()] })])));
    expect(markup).toContain(
      `content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"`,
    );
    expect(markup).not.toMatch(/\s(?:src|href|action|srcset)=/);
    expect(markup).not.toMatch(/https?:/);
  });

  it('is there whole or not at all', async () => {
    await pageOf(overviewOf([]));
    await pageOf(overviewOf([datasetOf()]));
    expect(readdirSync(folder)).toEqual(['report.html']);
  });

  it('tells of files that could not be read, and of those that are no tables', async () => {
    const refused = datasetOf({ title: 'torn.json', status: 'refused', reasons: ['It is torn.'] });
    const unreadable = [{ path: '/nowhere.csv', reason: 'There is no such file.' }];
    const text = textOf(await pageOf(overviewOf([refused], { unreadable })));
    expect(text).toContain('/nowhere.csv: There is no such file.');
    expect(text).toMatch(/torn\.json\s+refused/);
    expect(text).toContain('It is torn.');
    expect(text).not.toContain('Findings');
  });

  it('tells what is broken of what was looked at, with examples, and leaves out what is well', async () => {
    const findings = [
      findingOf({ expectation: 'b is fine.' }),
      findingOf({
        broken: 1_500,
        checked: 3_000,
        score: 0.5,
        examples: [
          { row: 6, value: 'x' },
          { row: 7, value: '' },
        ],
      }),
    ];
    const text = textOf(await pageOf(overviewOf([datasetOf({ findings })])));
    expect(text).toContain('1,500 of 3,000');
    expect(text).toContain('x (row 7)');
    expect(text).not.toContain('(row 8)');
    expect(text).not.toContain('b is fine.');
    expect(text).toContain('Findings: 1');
  });

  it('says how many there are where it does not show all', async () => {
    const findings = Array.from({ length: 45 }, (_, place) =>
      findingOf({ broken: 1, score: 0.9, expectation: `rule ${place} holds.` }),
    );
    const text = textOf(await pageOf(overviewOf([datasetOf({ findings })])));
    expect(text).toContain('Findings: 45, of which the worst 30 are shown');
    expect(text.match(/rule \d+ holds\./g)).toHaveLength(30);
  });

  it('shows a hundred data sets in full, the worst, and counts the others', async () => {
    const many = Array.from({ length: 104 }, (_, place) => datasetOf({ title: `f${place}.csv` }));
    const refused = datasetOf({ title: 'torn.json', status: 'refused', reasons: ['It is torn.'] });
    const page = await pageOf(overviewOf([...many, { ...refused, givenUp: 'The disk is full.' }]));
    expect(page.match(/<section>/g)).toHaveLength(100);
    const text = textOf(page);
    expect(text).toContain('And 5 data sets that fared better.');
    expect(text).toContain('Not finished: The disk is full.');
  });

  it('says so where nothing was found', async () => {
    const text = textOf(await pageOf(overviewOf([datasetOf({ anomalies: [] })])));
    expect(text).toMatch(/Anomalies: 0\s+None\./);
    expect(text).toMatch(/Findings: 0\s+None\./);
  });

  it('shows dates as days, and numbers in groups', async () => {
    const columns = [
      columnOf('day', { type: 'date', quantiles: [0, 1, 2, 86_400_000, 4, 5, 172_800_000] }),
      columnOf('sum', { quantiles: [-1, 0, 1, 2_500.5, 3, 4, 1_000_000] }),
    ];
    const text = textOf(await pageOf(overviewOf([datasetOf({ columns })])));
    for (const shown of ['1970-01-01', '1970-01-02', '1970-01-03', '-1', '2,500.5', '1,000,000'])
      expect(text.split('\n')).toContain(shown);
  });
});
