import { rowOf } from '../../harness/result.mjs';
import { oursCold, oursImporting, oursWarm, peers, runOnce } from './contestants.mjs';
import { makeMonorepo } from './monorepo.mjs';
import { inFolder, runByTurns, tableOf } from './rounds.mjs';

/** @typedef {import('../../harness/case.mjs').Case} Case */

const FILES = 5_000;
const MANY_FILES = 50_000;
const MOST_BYTES = 300_000_000;

/** @type {readonly Case[]} */
export const generated = [
  {
    name: 'a monorepo of 5,000 files',
    isOnce: true,
    async measure({ rounds }) {
      return inFolder(async (root) => {
        const planted = makeMonorepo(root, FILES);
        // What peers write comes before the first cache, so that no new file is measured.
        for (const { before } of peers) before?.(root);
        for (const warm of [oursWarm, oursImporting]) runOnce(warm, root);
        const verify = verifierOf(planted);
        const runs = runByTurns(root, [oursCold, oursWarm, oursImporting, ...peers], rounds, verify);
        const limit = { name: 'the limit', kind: /** @type {const} */ ('limit'), samples: [MOST_BYTES] };
        const memory = tableOf(`bytes, ${this.name}, resident at most`, runs, 'bytes');
        return [
          tableOf(this.name, runs, 'ns', [
            { ours: oursCold.name, peer: 'dependency-cruiser', atLeast: 8 },
            { ours: oursWarm.name, peer: 'dependency-cruiser', atLeast: 50 },
          ]),
          {
            ...memory,
            rows: [...memory.rows, rowOf(limit.name, limit.kind, limit.samples)],
            goals: [{ ours: oursCold.name, peer: limit.name, atLeast: 1 }],
          },
        ];
      });
    },
  },
  {
    name: 'ns a file, 5,000 and 50,000 files',
    isOnce: true,
    isBig: true,
    async measure({ rounds }) {
      const few = await perFile(FILES, rounds, `${oursCold.name}, 5,000 files`, 'peer');
      const many = await perFile(MANY_FILES, rounds, `${oursCold.name}, 50,000 files`, 'ours');
      return [
        {
          name: this.name,
          unit: 'ns',
          rows: [few, many],
          goals: [{ ours: many.name, peer: few.name, atLeast: 0.8 }],
        },
      ];
    },
  },
];

/**
 * @param {number} count
 * @param {number} rounds
 * @param {string} name
 * @param {'ours' | 'peer'} kind
 */
async function perFile(count, rounds, name, kind) {
  return inFolder(async (root) => {
    const planted = makeMonorepo(root, count);
    const runs = runByTurns(root, [oursCold], rounds, verifierOf(planted));
    return rowOf(
      name,
      kind,
      (runs.get(oursCold) ?? []).map(({ ns }) => ns / count),
    );
  });
}

/**
 * A tool that misses what was planted gets no time.
 * @param {import('./monorepo.mjs').Planted} planted
 * @returns {(contestant: import('./contestants.mjs').Contestant, run: import('./contestants.mjs').Run) => void}
 */
function verifierOf({ cycles, bypasses }) {
  return ({ kind, name }, { output }) => {
    if (kind !== 'ours') return;
    /** @type {{ violations: readonly { rule: string }[] }} */
    const { violations } = JSON.parse(output);
    const count = (/** @type {RegExp} */ rule) => violations.filter((found) => rule.test(found.rule)).length;
    const found = { cycles: count(/cycle/), bypasses: count(/contract|export|entry|door/) };
    if (found.cycles === cycles && found.bypasses === bypasses) return;
    const rules = [...new Set(violations.map(({ rule }) => rule))].join(', ');
    throw new Error(
      `${name} found ${JSON.stringify(found)} of ${JSON.stringify({ cycles, bypasses })}; rules: ${rules}`,
    );
  };
}
