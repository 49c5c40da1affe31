import { describe, expect, it } from 'vitest';
import { rulesFrom } from '../../src/config/load-rules.js';
import { ruleIds } from '../../src/config/rule-settings.js';
import { checkProject } from '../../src/rules/check-project.js';
import { cleanSample } from '../../src/self-test/clean-sample.js';
import { furtherPlants, plants } from '../../src/self-test/plants.js';
import { graphOf } from '../../src/self-test/sample.js';
import { selfTest } from '../../src/self-test/self-test.js';
import { defaults } from '../rules/judged.js';

const graph = graphOf(cleanSample);

describe('the sample', () => {
  it('breaks no rule', () => {
    const { violations } = checkProject(graph, defaults, { readText: (path) => cleanSample.files[path] });
    expect(violations).toEqual([]);
  });
});

describe('the self-test', () => {
  const results = selfTest(graph, defaults);

  it.each(ruleIds)('plants a violation of %s, and finds it', (rule) => {
    expect(
      results
        .filter((one) => one.rule === rule && one.where === 'sample')
        .map(({ planted, outcome }) => `${planted}: ${outcome}`),
    ).toEqual(
      [plants[rule], ...furtherPlants.filter((one) => one.rule === rule)].map(({ says }) => `${says}: found`),
    );
  });
  it('also tries the rules that are off, and says so', () => {
    expect(results.filter(({ isOff }) => isOff).map(({ rule }) => rule)).toEqual([
      'private-folder',
      'self-import',
      'message-cycle',
    ]);
  });
  it('plants in the project itself: past each door, and against each part of the configuration', () => {
    const rules = rulesFrom({
      dependencies: [
        { from: ['@sample/lib'], allow: [] },
        { from: ['tag:none'], deny: ['@sample/lib'] },
        { from: ['@sample/app'], require: ['@sample/lib'] },
      ],
      layers: [{ name: 'all', order: [['@sample/app'], ['@sample/lib']] }],
      packages: [
        { from: ['@sample/lib'], deny: ['@aws-sdk/*', 'pg'] },
        { from: ['@sample/app'], allow: ['mortar'] },
        { from: ['@sample/lib'], deny: ['node:fs'] },
      ],
    });
    const planted = selfTest(graph, rules).filter(({ where }) => where === 'project');
    expect(planted.map(({ rule, planted: says, outcome }) => `${outcome} ${rule}: ${says}`)).toEqual([
      expect.stringMatching(/^found contract-only: .* past the door of @sample\/app\/billing$/),
      expect.stringMatching(/^found contract-only: .* past the door of @sample\/app\/shop$/),
      expect.stringMatching(/^found package-exports: .* past the door of @sample\/lib$/),
      'found dependencies: an import that dependencies[0] forbids',
      'nowhere dependencies: an import that dependencies[1] forbids',
      'found layers: an import of the top layer of all by one below',
      'found packages: an import of @aws-sdk/x, which packages[0] forbids',
      'found packages: an import of mortar-self-test-planted, which packages[1] forbids',
      'found packages: an import of node:fs, which packages[2] forbids',
    ]);
  });
  it('misses what the settings let through', () => {
    const rules = rulesFrom({ rules: { 'contract-content': { allow: ['class'] }, 'file-cycle': 'off' } });
    const missed = selfTest(graph, rules).filter(({ outcome }) => outcome === 'missed');
    expect(missed.map(({ rule }) => rule)).toEqual(['contract-content']);
  });
  it('misses what another part of the configuration undoes', () => {
    const rules = rulesFrom({
      dependencies: [{ from: ['@sample/lib'], deny: ['@sample/app'] }],
      tests: ['packages/lib/src/o*'],
    });
    const { outcome } =
      selfTest(graph, rules).find(({ planted }) => planted.includes('dependencies[0]')) ?? {};
    expect(outcome).toBe('found');
  });
});
