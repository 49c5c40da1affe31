import { keyed } from './bus/keyed.mjs';
import { lanes } from './bus/lanes.mjs';
import { latency } from './bus/latency.mjs';
import { memory } from './bus/memory.mjs';
import { publishing } from './bus/publishing.mjs';
import { subscriptions } from './bus/subscriptions.mjs';

/** @type {readonly import('../harness/case.mjs').Case[]} */
export const cases = [...publishing, ...keyed, ...lanes, ...latency, ...subscriptions, ...memory];
