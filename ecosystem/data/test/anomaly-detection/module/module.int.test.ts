import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DurableApp } from 'mortar';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AcknowledgeAlert, OpenAlerts } from '../../../dist/alerting/contract.js';
import { AnalysisCompleted, Anomalies, AnomaliesDetected } from '../../../dist/anomaly-detection/contract.js';
import { anomalyDetection } from '../../../dist/anomaly-detection/module.js';
import { normal } from '../domain/tables.js';
import { type CheckedTables, Complete, type GivenColumn } from './checked-tables.js';
import { startApp, type Variation } from './running.js';

const DAY_MS = 86_400_000;
const heights = normal(200, 1).map((value) => 170 + 10 * value);
const weights = heights.map((height, row) => height - 100 + (normal(200, 2)[row] ?? 0) * 3);

let folder: string;
let app: DurableApp | undefined;
const tables: CheckedTables = new Map();

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mortar-anomalies-'));
  tables.clear();
});

afterEach(async () => {
  await app?.stop();
  app = undefined;
  rmSync(folder, { recursive: true });
});

async function start(variation?: Variation): Promise<DurableApp> {
  app = await startApp(join(folder, 'data.db'), tables, variation);
  return app;
}

/** Checks a data set, and waits until all read models know what came of it. */
async function check(
  running: DurableApp,
  datasetId: string,
  columns: readonly GivenColumn[],
  number = 1,
): Promise<void> {
  tables.set(datasetId, { check: number, columns });
  await running.dispatch(Complete, { datasetId, check: number });
  await analysed(running, datasetId, number);
}

async function analysed(running: DurableApp, datasetId: string, number: number): Promise<void> {
  const completed = async () =>
    (await completedChecks(running)).filter((one) => one === `${datasetId}/${number}`);
  await expect.poll(completed, { timeout: 20_000 }).toHaveLength(1);
  await running.caughtUp({ projection: 'anomaly-detection/anomalies-by-dataset' });
}

async function completedChecks(running: DurableApp): Promise<string[]> {
  const checks: string[] = [];
  for await (const { data } of running.log.readAll({ events: [AnalysisCompleted] }))
    checks.push(`${data.datasetId}/${data.check}`);
  return checks;
}

const number = (name: string, values: GivenColumn['values']): GivenColumn => ({
  name,
  type: 'number',
  values,
});

describe('a table', () => {
  it('is looked at column by column and as rows; what several detectors find is one anomaly with several reasons', async () => {
    const running = await start();
    await check(running, 'people', [
      number('height', [...heights, 1_700, 150]),
      number('weight', [...weights, 70, 120]),
      { name: 'id', type: 'integer', values: [...heights.keys(), 200, 201] },
      { name: 'name', type: 'text', values: [...heights, 1, 2].map(String) },
    ]);
    const found = await running.ask(Anomalies, { datasetId: 'people' });
    expect(found.notes).toEqual(['Not measured, since they look like codes or numbers of rows: id.']);
    expect(
      found.runs.map(({ detector, columns, judged }) => `${detector} ${columns.join()} ${judged}`),
    ).toEqual([
      ...['z-score', 'robust-z-score', 'interquartile-range'].map((detector) => `${detector} height 202`),
      ...['z-score', 'robust-z-score', 'interquartile-range'].map((detector) => `${detector} weight 202`),
      'isolation-forest height,weight 202',
      'local-outlier-factor height,weight 202',
    ]);
    expect(found.anomalies[0]).toMatchObject({
      row: 200,
      columns: ['height'],
      values: [1_700],
      severity: 'critical',
    });
    expect(found.anomalies[0]?.reasons.map(({ detector }) => detector)).toEqual([
      'z-score',
      'robust-z-score',
      'interquartile-range',
    ]);
    const together = found.anomalies.find(({ row }) => row === 201);
    expect(together?.columns.toSorted()).toEqual(['height', 'weight']);
    expect(together?.reasons.map(({ detector }) => detector)).toContain('local-outlier-factor');
    const critical = await running.ask(Anomalies, { datasetId: 'people', atLeast: 'critical', limit: 1 });
    expect(critical.anomalies.map(({ row }) => row)).toEqual([200]);
    expect(critical.total).toBe(found.total);
  });

  it('that is quiet has an analysis and no event of anomalies', async () => {
    const running = await start();
    await check(running, 'quiet', [
      number(
        'a',
        Array.from({ length: 30 }, (_, place) => place / 2),
      ),
    ]);
    const found = await running.ask(Anomalies, { datasetId: 'quiet' });
    expect([found.rows, found.total, found.anomalies]).toEqual([30, 0, []]);
    expect(await publishedPriorities(running)).toEqual([]);
  });

  it.each([
    ['no rows', [number('a', [])], 'too few'],
    ['few rows', [number('a', [1, 2, 3])], 'too few'],
    [
      'one value',
      [
        number(
          'a',
          heights.map(() => 1),
        ),
      ],
      'look like codes',
    ],
    [
      'all missing',
      [
        number(
          'a',
          heights.map(() => null),
        ),
      ],
      'look like codes',
    ],
  ])('of %s says so', async (_, columns, words) => {
    const running = await start();
    await check(running, 'odd', columns);
    const { notes, anomalies } = await running.ask(Anomalies, { datasetId: 'odd' });
    expect(anomalies).toEqual([]);
    expect(notes.join(' ')).toContain(words);
  });

  it('with an infinite value is critical, and goes through the priority lane', async () => {
    const running = await start();
    await check(running, 'people', [number('height', [...heights, Number.POSITIVE_INFINITY])]);
    expect(await publishedPriorities(running)).toEqual(['critical']);
    const { anomalies } = await running.ask(Anomalies, { datasetId: 'people' });
    expect(anomalies[0]).toMatchObject({ row: 200, values: [null], severity: 'critical' });
    expect(anomalies[0]?.reasons[0]).toMatchObject({ score: null, text: 'height is infinite.' });
  });

  it('with nothing that bad goes through the usual one', async () => {
    const running = await start();
    await check(running, 'people', [number('height', [...heights, 215])]);
    expect(await publishedPriorities(running)).toEqual(['normal']);
  });
});

describe('series', () => {
  const day = (row: number): number => Date.UTC(2024, 0, 1) + row * DAY_MS;
  const weekly = heights.map((value, row) => value / 10 + 100 * Math.sin((row * 2 * Math.PI) / 7));

  it('are told by their time, in whatever order the rows stand', async () => {
    const running = await start();
    const order = [...weekly.keys()].sort((a, b) => ((a * 7_919) % 200) - ((b * 7_919) % 200));
    const values = weekly.with(90, 200);
    await check(running, 'sales', [
      { name: 'day', type: 'date', values: order.map(day) },
      number(
        'sold',
        order.map((row) => values[row] ?? null),
      ),
    ]);
    const { anomalies, runs } = await running.ask(Anomalies, { datasetId: 'sales', atLeast: 'high' });
    expect(runs).toMatchObject([{ detector: 'seasonal-window', notes: ['sold has a season of 7 rows.'] }]);
    expect(anomalies).toMatchObject([
      { row: order.indexOf(90), time: day(90), columns: ['sold'], values: [200] },
    ]);
  });

  it('are several where a text tells rows of one time apart', async () => {
    const running = await start();
    const rows = [...weekly.keys()].flatMap((row) => [
      { shop: 'north', row, sold: weekly[row] ?? 0 },
      { shop: 'south', row, sold: row === 50 ? 0 : 1_000 + (weekly[row] ?? 0) },
    ]);
    await check(running, 'shops', [
      { name: 'day', type: 'date', values: rows.map(({ row }) => day(row)) },
      { name: 'shop', type: 'text', values: rows.map(({ shop }) => shop) },
      number(
        'sold',
        rows.map(({ sold }) => sold),
      ),
    ]);
    const { anomalies, runs } = await running.ask(Anomalies, { datasetId: 'shops', atLeast: 'high' });
    expect(runs.map(({ series, judged }) => [series, judged])).toEqual([
      ['north', 200],
      ['south', 200],
    ]);
    expect(anomalies).toMatchObject([{ row: 101, time: day(50), series: 'south', values: [0] }]);
  });

  it('are none where times repeat; then columns are looked at by themselves', async () => {
    const running = await start();
    await check(running, 'visits', [
      { name: 'at', type: 'date', values: weekly.map((_, row) => day(row >> 1)) },
      number('minutes', weekly),
    ]);
    const { runs } = await running.ask(Anomalies, { datasetId: 'visits' });
    expect(runs.map(({ detector }) => detector)).toEqual([
      'z-score',
      'robust-z-score',
      'interquartile-range',
    ]);
  });
});

describe('what was found', () => {
  it('is replaced by the next check, is there after a restart, and is not made twice', async () => {
    const first = await start();
    await check(first, 'people', [number('height', [...heights, 1_700])]);
    await check(first, 'people', [number('height', [...heights, 17])], 2);
    const found = await first.ask(Anomalies, { datasetId: 'people' });
    expect(found.anomalies[0]?.values).toEqual([17]);
    await first.stop();
    const second = await start();
    await check(second, 'other', [number('height', heights)]);
    expect(await completedChecks(second)).toEqual(['people/1', 'people/2', 'other/1']);
    expect(await second.ask(Anomalies, { datasetId: 'people' })).toEqual(found);
  });

  it('is gone when the next check finds nothing', async () => {
    const running = await start();
    await check(running, 'people', [number('height', [...heights, 1_700])]);
    expect((await running.ask(Anomalies, { datasetId: 'people' })).anomalies).not.toEqual([]);
    await check(running, 'people', [number('height', heights.toSorted().slice(20, -20))], 2);
    expect(await running.ask(Anomalies, { datasetId: 'people' })).toMatchObject({
      check: 2,
      total: 0,
      anomalies: [],
    });
  });

  it('is the same each time, whatever threads did what', async () => {
    const running = await start();
    const columns = [number('height', [...heights, 300]), number('weight', [...weights, 30])];
    await Promise.all(['a', 'b', 'c'].map((datasetId) => check(running, datasetId, columns)));
    const [a, b, c] = await Promise.all(
      ['a', 'b', 'c'].map((datasetId) => running.ask(Anomalies, { datasetId })),
    );
    expect({ ...b, datasetId: 'a' }).toEqual(a);
    expect({ ...c, datasetId: 'a' }).toEqual(a);
  });

  it('is made by the next app where one was stopped in the middle, once', async () => {
    const first = await start();
    const columns = [number('height', [...heights, 300]), number('weight', [...weights, 30])];
    for (const datasetId of ['a', 'b', 'c', 'd']) {
      tables.set(datasetId, { check: 1, columns });
      await first.dispatch(Complete, { datasetId, check: 1 });
    }
    await first.stop({ timeoutMs: 1 });
    const second = await start();
    for (const datasetId of ['a', 'b', 'c', 'd']) await analysed(second, datasetId, 1);
    expect((await completedChecks(second)).toSorted()).toEqual(['a/1', 'b/1', 'c/1', 'd/1']);
    const { total } = await second.ask(Anomalies, { datasetId: 'd' });
    expect(total).toBeGreaterThan(0);
  });

  it('of a check that was overtaken is left out', async () => {
    const running = await start();
    tables.set('people', { check: 2, columns: [number('height', heights)] });
    await running.dispatch(Complete, { datasetId: 'people', check: 1 });
    await running.dispatch(Complete, { datasetId: 'people', check: 2 });
    await analysed(running, 'people', 2);
    expect(await completedChecks(running)).toEqual(['people/2']);
  });

  it('is nothing for a data set that nobody has looked at', async () => {
    const running = await start();
    expect(await running.tryAsk(Anomalies, { datasetId: 'none' })).toMatchObject({
      ok: false,
      failure: { name: 'not-analysed' },
    });
  });
});

describe('detectors', () => {
  it('can be left out, or told their settings', async () => {
    const running = await start({
      detectors: { 'z-score': false, 'interquartile-range': false, 'robust-z-score': { threshold: 1_000 } },
    });
    await check(running, 'people', [number('height', [...heights, 1_700])]);
    const { runs, total } = await running.ask(Anomalies, { datasetId: 'people' });
    expect([runs.map(({ detector }) => detector), total]).toEqual([['robust-z-score'], 0]);
  });

  it.each([
    [{ 'z-score': { threshold: -1 } }, 'threshold'],
    [{ 'isolation-forest': { trees: 1.5 } }, 'trees'],
    [{ 'local-outlier-factor': { neighbors: 3 } }, 'neighbors'],
    [{ 'k-means': {} }, 'k-means'],
  ])('with the settings %j are refused at once', (detectors, word) => {
    const make = () => anomalyDetection({ detectors: JSON.parse(JSON.stringify(detectors)) });
    expect(make).toThrow(
      expect.objectContaining({ code: 'MORTAR_OPTIONS_INVALID', message: expect.stringContaining(word) }),
    );
  });
});

describe('alerts', () => {
  it('are open for what is bad, until somebody has looked or the next check is better', async () => {
    const running = await start();
    const open = async () => (await running.ask(OpenAlerts, {})).map(({ alertId }) => alertId);
    await check(running, 'people', [number('height', [...heights, 1_700])]);
    await check(running, 'animals', [number('height', [...heights, 1_700])]);
    await check(running, 'plants', [number('height', [...heights, 205])]);
    await expect.poll(open).toEqual(['animals/1', 'people/1']);
    const [alert] = await running.ask(OpenAlerts, { limit: 1 });
    expect(alert).toMatchObject({ datasetId: 'animals', severity: 'critical' });
    expect(alert?.message).toMatch(/^height is 1,700: /);
    await running.dispatch(AcknowledgeAlert, { datasetId: 'animals' });
    await expect.poll(open).toEqual(['people/1']);
    await check(running, 'people', [number('height', [...heights, 1_800])], 2);
    await expect.poll(open).toEqual(['people/2']);
    await check(running, 'people', [number('height', heights)], 3);
    await expect.poll(open).toEqual([]);
    expect(await running.tryDispatch(AcknowledgeAlert, { datasetId: 'people' })).toMatchObject({ ok: false });
  });
});

async function publishedPriorities(running: DurableApp): Promise<string[]> {
  const priorities: string[] = [];
  for await (const { priority } of running.log.readAll({ events: [AnomaliesDetected] }))
    priorities.push(priority);
  return priorities;
}
