import { setTimeout as delay } from 'node:timers/promises';
import type { DurableApp } from 'mortar';
import { Anomalies } from '../anomaly-detection/contract.js';
import { QualityDetails, RegisterDataset } from '../data-quality/contract.js';
import type { GivenFile } from './given-files.js';
import { givenUp, leftUndone, tryAgain } from './given-up.js';

/** How far a file has come. */
export type Stage =
  | { readonly kind: 'waiting' }
  | { readonly kind: 'unreadable'; readonly reason: string }
  | { readonly kind: 'registered'; readonly outcome: 'new' | 'changed' | 'unchanged' }
  | {
      readonly kind: 'checked';
      readonly rows: number;
      readonly overall: number;
      /** Whether it may be used; nobody should without a look what is in quarantine. */
      readonly isGood: boolean;
    }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'given-up'; readonly reason: string }
  | {
      readonly kind: 'analysed';
      readonly rows: number;
      readonly overall: number;
      readonly isGood: boolean;
      readonly anomalies: number;
      readonly isNew: boolean;
    };

/** Is told of each stage that a file comes to. */
export type Told = (file: GivenFile, stage: Stage) => void;

/** A file that could be read. */
interface Registered {
  readonly file: GivenFile;
  readonly outcome: 'new' | 'changed' | 'unchanged';
  /** The number of the check that it leads to, or has led to. */
  readonly check: number;
}

const PROJECTIONS = [
  'data-quality/datasets-by-id',
  'anomaly-detection/anomalies-by-dataset',
  'alerting/alerts-by-dataset',
];
const LOOK_MS = 40;
/** Files that are asked after in one look: of thousands, most wait behind these. */
const LOOKED_AT = 50;

/** Registers files, and waits until all that follows from that has happened. */
export async function workOn(app: DurableApp, files: readonly GivenFile[], told: Told): Promise<void> {
  const undone = await leftUndone(app);
  const waiting = new Map<Registered, Stage['kind']>();
  for (const file of files) {
    const registered = await register(app, file, told);
    if (registered !== undefined) waiting.set(registered, 'registered');
  }
  const again = await tryAgain(
    app,
    files.flatMap(({ datasetId }) => undone.get(datasetId) ?? []),
  );
  do {
    for (const [one, last] of [...waiting].slice(0, LOOKED_AT)) {
      const stage = await stageOf(app, one);
      if (stage === undefined || stage.kind === last) continue;
      told(one.file, stage);
      if (stage.kind === 'checked') waiting.set(one, stage.kind);
      else waiting.delete(one);
    }
    await delay(LOOK_MS);
  } while (!(await again.isOver()) || !(await isSettled(app, [...waiting.keys()])));
  for (const projection of PROJECTIONS) await app.caughtUp({ projection });
  const failed = await givenUp(app);
  for (const [one, last] of waiting) {
    const stage = await stageOf(app, one);
    if (stage !== undefined && stage.kind !== last) told(one.file, stage);
    const reason = failed.get(one.file.datasetId);
    if (reason !== undefined) told(one.file, { kind: 'given-up', reason });
  }
}

async function register(app: DurableApp, file: GivenFile, told: Told): Promise<Registered | undefined> {
  const { datasetId, path, rules } = file;
  const tried = await app.tryDispatch(RegisterDataset, { datasetId, path, rules }, { timeoutMs: 3_600_000 });
  if (!tried.ok) {
    told(file, { kind: 'unreadable', reason: tried.failure.data.reason });
    return undefined;
  }
  const { outcome, check } = tried.value;
  told(file, { kind: 'registered', outcome });
  return { file, outcome, check };
}

/** How far a file has come after its registration; nothing where it has only just begun. */
async function stageOf(
  app: DurableApp,
  { file, outcome, check: wanted }: Registered,
): Promise<Stage | undefined> {
  const { datasetId } = file;
  const details = await app.tryAsk(QualityDetails, { datasetId });
  if (!details.ok) return undefined;
  const { status, assessment, check, reasons } = details.value;
  if (check < wanted) return undefined; // What was read is of an earlier check.
  if (status === 'refused') return { kind: 'refused', reason: reasons.join(' ') };
  if (assessment === null) return undefined;
  const { rows, overall } = assessment;
  const judged = { rows, overall, isGood: status !== 'quarantined' };
  const found = await app.tryAsk(Anomalies, { datasetId, limit: 1 });
  if (!found.ok || found.value.check !== check) return { kind: 'checked', ...judged };
  return { kind: 'analysed', ...judged, anomalies: found.value.total, isNew: outcome !== 'unchanged' };
}

/**
 * Whether every event of the log has been handled, or given up. What a process that was killed has left counts too: its share
 * of the work is taken over a few seconds later. Of the share of one that runs beside this one, what has come of files tells.
 */
async function isSettled(app: DurableApp, waiting: readonly Registered[]): Promise<boolean> {
  const { subscriptions } = await app.deliveries.status();
  const halted = subscriptions.find(({ state }) => state === 'halted');
  if (halted !== undefined) throw new Error(`${halted.name} is halted: ${halted.error?.message ?? ''}`);
  const isIdle = subscriptions.every(
    (one) => one.lagEvents + one.calls + one.waiting + one.committing + one.heldKeys.retrying === 0,
  );
  if (!isIdle || subscriptions.every(({ held, partitions }) => held.length === partitions)) return isIdle;
  const failed = await givenUp(app);
  return waiting.every(({ file }) => failed.has(file.datasetId));
}
