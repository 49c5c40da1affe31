import { awilix } from './peers/awilix.mjs';
import { inversify, inversifyWithChildren } from './peers/inversify.mjs';
import { nest } from './peers/nest.mjs';
import { tsyringe, tsyringeByResolution } from './peers/tsyringe.mjs';
import { typedInject } from './peers/typed-inject.mjs';

/** @typedef {import('./contender.mjs').Contender} Contender */

/**
 * Every container but ours. Plain `new` is none, so no goal is set against it.
 * @type {readonly Contender[]}
 */
export const peers = [typedInject, ...inversify, ...awilix, tsyringe, nest];

/**
 * With those that differ by their scopes alone.
 * @type {readonly Contender[]}
 */
export const scopingPeers = [...peers, inversifyWithChildren, tsyringeByResolution];
