import { fail } from 'mortar';
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

/**
 * The life of a data set: registered, checked, then released or quarantined; again whenever its file has changed. Somebody may
 * release it from quarantine.
 */
export interface Dataset {
  readonly status: 'none' | 'registered' | 'checked' | 'released' | 'quarantined' | 'refused';
  readonly check: number;
  /** Of content and rules: with the same, there is nothing to check. Empty where a check has not seen these. */
  readonly basis: string;
  /** The score of what is in quarantine; 0 of everything else. */
  readonly overall: number;
}

/** What a look into the file has come to. */
export type Outcome =
  | { readonly kind: 'assessed'; readonly assessment: Assessment }
  | {
      readonly kind: 'refused';
      readonly reason: string;
      /** What was read is not what was registered. */
      readonly hasChanged?: true;
    };

/** What speaks against releasing a data set from quarantine. */
export type Objection =
  | { readonly kind: 'not-analysed' }
  | { readonly kind: 'critical-anomalies'; readonly worst: string };

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
    }
  | {
      readonly kind: 'release';
      readonly datasetId: string;
      readonly check: number;
      /** Absent where there is none, or none that counts. */
      readonly objection: Objection | undefined;
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
    initialState: (): Dataset => ({ status: 'none', check: 0, basis: '', overall: 0 }),
    decide: (command: DatasetCommand, state) => {
      switch (command.kind) {
        case 'register':
          return registered(command, state);
        case 'finish':
          return finished(command, state);
        case 'release':
          return released(command, state);
      }
    },
    evolve: (state, event: DatasetEvent): Dataset => {
      switch (event.type) {
        case 'data-quality.dataset-registered':
          return { status: 'registered', check: event.data.check, basis: basisOf(event.data), overall: 0 };
        case 'data-quality.quality-assessed':
        case 'data-quality.quality-check-completed':
          return { ...state, status: 'checked' };
        case 'data-quality.dataset-released':
          return { ...state, status: 'released', overall: 0 };
        case 'data-quality.dataset-quarantined':
          return { ...state, status: 'quarantined', overall: event.data.overall };
        case 'data-quality.dataset-refused':
          return { ...state, status: 'refused', basis: event.data.hasChanged ? '' : state.basis };
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
  if (outcome.kind === 'refused') {
    const { kind: _, ...refusal } = outcome;
    return [{ type: DatasetRefused.name, data: { ...about, ...refusal } }];
  }
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

function released(
  { datasetId, check, objection }: Extract<DatasetCommand, { kind: 'release' }>,
  state: Dataset,
) {
  if (state.status !== 'quarantined' || state.check !== check) return fail('not-quarantined', { datasetId });
  if (objection?.kind === 'not-analysed') return fail('not-analysed', { datasetId });
  if (objection !== undefined) return fail('critical-anomalies', { datasetId, worst: objection.worst });
  return [{ type: DatasetReleased.name, data: { datasetId, check, overall: state.overall } }];
}

function basisOf({ source, rules }: { readonly source: Source; readonly rules: readonly Rule[] }): string {
  return JSON.stringify([source.fingerprint, source.format, rules]);
}
