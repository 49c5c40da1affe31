import { createHash } from 'node:crypto';
import type { InputOf } from 'mortar';
import { MemoryLog, memory } from 'mortar/memory';
import { type DurableTestApp, scenario, testApp, VirtualClock } from 'mortar/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { AcknowledgeAlert, AlertClosed, AlertRaised, OpenAlerts } from '../../src/alerting/contract.js';
import { type AlertingOptions, alerting } from '../../src/alerting/module.js';
import { AnalysisCompleted, AnomaliesDetected, type Severity } from '../../src/anomaly-detection/contract.js';

let app: DurableTestApp | undefined;

afterEach(async () => {
  await app?.stop();
  app = undefined;
});

async function start(
  options: AlertingOptions = {},
  log = new MemoryLog(),
  clock = new VirtualClock(),
): Promise<DurableTestApp> {
  const made = await testApp([alerting(options)], { store: memory({ log, clock }), clock });
  app = made;
  return made;
}

const completed = (datasetId: string, check: number): InputOf<typeof AnalysisCompleted> => ({
  ...{ datasetId, check, rows: 10, anomalies: 1, runs: [], notes: [] },
});

const detected = (
  datasetId: string,
  check: number,
  severity: Severity = 'high',
  total = 2,
): InputOf<typeof AnomaliesDetected> => ({
  ...{ datasetId, check, severity, total },
  anomalies: [
    {
      ...{ row: 4, columns: ['sold'], values: [0], severity },
      reasons: [{ detector: 'z-score', score: 9, threshold: 3, text: `sold is 0 at check ${check}.` }],
    },
  ],
});

/** Publishes as anomaly detection does: that the analysis is completed, then what it has found. */
async function analyse(
  running: DurableTestApp,
  datasetId: string,
  check: number,
  severity?: Severity,
): Promise<void> {
  await running.publish(AnalysisCompleted, completed(datasetId, check));
  if (severity !== undefined) await running.publish(AnomaliesDetected, detected(datasetId, check, severity));
  await running.idle();
}

async function openOf(running: DurableTestApp): Promise<string[]> {
  await running.caughtUp({ projection: 'alerting/alerts-by-dataset' });
  return (await running.ask(OpenAlerts, {})).map(({ alertId }) => alertId);
}

describe('alerts', () => {
  it('are opened, replaced, closed and opened again', async () => {
    const running = await start();
    await analyse(running, 'sales', 1, 'high');
    expect(await openOf(running)).toEqual(['sales/1']);
    await analyse(running, 'sales', 2, 'critical');
    expect(await openOf(running)).toEqual(['sales/2']);
    await analyse(running, 'sales', 3);
    expect(await openOf(running)).toEqual([]);
    await analyse(running, 'sales', 4, 'high');
    expect(await openOf(running)).toEqual(['sales/4']);
    expect(running.recorded.events(AlertRaised).map(({ alertId }) => alertId)).toEqual([
      'sales/1',
      'sales/2',
      'sales/4',
    ]);
    expect(running.recorded.events(AlertClosed)).toEqual([
      { alertId: 'sales/1', datasetId: 'sales', because: 'superseded' },
      { alertId: 'sales/2', datasetId: 'sales', because: 'superseded' },
    ]);
  });

  it('say what the worst anomaly is, and how many there are', async () => {
    const running = await start();
    await analyse(running, 'sales', 1, 'critical');
    await running.caughtUp({ projection: 'alerting/alerts-by-dataset' });
    expect(await running.ask(OpenAlerts, {})).toEqual([
      {
        alertId: 'sales/1',
        datasetId: 'sales',
        severity: 'critical',
        anomalies: 2,
        message: 'sold is 0 at check 1.',
      },
    ]);
  });

  it.each([
    ['high', { low: 0, medium: 0, high: 1, critical: 1 }],
    ['low', { low: 1, medium: 1, high: 1, critical: 1 }],
    ['critical', { low: 0, medium: 0, high: 0, critical: 1 }],
  ] as const)('are for what is %s or worse, where that is said', async (atLeast, wanted) => {
    const running = await start({ atLeast });
    for (const severity of ['low', 'medium', 'high', 'critical'] as const)
      await analyse(running, severity, 1, severity);
    const open = await openOf(running);
    expect(open.toSorted()).toEqual(
      Object.entries(wanted)
        .flatMap(([severity, count]) => (count === 1 ? [`${severity}/1`] : []))
        .toSorted(),
    );
  });

  it('are closed by a check that has found nothing bad enough', async () => {
    const running = await start();
    await analyse(running, 'sales', 1, 'critical');
    await analyse(running, 'sales', 2, 'low');
    expect(await openOf(running)).toEqual([]);
  });

  it('of one data set do not touch those of another', async () => {
    const running = await start();
    await analyse(running, 'sales', 1, 'high');
    await analyse(running, 'stock', 1, 'high');
    await analyse(running, 'stock', 2);
    expect(await openOf(running)).toEqual(['sales/1']);
  });

  it('are told the worst first, and no more than asked for', async () => {
    const running = await start({ atLeast: 'low' });
    for (const [datasetId, severity] of [
      ['a', 'low'],
      ['b', 'critical'],
      ['c', 'medium'],
      ['d', 'high'],
    ] as const)
      await analyse(running, datasetId, 1, severity);
    expect(await openOf(running)).toEqual(['b/1', 'd/1', 'c/1', 'a/1']);
    expect((await running.ask(OpenAlerts, { limit: 2 })).map(({ severity }) => severity)).toEqual([
      'critical',
      'high',
    ]);
  });
});

describe('more alerts than a page of the read model has', () => {
  it('are told the worst first all the same', async () => {
    const running = await start();
    const names = Array.from({ length: 1_001 }, (_, place) => `d${String(place).padStart(4, '0')}`);
    for (const name of names)
      await running.publish(AnomaliesDetected, detected(name, 1, name === 'd1000' ? 'critical' : 'high'));
    await running.idle();
    expect((await openOf(running)).slice(0, 3)).toEqual(['d1000/1', 'd0000/1', 'd0001/1']);
    expect(await running.ask(OpenAlerts, { limit: 200 })).toHaveLength(200);
  });
});

describe('an event that comes', () => {
  it('twice raises nothing twice', async () => {
    const running = await start();
    for (const _ of [1, 2, 3]) await analyse(running, 'sales', 1, 'high');
    expect(running.recorded.events(AlertRaised)).toHaveLength(1);
    expect(await openOf(running)).toEqual(['sales/1']);
  });

  it('twice does not open again what was looked at', async () => {
    const running = await start();
    await analyse(running, 'sales', 1, 'high');
    await running.dispatch(AcknowledgeAlert, { datasetId: 'sales' });
    await analyse(running, 'sales', 1, 'high');
    expect(await openOf(running)).toEqual([]);
  });

  it('late, after those of a later check, changes nothing', async () => {
    const running = await start();
    await analyse(running, 'sales', 2, 'high');
    await analyse(running, 'sales', 1, 'critical');
    expect(await openOf(running)).toEqual(['sales/2']);
  });

  it('in the other order, anomalies before the end of the analysis, comes to the same', async () => {
    const running = await start();
    await running.publish(AnomaliesDetected, detected('sales', 1));
    await running.publish(AnalysisCompleted, completed('sales', 1));
    await running.idle();
    expect(await openOf(running)).toEqual(['sales/1']);
  });

  it('waits for those before it of its data set, so that a better check is not followed by what a worse one has found', async () => {
    const log = new MemoryLog();
    const first = await start({}, log);
    const names = (await first.deliveries.status()).subscriptions.map(({ name }) => name);
    // With a subscription for each of the two events, the one may lag behind the other.
    expect(names.filter((name) => name.startsWith('alerting/') && !name.includes('by-dataset'))).toEqual([
      'alerting/analyses',
    ]);
    await first.publish(AnomaliesDetected, detected('sales', 1, 'critical'));
    await first.publish(AnalysisCompleted, completed('sales', 2));
    await first.idle();
    expect(await openOf(first)).toEqual([]);
  });
});

describe('another app over the same log', () => {
  it('knows what is open, and handles nothing again', async () => {
    const log = new MemoryLog();
    const clock = new VirtualClock();
    const first = await start({}, log, clock);
    await analyse(first, 'sales', 1, 'high');
    const before = await openOf(first);
    await first.stop();
    const second = await start({}, log, clock);
    await second.idle();
    expect(await openOf(second)).toEqual(before);
    expect(second.recorded.events(AlertRaised)).toEqual([]);
    await analyse(second, 'sales', 2);
    expect(await openOf(second)).toEqual([]);
  });

  it('handles from the beginning what was published before there was one that listens', async () => {
    const log = new MemoryLog();
    const clock = new VirtualClock();
    const first = await start({}, log, clock);
    for (const check of [1, 2, 3]) await first.publish(AnomaliesDetected, detected('sales', check));
    await first.stop();
    const second = await start({}, log, clock);
    await second.idle();
    expect(await openOf(second)).toEqual(['sales/3']);
  });
});

describe('what somebody says', () => {
  it('closes an alert', async () => {
    const running = await start();
    await analyse(running, 'sales', 1, 'high');
    await scenario(running)
      .when(AcknowledgeAlert, { datasetId: 'sales' })
      .then([AlertClosed, { alertId: 'sales/1', datasetId: 'sales', because: 'acknowledged' }]);
    expect(await openOf(running)).toEqual([]);
  });

  it('of a data set without an alert is a failure that names it', async () => {
    const running = await start();
    await scenario(running)
      .when(AcknowledgeAlert, { datasetId: 'none' })
      .thenFailure('no-open-alert', { datasetId: 'none' });
  });

  it('twice at once is right once', async () => {
    const running = await start();
    await analyse(running, 'sales', 1, 'high');
    const said = await Promise.all(
      [1, 2].map(() => running.tryDispatch(AcknowledgeAlert, { datasetId: 'sales' })),
    );
    expect(said.map(({ ok }) => ok).toSorted()).toEqual([false, true]);
    expect(running.recorded.events(AlertClosed)).toHaveLength(1);
  });
});

describe('what an alert takes over', () => {
  it('can be of any length and letters', async () => {
    const running = await start();
    const datasetId = `ä/${createHash('sha256').update('a').digest('hex')} \u{1F409}`;
    await analyse(running, datasetId, 1, 'high');
    expect(await openOf(running)).toEqual([`${datasetId}/1`]);
    await running.dispatch(AcknowledgeAlert, { datasetId });
    expect(await openOf(running)).toEqual([]);
  });

  it.each([0, 201, 1.5])('limits of %d are refused', async (limit) => {
    const running = await start();
    await expect(running.ask(OpenAlerts, { limit })).rejects.toMatchObject({ code: 'MORTAR_DATA_INVALID' });
  });
});
