import { loadRules, readBaseline } from '@mortar/boundaries';
import { type Finding, faultOf, good } from './finding.js';

/** Whether the configuration and the baseline can be read, and say only what is known. */
export async function configurationFinding(root: string): Promise<Finding> {
  try {
    const rules = await loadRules(root);
    const baseline = await readBaseline(root, rules);
    const known =
      baseline === undefined ? '' : `; ${rules.baseline} keeps ${baseline.entries.length} entries`;
    const says =
      rules.source === undefined ? 'There is none, so the defaults hold' : `${rules.source} is well formed`;
    return good('configuration', says + known);
  } catch (error) {
    return faultOf('configuration', error);
  }
}
