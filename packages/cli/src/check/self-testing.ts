import { loadRules, type SelfTestResult, selfTest } from '@mortar/boundaries';
import { FAILED } from '../exit-code.js';
import { type Frame, jsonText } from '../frame.js';
import { readGraph } from '../project/reading.js';
import { projectRoot } from '../project/root.js';
import type { CheckOptions } from './options.js';

/**
 * Plants a violation of every rule in memory, and tells which were found: in a sample with the settings of the project,
 * and in the project itself for each part of its configuration.
 */
export async function testItself(options: CheckOptions, { io, finish }: Frame): Promise<void> {
  const root = projectRoot(options.root, io);
  const rules = await loadRules(root);
  const graph = await readGraph(root, { ...options, mayBeEmpty: true }, io);
  const results = selfTest(graph, rules);
  const missed = results.filter(({ outcome }) => outcome === 'missed').length;
  if (options.json === true || options.format === 'json') io.print(jsonText({ results, missed }));
  else {
    const planted = results.filter(({ outcome }) => outcome !== 'nowhere').length;
    io.print(
      `${results.map(lineOf).join('')}${planted - missed} of ${planted} planted violations were found.\n`,
    );
  }
  if (missed > 0) finish(FAILED);
}

const OUTCOMES: Readonly<Record<SelfTestResult['outcome'], string>> = {
  found: 'found  ',
  missed: 'MISSED ',
  nowhere: 'nowhere',
};

function lineOf({ rule, planted, outcome, isOff }: SelfTestResult): string {
  return `${OUTCOMES[outcome]}  ${rule}: ${planted}${isOff ? ' (the rule is off)' : ''}\n`;
}
