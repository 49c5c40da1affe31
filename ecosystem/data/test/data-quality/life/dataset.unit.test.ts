import { like, story } from 'mortar/testing';
import { describe, it } from 'vitest';
import type { Rule } from '../../../src/data-quality/contract/report.js';
import {
  DatasetQuarantined,
  DatasetRefused,
  DatasetRegistered,
  DatasetReleased,
  QualityAssessed,
  QualityCheckCompleted,
} from '../../../src/data-quality/contract.js';
import { type DatasetCommand, dataset, type Objection } from '../../../src/data-quality/domain/dataset.js';
import { assessmentOf, sourceOf } from './samples.js';

const rules: Rule[] = [{ kind: 'complete', column: 'price' }];

const registered = (check: number, fingerprint = 'f1', given: Rule[] = []) => ({
  type: DatasetRegistered.name,
  data: { datasetId: 'sales', check, source: sourceOf(fingerprint), rules: given },
});
const assessed = (check: number, parts = {}) => ({
  type: QualityAssessed.name,
  data: { datasetId: 'sales', check, assessment: assessmentOf(parts) },
});
const completed = (check: number) => ({
  type: QualityCheckCompleted.name,
  data: { datasetId: 'sales', check },
});
const released = (check: number) => ({
  type: DatasetReleased.name,
  data: { datasetId: 'sales', check, overall: 1 },
});
const refused = (check: number) => ({
  type: DatasetRefused.name,
  data: { datasetId: 'sales', check, reason: 'It is torn.' },
});
const register = (fingerprint = 'f1', given: readonly Rule[] = []): DatasetCommand => ({
  kind: 'register',
  datasetId: 'sales',
  source: sourceOf(fingerprint),
  rules: given,
});
const finish = (check: number, parts = {}): DatasetCommand => ({
  kind: 'finish',
  datasetId: 'sales',
  check,
  outcome: { kind: 'assessed', assessment: assessmentOf(parts) },
});
const quarantined = (check: number) => ({
  type: DatasetQuarantined.name,
  data: { datasetId: 'sales', check, overall: 0.4, reasons: ['It is bad.'] },
});
const release = (check: number, objection?: Objection): DatasetCommand => ({
  ...{ kind: 'release', datasetId: 'sales', check, objection },
});
const giveUp = (check: number): DatasetCommand => ({
  kind: 'finish',
  datasetId: 'sales',
  check,
  outcome: { kind: 'refused', reason: 'It is torn.' },
});

const life = story(dataset.decider);

describe('a file', () => {
  it('that nobody has seen is registered as the first check', () => {
    life.when(register()).then(registered(1));
  });

  it('is registered with the rules that were given', () => {
    life.when(register('f1', rules)).then(registered(1, 'f1', rules));
  });

  it('that is as it was is not registered again, before its check or after', () => {
    life.given(registered(1)).when(register()).thenNothing();
    life.given(registered(1), assessed(1), completed(1), released(1)).when(register()).thenNothing();
  });

  it('that was refused is not looked at again either, until it has changed', () => {
    life.given(registered(1), refused(1)).when(register()).thenNothing();
    life.given(registered(1), refused(1)).when(register('f2')).then(registered(2, 'f2'));
  });

  it('that was another one when it was read is looked at again, even with the contents that it had at first', () => {
    const changed = { kind: 'refused' as const, reason: 'It changed.', hasChanged: true as const };
    const { kind: _, ...refusal } = changed;
    const refused = { type: DatasetRefused.name, data: { datasetId: 'sales', check: 1, ...refusal } };
    life
      .given(registered(1))
      .when({ kind: 'finish', datasetId: 'sales', check: 1, outcome: changed })
      .then(refused);
    life.given(registered(1), refused).when(register()).then(registered(2));
  });

  it('with other contents is the next check', () => {
    life.given(registered(1), registered(2, 'f2')).when(register('f3')).then(registered(3, 'f3'));
  });

  it('with other rules is the next check, too', () => {
    life
      .given(registered(1))
      .when(register('f1', rules))
      .then(registered(2, 'f1', rules));
    life
      .given(registered(1, 'f1', rules))
      .when(register())
      .then(registered(2));
  });

  it('with the contents of an earlier check is a new one all the same', () => {
    life.given(registered(1), registered(2, 'f2')).when(register('f1')).then(registered(3));
  });

  it('that has only moved is not checked again', () => {
    const moved = { ...sourceOf('f1'), path: '/elsewhere/sales.csv' };
    life
      .given(registered(1))
      .when({ kind: 'register', datasetId: 'sales', source: moved, rules: [] })
      .thenNothing();
  });

  it('of another format is another one: the same bytes may be a different table', () => {
    const other = { ...sourceOf('f1'), format: 'ndjson' as const };
    life
      .given(registered(1))
      .when({ kind: 'register', datasetId: 'sales', source: other, rules: [] })
      .then({
        type: DatasetRegistered.name,
        data: { datasetId: 'sales', check: 2, source: other, rules: [] },
      });
  });
});

describe('a check', () => {
  it('that has gone well releases', () => {
    life.given(registered(1)).when(finish(1)).then(assessed(1), completed(1), released(1));
  });

  it('with a dimension below half quarantines, and says which', () => {
    const parts = { scores: { validity: 1, uniqueness: 0.499 }, overall: 0.9 };
    life
      .given(registered(1))
      .when(finish(1, parts))
      .then(assessed(1, parts), completed(1), {
        type: DatasetQuarantined.name,
        data: like({ reasons: ['Its uniqueness is 49.9 %, less than 50 %.'] }),
      });
  });

  it('without rows quarantines', () => {
    const parts = { rows: 0, scores: {}, overall: 0 };
    life
      .given(registered(1))
      .when(finish(1, parts))
      .then(assessed(1, parts), completed(1), {
        type: DatasetQuarantined.name,
        data: { datasetId: 'sales', check: 1, overall: 0, reasons: ['It has no rows.'] },
      });
  });

  it('of what is no table refuses, without a report', () => {
    life.given(registered(1)).when(giveUp(1)).then(refused(1));
  });

  it('that is over is not finished again, whatever comes of it', () => {
    const over = life.given(registered(1), assessed(1), completed(1), released(1));
    over.when(finish(1)).thenNothing();
    over.when(giveUp(1)).thenNothing();
    life.given(registered(1), refused(1)).when(finish(1)).thenNothing();
  });

  it('that a change has overtaken is not finished; that of the change is', () => {
    const changed = life.given(registered(1), registered(2, 'f2'));
    changed.when(finish(1)).thenNothing();
    changed.when(finish(2)).then(assessed(2), completed(2), released(2));
  });

  it('of what was never registered changes nothing', () => {
    life.when(finish(1)).thenNothing();
    life.when(giveUp(7)).thenNothing();
  });
});

describe('a data set in quarantine', () => {
  const held = life.given(registered(1), assessed(1), completed(1), quarantined(1));

  it('is released, with the score that it has, when somebody has looked at it', () => {
    held
      .when(release(1))
      .then({ type: DatasetReleased.name, data: { datasetId: 'sales', check: 1, overall: 0.4 } });
  });

  it('is not released where something speaks against it', () => {
    held.when(release(1, { kind: 'not-analysed' })).thenFailure('not-analysed', { datasetId: 'sales' });
    held
      .when(release(1, { kind: 'critical-anomalies', worst: 'sold is 0.' }))
      .thenFailure('critical-anomalies', { datasetId: 'sales', worst: 'sold is 0.' });
  });

  it('is not released for a look at another check', () => {
    for (const check of [0, 2])
      held.when(release(check)).thenFailure('not-quarantined', { datasetId: 'sales' });
    held.given(registered(2, 'f2')).when(release(1)).thenFailure('not-quarantined', { datasetId: 'sales' });
  });

  it('is released once; what is in none is not released at all', () => {
    const about = { datasetId: 'sales' };
    held.given(released(1)).when(release(1)).thenFailure('not-quarantined', about);
    life.when(release(1)).thenFailure('not-quarantined', about);
    life.given(registered(1)).when(release(1)).thenFailure('not-quarantined', about);
    life.given(registered(1), refused(1)).when(release(1)).thenFailure('not-quarantined', about);
  });

  it('that was released is not checked again, until its file has changed', () => {
    held.given(released(1)).when(register()).thenNothing();
    held.given(released(1)).when(finish(1)).thenNothing();
    held.given(released(1)).when(register('f2')).then(registered(2, 'f2'));
  });
});
