import { story } from 'mortar/testing';
import { describe, expect, it } from 'vitest';
import { datasetsById } from '../../../src/data-quality/application/datasets-by-id.js';
import {
  DatasetQuarantined,
  DatasetRefused,
  DatasetRegistered,
  DatasetReleased,
  QualityAssessed,
} from '../../../src/data-quality/contract.js';
import { assessmentOf, sourceOf } from './samples.js';

const about = { datasetId: 'sales', check: 1 };
const registered = (check: number, fingerprint: string) => ({
  type: DatasetRegistered.name,
  data: { datasetId: 'sales', check, source: sourceOf(fingerprint), rules: [] },
});
const assessed = (check: number) => ({
  type: QualityAssessed.name,
  data: { datasetId: 'sales', check, assessment: assessmentOf({ rows: check }) },
});
const released = { type: DatasetReleased.name, data: { ...about, overall: 1 } };
const quarantined = {
  type: DatasetQuarantined.name,
  data: { ...about, overall: 0.1, reasons: ['It is bad.'] },
};
const refused = { type: DatasetRefused.name, data: { ...about, reason: 'It is torn.' } };

const documents = story(datasetsById);
const known = { datasetId: 'sales', check: 1, source: sourceOf('f1'), reasons: [] };
const report = { check: 1, source: sourceOf('f1'), assessment: assessmentOf({ rows: 1 }) };

describe('what is known of a data set', () => {
  it('is brought on by whoever appends, so that nobody finds it behind', () => {
    expect(datasetsById.placement).toBe('inline');
  });

  it('is its file when it is registered', () => {
    documents.given(registered(1, 'f1')).then({ sales: { ...known, status: 'registered', assessed: null } });
  });

  it('is its report when it is checked', () => {
    documents
      .given(registered(1, 'f1'), assessed(1))
      .then({ sales: { ...known, status: 'checked', assessed: report } });
  });

  it('is whether it may be used', () => {
    documents
      .given(registered(1, 'f1'), assessed(1), released)
      .then({ sales: { ...known, status: 'released', assessed: report } });
    documents
      .given(registered(1, 'f1'), assessed(1), quarantined)
      .then({ sales: { ...known, status: 'quarantined', reasons: ['It is bad.'], assessed: report } });
  });

  it('has no reasons any more when somebody has released it', () => {
    documents
      .given(registered(1, 'f1'), assessed(1), quarantined, released)
      .then({ sales: { ...known, status: 'released', assessed: report } });
  });

  it('is why it was refused, without a report', () => {
    documents
      .given(registered(1, 'f1'), refused)
      .then({ sales: { ...known, status: 'refused', reasons: ['It is torn.'], assessed: null } });
  });

  it('is the last report and its file until that of a change is there', () => {
    const changed = documents.given(registered(1, 'f1'), assessed(1), quarantined, registered(2, 'f2'));
    changed.then({
      sales: { ...known, status: 'registered', check: 2, source: sourceOf('f2'), assessed: report },
    });
    const next = { check: 2, source: sourceOf('f2'), assessment: assessmentOf({ rows: 2 }) };
    changed.given(assessed(2)).then({
      sales: { ...known, status: 'checked', check: 2, source: sourceOf('f2'), assessed: next },
    });
  });

  it('is of each one by itself', () => {
    const other = { ...registered(1, 'f9'), data: { ...registered(1, 'f9').data, datasetId: 'other' } };
    documents.given(registered(1, 'f1'), other).then({
      sales: { ...known, status: 'registered', assessed: null },
      other: { ...known, datasetId: 'other', source: sourceOf('f9'), status: 'registered', assessed: null },
    });
  });
});
