import { fail } from 'mortar';
import { aggregate, type DomainEventOf, decider } from 'mortar/sourcing';
import { AlertClosed, AlertRaised } from '../contract.js';

/** What an alert says. */
export type Alert = DomainEventOf<typeof AlertRaised>['data'];

/** The watch over one data set: at most one alert of it is open. */
export interface Watch {
  readonly open: Alert | undefined;
  /** That of the latest alert, so that none is raised twice, nor for an older check. */
  readonly check: number;
}

export type WatchCommand =
  | { readonly kind: 'raise'; readonly check: number; readonly alert: Alert }
  | { readonly kind: 'clear'; readonly check: number }
  | { readonly kind: 'acknowledge'; readonly datasetId: string };

type WatchEvent = DomainEventOf<typeof AlertRaised | typeof AlertClosed>;

/** By data set. */
export const watch = aggregate('watch', {
  decider: decider({
    initialState: (): Watch => ({ open: undefined, check: 0 }),
    decide: (command: WatchCommand, { open, check }) => {
      if (command.kind === 'acknowledge')
        return open === undefined
          ? fail('no-open-alert', { datasetId: command.datasetId })
          : [closed(open, 'acknowledged')];
      if (command.check <= check) return [];
      const superseded = open === undefined ? [] : [closed(open, 'superseded')];
      return command.kind === 'clear'
        ? superseded
        : [...superseded, { type: AlertRaised.name, data: command.alert }];
    },
    evolve: (state, event: WatchEvent): Watch =>
      event.type === 'alerting.alert-raised'
        ? { open: event.data, check: checkOf(event.data.alertId) }
        : { ...state, open: undefined },
  }),
  events: [AlertRaised, AlertClosed],
});

/** The id of the alert that a check of a data set raises. */
export function alertIdOf(datasetId: string, check: number): string {
  return `${datasetId}/${check}`;
}

function checkOf(alertId: string): number {
  return Number(alertId.slice(alertId.lastIndexOf('/') + 1));
}

function closed({ alertId, datasetId }: Alert, because: 'acknowledged' | 'superseded'): WatchEvent {
  return { type: AlertClosed.name, data: { alertId, datasetId, because } };
}
