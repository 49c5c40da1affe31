/**
 * The files that take longest, in the order in which they begin. Those that keep one core busy stand between those that
 * start many processes, so that these do not all run at once.
 */
export const LONGEST = [
  'test/campaigns/sourcing.e2e.test.ts',
  'test/campaigns/failpoints.e2e.test.ts',
  'packages/mortar/test/bus/model.unit.test.ts',
  'packages/mortar/test/contracts/compatibility/model.unit.test.ts',
  'test/campaigns/sqlite.e2e.test.ts',
  'packages/mortar/test/container/model/model.unit.test.ts',
  'test/packages/packages.int.test.ts',
  'ecosystem/data/test/start/result.e2e.test.ts',
  'test/campaigns/postgres.e2e.test.ts',
  'test/guide/guide.e2e.test.ts',
  'ecosystem/data/test/start/start.e2e.test.ts',
  'ecosystem/data/test/start/watching/bursts.e2e.test.ts',
  'packages/cli/test/check/cache.int.test.ts',
  'ecosystem/data/test/start/kills.e2e.test.ts',
  'ecosystem/data/test/start/watching/watching.e2e.test.ts',
  'packages/mortar/test/bus/invariants.unit.test.ts',
];

/** What a file's name says of its cost, the dearest first. */
const KINDS = ['.e2e.test.ts', '.int.test.ts', '.unit.test.ts'];

/**
 * Where a file of tests stands among all: the longest first, then whole programs, then what may start processes, then units.
 * @param {string} path relative to the root, with `/`
 * @returns {number} small for what begins early; the same for those between which it does not matter
 */
export function placeOf(path) {
  const place = LONGEST.indexOf(path);
  return place >= 0 ? place : LONGEST.length + KINDS.findIndex((kind) => path.endsWith(kind));
}
