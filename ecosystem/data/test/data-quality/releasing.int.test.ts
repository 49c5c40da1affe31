import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sqlite } from '@mortar/sqlite';
import { createApp, type DurableApp, defineModule, fail, type Module } from 'mortar';
import { silentLogger } from 'mortar/logging';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Anomalies } from '../../dist/anomaly-detection/contract.js';
import { anomalyDetection } from '../../dist/anomaly-detection/module.js';
import {
  DatasetReleased,
  QualityDetails,
  RegisterDataset,
  ReleaseDataset,
} from '../../dist/data-quality/contract.js';
import { dataQuality } from '../../dist/data-quality/module.js';

let folder: string;
let app: DurableApp | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mortar-releasing-'));
});

afterEach(async () => {
  await app?.stop();
  app = undefined;
  rmSync(folder, { recursive: true, force: true });
});

async function start(other: Module): Promise<DurableApp> {
  const caughtUp = () => started.caughtUp({ projection: 'data-quality/datasets-by-id' });
  const started: DurableApp = await createApp({
    modules: [dataQuality({ caughtUp, folder }), other],
    store: sqlite(join(folder, 'data.db'), { durability: 'relaxed', pollMs: 5 }),
    logger: silentLogger,
  });
  app = started;
  await started.start();
  return started;
}

/** A data set of which most notes are missing, so that it is quarantined; registered, and handled by all. */
async function quarantine(running: DurableApp, values: readonly number[]): Promise<void> {
  const path = join(folder, 'sales.csv');
  writeFileSync(path, ['sold,note,other', ...values.map((value) => `${value},,`)].join('\n'));
  await running.dispatch(RegisterDataset, { datasetId: 'sales', path });
  await running.deliveries.idle();
  for (const projection of ['data-quality/datasets-by-id', 'anomaly-detection/anomalies-by-dataset'])
    if ((await running.projections.status()).some(({ name }) => name === projection))
      await running.caughtUp({ projection });
  expect(await statusOf(running)).toBe('quarantined');
}

async function statusOf(running: DurableApp): Promise<string> {
  return (await running.ask(QualityDetails, { datasetId: 'sales' })).status;
}

const usual = Array.from({ length: 60 }, (_, row) => 100 + ((row * 37) % 60) / 10);

describe('a data set in quarantine', () => {
  it('in which anomaly detection has found nothing critical is released when somebody has looked', async () => {
    const running = await start(anomalyDetection());
    await quarantine(running, usual);
    await running.dispatch(ReleaseDataset, { datasetId: 'sales', check: 1 });
    const { status, reasons } = await running.ask(QualityDetails, { datasetId: 'sales' });
    expect([status, reasons]).toEqual(['released', []]);
    const again = await running.tryDispatch(ReleaseDataset, { datasetId: 'sales', check: 1 });
    expect(again).toMatchObject({ ok: false, failure: { name: 'not-quarantined' } });
    expect(await releases(running)).toBe(1);
  });

  it('in which it has found something critical is released only by who says that this is all right', async () => {
    const running = await start(anomalyDetection());
    await quarantine(running, [...usual, 9_000_000]);
    const tried = await running.tryDispatch(ReleaseDataset, { datasetId: 'sales', check: 1 });
    expect(tried).toMatchObject({
      ok: false,
      failure: {
        name: 'critical-anomalies',
        data: { datasetId: 'sales', worst: expect.stringMatching(/^sold is 9,000,000: /) },
      },
    });
    expect(await statusOf(running)).toBe('quarantined');
    await running.dispatch(ReleaseDataset, { datasetId: 'sales', check: 1, despiteAnomalies: true });
    expect([await statusOf(running), await releases(running)]).toEqual(['released', 1]);
  });

  it('that has changed since somebody looked is not released', async () => {
    const running = await start(anomalyDetection());
    await quarantine(running, usual);
    await quarantine(running, [...usual, 103]);
    const tried = await running.tryDispatch(ReleaseDataset, {
      datasetId: 'sales',
      check: 1,
      despiteAnomalies: true,
    });
    expect(tried).toMatchObject({ ok: false, failure: { name: 'not-quarantined' } });
    await running.dispatch(ReleaseDataset, { datasetId: 'sales', check: 2 });
    expect(await statusOf(running)).toBe('released');
  });

  it.each([
    ['not at all', undefined],
    ['at another check', 7],
  ])('that was analysed %s is not released, unless that does not matter', async (_, check) => {
    const running = await start(
      defineModule('anomaly-detection', (module) => {
        module.answer(Anomalies, ({ data: { datasetId } }) =>
          check === undefined
            ? fail('not-analysed', { datasetId })
            : { datasetId, check, rows: 1, total: 0, anomalies: [], runs: [], notes: [] },
        );
      }),
    );
    await quarantine(running, usual);
    const tried = await running.tryDispatch(ReleaseDataset, { datasetId: 'sales', check: 1 });
    expect(tried).toMatchObject({ ok: false, failure: { name: 'not-analysed' } });
    expect(await releases(running)).toBe(0);
    await running.dispatch(ReleaseDataset, { datasetId: 'sales', check: 1, despiteAnomalies: true });
    expect(await statusOf(running)).toBe('released');
  });
});

async function releases(running: DurableApp): Promise<number> {
  let count = 0;
  for await (const _ of running.log.readAll({ events: [DatasetReleased] })) count += 1;
  return count;
}
