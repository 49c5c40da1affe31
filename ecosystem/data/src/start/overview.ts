import type { DurableApp, ResultOf } from 'mortar';
import { OpenAlerts } from '../alerting/contract.js';
import { Anomalies } from '../anomaly-detection/contract.js';
import { QualityDetails } from '../data-quality/contract.js';
import type { Ecosystem } from './ecosystem.js';
import { type Entry, rankOf } from './ledger.js';
import { worstOf } from './report/worst.js';

/** All that came of a run; `--json` prints it. */
export interface Overview {
  readonly datasets: readonly DatasetOverview[];
  /** How many others there are, that fared better; absent where these are all. */
  readonly omitted?: number;
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

/** What an overview is to be like. */
export interface Wanted {
  /** What is known before the run: when it began, and how many events there were. */
  readonly before: { readonly startedAt: number; readonly events: number };
  /** The file of the report. */
  readonly report: string;
  /** How many data sets are told of; all unless said. */
  readonly most?: number;
}

const MOST_ANOMALIES = 100;
/** How many alerts an overview has; there may be more. */
export const MOST_ALERTS_ASKED = 200;

/** How many events the log has, by type. */
export async function countEvents(app: DurableApp): Promise<Readonly<Record<string, number>>> {
  return (await app.log.statistics()).byType;
}

/** Collects what came of a run from the read models: of all data sets, or of so many that fared worst. */
export async function overviewOf(
  { app, database, handled }: Ecosystem,
  entries: readonly Entry[],
  { before, report, most = Number.POSITIVE_INFINITY }: Wanted,
): Promise<Overview> {
  const assessed = entries.filter(({ outcome }) => outcome !== undefined);
  const { shown, rest } = worstOf(assessed, most, rankOf);
  const datasets: DatasetOverview[] = [];
  for (const entry of shown) datasets.push(await datasetOf(app, entry));
  const published = await countEvents(app);
  const { byState } = await app.deadLetters.statistics();
  return {
    datasets,
    ...(rest === 0 ? {} : { omitted: rest }),
    unreadable: entries.flatMap(({ file, stage }) =>
      stage.kind === 'unreadable' ? [{ path: file.path, reason: stage.reason }] : [],
    ),
    alerts: await app.ask(OpenAlerts, { limit: MOST_ALERTS_ASKED }),
    events: {
      published,
      publishedInThisRun: sumOf(published) - before.events,
      handledInThisRun: handled(),
      deadLetters: byState.dead,
    },
    tookMs: Date.now() - before.startedAt,
    rowsInThisRun: assessed
      .filter(({ outcome }) => outcome !== 'unchanged')
      .reduce((sum, { stage }) => sum + ('rows' in stage ? stage.rows : 0), 0),
    database,
    report,
  };
}

async function datasetOf(
  app: DurableApp,
  { file, outcome = 'new', givenUp }: Entry,
): Promise<DatasetOverview> {
  const { datasetId, title, path } = file;
  const quality = await app.ask(QualityDetails, { datasetId });
  const found = await app.tryAsk(Anomalies, { datasetId, limit: MOST_ANOMALIES });
  const anomalies = found.ok && found.value.check === quality.check ? found.value : undefined;
  const known = { datasetId, title, path, outcome, quality, anomalies };
  return givenUp === undefined ? known : { ...known, givenUp };
}

/** Less for what a person should rather look at, as `rankOf` has it of what is known before it is asked for. */
export function rankOfShown({ quality, givenUp }: DatasetOverview): number {
  if (givenUp !== undefined || quality.assessment === null) return -2;
  return quality.assessment.overall - (quality.status === 'quarantined' ? 1 : 0);
}

/** How many there are of all types. */
export function sumOf(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}
