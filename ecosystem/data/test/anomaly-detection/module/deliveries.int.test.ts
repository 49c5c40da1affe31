import { readdirSync, readFileSync } from 'node:fs';
import { defineModule, fail, type Module } from 'mortar';
import { MemoryLog, memory } from 'mortar/memory';
import { type DurableTestApp, type Stub, stub, testApp, VirtualClock } from 'mortar/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { AlertRaised } from '../../../dist/alerting/contract.js';
import { alerting } from '../../../dist/alerting/module.js';
import { AnalysisCompleted, Anomalies, AnomaliesDetected } from '../../../dist/anomaly-detection/contract.js';
import { anomalyDetection } from '../../../dist/anomaly-detection/module.js';
import { Datasets, QualityCheckCompleted, QualityReport } from '../../../dist/data-quality/contract.js';
import { normal } from '../domain/tables.js';
import { type CheckedTables, checkedTables, type GivenColumn } from './checked-tables.js';

const usual = normal(200, 1);
const number = (values: readonly (number | null)[], name = 'height'): GivenColumn => ({
  name,
  type: 'number',
  values,
});
const quiet = [number(usual.map((_, row) => row / 3 + 0.5))];
const odd = [number([...usual, 9])];
const infinite = [number([...usual, Number.POSITIVE_INFINITY])];

let app: DurableTestApp | undefined;

/** Threads work in real time, which the virtual clock knows nothing of, and take longer on a busy machine. */
const patient = { limitMs: 110_000 };

afterEach(async () => {
  const running = app;
  app = undefined;
  await running?.stop();
});

interface Given {
  readonly tables?: CheckedTables;
  readonly others?: readonly Module[];
  readonly stubs?: readonly Stub[];
  readonly log?: MemoryLog;
  readonly clock?: VirtualClock;
}

async function start({
  tables,
  others = [],
  stubs = [],
  log = new MemoryLog(),
  clock = new VirtualClock(),
}: Given): Promise<DurableTestApp> {
  const quality = tables === undefined ? [] : [checkedTables(tables)];
  const made = await testApp([...quality, anomalyDetection(), alerting(), ...others], {
    ...{ store: memory({ log, clock }), clock, stubs, hookTimeoutMs: 30_000 },
  });
  app = made;
  return made;
}

function tablesOf(columns: Readonly<Record<string, readonly GivenColumn[]>>, check = 1): CheckedTables {
  return new Map(Object.entries(columns).map(([datasetId, given]) => [datasetId, { check, columns: given }]));
}

const analysed = (running: DurableTestApp): string[] =>
  running.recorded.events(AnalysisCompleted).map(({ datasetId, check }) => `${datasetId}/${check}`);

describe('a completed check', () => {
  it('leads to an analysis, what was found, and an alert, in this order', async () => {
    const running = await start({ tables: tablesOf({ people: infinite }) });
    await running.publish(QualityCheckCompleted, { datasetId: 'people', check: 1 });
    await running.idle(patient);
    expect(running.recorded.events().map(({ type }) => type)).toEqual([
      ...['data-quality.quality-check-completed', 'anomaly-detection.analysis-completed'],
      ...['anomaly-detection.anomalies-detected', 'alerting.alert-raised'],
    ]);
    expect(running.recorded.deaths()).toEqual([]);
  });

  it('asks the one query and the one port of data quality, and nothing else', async () => {
    const running = await start({ tables: tablesOf({ people: odd }) });
    await running.publish(QualityCheckCompleted, { datasetId: 'people', check: 1 });
    await running.idle(patient);
    expect(running.recorded.queries(QualityReport)).toEqual([{ datasetId: 'people' }]);
    expect(running.recorded.calls(Datasets, 'numbers')).toEqual([
      { datasetId: 'people', columns: ['height'], offset: 0, limit: 201 },
      { datasetId: 'people', columns: ['height'], offset: 150, limit: 51 },
    ]);
    expect(running.recorded.calls(Datasets, 'texts')).toEqual([]);
    expect(running.recorded.queries().map(({ type }) => type)).toEqual([QualityReport.name]);
  });

  it('that is told twice comes to the same, with one alert', async () => {
    const running = await start({ tables: tablesOf({ people: infinite }) });
    await running.publish(QualityCheckCompleted, { datasetId: 'people', check: 1 });
    await running.idle(patient);
    await running.caughtUp({ projection: 'anomaly-detection/anomalies-by-dataset' });
    const before = await running.ask(Anomalies, { datasetId: 'people' });
    await running.publish(QualityCheckCompleted, { datasetId: 'people', check: 1 });
    await running.idle(patient);
    await running.caughtUp({ projection: 'anomaly-detection/anomalies-by-dataset' });
    expect(await running.ask(Anomalies, { datasetId: 'people' })).toEqual(before);
    expect(running.recorded.events(AlertRaised)).toHaveLength(1);
  });

  it('of a data set that is quiet is told to nobody but by the analysis', async () => {
    const running = await start({ tables: tablesOf({ quiet }) });
    await running.publish(QualityCheckCompleted, { datasetId: 'quiet', check: 1 });
    await running.idle(patient);
    expect([analysed(running), running.recorded.events(AnomaliesDetected)]).toEqual([['quiet/1'], []]);
  });

  it('is not analysed again by the next app over the same log', async () => {
    const log = new MemoryLog();
    const clock = new VirtualClock();
    const tables = tablesOf({ people: odd });
    const first = await start({ tables, log, clock });
    await first.publish(QualityCheckCompleted, { datasetId: 'people', check: 1 });
    await first.idle(patient);
    await first.stop();
    const second = await start({ tables, log, clock });
    await second.idle(patient);
    expect(analysed(second)).toEqual([]);
    expect((await second.ask(Anomalies, { datasetId: 'people' })).check).toBe(1);
  });

  it('is analysed from the beginning by an app that comes later', async () => {
    const log = new MemoryLog();
    const clock = new VirtualClock();
    const tables = tablesOf({ people: odd });
    const first = await testApp([checkedTables(tables)], { store: memory({ log, clock }), clock });
    await first.publish(QualityCheckCompleted, { datasetId: 'people', check: 1 });
    await first.stop();
    const second = await start({ tables, log, clock });
    await second.idle(patient);
    expect(analysed(second)).toEqual(['people/1']);
  });
});

describe('checks that overtake each other', () => {
  it('are each passed over, but for the last one', async () => {
    const running = await start({ tables: tablesOf({ people: odd }, 3) });
    for (const check of [1, 2, 3])
      await running.publish(QualityCheckCompleted, { datasetId: 'people', check });
    await running.idle(patient);
    expect(analysed(running)).toEqual(['people/3']);
  });

  it('are waited for where the report is not there yet', async () => {
    let asked = 0;
    const late = stub(QualityReport, ({ datasetId }) => {
      asked += 1;
      const rows = usual.length;
      return {
        datasetId,
        check: asked < 3 ? 1 : 2,
        rows,
        columns: [{ name: 'height', type: 'number' as const, missing: 0, distinct: rows }],
      };
    });
    const running = await start({
      stubs: [
        late,
        stub(Datasets, { numbers: ({ limit }) => ({ columns: [bytesOf(usual.slice(0, limit))] }) }),
      ],
    });
    await running.publish(QualityCheckCompleted, { datasetId: 'people', check: 2 });
    const ended = async (): Promise<string[]> => {
      await running.advance(50);
      return analysed(running);
    };
    await expect.poll(ended, { timeout: 30_000 }).toHaveLength(1);
    expect([analysed(running), asked]).toEqual([['people/2'], 3]);
    expect(running.recorded.deaths()).toEqual([]);
  });
});

describe('data quality that fails', () => {
  const report = stub(QualityReport, ({ datasetId }) => ({
    ...{ datasetId, check: 1, rows: usual.length },
    columns: [{ name: 'height', type: 'number' as const, missing: 0, distinct: usual.length }],
  }));

  it('for a while is asked again, and all is told once', async () => {
    let called = 0;
    const shaky = stub(Datasets, {
      numbers: () => {
        called += 1;
        if (called < 5) throw new Error('not now');
        return { columns: [bytesOf(usual)] };
      },
    });
    const running = await start({ stubs: [report, shaky] });
    await running.publish(QualityCheckCompleted, { datasetId: 'people', check: 1 });
    await running.idle(patient);
    expect([analysed(running), called]).toEqual([['people/1'], 5]);
  });

  it('for good is given up after five attempts, and tells nothing', async () => {
    const never = stub(QualityReport, ({ datasetId }) => fail('not-checked', { datasetId }));
    const running = await start({ stubs: [never, stub(Datasets, {})] });
    await running.publish(QualityCheckCompleted, { datasetId: 'people', check: 1 });
    await running.idle(patient);
    expect(running.recorded.deaths()).toMatchObject([
      { attempts: 5, data: { datasetId: 'people', check: 1 } },
    ]);
    expect(analysed(running)).toEqual([]);
  });

  it('for one data set does not hold up another', async () => {
    const partly = stub(Datasets, {
      numbers: ({ datasetId }) => {
        if (datasetId === 'bad') throw new Error('never');
        return { columns: [bytesOf(usual)] };
      },
    });
    const running = await start({ stubs: [report, partly] });
    await running.publish(QualityCheckCompleted, { datasetId: 'bad', check: 1 });
    await running.publish(QualityCheckCompleted, { datasetId: 'good', check: 1 });
    await running.idle(patient);
    expect([analysed(running), running.recorded.deaths().length]).toEqual([['good/1'], 1]);
  });

  it('with fewer rows than its report says leaves the rest missing', async () => {
    const short = stub(Datasets, {
      numbers: ({ offset }) => ({ columns: [bytesOf(usual.slice(0, 50).slice(offset))] }),
    });
    const running = await start({ stubs: [report, short] });
    await running.publish(QualityCheckCompleted, { datasetId: 'people', check: 1 });
    await running.idle(patient);
    const [completed] = running.recorded.events(AnalysisCompleted);
    expect(completed?.runs.map(({ judged }) => judged)).toEqual([50, 50, 50]);
  });
});

describe('pages', () => {
  it('are read one after the other until all rows are there, however few of them a page has', async () => {
    const rows = 52_000;
    const pages: string[] = [];
    const report = stub(QualityReport, ({ datasetId }) => ({
      ...{ datasetId, check: 1, rows },
      columns: ['a'].map((name) => ({ name, type: 'number' as const, missing: 0, distinct: rows })),
    }));
    const source = stub(Datasets, {
      numbers: ({ columns, offset, limit }) => {
        pages.push(`${offset}+${limit}`);
        const length = Math.min(limit, 20_000);
        const page = Float64Array.from({ length }, (_, row) => ((offset + row) % 1_000) / 7);
        if (offset + length === rows) page[length - 1] = 1e6;
        return { columns: columns.map(() => new Uint8Array(page.buffer)) };
      },
    });
    const running = await start({ stubs: [report, source] });
    await running.publish(QualityCheckCompleted, { datasetId: 'long', check: 1 });
    await running.idle(patient);
    expect(pages).toEqual(['0+52000', '20000+32000', '40000+12000']);
    const [detected] = running.recorded.events(AnomaliesDetected);
    expect(detected?.anomalies[0]).toMatchObject({ row: rows - 1, values: [1e6] });
  }, 120_000);
});

describe('the priority lane', () => {
  it('brings critical anomalies before those that were published earlier', async () => {
    const heard: string[] = [];
    let open: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const slow = defineModule('listening', (module) => {
      module.on(AnomaliesDetected, { concurrency: 1 }, async ({ data: { datasetId, severity } }) => {
        heard.push(`${datasetId} ${severity}`);
        if (heard.length === 1) await gate;
      });
    });
    const running = await start({
      tables: tablesOf({ first: odd, second: odd, third: odd, worst: infinite }),
      others: [slow],
    });
    for (const datasetId of ['first', 'second', 'third', 'worst']) {
      await running.publish(QualityCheckCompleted, { datasetId, check: 1 });
      await expect.poll(() => analysed(running).at(-1), { timeout: 20_000 }).toBe(`${datasetId}/1`);
    }
    await expect.poll(() => waitingFor(running), { timeout: 20_000 }).toBe(3);
    open();
    await running.idle(patient);
    expect(heard).toEqual(['first high', 'worst critical', 'second high', 'third high']);
    const priorities = running.recorded.events().filter(({ type }) => type === AnomaliesDetected.name);
    expect(priorities.map(({ envelope }) => envelope.priority)).toEqual([
      'normal',
      'normal',
      'normal',
      'critical',
    ]);
  });
});

describe('the module', () => {
  const root = new URL('../../../src/anomaly-detection/', import.meta.url);
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  );
  const imports = files.flatMap((file) =>
    [...readFileSync(new URL(file, root), 'utf8').matchAll(/from '([^']+)'/g)].map(([, target = '']) => ({
      file,
      target,
    })),
  );

  it('never touches a file, a network or a process', () => {
    const outside = imports.filter(({ target }) => target.startsWith('node:'));
    expect(outside).toEqual([{ file: 'infrastructure/detection-threads.ts', target: 'node:os' }]);
    expect(
      imports.map(({ target }) => target).filter((target) => /duckdb|^fs|^pg$|sqlite/.test(target)),
    ).toEqual([]);
  });

  it('knows of data quality what stands in its contract, and nothing of alerting or of the program', () => {
    const others = imports.filter(({ target }) => /\/(?:data-quality|alerting|start)\//.test(target));
    expect(new Set(others.map(({ target }) => target.replace(/^(?:\.\.\/)+/, '')))).toEqual(
      new Set(['data-quality/contract.js']),
    );
  });

  it('has a domain that knows nothing of the rest, but for errors and schemas', () => {
    const inner = imports.filter(({ file, target }) => file.startsWith('domain/') && !target.startsWith('.'));
    expect(new Set(inner.map(({ target }) => target))).toEqual(new Set(['mortar', 'zod']));
    const outward = imports.filter(
      ({ file, target }) => file.startsWith('domain/') && /application|infrastructure|api\//.test(target),
    );
    expect(outward).toEqual([]);
  });
});

function bytesOf(values: readonly number[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(new Float64Array(values).buffer);
}

/** Events that lie in the lanes of the slow listener. */
async function waitingFor(running: DurableTestApp): Promise<number | undefined> {
  const { subscriptions } = await running.deliveries.status();
  return subscriptions.find(({ name }) => name.startsWith('listening/'))?.waiting;
}
