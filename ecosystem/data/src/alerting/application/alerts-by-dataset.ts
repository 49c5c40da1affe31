import { projection } from 'mortar/projections';
import { type Severity, severities } from '../../anomaly-detection/contract.js';
import { AlertClosed, AlertRaised } from '../contract.js';

/** The alerts of a data set: the open one, and how many there were. */
export interface DatasetAlerts {
  readonly datasetId: string;
  readonly isOpen: boolean;
  readonly alertId: string;
  readonly severity: Severity;
  /** 0 for the worst, so that alerts can be sorted by it. */
  readonly rank: number;
  readonly anomalies: number;
  readonly message: string;
  readonly raised: number;
}

const worstFirst = severities.toReversed();

export const alertsByDataset = projection('alerts-by-dataset', {
  events: [AlertRaised, AlertClosed],
  initialState: (datasetId): DatasetAlerts => ({
    datasetId,
    isOpen: false,
    alertId: '',
    severity: 'low',
    rank: 0,
    anomalies: 0,
    message: '',
    raised: 0,
  }),
  key: ({ data }) => data.datasetId,
  on: {
    'alerting.alert-raised': (document, { data }) => ({
      ...data,
      rank: worstFirst.indexOf(data.severity),
      isOpen: true,
      raised: document.raised + 1,
    }),
    'alerting.alert-closed': (document) => ({ ...document, isOpen: false }),
  },
  indexes: [['isOpen', 'rank']],
});
