import { aggregate, type DomainEventOf, decider } from 'mortar/sourcing';
import type { Assessment, Rule } from '../contract/report.js';
import type { Source } from '../contract/source.js';
import {
  DatasetQuarantined,
  DatasetRefused,
  DatasetRegistered,
  DatasetReleased,
  QualityAssessed,
  QualityCheckCompleted,
} from '../contract.js';
import { faultsOf } from './scoring.js';

/** The life of a data set: registered, checked, then released or quarantined; again whenever its file has changed. */
export interface Dataset {
  readonly status: 'none' | 'registered' | 'checked' | 'released' | 'quarantined' | 'refused';
  readonly check: number;
  /** Of content and rules: with the same, there is nothing to check. */
  readonly basis: string;
}

/** What a look into the file has come to. */
export type Outcome =
  | { readonly kind: 'assessed'; readonly assessment: Assessment }
  | { readonly kind: 'refused'; readonly reason: string };

export type DatasetCommand =
  | {
      readonly kind: 'register';
      readonly datasetId: string;
      readonly source: Source;
      readonly rules: readonly Rule[];
    }
  | {
      readonly kind: 'finish';
      readonly datasetId: string;
      readonly check: number;
      readonly outcome: Outcome;
    };

type DatasetEvent = DomainEventOf<
  | typeof DatasetRegistered
  | typeof DatasetRefused
  | typeof QualityAssessed
  | typeof QualityCheckCompleted
  | typeof DatasetReleased
  | typeof DatasetQuarantined
>;

/** By the id of the data set. */
export const dataset = aggregate('dataset', {
  decider: decider({
    initialState: (): Dataset => ({ status: 'none', check: 0, basis: '' }),
    decide: (command: DatasetCommand, state): DatasetEvent[] =>
      command.kind === 'register' ? registered(command, state) : finished(command, state),
    evolve: (state, event: DatasetEvent): Dataset => {
      switch (event.type) {
        case 'data-quality.dataset-registered':
          return { status: 'registered', check: event.data.check, basis: basisOf(event.data) };
        case 'data-quality.quality-assessed':
        case 'data-quality.quality-check-completed':
          return { ...state, status: 'checked' };
        case 'data-quality.dataset-released':
          return { ...state, status: 'released' };
        case 'data-quality.dataset-quarantined':
          return { ...state, status: 'quarantined' };
        case 'data-quality.dataset-refused':
          return { ...state, status: 'refused' };
      }
    },
  }),
  events: [
    DatasetRegistered,
    DatasetRefused,
    QualityAssessed,
    QualityCheckCompleted,
    DatasetReleased,
    DatasetQuarantined,
  ],
});

function registered(
  { datasetId, source, rules }: Extract<DatasetCommand, { kind: 'register' }>,
  state: Dataset,
): DatasetEvent[] {
  if (state.basis === basisOf({ source, rules })) return [];
  const data = { datasetId, check: state.check + 1, source, rules: [...rules] };
  return [{ type: DatasetRegistered.name, data }];
}

/** A check that another one has overtaken, or that is over, changes nothing. */
function finished(
  { datasetId, check, outcome }: Extract<DatasetCommand, { kind: 'finish' }>,
  state: Dataset,
): DatasetEvent[] {
  if (state.status !== 'registered' || state.check !== check) return [];
  const about = { datasetId, check };
  if (outcome.kind === 'refused')
    return [{ type: DatasetRefused.name, data: { ...about, reason: outcome.reason } }];
  const { assessment } = outcome;
  const { overall } = assessment;
  const reasons = faultsOf(assessment);
  return [
    { type: QualityAssessed.name, data: { ...about, assessment } },
    { type: QualityCheckCompleted.name, data: about },
    reasons.length === 0
      ? { type: DatasetReleased.name, data: { ...about, overall } }
      : { type: DatasetQuarantined.name, data: { ...about, overall, reasons } },
  ];
}

function basisOf({ source, rules }: { readonly source: Source; readonly rules: readonly Rule[] }): string {
  return JSON.stringify([source.fingerprint, source.format, rules]);
}
