import { describe, expect, it } from 'vitest';
import type { Assessment, ColumnDetails, Finding, Scores } from '../../src/data-quality/contract/report.js';
import type { Source } from '../../src/data-quality/contract/source.js';
import { dataset } from '../../src/data-quality/domain/dataset.js';
import { derivedRules } from '../../src/data-quality/domain/derived-rules.js';
import { faultsOf, overallOf, scoreOf, scoresOf } from '../../src/data-quality/domain/scoring.js';

const { decide, evolve, initialState } = dataset.decider;
type Command = Parameters<typeof decide>[0];
type Events = ReturnType<typeof after>;

const source: Source = { path: '/a.csv', format: 'csv', encoding: 'utf-8', bytes: 3, fingerprint: 'f1' };
const good: Assessment = {
  rows: 2,
  columns: [],
  findings: [],
  scores: { validity: 1 },
  overall: 1,
  notes: [],
};
const register = (fingerprint = 'f1'): Command => ({
  ...{ kind: 'register', datasetId: 'a', source: { ...source, fingerprint }, rules: [] },
});
const finish = (check: number, assessment: Assessment = good): Command => ({
  ...{ kind: 'finish', datasetId: 'a', check, outcome: { kind: 'assessed', assessment } },
});

/** The events of commands that are handled one after the other. */
function after(...commands: readonly Command[]) {
  let state = initialState();
  const events = commands.map((command) => {
    const decided = decide(command, state);
    if (!Array.isArray(decided)) throw new TypeError('A list of events was expected.');
    for (const event of decided) state = evolve(state, event);
    return decided;
  });
  return { state, events };
}

function typesOf({ events }: Events): string[][] {
  return events.map((decided) => decided.map(({ type }) => type.replace('data-quality.', '')));
}

describe('the life of a data set', () => {
  it('is registered, checked and released', () => {
    const life = after(register(), finish(1));
    expect(typesOf(life)).toEqual([
      ['dataset-registered'],
      ['quality-assessed', 'quality-check-completed', 'dataset-released'],
    ]);
    expect(life.state).toMatchObject({ status: 'released', check: 1 });
  });

  it('is quarantined where its scores are low, with the reasons', () => {
    const life = after(register(), finish(1, { ...good, scores: { validity: 0.4 }, overall: 0.4 }));
    expect(life.events[1]?.at(-1)).toEqual({
      type: 'data-quality.dataset-quarantined',
      data: {
        ...{ datasetId: 'a', check: 1, overall: 0.4 },
        reasons: ['Its validity is 40 %, less than 50 %.', 'Its overall score is 40 %, less than 80 %.'],
      },
    });
  });

  it('is refused where the file is no table', () => {
    const outcome = { kind: 'refused' as const, reason: 'It is torn.' };
    const life = after(register(), { kind: 'finish', datasetId: 'a', check: 1, outcome });
    expect(life.events[1]).toEqual([
      { type: 'data-quality.dataset-refused', data: { datasetId: 'a', check: 1, reason: 'It is torn.' } },
    ]);
  });

  it('registers the same content once, and other content or rules again', () => {
    const ruled: Command = { ...register('f2'), rules: [{ kind: 'complete', column: 'x' }] } as Command;
    const life = after(register(), register(), finish(1), register(), register('f2'), ruled, ruled);
    expect(life.events.map((decided) => decided.map(({ data }) => data.check).join())).toEqual([
      '1',
      '',
      '1,1,1',
      '',
      '2',
      '3',
      '',
    ]);
  });

  it('takes no result twice, nor that of a check that another has overtaken', () => {
    const life = after(register(), finish(1), finish(1), register('f2'), finish(1), finish(2));
    expect(typesOf(life).map(({ length }) => length)).toEqual([1, 3, 0, 1, 0, 3]);
  });
});

describe('scores', () => {
  const finding = (dimension: Finding['dimension'], score: number): Finding => ({
    ...{ dimension, score, columns: [], expectation: '', checked: 10, broken: 0, examples: [] },
  });

  it('are the mean of each dimension, and together weighted', () => {
    const scores = scoresOf([finding('validity', 1), finding('validity', 0.5), finding('timeliness', 0)]);
    expect(scores).toEqual({ validity: 0.75, timeliness: 0 });
    expect(overallOf(scores)).toBe(0.5625);
    expect(overallOf({})).toBe(0);
  });

  it('are 1 only where nothing is broken', () => {
    expect([scoreOf(0, 0), scoreOf(4, 1), scoreOf(1_000_000_000, 1), scoreOf(1, 5)]).toEqual([
      1, 0.75, 0.999999, 0,
    ]);
  });

  it.each<[number, Scores, number, number]>([
    [0, {}, 1, 1],
    [5, { validity: 1 }, 1, 0],
    [5, { validity: 0.49, completeness: 1 }, 0.85, 1],
    [5, { validity: 0.5 }, 0.79, 1],
    [5, { validity: 0.5 }, 0.8, 0],
  ])('%i rows, %j, overall %f: %i faults', (rows, scores, overall, faults) => {
    expect(faultsOf({ rows, scores, overall })).toHaveLength(faults);
  });
});

describe('rules that follow from the data', () => {
  const column = (name: string, type: ColumnDetails['type'], distinct = 5): ColumnDetails => ({
    ...{
      name,
      type,
      missing: 0,
      disguised: 0,
      distinct,
      misfits: 0,
      formats: [],
      quantiles: null,
      mean: null,
    },
    ...{ deviation: null, lengths: null, frequent: [], patterns: [], notes: [] },
  });

  it('are about types, dates, keys, and pairs of columns', () => {
    const columns = [
      column('user_id', 'integer', 10),
      column('temp_min', 'number'),
      column('temp_max', 'integer'),
      column('start', 'date'),
      column('End', 'date'),
      column('low', 'text'),
      column('high', 'number'),
      column('idle', 'integer', 10),
    ];
    const rules = derivedRules(columns, 10, '2026-01-01').filter(
      ({ kind }) => kind !== 'complete' && kind !== 'type',
    );
    expect(rules).toEqual([
      { kind: 'unique', columns: ['user_id'] },
      { kind: 'not-after', column: 'start', day: '2026-01-01' },
      { kind: 'not-after', column: 'End', day: '2026-01-01' },
      { kind: 'ordered', lesser: 'temp_min', greater: 'temp_max' },
      { kind: 'ordered', lesser: 'start', greater: 'End' },
    ]);
  });
});
