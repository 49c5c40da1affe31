// The process of one case: measures it, sends its tables to the parent, and ends.
import { join } from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';

/** @typedef {import('./case.mjs').Build} Build */

/** @type {import('./process.mjs').Assignment} */
const { suite, caseName, rounds, build, against, options } = JSON.parse(process.argv[2] ?? '');
const { cases } = await import(suite);
const builds = [makeBuild('ours', 'ours', build)];
if (against !== undefined) builds.push(makeBuild('other build', 'peer', against));
const found = cases.find((/** @type {import('./case.mjs').Case} */ { name }) => name === caseName);
process.send?.(await found.measure({ rounds, builds, options }), undefined, {}, () => process.exit());

/**
 * @param {string} name
 * @param {Build['kind']} kind
 * @param {string} folder
 * @returns {Build}
 */
function makeBuild(name, kind, folder) {
  return { name, kind, area: (area) => import(pathToFileURL(join(folder, area, 'index.js')).href) };
}
