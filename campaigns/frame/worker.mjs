// One of the processes that share the runs of a campaign: see `workers.mjs`. Says its progress, and in the end its findings.
import process from 'node:process';
import { listen, tell } from './child.mjs';
import { makeRandom } from './random.mjs';

/** @type {import('./workers.mjs').Part} */
const { name, ...part } = JSON.parse(process.argv[2] ?? '');
let isStopped = false;
listen((line) => {
  isStopped ||= line === 'stop';
});
/** @type {{ campaign: import('./campaign.mjs').Campaign }} */
const { campaign } = await import(new URL(`../suites/${name}.mjs`, import.meta.url).href);
const findings = await campaign.run({
  ...part,
  random: makeRandom(part.seed),
  say: (text) => say({ said: text }),
  isStopped: () => isStopped,
});
say({ findings });
process.exit(0);

/** @param {{ said: string } | { findings: import('./campaign.mjs').Findings }} what in one line, of ASCII characters alone */
function say(what) {
  tell(
    JSON.stringify(what).replaceAll(
      /[\u0080-\uffff]/g,
      (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
    ),
  );
}
