import { projection } from 'mortar/projections';
import type { Severity } from '../../anomaly-detection/contract.js';
import { AlertClosed, AlertRaised } from '../contract.js';

/** The alerts of a data set: the open one, and how many there were. */
export interface DatasetAlerts {
  readonly datasetId: string;
  readonly isOpen: boolean;
  readonly alertId: string;
  readonly severity: Severity;
  readonly anomalies: number;
  readonly message: string;
  readonly raised: number;
}

export const alertsByDataset = projection('alerts-by-dataset', {
  events: [AlertRaised, AlertClosed],
  initialState: (datasetId): DatasetAlerts => ({
    datasetId,
    isOpen: false,
    alertId: '',
    severity: 'low',
    anomalies: 0,
    message: '',
    raised: 0,
  }),
  key: ({ data }) => data.datasetId,
  on: {
    'alerting.alert-raised': (document, { data }) => ({
      ...data,
      isOpen: true,
      raised: document.raised + 1,
    }),
    'alerting.alert-closed': (document) => ({ ...document, isOpen: false }),
  },
  indexes: ['isOpen'],
});
