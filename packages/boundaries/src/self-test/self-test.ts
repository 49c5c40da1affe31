import { defaultConfig } from '../config/config-shape.js';
import type { BoundaryRules } from '../config/load-rules.js';
import { type RuleId, type RuleSettings, ruleIds } from '../config/rule-settings.js';
import type { ProjectGraph } from '../graph/project-graph.js';
import { checkProject } from '../rules/check-project.js';
import { cleanSample, planted } from './clean-sample.js';
import { furtherPlants, type Plant, plants } from './plants.js';
import { plantInProject } from './project-plants.js';
import { graphOf, type Sample } from './sample.js';

/** What came of one planted violation. */
export interface SelfTestResult {
  readonly rule: RuleId;
  /** `sample` is a project in memory with the settings of the real one; `project` is the real one, with one import more in memory. */
  readonly where: 'sample' | 'project';
  /** What was planted: a sentence without its full stop. */
  readonly planted: string;
  /**
   * `nowhere`: the project has no two files between which it could be planted. A rule that is off is tried as if it were on, and
   * `isOff` says so.
   */
  readonly outcome: 'found' | 'missed' | 'nowhere';
  readonly isOff: boolean;
}

/**
 * Plants a violation of every rule in memory, and looks whether it is found and was not there before: in a sample with the
 * settings of the project, and, for each part of the configuration, in the project itself.
 */
export function selfTest(graph: ProjectGraph, rules: BoundaryRules): SelfTestResult[] {
  const ofRules = ruleIds.flatMap((rule) => [
    { rule, plant: plants[rule] },
    ...furtherPlants.filter((one) => one.rule === rule).map((plant) => ({ rule, plant })),
  ]);
  const inSample = ofRules.map(
    ({ rule, plant }): SelfTestResult => ({
      rule,
      where: 'sample',
      planted: plant.says,
      outcome: isFoundInSample(rule, plant, rules) ? 'found' : 'missed',
      isOff: rules.settings[rule].severity === 'off',
    }),
  );
  return [...inSample, ...plantInProject(graph, rules)];
}

function isFoundInSample(rule: RuleId, plant: Plant, rules: BoundaryRules): boolean {
  const settings = switchedOn(rules.settings, rule);
  const sampleRules: BoundaryRules = {
    ...defaultConfig,
    ...plant.config,
    settings,
    source: 'mortar.config.json',
  };
  const isFound = (sample: Sample, own: BoundaryRules, entries: Plant['baseline']): boolean =>
    checkProject(graphOf(sample), own, {
      readText: (path) => sample.files[path],
      baseline: { version: 1, entries: entries ?? [] },
      today: '2026-01-01',
    }).violations.some(
      (one) => one.rule === rule && one.path === plant.path && one.line === (plant.line ?? 71),
    );
  const wasThere = isFound(cleanSample, { ...defaultConfig, settings, source: undefined }, []);
  // The clean sample has its messages in a circle; that rule is tried on what is planted alone.
  const isClean = rule === 'message-cycle' || !wasThere;
  return isClean && isFound(planted(plant.more ?? {}), sampleRules, plant.baseline);
}

/** The rule is on, and those about lists have something to look at. */
function switchedOn(settings: RuleSettings, rule: RuleId): RuleSettings {
  const on = (id: RuleId): RuleSettings[RuleId] => ({
    ...settings[id],
    severity: settings[id].severity === 'off' ? 'error' : settings[id].severity,
  });
  return { ...settings, 'contract-only': on('contract-only'), [rule]: on(rule) };
}
