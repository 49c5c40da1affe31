import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sqlite } from '@mortar/sqlite';
import { createApp, type DurableApp, defineModule, fail, query } from 'mortar';
import { silentLogger } from 'mortar/logging';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Anomalies } from '../../dist/anomaly-detection/contract.js';
import {
  Datasets,
  QualityCheckCompleted,
  QualityDetails,
  QualityReport,
  RegisterDataset,
} from '../../dist/data-quality/contract.js';
import { dataQuality } from '../../dist/data-quality/module.js';

const CSV = 'id,price\n1,2.5\n2,\n3,4\n';

let folder: string;
let app: DurableApp | undefined;
/** What another module has read when it heard of a check. */
let read: { readonly rows: number; readonly prices: readonly number[] }[];

/** Answers with the numbers of a page, by column. */
const ReadPage = query('reader.read-page', {
  data: z.object({ columns: z.array(z.string()), offset: z.int(), limit: z.int() }),
  result: z.array(z.array(z.number())),
});

/** A module that meets data-quality in its contract alone. */
const reader = defineModule('reader', (module) => {
  module.answer(ReadPage, [Datasets], async ({ data }, datasets) => {
    const { columns } = await datasets.numbers({ datasetId: 'sales', ...data });
    return columns.map((bytes) => [...new Float64Array(bytes.slice().buffer)]);
  });
  module.on(QualityCheckCompleted, { from: 'beginning' }, [Datasets], async ({ data, ask }, datasets) => {
    const { datasetId } = data;
    const { rows } = await ask(QualityReport, { datasetId });
    const wanted = { datasetId, columns: ['price'], offset: 0, limit: 10 };
    const { columns } = await datasets.numbers(wanted);
    read.push({ rows, prices: [...new Float64Array((columns[0] ?? new Uint8Array()).slice().buffer)] });
  });
});

/** What the module asks anomaly detection is tried in `releasing.int.test.ts`. */
const nothingAnalysed = defineModule('anomaly-detection', (module) => {
  module.answer(Anomalies, ({ data: { datasetId } }) => fail('not-analysed', { datasetId }));
});

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mortar-quality-'));
  read = [];
});

afterEach(async () => {
  await app?.stop();
  app = undefined;
  rmSync(folder, { recursive: true, force: true });
});

async function start(): Promise<DurableApp> {
  await app?.stop();
  const caughtUp = () => started.caughtUp({ projection: 'data-quality/datasets-by-id' });
  const started: DurableApp = await createApp({
    modules: [dataQuality({ caughtUp, folder }), nothingAnalysed, reader],
    store: sqlite(join(folder, 'data.db'), { durability: 'relaxed', pollMs: 5 }),
    logger: silentLogger,
  });
  app = started;
  await started.start();
  return started;
}

/** Writes a file, registers it, and waits until all has been handled. */
async function register(running: DurableApp, content: string) {
  const path = join(folder, 'sales.csv');
  writeFileSync(path, content);
  const registered = await running.dispatch(RegisterDataset, { datasetId: 'sales', path });
  await running.deliveries.idle();
  await running.caughtUp({ projection: 'data-quality/datasets-by-id' });
  return registered;
}

async function eventsOf(running: DurableApp): Promise<string[]> {
  const types: string[] = [];
  for await (const { type } of running.log.readAll()) types.push(type.replace('data-quality.', ''));
  return types;
}

const LIFE = ['dataset-registered', 'quality-assessed', 'quality-check-completed', 'dataset-released'];

describe('the module', () => {
  it('checks what is registered, and lets others read it', async () => {
    const running = await start();
    expect(await register(running, CSV)).toEqual({ outcome: 'new', check: 1 });
    expect(await eventsOf(running)).toEqual(LIFE);
    expect(read).toEqual([{ rows: 3, prices: [2.5, Number.NaN, 4] }]);
    const details = await running.ask(QualityDetails, { datasetId: 'sales' });
    expect(details).toMatchObject({ status: 'released', check: 1, reasons: [], assessment: { rows: 3 } });
  });

  it('does nothing twice, not even in another process, and notices what has changed', async () => {
    await register(await start(), CSV);
    const running = await start();
    expect(await register(running, CSV)).toEqual({ outcome: 'unchanged', check: 1 });
    expect(await eventsOf(running)).toEqual(LIFE);
    expect(await register(running, `${CSV}4,5\n`)).toEqual({ outcome: 'changed', check: 2 });
    expect(await eventsOf(running)).toEqual([...LIFE, ...LIFE]);
    expect(read.map(({ rows }) => rows)).toEqual([3, 4]);
  });

  it('says in its answer why a file is none, and remembers nothing of it', async () => {
    const running = await start();
    const path = join(folder, 'nowhere.csv');
    const tried = await running.tryDispatch(RegisterDataset, { datasetId: 'x', path });
    expect(tried).toMatchObject({ ok: false, failure: { data: { reason: 'There is no such file.' } } });
    expect(await eventsOf(running)).toEqual([]);
    const found = await running.tryAsk(QualityDetails, { datasetId: 'x' });
    expect(found).toMatchObject({ ok: false, failure: { name: 'not-registered' } });
  });

  it('quarantines a data set without rows, and refuses one that is no table', async () => {
    const running = await start();
    await register(running, 'id,price\n');
    const empty = await running.ask(QualityDetails, { datasetId: 'sales' });
    expect([empty.status, empty.reasons]).toEqual(['quarantined', ['It has no rows.']]);
    const path = join(folder, 'torn.json');
    writeFileSync(path, '{"a":');
    await running.dispatch(RegisterDataset, { datasetId: 'torn', path });
    await running.deliveries.idle();
    await running.caughtUp({ projection: 'data-quality/datasets-by-id' });
    const torn = await running.ask(QualityDetails, { datasetId: 'torn' });
    expect([torn.status, torn.assessment, torn.reasons[0]]).toEqual([
      'refused',
      null,
      expect.stringMatching(/^It can't be read as json: Malformed JSON/),
    ]);
  });

  it('answers with as many rows as fit into a page, and none after the last', async () => {
    const names = Array.from({ length: 100 }, (_, column) => `c${column}`);
    const lines = Array.from({ length: 5_002 }, (_, row) => names.map((_, column) => row + column).join());
    const running = await start();
    await register(running, [names.join(), ...lines].join('\n'));
    const page = (offset: number) =>
      running.ask(ReadPage, { columns: names, offset, limit: 1_000_000 }, { timeoutMs: 60_000 });
    const first = await page(0);
    expect(first).toHaveLength(100);
    expect(first.map(({ length }) => length)).toEqual(names.map(() => 5_000));
    expect([first[0]?.at(-1), first[99]?.[0]]).toEqual([4_999, 99]);
    expect((await page(5_000)).slice(0, 2)).toEqual([
      [5_000, 5_001],
      [5_001, 5_002],
    ]);
    expect((await page(5_002))[0]).toEqual([]);
  });

  it('gives no rows of columns that its report does not name', async () => {
    const running = await start();
    await register(running, CSV);
    await expect(running.ask(ReadPage, { columns: ['cost'], offset: 0, limit: 1 })).rejects.toMatchObject({
      code: 'MORTAR_OPTIONS_INVALID',
      message: expect.stringContaining('a column of sales'),
    });
  });
});
