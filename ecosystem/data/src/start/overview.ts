import type { DurableApp, ResultOf } from 'mortar';
import { OpenAlerts } from '../alerting/contract.js';
import { Anomalies } from '../anomaly-detection/contract.js';
import { QualityDetails } from '../data-quality/contract.js';
import type { Ecosystem } from './ecosystem.js';
import { givenUp } from './given-up.js';
import type { Registered } from './work.js';

/** All that came of a run; `--json` prints it. */
export interface Overview {
  readonly datasets: readonly DatasetOverview[];
  readonly unreadable: readonly { readonly path: string; readonly reason: string }[];
  readonly alerts: ResultOf<typeof OpenAlerts>;
  readonly events: {
    /** By type, since the database was made. */
    readonly published: Readonly<Record<string, number>>;
    readonly publishedInThisRun: number;
    readonly handledInThisRun: number;
    readonly deadLetters: number;
  };
  readonly tookMs: number;
  /** Of the files that were checked in this run. */
  readonly rowsInThisRun: number;
  readonly database: string;
  readonly report: string;
}

export interface DatasetOverview {
  readonly datasetId: string;
  readonly title: string;
  readonly path: string;
  readonly outcome: 'new' | 'changed' | 'unchanged';
  readonly quality: ResultOf<typeof QualityDetails>;
  /** Absent where the file could not be read as a table. */
  readonly anomalies: ResultOf<typeof Anomalies> | undefined;
  /** Why its check or its analysis was given up, for now. */
  readonly givenUp?: string;
}

/** What is known before the run. */
export interface Before {
  readonly startedAt: number;
  /** How many events there were. */
  readonly events: number;
}

const MOST_ANOMALIES = 100;
const MOST_LETTERS = 1_000;

/** How many events the log has, by type. */
export async function countEvents(app: DurableApp): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for await (const { type } of app.log.readAll()) counts[type] = (counts[type] ?? 0) + 1;
  return counts;
}

/** Collects what came of a run from the read models. */
export async function overviewOf(
  { app, database, handled }: Ecosystem,
  registered: readonly Registered[],
  before: Before,
  report: string,
): Promise<Overview> {
  const datasets: DatasetOverview[] = [];
  const failed = await givenUp(app);
  for (const { file, outcome } of registered) {
    if (outcome === undefined) continue;
    const { datasetId, title, path } = file;
    const quality = await app.ask(QualityDetails, { datasetId });
    const found = await app.tryAsk(Anomalies, { datasetId, limit: MOST_ANOMALIES });
    const anomalies = found.ok && found.value.check === quality.check ? found.value : undefined;
    const reason = failed.get(datasetId);
    const known = { datasetId, title, path, outcome, quality, anomalies };
    datasets.push(reason === undefined ? known : { ...known, givenUp: reason });
  }
  const published = await countEvents(app);
  const letters = await app.deadLetters.list({ state: 'dead' }, { limit: MOST_LETTERS });
  return {
    datasets,
    unreadable: registered.flatMap(({ file, unreadable }) =>
      unreadable === undefined ? [] : [{ path: file.path, reason: unreadable }],
    ),
    alerts: await app.ask(OpenAlerts, { limit: 200 }),
    events: {
      published,
      publishedInThisRun: sumOf(published) - before.events,
      handledInThisRun: handled(),
      deadLetters: letters.length,
    },
    tookMs: Date.now() - before.startedAt,
    rowsInThisRun: datasets
      .filter(({ outcome }) => outcome !== 'unchanged')
      .reduce((sum, { quality }) => sum + (quality.assessment?.rows ?? 0), 0),
    database,
    report,
  };
}

/** How many there are of all types. */
export function sumOf(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}
