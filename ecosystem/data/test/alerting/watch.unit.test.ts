import fc from 'fast-check';
import { story } from 'mortar/testing';
import { describe, expect, it } from 'vitest';
import { alertsByDataset } from '../../src/alerting/application/alerts-by-dataset.js';
import { type Alert, alertIdOf, type WatchCommand, watch } from '../../src/alerting/domain/watch.js';

const { decider } = watch;

const alertOf = (check: number, rest: Partial<Alert> = {}): Alert => ({
  alertId: alertIdOf('sales', check),
  datasetId: 'sales',
  severity: 'high',
  anomalies: 3,
  message: 'sold was 0.',
  ...rest,
});
const raised = (check: number) => ({ type: 'alerting.alert-raised' as const, data: alertOf(check) });
const closed = (check: number, because: 'acknowledged' | 'superseded') => ({
  type: 'alerting.alert-closed' as const,
  data: { alertId: alertIdOf('sales', check), datasetId: 'sales', because },
});
const raise = (check: number): WatchCommand => ({ kind: 'raise', check, alert: alertOf(check) });
const clear = (check: number): WatchCommand => ({ kind: 'clear', check });
const acknowledge: WatchCommand = { kind: 'acknowledge', datasetId: 'sales' };

describe('the watch over a data set', () => {
  it('opens an alert for what a check has found', () => {
    story(decider).when(raise(1)).then(raised(1));
    story(decider)
      .when(raise(1))
      .thenState({ open: alertOf(1), check: 1 });
  });

  it('has nothing to close where nothing is open', () => {
    story(decider).when(clear(1)).thenNothing();
  });

  it('closes the alert of an earlier check when a later one has found nothing', () => {
    story(decider).given(raised(1)).when(clear(2)).then(closed(1, 'superseded'));
  });

  it('has another alert in place of the earlier one, of which at most one is open', () => {
    story(decider).given(raised(1)).when(raise(2)).then(closed(1, 'superseded'), raised(2));
    story(decider)
      .given(raised(1))
      .when(raise(2))
      .thenState({ open: alertOf(2), check: 2 });
  });

  it.each([raise(1), clear(1)])('has done with a check that comes twice: %j', (command) => {
    story(decider).given(raised(1)).when(command).thenNothing();
  });

  it.each([raise(1), clear(1)])('does not mind a check that comes after a later one: %j', (command) => {
    story(decider).given(raised(1), closed(1, 'superseded'), raised(2)).when(command).thenNothing();
  });

  it('closes what somebody has looked at, once', () => {
    story(decider).given(raised(1)).when(acknowledge).then(closed(1, 'acknowledged'));
    story(decider)
      .given(raised(1), closed(1, 'acknowledged'))
      .when(acknowledge)
      .thenFailure('no-open-alert', { datasetId: 'sales' });
    story(decider).when(acknowledge).thenFailure('no-open-alert', { datasetId: 'sales' });
  });

  it('does not open again what somebody has looked at, but for a later check', () => {
    const before = story(decider).given(raised(1), closed(1, 'acknowledged'));
    before.when(raise(1)).thenNothing();
    before.when(raise(2)).then(raised(2));
  });

  it('closes once, be it acknowledged first or superseded first', () => {
    story(decider).given(raised(1), closed(1, 'acknowledged')).when(clear(2)).thenNothing();
    story(decider).given(raised(1), closed(1, 'superseded')).when(acknowledge).thenFailure('no-open-alert');
  });

  it('knows the number of a check by the name of its alert, whatever the data set is called', () => {
    const datasetId = 'a/b/7';
    const data = alertOf(12, { datasetId, alertId: alertIdOf(datasetId, 12) });
    story(decider).given({ type: 'alerting.alert-raised', data }).thenState({ open: data, check: 12 });
  });
});

describe('any sequence of commands', () => {
  const command = fc.oneof(
    fc.record({
      kind: fc.constantFrom('raise' as const, 'clear' as const),
      check: fc.integer({ min: 1, max: 6 }),
    }),
    fc.constant({ kind: 'acknowledge' as const, check: 0 }),
  );

  it('leaves at most one alert open, that of the last check that raised one, unless it was closed since', () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 40 }), (commands) => {
        let state = decider.initialState();
        let model: { last: number; open: number | undefined } = { last: 0, open: undefined };
        const open = new Set<string>();
        for (const { kind, check } of commands) {
          const given = kind === 'raise' ? raise(check) : kind === 'clear' ? clear(check) : acknowledge;
          const decided = decider.decide(given, state);
          for (const event of Array.isArray(decided) ? decided : []) {
            state = decider.evolve(state, event);
            if (event.type === 'alerting.alert-raised') {
              expect(open.has(event.data.alertId)).toBe(false);
              open.add(event.data.alertId);
            } else expect(open.delete(event.data.alertId)).toBe(true);
          }
          model = afterwards(model, kind, check);
          expect([...open]).toEqual(model.open === undefined ? [] : [alertIdOf('sales', model.open)]);
          expect(state.open?.alertId).toBe([...open][0]);
        }
      }),
    );
  });

  it('never raises an alert of one check twice', () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 60 }), (commands) => {
        let state = decider.initialState();
        const ids: string[] = [];
        for (const { kind, check } of commands) {
          const given = kind === 'raise' ? raise(check) : kind === 'clear' ? clear(check) : acknowledge;
          const decided = decider.decide(given, state);
          for (const event of Array.isArray(decided) ? decided : []) {
            state = decider.evolve(state, event);
            if (event.type === 'alerting.alert-raised') ids.push(event.data.alertId);
          }
        }
        expect(new Set(ids).size).toBe(ids.length);
      }),
    );
  });
});

/** The watch as one would say it: checks count once and in order. */
function afterwards(
  { last, open }: { readonly last: number; readonly open: number | undefined },
  kind: 'raise' | 'clear' | 'acknowledge',
  check: number,
): { last: number; open: number | undefined } {
  if (kind === 'acknowledge') return { last, open: undefined };
  if (check <= last) return { last, open };
  return kind === 'raise' ? { last: check, open: check } : { last, open: undefined };
}

describe('the read model', () => {
  const document = {
    datasetId: 'sales',
    severity: 'high',
    rank: 1,
    anomalies: 3,
    message: 'sold was 0.',
  } as const;

  it('has the alert that is open', () => {
    story(alertsByDataset)
      .given(raised(1))
      .then({ sales: { ...document, alertId: 'sales/1', isOpen: true, raised: 1 } });
  });

  it('keeps what it said when it is closed', () => {
    story(alertsByDataset)
      .given(raised(1), closed(1, 'acknowledged'))
      .then({ sales: { ...document, alertId: 'sales/1', isOpen: false, raised: 1 } });
  });

  it('counts how many there were, and has the last', () => {
    story(alertsByDataset)
      .given(raised(1), closed(1, 'superseded'), raised(4))
      .then({ sales: { ...document, alertId: 'sales/4', isOpen: true, raised: 2 } });
  });

  it('has a document for each data set', () => {
    const other = {
      type: 'alerting.alert-raised' as const,
      data: alertOf(1, { datasetId: 'stock', alertId: 'stock/1' }),
    };
    story(alertsByDataset)
      .given(raised(1), other)
      .then({
        sales: { ...document, alertId: 'sales/1', isOpen: true, raised: 1 },
        stock: { ...document, datasetId: 'stock', alertId: 'stock/1', isOpen: true, raised: 1 },
      });
  });
});
